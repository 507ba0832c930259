/*
 * Asking a KDC: not where that realm's KDCs are silent, nor by a secret that has been refused too
 * often of late. Both are what the process knows in common.
 */
#ifndef AUTH_KERBEROS_TRIAL_H
#define AUTH_KERBEROS_TRIAL_H

#include "auth/initiator.h"

/* Who asks, and by what. Nothing is owned. */
struct kerberos_trial {
	const char *realm; /* whose KDCs, or another word for them */
	const char *who;   /* asks, for people */
	bool is_own;       /* our own account, which asks on behalf of others, too */
	struct initiator_config
		shows;             /* its commons, and the secret to be shown, if there is one */
	uint64_t since;            /* when it was begun */
	struct setbacks_try shown; /* filled in below */
};

/* Our own account's, by KEYTAB (NULL: it has its ticket), on behalf of clients of REALM (NULL: of
 * all). */
struct kerberos_trial kerberos_trial_own(
	struct commons *commons, const char *keytab, const char *realm);

/* The one of CONFIG's client by CONFIG's secret, or of our own account by CONFIG's delegate. */
struct kerberos_trial kerberos_trial_of(const struct initiator_config *config);

/*
 * AUTH_DONE: ask, and then say what came of it. AUTH_WAIT: come back in a moment. AUTH_REFUSED: do
 * not ask; *WHY and, on the heap, *DETAIL say why not.
 */
enum auth_step kerberos_trial_begin(
	struct kerberos_trial *trial, fault *why, char **detail) MUST_CHECK;

/* What showing the secret came to (NULL: a ticket). */
void kerberos_trial_shown(struct kerberos_trial *trial, fault why);

/* Nothing more is asked. WHY is what all of it came to. */
void kerberos_trial_end(struct kerberos_trial *trial, fault why);

#endif
