/*
 * The client's side of a logon, toward the file server: SPNEGO with the strongest NTLM there is
 * (NTLMv2, MIC, 128 bits, key exchange, extended session security) and nothing weaker. Pure
 * computation on bytes: no clock, no socket, no log.
 */
#ifndef AUTH_INITIATOR_H
#define AUTH_INITIATOR_H

#include "auth/token.h"
#include "crypto/legacy.h"

/* All of it is copied but `legacy`, which outlives the initiator. Texts are UTF-8. */
struct initiator_config {
	const struct legacy *legacy;
	const char *user;       /* never empty: there is no anonymous server leg */
	const char *domain;     /* or NULL */
	const char *password;   /* this, */
	const uint8_t *nt_hash; /* or these 16 bytes */
	const char *service;    /* "cifs/host", shown to the server as the name we meant */
};

/* One logon. Belongs to one thread at a time. */
struct initiator;

/*
 * NULL when memory is out, a text is not valid UTF-8 or too long, the user is empty, or there is
 * neither password nor hash.
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
 * AUTH_MORE with the token that holds our AUTHENTICATE is followed by one more step: the final
 * response's token, which may be empty. AUTH_DONE then comes without a token.
 */
enum auth_step initiator_step(struct initiator *initiator, struct span token, uint64_t filetime_now,
	struct auth_token *out) MUST_CHECK;

/*
 * Whether session_key is set: from the step that made AUTHENTICATE on, so that the signature of
 * the final SESSION_SETUP response can be verified before its token is looked at.
 */
bool initiator_has_key(const struct initiator *initiator);

/* What is known so far: never NULL, belongs to the initiator. */
const struct auth_result *initiator_result(const struct initiator *initiator);

#endif
