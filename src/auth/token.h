/* What acceptor and initiator have in common: tokens out, steps, and what is known at the end. */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include "base/fault.h"
#include "base/span.h"

/* The longest token that either side looks at: what the length field of SESSION_SETUP can name. */
#define AUTH_TOKEN_MAX 65535

#define AUTH_SESSION_KEY_SIZE 16

enum auth_step {
	AUTH_MORE,    /* send the token and come back with the peer's answer */
	AUTH_DONE,    /* the logon is complete; a token that is not empty is still to be sent */
	AUTH_REFUSED, /* the logon failed for good; the result's fault says why; there is no token
		       */
};

/* Bytes for the peer, on the heap; NULL and 0 where there are none. The caller frees them. */
struct auth_token {
	uint8_t *bytes;
	size_t len;
};

/* As what the client has come in. Only a user has proved anything, and has a key. */
enum auth_standing { AUTH_USER, AUTH_GUEST, AUTH_ANONYMOUS };

/*
 * What a logon has come to. The texts are UTF-8 and belong to the result; they are what the peer
 * claimed, which is worth something only after AUTH_DONE. NULL: not known.
 */
struct auth_result {
	char *user;
	char *domain;
	char *workstation;
	char *account;         /* the name that the accounts have for the user; AUTH_DONE only */
	bool is_of_domain;     /* instead of it, after AUTH_DONE: user and domain are names that the
				* domain vouches for */
	const char *mechanism; /* "ntlmv2", "ntlmv1", "lm", "guest", "anonymous" */
	enum auth_standing standing; /* of a client, after AUTH_DONE */
	fault fault;                 /* after AUTH_REFUSED: why */
	char *detail; /* about the fault, in the words of whoever was asked; or NULL */
	uint8_t session_key[AUTH_SESSION_KEY_SIZE]; /* GSS's, from which SMB derives its keys */
};

/* A copy of BYTES in TOKEN, which must be empty. False: memory is out. */
bool auth_token_copy(struct auth_token *token, struct span bytes) MUST_CHECK;

/* Wipes and frees the bytes of TOKEN and leaves it empty. */
void auth_token_free(struct auth_token *token);

/*
 * A copy of TEXT, which must be UTF-8 of at most MAX bytes, on the heap for secret_free_text();
 * NULL if it is not, or memory is out.
 */
char *auth_text_copy(const char *text, size_t max);

/* Wipes and frees all that RESULT holds and leaves it empty; the fault stays. */
void auth_result_wipe(struct auth_result *result);

#endif
