/* Initial tickets, by password or keytab, into a cache in memory ([RFC4120] 3.1). */
#include "auth/kerberos_credential.h"

#include "auth/kerberos_fault.h"
#include "auth/kerberos_party.h"

#include <errno.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>

struct kerberos_credential {
	krb5_context library;
	krb5_principal client;
	krb5_ccache cache;
	char *name;
	gss_cred_id_t handle;
	gss_cred_id_t deputy; /* for somebody else, made by handle */
};

/* Keeps what the library says of CODE, and who asked. Returns CODE. */
static krb5_error_code
note(const struct kerberos_credential *c, const char *client, krb5_error_code code, char **detail)
{
	const char *words = code ? krb5_get_error_message(c->library, code) : NULL;

	if (words && asprintf(detail, "%s at the KDC: %s", c->name ? c->name : client, words) < 0)
		*detail = NULL;
	krb5_free_error_message(c->library, words);
	return code;
}

static krb5_error_code
name_take(struct kerberos_credential *c, const char *client)
{
	krb5_error_code code = krb5_parse_name(c->library, client, &c->client);

	return code ? code : krb5_unparse_name(c->library, c->client, &c->name);
}

/* The library would ask the KDC before it looks whether there is a key at all. */
static krb5_error_code
key_find(struct kerberos_credential *c, krb5_keytab keytab)
{
	krb5_keytab_entry entry;
	krb5_error_code code = krb5_kt_get_entry(c->library, keytab, c->client, 0, 0, &entry);

	if (!code)
		krb5_free_keytab_entry_contents(c->library, &entry);
	return code;
}

static krb5_error_code
ask_by_keytab(struct kerberos_credential *c, const char *path, krb5_get_init_creds_opt *options,
	krb5_creds *ticket)
{
	krb5_keytab keytab;
	krb5_error_code code;
	char *name;

	if (asprintf(&name, "FILE:%s", path) < 0)
		return ENOMEM;
	code = krb5_kt_resolve(c->library, name, &keytab);
	free(name);
	if (code)
		return code;
	code = key_find(c, keytab);
	if (!code)
		code = krb5_get_init_creds_keytab(
			c->library, ticket, c->client, keytab, 0, NULL, options);
	krb5_kt_close(c->library, keytab);
	return code;
}

/* What the KDC is shown, and what for. */
struct proof {
	const char *password; /* this, */
	const char *keytab;   /* or the path of this file */
	bool for_others;      /* the ticket is to act for them */
};

/*
 * Nothing more than what is needed to ask for one service: it cannot be passed on. Only to act for
 * others it must be one that could ([MS-SFU] 3.1.5.2.1).
 */
static krb5_error_code
ask_kdc(struct kerberos_credential *c, const struct proof *proof, krb5_creds *ticket)
{
	krb5_get_init_creds_opt *options = NULL;
	krb5_error_code code = krb5_get_init_creds_opt_alloc(c->library, &options);

	if (code)
		return code;
	krb5_get_init_creds_opt_set_forwardable(options, proof->for_others);
	krb5_get_init_creds_opt_set_proxiable(options, 0);
	if (proof->keytab)
		code = ask_by_keytab(c, proof->keytab, options, ticket);
	else
		code = krb5_get_init_creds_password(c->library, ticket, c->client, proof->password,
			NULL, NULL, 0, NULL, options);
	krb5_get_init_creds_opt_free(c->library, options);
	return code;
}

static krb5_error_code
ticket_get(struct kerberos_credential *c, const struct proof *proof)
{
	krb5_creds ticket = {0};
	krb5_error_code code = krb5_cc_new_unique(c->library, "MEMORY", NULL, &c->cache);

	if (!code)
		code = krb5_cc_initialize(c->library, c->cache, c->client);
	if (!code)
		code = ask_kdc(c, proof, &ticket);
	if (!code)
		code = krb5_cc_store_cred(c->library, c->cache, &ticket);
	krb5_free_cred_contents(c->library, &ticket);
	return code;
}

/*
 * Left to itself, the library would fetch tickets for us by the machine's default keytab. KEYS: the
 * name of the keytab that it accepts by, or NULL. What is opened there it shows on only if it was
 * by a key in our account's own name, and without that name it takes the first key that fits: an
 * account has the same for all of its services.
 */
static bool
handle_get(struct kerberos_credential *c, const char *keys)
{
	gss_key_value_element_desc places[] = {
		{"ccache", NULL}, {"client_keytab", "MEMORY:none"}, {"keytab", keys}};
	gss_key_value_set_desc store = {keys ? 3 : 2, places};
	gss_OID_set_desc mechanisms = {.count = 1, .elements = (gss_OID)gss_mech_krb5};
	gss_buffer_desc text = {strlen(c->name), c->name};
	gss_name_t name = GSS_C_NO_NAME;
	OM_uint32 major, minor;
	char *cache;

	if (krb5_cc_get_full_name(c->library, c->cache, &cache))
		return false;
	places[0].value = cache;
	major = gss_import_name(&minor, &text, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &name);
	if (!GSS_ERROR(major))
		major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &mechanisms,
			keys ? GSS_C_BOTH : GSS_C_INITIATE, &store, &c->handle, NULL, NULL);
	gss_release_name(&minor, &name);
	krb5_free_string(c->library, cache);
	return !GSS_ERROR(major);
}

