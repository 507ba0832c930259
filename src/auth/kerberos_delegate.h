/*
 * The right to act as a client at servers, by Kerberos: by the ticket that the client showed us, by
 * one that it handed over, or because our account may act for whom it pleases ([MS-SFU]). Shared by
 * reference count, from any thread; immutable.
 */
#ifndef AUTH_KERBEROS_DELEGATE_H
#define AUTH_KERBEROS_DELEGATE_H

struct kerberos_delegate;

/* Which of them are used. */
enum delegation {
	DELEGATION_NONE,
	DELEGATION_FORWARDED, /* the client's own ticket-granting ticket, where it hands that over
			       */
	DELEGATION_S4U,       /* constrained: S4U2Proxy, and S4U2Self where there is no ticket */
};

/*
 * To act for NAME, "user@REALM", by the word of our account alone (S4U2Self): the first in KEYTAB
 * that is no service. Nothing is asked before it is used. NULL when memory is out.
 */
struct kerberos_delegate *kerberos_delegate_for(const char *name, const char *keytab);

/* One more reference; returns DELEGATE, which may be NULL. */
struct kerberos_delegate *kerberos_delegate_ref(struct kerberos_delegate *delegate);

/* Gives *DELEGATE's reference back (NULL is none) and leaves NULL behind; the last one frees. */
void kerberos_delegate_unref(struct kerberos_delegate **delegate);

/* Whom it acts for, "user@REALM"; belongs to it. */
const char *kerberos_delegate_name(const struct kerberos_delegate *delegate);

#endif
