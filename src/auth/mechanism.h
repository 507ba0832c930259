/*
 * The mechanisms that SPNEGO chooses from, as one table, and one side of one exchange of one of
 * them. NTLMSSP is the only row yet.
 */
#ifndef AUTH_MECHANISM_H
#define AUTH_MECHANISM_H

#include "auth/acceptor.h"
#include "auth/initiator.h"

struct mechanism_context;

/* What a context can do. Each context begins with a pointer to its row of these. */
struct mechanism_work {
	/* As acceptor_step() and initiator_step(), without SPNEGO; a refusal sets the result's
	 * fault. */
	enum auth_step (*step)(struct mechanism_context *context, struct span token,
		uint64_t filetime_now, struct auth_token *out);

	/* GSS_GetMIC of the next message, into OUT, once the session key is there. False: it
	 * cannot. */
	bool (*mic)(struct mechanism_context *context, struct span message, struct auth_token *out);

	/* GSS_VerifyMIC of the peer's next message. */
	bool (*mic_verify)(struct mechanism_context *context, struct span message, struct span mic);

	/* Wipes and frees. */
	void (*free)(struct mechanism_context *context);
};

struct mechanism_context {
	const struct mechanism_work *work;
};

struct mechanism {
	struct span oid; /* its content, as in MechTypeList */

	/* Whether TOKEN is one of its own first tokens, bare. */
	bool (*knows)(struct span token);

	/*
	 * A new context of either side, NULL where one of the config's promises does not hold or
	 * memory is out. CONFIG and RESULT outlive it; it writes what it learns into RESULT.
	 */
	struct mechanism_context *(*accept)(
		const struct acceptor_config *config, struct auth_result *result);
	struct mechanism_context *(*initiate)(
		const struct initiator_config *config, struct auth_result *result);
};

/* The I-th mechanism, strongest first; NULL past the end. */
const struct mechanism *mechanism_at(size_t i);

/* The mechanism with that OID, or NULL. */
const struct mechanism *mechanism_find(struct span oid);

/* The mechanism whose bare first token TOKEN is, or NULL. */
const struct mechanism *mechanism_of_token(struct span token);

/* Wipes and frees *CONTEXT (which may be NULL) and leaves NULL behind. */
void mechanism_context_free(struct mechanism_context **context);

#endif
