/*
 * The server's side of a logon: takes the client's tokens, SPNEGO or bare NTLMSSP, one after the
 * other, and says in the end who it is. Pure computation on bytes: no clock, no socket, no log.
 */
#ifndef AUTH_ACCEPTOR_H
#define AUTH_ACCEPTOR_H

#include "auth/commons.h"
#include "auth/token.h"
#include "crypto/legacy.h"

#define ACCEPTOR_ACCOUNT_MAX 256

/* What an account proves itself with. */
struct ntlm_secret {
	uint8_t nt_hash[16]; /* MD4 of the password's UTF-16LE ([MS-NLMP] 3.3.1) */
	bool has_lm_hash;    /* not every password has one, and only `lm` wants it */
	uint8_t lm_hash[16];
	char account[ACCEPTOR_ACCOUNT_MAX]; /* the account's own name, NUL-terminated UTF-8 */
};

struct acceptor_config {
	const struct legacy *legacy; /* outlives the acceptor */
	const char *target;          /* NetBIOS name that the challenge shows, UTF-8; copied */
	const char *dns_name;        /* fully qualified name beside it, or NULL; copied */

	/*
	 * Looks up USER (never NULL) of DOMAIN (maybe ""), both as the client wrote them. True: OUT
	 * is filled in. Called from the thread that calls acceptor_step(), once in a logon.
	 */
	bool (*find)(void *context, const char *user, const char *domain, struct ntlm_secret *out);
	void *context; /* handed to find; outlives the acceptor */

	/*
	 * Judges those whom find() does not know; NULL: nobody does. With it the challenge names
	 * this machine as the domain does, or not at all: the domain compares.
	 */
	const struct ntlm_domain *domain;

	/* What the process knows of other logons; outlives the acceptor. NULL: nothing. */
	struct commons *commons;
	const char *from; /* the client's address, or NULL; copied */
	bool may_ask;     /* acceptor_step() may block, from its first call on */

	/* For Kerberos: the path of our keys; NULL: there is none. Copied. */
	const char *keytab;
	enum delegation delegation; /* what a logon by Kerberos shall give us; may block then */

	/* Ways to log on that this listener admits. A guest is whoever has a name that nobody
	 * knows. */
	bool kerberos, ntlmv2, ntlmv1, lm, guest, anonymous;
};

/* One logon. Belongs to one thread at a time. */
struct acceptor;

/* NULL when memory or randomness is out, or a name is not valid UTF-8 or too long. */
struct acceptor *acceptor_new(const struct acceptor_config *config);
void acceptor_free(struct acceptor **acceptor);

/*
 * The NegTokenInit2 for the security buffer of a NEGOTIATE response: the mechanisms that CONFIG
 * admits ([MS-SPNG] 2.2.1); nothing else of it is looked at. *LEN bytes are put at OUT, which holds
 * CAP; ACCEPTOR_HINT_MAX always suffices. False: it did not fit.
 */
#define ACCEPTOR_HINT_MAX 128
bool acceptor_hint(
	const struct acceptor_config *config, uint8_t *out, size_t cap, size_t *len) MUST_CHECK;

/* Lets every further step ask the domain and KDCs, and so block. */
void acceptor_let_ask(struct acceptor *acceptor);

/*
 * Takes the client's next TOKEN and puts the answer in OUT (overwritten, never freed here).
 * FILETIME_NOW is the time of day in units of 100 ns since 1601 (UTC), shown in the challenge.
 * AUTH_DONE and AUTH_REFUSED are final: a further step is refused.
 *
 * A logon with an account that does not exist goes through the same work as one with a wrong
 * password and ends in the same status, so that nobody can ask which names exist.
 */
enum auth_step acceptor_step(struct acceptor *acceptor, struct span token, uint64_t filetime_now,
	struct auth_token *out) MUST_CHECK;

/*
 * What is known so far: never NULL, belongs to the acceptor. The session key and the account mean
 * something after AUTH_DONE only.
 */
const struct auth_result *acceptor_result(const struct acceptor *acceptor);

#endif
