/*
 * A domain as the judge of NTLM responses: it knows its users' passwords, we do not. What the
 * acceptor wants of one; winbind.h is the real one.
 */
#ifndef AUTH_NTLM_DOMAIN_H
#define AUTH_NTLM_DOMAIN_H

#include "auth/ntlm_message.h"

#define NTLM_DOMAIN_KEY_SIZE 16

/* A response to a challenge, and whose it is said to be. Texts are UTF-8; nothing is owned. */
struct ntlm_response {
	const uint8_t *challenge; /* NTLM_CHALLENGE_SIZE bytes */
	const char *user, *domain;
	const char *workstation; /* or NULL */
	struct span nt;
	struct span lm; /* maybe empty */
};

/* What the domain says of it. Texts are UTF-8 on the heap. */
struct ntlm_opinion {
	char *user, *domain; /* the domain's own names for the user, where it vouches for one */
	char *detail;        /* where it does not: in its own words, or NULL */
	bool is_guest;       /* it took somebody it does not know for its guest */
	uint8_t base_key[NTLM_DOMAIN_KEY_SIZE]; /* SessionBaseKey */
};

/* Names on the heap, UTF-8. */
struct ntlm_membership {
	char *computer; /* NetBIOS name that this machine has in the domain */
	char *domain;   /* NetBIOS name of the domain */
};

struct ntlm_domain {
	/* As whom this machine is in the domain. False: it is not to be learned now, and OUT is
	 * empty. May block. */
	bool (*membership)(struct ntlm_membership *out);

	/* NULL where the domain vouches for the user; OUT is filled in in any case. May block for
	 * long. */
	fault (*judge)(const struct ntlm_response *response, struct ntlm_opinion *out);
};

/* Whether WHY, of judge(), speaks of the user or the password, not of the asking or the hour. */
bool ntlm_domain_blames(fault why);

/* Wipe and free what is inside. */
void ntlm_opinion_clear(struct ntlm_opinion *opinion);
void ntlm_membership_clear(struct ntlm_membership *membership);

#endif
