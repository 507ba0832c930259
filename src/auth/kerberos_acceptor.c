/*
 * Kerberos, the server's side. Any key of our keytab will do, whatever short or long name of ours
 * the client used: the name on a ticket is not protected, the key that opens it is what counts. The
 * library keeps what it has seen (its replay cache), and refuses to see it again.
 *
 *   START --AP-REQ--> ESTABLISHED
 *     |
 *     +-- anything else --> OVER (the result's fault says why)
 */
#include "auth/kerberos_acceptor.h"

#include "auth/kerberos_deputy.h"
#include "auth/kerberos_fault.h"
#include "auth/kerberos_party.h"
#include "auth/kerberos_trial.h"
#include "base/secret.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>

enum state { START, ESTABLISHED, OVER };

struct kerberos_acceptor {
	struct kerberos_party party; /* first: it is how others hold us */
	const struct acceptor_config *config;
	enum state state;
};

static enum auth_step
refuse(struct kerberos_acceptor *a, fault why)
{
	a->state = OVER;
	a->party.established = false;
	a->party.result->fault = why;
	auth_result_forget_key(a->party.result);
	return AUTH_REFUSED;
}

/* The keys of our keytab, and of no other. */
static OM_uint32
keys_get(struct kerberos_acceptor *a, gss_cred_id_t *out, OM_uint32 *minor)
{
	gss_key_value_element_desc place = {"keytab", NULL};
	gss_key_value_set_desc store = {1, &place};
	gss_OID_set_desc mechanisms = {.count = 1, .elements = (gss_OID)gss_mech_krb5};
	OM_uint32 major;
	char *path;

	*minor = 0;
	if (asprintf(&path, "FILE:%s", a->config->keytab) < 0)
		return GSS_S_FAILURE;
	place.value = path;
	major = gss_acquire_cred_from(minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms,
		GSS_C_ACCEPT, &store, out, NULL, NULL);
	free(path);
	return major;
}

/* NAME as text on the heap, "name@REALM"; NULL: it has none that is UTF-8. */
static char *
name_text(gss_name_t name)
{
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor;
	char *raw = NULL, *out;

	if (gss_display_name(&minor, name, &text, NULL) == GSS_S_COMPLETE)
		raw = strndup(text.value, text.length);
	gss_release_buffer(&minor, &text);
	out = raw ? auth_text_copy(raw, ACCEPTOR_ACCOUNT_MAX) : NULL;
	free(raw);
	return out;
}

/* Who the client is, in two parts. */
static bool
client_take(struct kerberos_acceptor *a, gss_name_t client)
{
	struct auth_result *result = a->party.result;
	char *at;

	result->user = name_text(client);
	at = result->user ? strrchr(result->user, '@') : NULL;
	if (!at || at == result->user || !at[1])
		return false;
	result->domain = strdup(at + 1);
	*at = '\0';
	result->is_principal = true;
	return result->domain;
}

static enum auth_step
judge(struct kerberos_acceptor *a, gss_name_t client, OM_uint32 flags)
{
	struct auth_result *result = a->party.result;

	if (!(flags & GSS_C_INTEG_FLAG) || (flags & GSS_C_ANON_FLAG) || !client_take(a, client))
		return refuse(a, &fault_logon_token_malformed);
	if (!kerberos_party_establish(&a->party))
		return refuse(a, &fault_logon_undecided);
	result->mechanism = "kerberos";
	result->mutual = true;
	a->state = ESTABLISHED;
	return AUTH_DONE;
}

/* What the library says of a request that it does not take, or of our keys. */
static enum auth_step
refuse_saying(struct kerberos_acceptor *a, OM_uint32 major, OM_uint32 minor)
{
	free(a->party.result->detail);
	a->party.result->detail = kerberos_party_words(major, minor);
	return refuse(a, kerberos_fault_of_client(kerberos_party_code(major, minor)));
}

/*
 * Our own part in acting for the client. Without it the client is accepted none the less: it may
 * have an account whose server identity needs none. Only AUTH_DONE goes on.
 */
static enum auth_step
own_get(struct kerberos_acceptor *a, struct kerberos_credential **own)
{
	const struct acceptor_config *config = a->config;
	struct kerberos_wallet *wallet = commons_wallet(config->commons);
	struct kerberos_asker self = {.keytab = config->keytab};
	struct kerberos_trial trial = kerberos_trial_own(config->commons, config->keytab, NULL);
	char **detail = &a->party.result->detail;
	enum auth_step step;
	fault why;

	if (config->delegation != DELEGATION_S4U)
		return AUTH_DONE;
	if (kerberos_wallet_holds(wallet, &self)) {
		if (kerberos_credential_get(wallet, &self, own, detail))
			*own = NULL;
		return AUTH_DONE;
	}
	if (!config->may_ask)
		return AUTH_ASK_KDC;
	step = kerberos_trial_begin(&trial, &why, detail);
	if (step != AUTH_DONE)
		return step == AUTH_REFUSED ? AUTH_DONE : step;
	why = kerberos_credential_get(wallet, &self, own, detail);
	kerberos_trial_shown(&trial, why);
	kerberos_trial_end(&trial, why);
	return AUTH_DONE;
}

/* With our own part in it the library always says that there is a right to act for the client;
 * whether the KDC agrees shows when it is used. */
