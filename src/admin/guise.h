/* Whom the policy has a client's user be at a server, and by what that is proved: for questions
 * that are asked without the client. */
#ifndef ADMIN_GUISE_H
#define ADMIN_GUISE_H

#include "auth/initiator.h"

struct place;
struct policy;
struct upstream;

struct guise {
	struct initiator_config config; /* what it points at is the policy's, or below: */
	char name[1024];                /* user, DOMAIN\\user or user@REALM */
	char service[300];
	char *client;
	struct kerberos_delegate *delegate;
	const struct place *place; /* of his entry in the accounts file, or NULL */
};

/*
 * Fills GUISE with whom USER (user, DOMAIN\user or user@REALM) is at UPSTREAM. NULL: it is there,
 * for guise_clear(); otherwise what is to be said of that. LEGACY and POLICY outlive the guise.
 */
const char *guise_make(struct guise *guise, const struct policy *policy,
	const struct upstream *upstream, const char *user, const struct legacy *legacy);

void guise_clear(struct guise *guise);

#endif
