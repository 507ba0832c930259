/*
 * The NEGOTIATE exchange in both roles, and its check by FSCTL_VALIDATE_NEGOTIATE_INFO. Whoever
 * changed a byte of it on the way is found out: in 3.1.1 by the preauth hash that the keys depend
 * on, below it by this check ([MS-SMB2] 3.2.5.5, 3.3.5.15.12).
 */
#ifndef LEG_NEGOTIATE_H
#define LEG_NEGOTIATE_H

#include "leg/leg.h"
#include "wire/smb2_negotiate.h"

/* Front: what OFFER and the client's REQUEST have in common. fault_no_common_dialect and its like.
 */
fault negotiate_choose(const struct offer *offer, const struct smb2_negotiate_request *request,
	struct terms *out) MUST_CHECK;

/*
 * Front: writes the body of the answer that fixes TERMS, or the wildcard answer where terms are
 * still open (dialect SMB2_DIALECT_WILD), and remembers what was said for the check. HINT is the
 * token for the security buffer, SALT 32 random bytes, NOW a FILETIME.
 */
void negotiate_answer(struct leg *leg, const struct offer *offer, const struct terms *terms,
	struct span hint, struct span salt, uint64_t now, struct writer *out);

/* Front: remembers what the client said, for the check. */
void negotiate_heard(struct leg *leg, const struct smb2_negotiate_request *request);

/* Back: writes the body of the request for what OFFER names; SALT is 32 random bytes. */
void negotiate_ask(
	struct leg *leg, const struct offer *offer, struct span salt, struct writer *out);

/*
 * Back: judges the server's answer, a whole MESSAGE without error status, against OFFER, and fixes
 * the leg's terms. Faults: what was answered was not offered, or is not sound. TOKEN: the server's
 * hint, into MESSAGE.
 */
fault negotiate_accept(struct leg *leg, const struct offer *offer, struct span message,
	struct span *token) MUST_CHECK;

/* Front: judges the client's FSCTL INPUT and writes the answer's output. fault_validation_failed.
 */
fault negotiate_confirm(struct leg *leg, struct span input, struct writer *output) MUST_CHECK;

/* Back: the input of the FSCTL, and the judgement of the server's OUTPUT. */
void negotiate_validate(const struct leg *leg, struct writer *input);
fault negotiate_validated(const struct leg *leg, struct span output) MUST_CHECK;

#endif
