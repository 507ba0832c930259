/*
 * What one identity shows to servers: its ticket, in a cache of its own that is in memory, belongs
 * to one logon and ends with it. No default cache and no default keytab is ever looked at. May
 * block: it asks the KDC.
 */
#ifndef AUTH_KERBEROS_CREDENTIAL_H
#define AUTH_KERBEROS_CREDENTIAL_H

#include "auth/initiator.h"

#include <gssapi/gssapi.h>

struct kerberos_credential;

/*
 * Logs CONFIG's Kerberos client on at its KDC, by keytab or password. NULL: *OUT is there, for
 * kerberos_credential_free(); otherwise why not, with the library's words in *DETAIL (may be NULL;
 * on the heap).
 */
fault kerberos_credential_get(const struct initiator_config *config,
	struct kerberos_credential **out, char **detail) MUST_CHECK;

/*
 * The same for our own account, the first principal in KEYTAB that is no service's, good for
 * accepting with any key of KEYTAB as well: what clients show us then becomes something that we can
 * show on.
 */
fault kerberos_credential_get_own(
	const char *keytab, struct kerberos_credential **out, char **detail) MUST_CHECK;

/* Our own account acting for NAME, "user@REALM", by its own word ([MS-SFU] 3.1.5.1.1). */
fault kerberos_credential_impersonate(const char *keytab, const char *name,
	struct kerberos_credential **out, char **detail) MUST_CHECK;

/* Wipes the tickets and frees; leaves NULL behind. */
void kerberos_credential_free(struct kerberos_credential **credential);

/* For gss_init_sec_context(); belongs to the credential. */
gss_cred_id_t kerberos_credential_handle(const struct kerberos_credential *credential);

/* Whose it is, "name@REALM"; belongs to the credential. */
const char *kerberos_credential_name(const struct kerberos_credential *credential);

#endif
