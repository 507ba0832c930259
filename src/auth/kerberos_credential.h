/*
 * What one identity shows to servers: the library's handle of its tickets, for one logon. No
 * default cache and no default keytab is ever looked at. May block: it asks the KDC where the
 * wallet has no tickets.
 */
#ifndef AUTH_KERBEROS_CREDENTIAL_H
#define AUTH_KERBEROS_CREDENTIAL_H

#include "auth/kerberos_tickets.h"
#include "auth/kerberos_wallet.h"

#include <gssapi/gssapi.h>

struct kerberos_credential;

/*
 * ASKER's, out of WALLET (which may be NULL). NULL: *OUT is there, for kerberos_credential_free();
 * otherwise why not, with the library's words in *DETAIL (may be NULL; on the heap). Our own
 * account's is good for accepting with any key of its keytab as well: what clients show us then
 * becomes something that we can show on.
 */
fault kerberos_credential_get(struct kerberos_wallet *wallet, const struct kerberos_asker *asker,
	struct kerberos_credential **out, char **detail) MUST_CHECK;

/* Our own account of KEYTAB acting for NAME, "user@REALM", by its own word
 * ([MS-SFU] 3.1.5.1.1). */
fault kerberos_credential_impersonate(struct kerberos_wallet *wallet, const char *keytab,
	const char *name, struct kerberos_credential **out, char **detail) MUST_CHECK;

/* Frees; leaves NULL behind. */
void kerberos_credential_free(struct kerberos_credential **credential);

/* Its tickets are not to be used again: WALLET, which they came out of, drops them. */
void kerberos_credential_doubt(
	const struct kerberos_credential *credential, struct kerberos_wallet *wallet);

/* Whether its tickets had been kept from earlier on. */
bool kerberos_credential_is_kept(const struct kerberos_credential *credential);

/* For gss_init_sec_context(); belongs to the credential. */
gss_cred_id_t kerberos_credential_handle(const struct kerberos_credential *credential);

/* Whose it is, "name@REALM"; belongs to the credential. */
const char *kerberos_credential_name(const struct kerberos_credential *credential);

#endif
