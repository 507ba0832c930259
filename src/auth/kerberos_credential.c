/* A handle for each logon: the library locks one for as long as it asks a KDC by it. */
#include "auth/kerberos_credential.h"

#include "auth/kerberos_fault.h"
#include "auth/kerberos_party.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kerberos_credential {
	struct kerberos_tickets *tickets; /* a reference */
	bool kept;
	gss_cred_id_t handle;
	gss_cred_id_t deputy; /* for somebody else, made by handle */
};

/*
 * Left to itself, the library would fetch tickets for us by the machine's default keytab. KEYS: the
 * name of the keytab that it accepts by, or NULL. What is opened there it shows on only if it was
 * by a key in our account's own name, and without that name it takes the first key that fits: an
 * account has the same for all of its services.
 */
static bool
handle_get(struct kerberos_credential *c, const char *keys)
{
	gss_key_value_element_desc places[] = {{"ccache", kerberos_tickets_cache(c->tickets)},
		{"client_keytab", "MEMORY:none"}, {"keytab", keys}};
	gss_key_value_set_desc store = {keys ? 3 : 2, places};
	gss_OID_set_desc mechanisms = {.count = 1, .elements = (gss_OID)gss_mech_krb5};
	const char *own = kerberos_tickets_name(c->tickets);
	gss_buffer_desc text = {strlen(own), (void *)own};
	gss_name_t name = GSS_C_NO_NAME;
	OM_uint32 major, minor, ignored;

	major = gss_import_name(&minor, &text, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &name);
	if (!GSS_ERROR(major))
		major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &mechanisms,
			keys ? GSS_C_BOTH : GSS_C_INITIATE, &store, &c->handle, NULL, NULL);
	gss_release_name(&ignored, &name);
	return !GSS_ERROR(major);
}

static bool
handle_make(struct kerberos_credential *c, const struct kerberos_asker *asker)
{
	char *keys = NULL;
	bool made;

	if (!asker->client && asprintf(&keys, "FILE:%s", asker->keytab) < 0)
		return false;
	made = handle_get(c, keys);
	free(keys);
	return made;
}

fault
kerberos_credential_get(struct kerberos_wallet *wallet, const struct kerberos_asker *asker,
	struct kerberos_credential **out, char **detail)
{
	struct kerberos_credential *c = calloc(1, sizeof(*c));
	fault why;

	*out = NULL;
	if (!c)
		return &fault_server_logon_undecided;
	why = kerberos_wallet_get(wallet, asker, &c->tickets, &c->kept, detail);
	if (!why && !handle_make(c, asker)) {
		kerberos_credential_doubt(c, wallet);
		why = &fault_server_logon_undecided;
	}
	if (why)
		kerberos_credential_free(&c);
	*out = c;
	return why;
}

/* The library's words about its call for NAME, which ended so. */
static void
note_call(const struct kerberos_credential *c, const char *name, OM_uint32 major, OM_uint32 minor,
	char **detail)
{
	char *words = kerberos_party_words(major, minor);

	if (asprintf(detail, "%s on behalf of %s: %s", kerberos_credential_name(c), name,
		    words ? words : "?") < 0)
		*detail = NULL;
	free(words);
}

static fault
deputy_get(struct kerberos_credential *c, const char *name, char **detail)
{
	gss_OID_set_desc mechanisms = {.count = 1, .elements = (gss_OID)gss_mech_krb5};
	gss_buffer_desc text = {strlen(name), (void *)name};
	gss_name_t client = GSS_C_NO_NAME;
	OM_uint32 major, minor, ignored;

	major = gss_import_name(&minor, &text, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &client);
	if (!GSS_ERROR(major))
		major = gss_acquire_cred_impersonate_name(&minor, c->handle, client,
			GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE, &c->deputy, NULL, NULL);
	gss_release_name(&ignored, &client);
	if (!GSS_ERROR(major))
		return NULL;
	note_call(c, name, major, minor, detail);
	return kerberos_fault(kerberos_party_code(major, minor));
}

/* *KEPT: it was by tickets that had been kept, and which are dropped where it fails. */
static fault
impersonate(struct kerberos_wallet *wallet, const char *keytab, const char *name,
	struct kerberos_credential **out, bool *kept, char **detail)
{
	struct kerberos_asker self = {.keytab = keytab};
	fault why = kerberos_credential_get(wallet, &self, out, detail);

	*kept = !why && (*out)->kept;
	if (!why)
		why = deputy_get(*out, name, detail);
	if (!why || why == &fault_kerberos_kdc_unreachable)
		*kept = false;
	if (*kept)
		kerberos_credential_doubt(*out, wallet);
	if (why)
		kerberos_credential_free(out);
	return why;
}

fault
kerberos_credential_impersonate(struct kerberos_wallet *wallet, const char *keytab,
	const char *name, struct kerberos_credential **out, char **detail)
{
	bool kept;
	fault why = impersonate(wallet, keytab, name, out, &kept, detail);

	if (!kept)
		return why;
	free(*detail);
	*detail = NULL;
	return impersonate(wallet, keytab, name, out, &kept, detail);
}

void
kerberos_credential_free(struct kerberos_credential **credential)
{
	struct kerberos_credential *c = *credential;
	OM_uint32 minor;

	*credential = NULL;
	if (!c)
		return;
	gss_release_cred(&minor, &c->deputy);
	gss_release_cred(&minor, &c->handle);
	kerberos_tickets_unref(&c->tickets);
	free(c);
}

void
kerberos_credential_doubt(
	const struct kerberos_credential *credential, struct kerberos_wallet *wallet)
{
	kerberos_wallet_drop(wallet, credential->tickets);
}

bool
kerberos_credential_is_kept(const struct kerberos_credential *credential)
{
	return credential->kept;
}

gss_cred_id_t
kerberos_credential_handle(const struct kerberos_credential *credential)
{
	return credential->deputy ? credential->deputy : credential->handle;
}

const char *
kerberos_credential_name(const struct kerberos_credential *credential)
{
	return kerberos_tickets_name(credential->tickets);
}