static void
delegate_take(struct kerberos_acceptor *a, OM_uint32 flags, gss_cred_id_t *given,
	struct kerberos_credential **own)
{
	struct auth_result *result = a->party.result;
	bool handed_over =
		a->config->delegation == DELEGATION_FORWARDED && flags & GSS_C_DELEG_FLAG;
	char *name;

	if (*given == GSS_C_NO_CREDENTIAL || (!*own && !handed_over) ||
		asprintf(&name, "%s@%s", result->user, result->domain) < 0)
		return;
	result->delegate = kerberos_delegate_by(name, given, own);
	free(name);
}

/* What the library makes of a request. */
struct opinion {
	OM_uint32 major, minor, flags;
	gss_buffer_desc reply;
	gss_name_t client;
	gss_cred_id_t given;
};

static void
opinion_clear(struct opinion *o)
{
	OM_uint32 ignored;

	gss_release_cred(&ignored, &o->given);
	gss_release_buffer(&ignored, &o->reply);
	gss_release_name(&ignored, &o->client);
	*o = (struct opinion){0};
}

static void
accept_by(struct kerberos_acceptor *a, gss_cred_id_t keys, struct span token, struct opinion *o)
{
	gss_buffer_desc in = {token.len, (void *)token.data};
	OM_uint32 ignored;

	opinion_clear(o);
	gss_delete_sec_context(&ignored, &a->party.context, GSS_C_NO_BUFFER);
	o->major = gss_accept_sec_context(&o->minor, &a->party.context, keys, &in,
		GSS_C_NO_CHANNEL_BINDINGS, &o->client, NULL, &o->reply, &o->flags, NULL, &o->given);
}

/* Whether the keys of OWN, our account, are not those of the request; if so, that is noted: there
 * will be no acting for the client. */
static bool
is_for_another(
	struct kerberos_acceptor *a, const struct kerberos_credential *own, const struct opinion *o)
{
	char *words;

	if (!GSS_ERROR(o->major) || kerberos_fault_of_client(kerberos_party_code(
					    o->major, o->minor)) != &fault_logon_key_missing)
		return false;
	words = kerberos_party_words(o->major, o->minor);
	free(a->party.result->detail);
	if (asprintf(&a->party.result->detail, "the ticket is not for %s: %s",
		    kerberos_credential_name(own), words ? words : "?") < 0)
		a->party.result->detail = NULL;
	free(words);
	return true;
}

/* By the keys of our own account, whose tickets we may show on (*OWN; NULL: there is none); what
 * those do not open, by any other. */
static void
opinion_get(struct kerberos_acceptor *a, struct span token, struct kerberos_credential **own,
	struct opinion *o)
{
	gss_cred_id_t keys = GSS_C_NO_CREDENTIAL;
	OM_uint32 ignored;

	if (*own) {
		accept_by(a, kerberos_credential_handle(*own), token, o);
		if (!is_for_another(a, *own, o))
			return;
		kerberos_credential_free(own);
	}
	o->major = keys_get(a, &keys, &o->minor);
	if (!GSS_ERROR(o->major))
		accept_by(a, keys, token, o);
	gss_release_cred(&ignored, &keys);
}

static enum auth_step
request_judge(struct kerberos_acceptor *a, struct span token, struct kerberos_credential **own,
	struct auth_token *out)
{
	struct opinion o = {0};
	enum auth_step step;

	opinion_get(a, token, own, &o);
	if (GSS_ERROR(o.major))
		step = refuse_saying(a, o.major, o.minor);
	else if (o.major != GSS_S_COMPLETE) /* DCE's third leg is none of SMB's */
		step = refuse(a, &fault_logon_token_malformed);
	else
		step = judge(a, o.client, o.flags);
	if (step == AUTH_DONE && !kerberos_party_token(out, &o.reply))
		step = refuse(a, &fault_logon_undecided);
	if (step == AUTH_DONE)
		delegate_take(a, o.flags, &o.given, own);
	opinion_clear(&o);
	return step;
}

static enum auth_step
request_take(struct kerberos_acceptor *a, struct span token, struct auth_token *out)
{
	struct kerberos_credential *own = NULL;
	enum auth_step step = own_get(a, &own);

	if (step == AUTH_DONE)
		step = request_judge(a, token, &own, out);
	kerberos_credential_free(&own);
	return step;
}

static enum auth_step
step(struct mechanism_context *context, struct span token, uint64_t filetime_now,
	struct auth_token *out)
{
	struct kerberos_acceptor *a = (struct kerberos_acceptor *)context;

	(void)filetime_now; /* the library has a clock of its own */
	*out = (struct auth_token){0};
	if (a->state == START && token.len > 0)
		return request_take(a, token, out);
	return refuse(a, &fault_logon_token_malformed);
}

static void
context_free(struct mechanism_context *context)
{
	struct kerberos_acceptor *a = (struct kerberos_acceptor *)context;

	kerberos_party_clear(&a->party);
	secret_wipe(a, sizeof(*a));
	free(a);
}

static const struct mechanism_work work = {
	.step = step,
	.mic = kerberos_party_mic,
	.mic_verify = kerberos_party_mic_verify,
	.free = context_free,
};

bool
kerberos_acceptor_acceptable(const struct acceptor_config *config)
{
	return config->kerberos && config->keytab;
}

struct mechanism_context *
kerberos_acceptor_new(const struct acceptor_config *config, struct auth_result *result)
{
	struct kerberos_acceptor *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->party.base.work = &work;
	a->party.context = GSS_C_NO_CONTEXT;
	a->party.result = result;
	a->config = config;
	return &a->party.base;
}
