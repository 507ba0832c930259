/*
 * Tickets that are kept, so that an identity asks its KDC once and not at each logon. One for the
 * process; used from any thread. Its lock is never held while anybody is asked: two who want the
 * same at once may both ask, and nobody waits for another's KDC.
 */
#ifndef AUTH_KERBEROS_WALLET_H
#define AUTH_KERBEROS_WALLET_H

#include "base/fault.h"

#include <stdbool.h>

struct kerberos_asker;
struct kerberos_tickets;
struct kerberos_wallet;

/* The most identities that tickets are kept of: who was used least recently goes. */
#define KERBEROS_WALLET_MAX 256

/* NULL when memory is out. */
struct kerberos_wallet *kerberos_wallet_new(void);

/* Wipes and frees; what others still hold of its tickets is theirs. Leaves NULL behind. */
void kerberos_wallet_free(struct kerberos_wallet **wallet);

/*
 * ASKER's tickets: those that are kept (*KEPT), where they last and were got by the very same
 * secret, be it a password or a keytab that has not been touched since; else new ones, as
 * kerberos_tickets_ask(). The reference is the caller's. WALLET may be NULL: nothing is kept.
 */
fault kerberos_wallet_get(struct kerberos_wallet *wallet, const struct kerberos_asker *asker,
	struct kerberos_tickets **out, bool *kept, char **detail) MUST_CHECK;

/* What kerberos_wallet_get() would find kept, without asking anybody: a reference, or NULL. */
struct kerberos_tickets *kerberos_wallet_peek(
	struct kerberos_wallet *wallet, const struct kerberos_asker *asker);

/* Whether there is any. */
bool kerberos_wallet_holds(struct kerberos_wallet *wallet, const struct kerberos_asker *asker);

/* TICKETS are of no use any more, whatever their times say: they are not given out again. */
void kerberos_wallet_drop(struct kerberos_wallet *wallet, const struct kerberos_tickets *tickets);

#endif