fault
kerberos_credential_get(
	const struct initiator_config *config, struct kerberos_credential **out, char **detail)
{
	struct proof proof = {.password = config->password, .keytab = config->keytab};
	struct kerberos_credential *c = calloc(1, sizeof(*c));
	krb5_error_code code;
	fault why = NULL;

	*out = NULL;
	if (!c || krb5_init_context(&c->library)) {
		free(c);
		return &fault_server_logon_undecided;
	}
	code = name_take(c, config->client);
	if (!code)
		code = ticket_get(c, &proof);
	if (note(c, config->client, code, detail))
		why = kerberos_fault(code);
	else if (!handle_get(c, NULL))
		why = &fault_server_logon_undecided;
	if (why)
		kerberos_credential_free(&c);
	*out = c;
	return why;
}

/* The name of our account: the first in the keytab KEYS that is not service/host. */
static krb5_error_code
own_name_find(struct kerberos_credential *c, krb5_keytab keys)
{
	krb5_keytab_entry entry;
	krb5_kt_cursor cursor;
	krb5_error_code code = krb5_kt_start_seq_get(c->library, keys, &cursor);

	if (code)
		return code;
	while (!c->client && krb5_kt_next_entry(c->library, keys, &entry, &cursor) == 0) {
		if (entry.principal->length == 1)
			code = krb5_copy_principal(c->library, entry.principal, &c->client);
		krb5_free_keytab_entry_contents(c->library, &entry);
	}
	krb5_kt_end_seq_get(c->library, keys, &cursor);
	return code || c->client ? code : KRB5_KT_NOTFOUND;
}

static krb5_error_code
own_name_take(struct kerberos_credential *c, const char *keys)
{
	krb5_keytab keytab;
	krb5_error_code code = krb5_kt_resolve(c->library, keys, &keytab);

	if (code)
		return code;
	code = own_name_find(c, keytab);
	krb5_kt_close(c->library, keytab);
	return code ? code : krb5_unparse_name(c->library, c->client, &c->name);
}

fault
kerberos_credential_get_own(const char *keytab, struct kerberos_credential **out, char **detail)
{
	struct proof proof = {.keytab = keytab, .for_others = true};
	struct kerberos_credential *c = calloc(1, sizeof(*c));
	krb5_error_code code;
	fault why = NULL;
	char *keys;

	*out = NULL;
	if (!c || krb5_init_context(&c->library) || asprintf(&keys, "FILE:%s", keytab) < 0) {
		kerberos_credential_free(&c);
		return &fault_server_logon_undecided;
	}
	code = own_name_take(c, keys);
	if (!code)
		code = ticket_get(c, &proof);
	if (note(c, "our own account", code, detail))
		why = kerberos_fault(code);
	else if (!handle_get(c, keys))
		why = &fault_server_logon_undecided;
	free(keys);
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

	if (asprintf(detail, "%s on behalf of %s: %s", c->name, name, words ? words : "?") < 0)
		*detail = NULL;
	free(words);
}

fault
kerberos_credential_impersonate(
	const char *keytab, const char *name, struct kerberos_credential **out, char **detail)
{
	gss_OID_set_desc mechanisms = {.count = 1, .elements = (gss_OID)gss_mech_krb5};
	gss_buffer_desc text = {strlen(name), (void *)name};
	gss_name_t client = GSS_C_NO_NAME;
	OM_uint32 major, minor, ignored;
	fault why = kerberos_credential_get_own(keytab, out, detail);

	if (why)
		return why;
	major = gss_import_name(&minor, &text, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &client);
	if (!GSS_ERROR(major))
		major = gss_acquire_cred_impersonate_name(&minor, (*out)->handle, client,
			GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE, &(*out)->deputy, NULL, NULL);
	gss_release_name(&ignored, &client);
	if (!GSS_ERROR(major))
		return NULL;
	note_call(*out, name, major, minor, detail);
	kerberos_credential_free(out);
	return kerberos_fault(kerberos_party_code(major, minor));
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
	if (c->cache)
		krb5_cc_destroy(c->library, c->cache);
	if (c->library) {
		krb5_free_unparsed_name(c->library, c->name);
		krb5_free_principal(c->library, c->client);
		krb5_free_context(c->library);
	}
	free(c);
}

gss_cred_id_t
kerberos_credential_handle(const struct kerberos_credential *credential)
{
	return credential->deputy ? credential->deputy : credential->handle;
}

const char *
kerberos_credential_name(const struct kerberos_credential *credential)
{
	return credential->name;
}
