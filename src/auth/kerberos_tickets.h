/*
 * What one identity has got from its KDC: its ticket-granting ticket, and those for services that
 * were fetched by it, in a cache that is in memory and goes with the last reference. No default
 * cache and no default keytab is ever looked at. Shared by reference count, from any thread.
 */
#ifndef AUTH_KERBEROS_TICKETS_H
#define AUTH_KERBEROS_TICKETS_H

#include "base/fault.h"

#include <stdbool.h>

struct kerberos_tickets;

/* Who asks, and what is shown to the KDC. */
struct kerberos_asker {
	const char *client;   /* "name@REALM", or NULL: our own account, the first in the keytab
			       * that is no service's, to act for others */
	const char *password; /* this, */
	const char *keytab;   /* or the path of this file */
};

/*
 * Logs ASKER on at its KDC; may block. NULL: *OUT is there; otherwise why not, with the library's
 * words in *DETAIL (may be NULL; on the heap).
 */
fault kerberos_tickets_ask(const struct kerberos_asker *asker, struct kerberos_tickets **out,
	char **detail) MUST_CHECK;

/* One more reference; returns TICKETS, which may be NULL. */
struct kerberos_tickets *kerberos_tickets_ref(struct kerberos_tickets *tickets);

/* Gives *TICKETS' reference back (NULL is none) and leaves NULL behind; the last one wipes and
 * frees. */
void kerberos_tickets_unref(struct kerberos_tickets **tickets);

/*
 * Whether none of them is near its end, so that they are worth being used again. Sessions are
 * renewed (bridge/renewal.c) later than that: what renews them is new.
 */
bool kerberos_tickets_last(const struct kerberos_tickets *tickets);

/* Whether one for PRINCIPAL ("cifs/host", perhaps with its realm) is among them, so that no KDC has
 * to be asked for it. */
bool kerberos_tickets_include(const struct kerberos_tickets *tickets, const char *principal);

/* The library's name of the cache, and whose it is, "name@REALM"; both belong to TICKETS. */
const char *kerberos_tickets_cache(const struct kerberos_tickets *tickets);
const char *kerberos_tickets_name(const struct kerberos_tickets *tickets);

#endif
