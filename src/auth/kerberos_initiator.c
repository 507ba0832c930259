/*
 * Kerberos, the client's side. Mutual authentication is always asked for and always insisted on
 * ([MS-SMB2] 3.2.4.2.3), to the principal that the policy names: nothing that the server says
 * changes it, and DNS is not asked what it is called.
 *
 *   START --(nothing in)--> AWAIT_REPLY --AP-REP--> ESTABLISHED
 *     |                          |
 *     +------- anything else ----+--> OVER (the result's fault says why)
 */
#include "auth/kerberos_initiator.h"

#include "auth/kerberos_deputy.h"
#include "auth/kerberos_fault.h"
#include "auth/kerberos_party.h"
#include "auth/kerberos_trial.h"
#include "base/secret.h"

#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>

/* Integrity is for mechListMIC. */
#define FLAGS_NEEDED (GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG)

enum state { START, AWAIT_REPLY, ESTABLISHED, OVER };

struct kerberos_initiator {
	struct kerberos_party party; /* first: it is how others hold us */
	const struct initiator_config *config;
	enum state state;
	bool is_afresh; /* what was kept is forgotten, where that was asked for */
	struct kerberos_credential *credential; /* or NULL, where a delegate has it all */
	gss_cred_id_t handle;                   /* of either */
	gss_name_t target;
};

static enum auth_step
refuse(struct kerberos_initiator *i, fault why)
{
	i->state = OVER;
	i->party.established = false;
	i->party.result->fault = why;
	auth_result_forget_key(i->party.result);
	return AUTH_REFUSED;
}

/* Says who asked for what, and WORDS (may be NULL) about it. */
static void
note(struct kerberos_initiator *i, const char *words)
{
	const struct kerberos_delegate *delegate = i->config->delegate;
	const char *client = delegate ? kerberos_delegate_name(delegate)
				      : kerberos_credential_name(i->credential);
	char *detail;

	if (asprintf(&detail, "%s for %s%s%s", client, i->config->principal, words ? ": " : "",
		    words ? words : "") < 0)
		return;
	free(i->party.result->detail);
	i->party.result->detail = detail;
}

/* Without a realm the name means that of the KDC's choice, and never what DNS makes of it. */
static bool
target_make(struct kerberos_initiator *i)
{
	const char *principal = i->config->principal;
	gss_buffer_desc name;
	OM_uint32 major, minor;
	char *text;
	int len = asprintf(&text, "%s%s", principal, strchr(principal, '@') ? "" : "@");

	if (len < 0)
		return false;
	name = (gss_buffer_desc){(size_t)len, text};
	major = gss_import_name(&minor, &name, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &i->target);
	free(text);
	return major == GSS_S_COMPLETE;
}

/* Calls the library with the server's TOKEN. What it says is in *FLAGS, OUT and *CODE. */
static OM_uint32
call(struct kerberos_initiator *i, struct span token, OM_uint32 *flags, struct auth_token *out,
	int32_t *code)
{
	gss_buffer_desc in = {token.len, (void *)token.data};
	gss_buffer_desc made = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor;
	OM_uint32 major = gss_init_sec_context(&minor, i->handle, &i->party.context, i->target,
		(gss_OID)gss_mech_krb5, FLAGS_NEEDED, 0, GSS_C_NO_CHANNEL_BINDINGS, &in, NULL,
		&made, flags, NULL);

	*code = 0;
	if (GSS_ERROR(major)) {
		char *words = kerberos_party_words(major, minor);

		note(i, words);
		*code = kerberos_party_code(major, minor);
		free(words);
	}
	if (!kerberos_party_token(out, &made))
		major = GSS_S_FAILURE;
	return major;
}

/* --- tickets, and AP-REQ --- */

static struct kerberos_asker
asker_of(const struct initiator_config *config)
{
	if (config->delegate)
		return (struct kerberos_asker){
			.keytab = kerberos_delegate_keytab(config->delegate)};
	return (struct kerberos_asker){
		.client = config->client, .password = config->password, .keytab = config->keytab};
}

