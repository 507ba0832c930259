/*
 * The client's side of a logon, toward the file server: SPNEGO with Kerberos, mutual
 * authentication demanded, or with the strongest NTLM there is (NTLMv2, MIC, 128 bits, key
 * exchange, extended session security), and nothing weaker. NTLM is pure computation on bytes;
 * Kerberos asks KDCs, by the clock and krb5.conf of the machine, and may block.
 */
#ifndef AUTH_INITIATOR_H
#define AUTH_INITIATOR_H

#include "auth/commons.h"
#include "auth/kerberos_delegate.h"
#include "auth/token.h"
#include "crypto/legacy.h"

/* All of it is copied but `legacy` and `commons`, which outlive the initiator. Texts are UTF-8. */
struct initiator_config {
	const struct legacy *legacy;
	struct commons *commons; /* what the process knows of other logons; NULL: nothing */
	const char *user;        /* never empty: there is no anonymous server leg */
	const char *domain;      /* or NULL */
	const char *password;    /* this, */
	const uint8_t *nt_hash;  /* these 16 bytes, which do for NTLM alone, */
	const char *keytab;      /* or the path of this file, which does for Kerberos alone */
	const char *service;     /* "cifs/host", shown to an NTLM server as the name we meant */

	/* Instead of all secrets: the right to act for somebody, by Kerberos alone; or NULL. The
	 * initiator takes a reference of its own. */
	struct kerberos_delegate *delegate;

	/* Not by tickets that are kept: they have just been of no use. */
	bool afresh;

	/* For Kerberos; either may be NULL, and then there is none. */
	const char *client;    /* "name@REALM", or "name" in the default realm of krb5.conf */
	const char *principal; /* whom we mean: "cifs/host" or "cifs/host@REALM" */

	/* Ways to log on that are admitted. */
	bool kerberos, ntlmv2;
};

/* One logon. Belongs to one thread at a time. */
struct initiator;

/*
 * NULL when memory is out, a text is not valid UTF-8 or too long, the user is empty, or there is no
 * secret.
 */
struct initiator *initiator_new(const struct initiator_config *config);

/* Wipes all secrets and frees *INITIATOR (which may be NULL). */
void initiator_free(struct initiator **initiator);

/*
 * Takes the server's next TOKEN and puts the answer in OUT (overwritten, never freed here). The
 * first TOKEN is the security buffer of the NEGOTIATE response, which may be empty; the following
 * ones are those of the SESSION_SETUP responses. FILETIME_NOW is the time of day in units of
 * 100 ns since 1601 (UTC).
 *
 * The strongest mechanism that is admitted, that the identity is good for and that the server's
 * hint names is begun; one that cannot be begun, such as Kerberos without a KDC, is passed over
 * for the next, and the result says so. Once begun there is no other. The last token is the
 * server's, and AUTH_DONE comes without one.
 */
enum auth_step initiator_step(struct initiator *initiator, struct span token, uint64_t filetime_now,
	struct auth_token *out) MUST_CHECK;

/* Whether the next step may ask a KDC, and so block. */
bool initiator_may_ask(const struct initiator *initiator);

/* The server has ended the logon with STATUS, and nothing that it said is in doubt. */
void initiator_told(struct initiator *initiator, uint32_t status);

/*
 * Whether HINT, of a server's NEGOTIATE response, leaves it open that the server takes Kerberos.
 * Nobody vouches for a hint.
 */
bool initiator_hints_kerberos(struct span hint);

/*
 * Whether session_key is set: with NTLM from the step that made AUTHENTICATE on, so that the
 * signature of the final SESSION_SETUP response can be verified before its token is looked at;
 * with Kerberos the key may come in that very token.
 */
bool initiator_has_key(const struct initiator *initiator);

/* Whether the server may end the logon with its next token. */
bool initiator_may_end(const struct initiator *initiator);

/* What is known so far: never NULL, belongs to the initiator. */
const struct auth_result *initiator_result(const struct initiator *initiator);

#endif
