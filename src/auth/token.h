/* What acceptor and initiator have in common: tokens out, steps, and what is known at the end. */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include "auth/kerberos_delegate.h"
#include "base/fault.h"
#include "base/span.h"

/* The longest token that either side looks at: what the length field of SESSION_SETUP can name. */
#define AUTH_TOKEN_MAX 65535

/* The longest session key of any mechanism. */
#define AUTH_SESSION_KEY_MAX 64

enum auth_step {
	AUTH_MORE,    /* send the token and come back with the peer's answer */
	AUTH_DONE,    /* the logon is complete; a token that is not empty is still to be sent */
	AUTH_REFUSED, /* the logon failed for good; the result's fault says why; there is no token
		       */
	/* Nothing has been done, and the same token is to be taken again: */
	AUTH_ASK_DOMAIN, /* where the domain may be waited for, */
	AUTH_ASK_KDC,    /* where a KDC may, */
	AUTH_WAIT,       /* or in a moment, when what others ask has been answered */
};

/* Whether STEP has yet to be taken. */
static inline bool
auth_step_is_put_off(enum auth_step step)
{
	return step == AUTH_ASK_DOMAIN || step == AUTH_ASK_KDC || step == AUTH_WAIT;
}

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
	const char *mechanism; /* "kerberos", "ntlmv2", "ntlmv1", "lm", "guest", "anonymous" */
	enum auth_standing standing; /* of a client, after AUTH_DONE */
	bool is_principal; /* user and domain are a name and its realm, which a KDC vouches for */
	bool mutual;       /* after AUTH_DONE: both ends have proved who they are */
	uint32_t life;     /* after AUTH_DONE: for how many seconds the tickets that it rests on are
			    * good; zero: without end */
	struct kerberos_delegate *delegate; /* a reference, where the logon gave the right to act as
					     * the client; or NULL */
	bool is_kept;      /* toward a server: it is tried by tickets that were got for an earlier
			    * logon, and that may be out of date there */
	fault fault;       /* after AUTH_REFUSED: why */
	uint32_t told;     /* the NTSTATUS that belongs to it now, where that is not
			    * the fault's own; or STATUS_SUCCESS */
	fault passed_over; /* why a stronger mechanism could not be begun, or NULL */
	char *detail;      /* about passed_over, else the fault: who asked for what, and what was
			    * said; or NULL */
	uint8_t session_key[AUTH_SESSION_KEY_MAX]; /* GSS's, from which SMB derives its keys */
	size_t session_key_len;
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

/* The session key of RESULT, empty where there is none yet. */
struct span auth_result_key(const struct auth_result *result);

/* Wipes the session key of RESULT. */
void auth_result_forget_key(struct auth_result *result);

/* Wipes and frees all that RESULT holds and leaves it empty; the fault stays. */
void auth_result_wipe(struct auth_result *result);

#endif