/* As whom: ourselves with a secret, or a client that we may act for. */
static fault
credential_get(struct kerberos_initiator *i)
{
	const struct initiator_config *config = i->config;
	struct kerberos_wallet *wallet = commons_wallet(config->commons);
	struct kerberos_asker asker = asker_of(config);
	char **detail = &i->party.result->detail;
	fault why;

	free(*detail);
	*detail = NULL;
	if (config->delegate)
		return kerberos_delegate_credential(
			config->delegate, wallet, &i->credential, &i->handle, detail);
	why = kerberos_credential_get(wallet, &asker, &i->credential, detail);
	if (!why)
		i->handle = kerberos_credential_handle(i->credential);
	return why;
}

/* Gives back what was got, and has the wallet drop it. Whether that was worth it: it had been kept
 * from earlier on. */
static bool
credential_drop(struct kerberos_initiator *i)
{
	const struct initiator_config *config = i->config;
	struct kerberos_wallet *wallet = commons_wallet(config->commons);
	bool kept = i->credential && kerberos_credential_is_kept(i->credential);

	if (kept)
		kerberos_credential_doubt(i->credential, wallet);
	else if (config->delegate)
		kerberos_delegate_doubt(config->delegate, wallet);
	kerberos_party_clear(&i->party);
	kerberos_credential_free(&i->credential);
	return kept;
}

/* What the wallet keeps for us is not to be used. */
static void
forget_kept(struct kerberos_initiator *i)
{
	struct kerberos_wallet *wallet = commons_wallet(i->config->commons);
	struct kerberos_asker asker = asker_of(i->config);
	struct kerberos_tickets *tickets = kerberos_wallet_peek(wallet, &asker);

	i->is_afresh = true;
	if (i->config->delegate)
		kerberos_delegate_doubt(i->config->delegate, wallet);
	if (tickets)
		kerberos_wallet_drop(wallet, tickets);
	kerberos_tickets_unref(&tickets);
}

/* Tickets, and AP-REQ; or why not. */
static fault
ask(struct kerberos_initiator *i, struct kerberos_trial *trial, struct auth_token *out)
{
	OM_uint32 flags = 0, major;
	int32_t code;
	fault why = credential_get(i);

	kerberos_trial_shown(trial, why);
	if (why)
		return why;
	note(i, NULL);
	/* What acts for others fetches its ticket for the server each time. */
	i->party.result->is_kept =
		!i->config->delegate && kerberos_credential_is_kept(i->credential);
	major = call(i, (struct span){0}, &flags, out, &code);
	if (major == GSS_S_CONTINUE_NEEDED && out->len > 0)
		return NULL;
	auth_token_free(out);
	return kerberos_fault(code);
}

/* What the KDC has to be asked for. */
enum need { NEEDS_NOTHING, NEEDS_TICKET, NEEDS_ALL };

static enum need
need_of(const struct kerberos_initiator *i)
{
	const struct initiator_config *config = i->config;
	struct kerberos_asker asker = asker_of(config);
	struct kerberos_tickets *tickets =
		config->delegate ? NULL
				 : kerberos_wallet_peek(commons_wallet(config->commons), &asker);
	enum need need = NEEDS_ALL;

	if (tickets)
		need = kerberos_tickets_include(tickets, config->principal) ? NEEDS_NOTHING
									    : NEEDS_TICKET;
	kerberos_tickets_unref(&tickets);
	return need;
}

/* AUTH_MORE; AUTH_WAIT: the KDC may not be asked just now; AUTH_REFUSED, for *WHY. */
static enum auth_step
try(struct kerberos_initiator *i, struct auth_token *out, fault *why)
{
	struct kerberos_trial trial = kerberos_trial_of(i->config);
	enum need need = need_of(i);
	enum auth_step step = AUTH_DONE;

	if (need == NEEDS_TICKET) /* the secret stays where it is */
		trial.shows.password = trial.shows.keytab = NULL;
	free(i->party.result->detail); /* of a try before */
	i->party.result->detail = NULL;
	if (need != NEEDS_NOTHING)
		step = kerberos_trial_begin(&trial, why, &i->party.result->detail);
	if (step != AUTH_DONE)
		return step;
	*why = ask(i, &trial, out);
	if (need != NEEDS_NOTHING)
		kerberos_trial_end(&trial, *why);
	return *why ? AUTH_REFUSED : AUTH_MORE;
}

