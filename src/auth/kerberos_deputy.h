/* Delegates as the rest of auth/ handles them: with what the library has. */
#ifndef AUTH_KERBEROS_DEPUTY_H
#define AUTH_KERBEROS_DEPUTY_H

#include "auth/kerberos_credential.h"
#include "auth/kerberos_delegate.h"

/* To act for NAME by *HANDLE, which the library made when it accepted the client, with *SELF (may
 * be NULL) as our own part in it; takes both over. NULL when memory is out, with both left alone.
 */
struct kerberos_delegate *kerberos_delegate_by(
	const char *name, gss_cred_id_t *handle, struct kerberos_credential **self);

/* The keytab of our account, where DELEGATE acts by that one's own word; else NULL. Its own. */
const char *kerberos_delegate_keytab(const struct kerberos_delegate *delegate);

/*
 * What to show servers is *HANDLE, which lives as long as DELEGATE and *OWN (NULL or for
 * kerberos_credential_free()). A fault says why there is nothing, *DETAIL as
 * kerberos_credential_get(), WALLET too. May block.
 */
fault kerberos_delegate_credential(const struct kerberos_delegate *delegate,
	struct kerberos_wallet *wallet, struct kerberos_credential **own, gss_cred_id_t *handle,
	char **detail) MUST_CHECK;

/* It could not be used: what our own part in it came out of WALLET by is not used for the next. */
void kerberos_delegate_doubt(
	const struct kerberos_delegate *delegate, struct kerberos_wallet *wallet);

#endif
