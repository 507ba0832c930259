/*
 * The mechanisms that SPNEGO chooses from, as one table, and one side of one exchange of one of
 * them.
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

	/* As initiator_told(); NULL: that is of no matter to it. */
	void (*told)(struct mechanism_context *context, uint32_t status);

	/* As an initiator it ends with a token of the acceptor's, and has its key from then on. */
	bool ends_with_peer;

	/* Wipes and frees. */
	void (*free)(struct mechanism_context *context);
};

struct mechanism_context {
	const struct mechanism_work *work;
};

/* The most OIDs that one mechanism goes by. */
#define MECHANISM_OIDS_MAX 2

struct mechanism {
	struct span oids[MECHANISM_OIDS_MAX]; /* their content, as in MechTypeList */
	size_t oid_count;

	/* Whether TOKEN is one of its own first tokens, bare. */
	bool (*knows)(struct span token);

	/* Whether CONFIG admits it, and has what it takes. */
	bool (*acceptable)(const struct acceptor_config *config);
	bool (*usable)(const struct initiator_config *config);

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

/* Whether OID is one of MECHANISM's. */
bool mechanism_is(const struct mechanism *mechanism, struct span oid);

/* The mechanism with that OID, and in *OWN the table's copy of it; or NULL. */
const struct mechanism *mechanism_find(struct span oid, struct span *own);

/* The mechanism whose bare first token TOKEN is, or NULL. */
const struct mechanism *mechanism_of_token(struct span token);

/* Wipes and frees *CONTEXT (which may be NULL) and leaves NULL behind. */
void mechanism_context_free(struct mechanism_context **context);

#endif