/* Tickets that were kept may be out of date at the KDC, too: they are dropped, and it is asked
 * once more. */
static enum auth_step
begin(struct kerberos_initiator *i, struct auth_token *out)
{
	enum auth_step step;
	fault why = NULL;

	if (i->target == GSS_C_NO_NAME && !target_make(i))
		return refuse(i, &fault_server_logon_undecided);
	if (i->config->afresh && !i->is_afresh)
		forget_kept(i);
	step = try(i, out, &why);
	if (step == AUTH_REFUSED && why != &fault_kerberos_kdc_unreachable && credential_drop(i))
		step = try(i, out, &why);
	if (step == AUTH_WAIT)
		return step;
	if (step == AUTH_REFUSED) {
		i->party.result->is_kept = false; /* whatever is tried in its place */
		return refuse(i, why);
	}
	i->state = AWAIT_REPLY;
	return AUTH_MORE;
}

/* AP-REP: the server has the key of the principal that we asked for, or it is not the server. */
static enum auth_step
reply_take(struct kerberos_initiator *i, struct span token, struct auth_token *out)
{
	struct auth_result *result = i->party.result;
	OM_uint32 flags = 0, major;
	int32_t code = 0;

	if (token.len == 0)
		return refuse(i, &fault_kerberos_server_unproven);
	major = call(i, token, &flags, out, &code);
	if (major != GSS_S_COMPLETE || out->len > 0) {
		auth_token_free(out);
		return refuse(i, kerberos_fault_of_server(code));
	}
	if ((flags & FLAGS_NEEDED) != FLAGS_NEEDED)
		return refuse(i, &fault_kerberos_server_unproven);
	if (!kerberos_party_establish(&i->party))
		return refuse(i, &fault_server_logon_undecided);
	result->mechanism = "kerberos";
	result->mutual = true;
	i->state = ESTABLISHED;
	return AUTH_DONE;
}

static enum auth_step
step(struct mechanism_context *context, struct span token, uint64_t filetime_now,
	struct auth_token *out)
{
	struct kerberos_initiator *i = (struct kerberos_initiator *)context;

	(void)filetime_now; /* the library has a clock of its own */
	*out = (struct auth_token){0};
	switch (i->state) {
	case START:
		return begin(i, out);
	case AWAIT_REPLY:
		return reply_take(i, token, out);
	case ESTABLISHED:
	case OVER:
		break;
	}
	return refuse(i, &fault_server_logon_malformed);
}

static void
context_free(struct mechanism_context *context)
{
	struct kerberos_initiator *i = (struct kerberos_initiator *)context;
	OM_uint32 minor;

	kerberos_party_clear(&i->party);
	kerberos_credential_free(&i->credential);
	gss_release_name(&minor, &i->target);
	secret_wipe(i, sizeof(*i));
	free(i);
}

static const struct mechanism_work work = {
	.step = step,
	.mic = kerberos_party_mic,
	.mic_verify = kerberos_party_mic_verify,
	.free = context_free,
	.ends_with_peer = true,
};

bool
kerberos_initiator_usable(const struct initiator_config *config)
{
	bool has_secret = config->client && (config->password || config->keytab);

	return config->kerberos && config->principal && (config->delegate || has_secret);
}

struct mechanism_context *
kerberos_initiator_new(const struct initiator_config *config, struct auth_result *result)
{
	struct kerberos_initiator *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->party.base.work = &work;
	i->party.context = GSS_C_NO_CONTEXT;
	i->party.result = result;
	i->target = GSS_C_NO_NAME;
	i->config = config;
	return &i->party.base;
}
