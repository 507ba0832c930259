/*
 * The client's side of a logon: SPNEGO around one mechanism, which is all that we offer.
 *
 *                           +--AP-REP, completed-----------------------+
 *                           |                                          v
 *   START --the hint--> EXCHANGE --CHALLENGE--> PROVEN --final answer--> COMPLETE
 *     |                    |                      |
 *     +------------------ anything amiss ---------+--> OVER (the result's fault says why)
 *
 *   EXCHANGE: our NegTokenInit was sent.  PROVEN: our last token was sent, the session key is set.
 *   COMPLETE: so it is, and what the server has to prove by it has been verified.
 */
#include "auth/initiator.h"

#include "auth/mechanism.h"
#include "auth/ntlm_message.h"
#include "auth/spnego.h"
#include "base/secret.h"

#include <limits.h>
#include <stdlib.h>

#define MECH_TYPES_MAX 64
#define PASSWORD_MAX 1024
#define PRINCIPAL_MAX 1024

enum state { START, EXCHANGE, PROVEN, COMPLETE, OVER };

struct initiator {
	struct initiator_config config; /* all of it ours: */
	char *user;
	char *domain;
	char *password;
	char *keytab;
	char *service;
	char *client;
	char *principal;
	uint8_t nt_hash[16];
	enum state state;
	bool mic_due; /* the server asked for mechListMIC, so it owes us its own */
	uint8_t mech_types[MECH_TYPES_MAX]; /* what mechListMIC covers */
	size_t mech_types_len;
	const struct mechanism *mechanism;
	struct mechanism_context *context;
	struct auth_result result;
};

static enum auth_step
refuse(struct initiator *i, fault why)
{
	i->state = OVER;
	i->result.fault = why;
	auth_result_forget_key(&i->result);
	return AUTH_REFUSED;
}

/* A copy of TEXT of at most MAX bytes; of none, none. False: it is not sound, or memory is out. */
static bool
text_copy(const char **out, char **own, const char *text, size_t max)
{
	*out = *own = text ? auth_text_copy(text, max) : NULL;
	return !text || *own;
}

static bool
config_copy(struct initiator *i, const struct initiator_config *config)
{
	struct initiator_config *own = &i->config;
	bool ok = true;

	*own = *config;
	own->delegate = kerberos_delegate_ref(config->delegate);
	ok &= text_copy(&own->user, &i->user, config->user, NTLM_TEXT_MAX / 2);
	ok &= text_copy(
		&own->domain, &i->domain, config->domain ? config->domain : "", NTLM_TEXT_MAX / 2);
	ok &= text_copy(&own->service, &i->service, config->service ? config->service : "",
		NTLM_TEXT_MAX / 2);
	ok &= text_copy(&own->password, &i->password, config->password, PASSWORD_MAX);
	ok &= text_copy(&own->keytab, &i->keytab, config->keytab, PATH_MAX);
	ok &= text_copy(&own->client, &i->client, config->client, PRINCIPAL_MAX);
	ok &= text_copy(&own->principal, &i->principal, config->principal, PRINCIPAL_MAX);
	if (config->nt_hash) {
		memcpy(i->nt_hash, config->nt_hash, sizeof(i->nt_hash));
		own->nt_hash = i->nt_hash;
	}
	return ok;
}

struct initiator *
initiator_new(const struct initiator_config *config)
{
	struct initiator *i;

	if (!config->user || !*config->user ||
		(!config->password && !config->nt_hash && !config->keytab && !config->delegate))
		return NULL;
	i = calloc(1, sizeof(*i));
	if (i && !config_copy(i, config))
		initiator_free(&i);
	return i;
}

void
initiator_free(struct initiator **initiator)
{
	struct initiator *i = *initiator;

	*initiator = NULL;
	if (!i)
		return;
	mechanism_context_free(&i->context);
	auth_result_wipe(&i->result);
	kerberos_delegate_unref(&i->config.delegate);
	secret_free_text(&i->user);
	secret_free_text(&i->domain);
	secret_free_text(&i->password);
	secret_free_text(&i->keytab);
	secret_free_text(&i->service);
	secret_free_text(&i->client);
	secret_free_text(&i->principal);
	secret_wipe(i, sizeof(*i));
	free(i);
}

/* Whether INIT, the server's hint, names MECHANISM by any of its OIDs. */
static bool
names(const struct spnego_init *init, const struct mechanism *mechanism)
{
	for (size_t n = 0; n < init->nmechs; n++)
		if (mechanism_is(mechanism, init->mechs[n]))
			return true;
	return false;
}

bool
initiator_hints_kerberos(struct span hint)
{
	struct spnego_init init;

	return hint.len == 0 || (spnego_init_decode(hint, &init) && names(&init, mechanism_at(0)));
}

/* Our NegTokenInit with MECHANISM alone, and its first token. */
static enum auth_step
begin(struct initiator *i, const struct mechanism *mechanism, uint64_t filetime_now,
	struct auth_token *out)
{
	struct writer w = writer_over(i->mech_types, sizeof(i->mech_types));
	struct spnego_init init = {0};
	struct auth_token inner;
	enum auth_step step;
	bool made;

	if (!spnego_mech_types_encode(&w, mechanism->oids, mechanism->oid_count))
		return refuse(i, &fault_server_logon_undecided);
	i->mech_types_len = w.at;
	i->mechanism = mechanism;
	i->context = mechanism->initiate(&i->config, &i->result);
	if (!i->context)
		return refuse(i, &fault_server_logon_undecided);
	step = i->context->work->step(i->context, (struct span){0}, filetime_now, &inner);
	if (auth_step_is_put_off(step))
		return step;
	if (step != AUTH_MORE)
		return refuse(i, i->result.fault);
	init.mech_types = span_of(i->mech_types, i->mech_types_len);
	init.token = span_of(inner.bytes, inner.len);
	made = spnego_init_make(out, &init);
	auth_token_free(&inner);
	if (!made)
		return refuse(i, &fault_server_logon_undecided);
	i->state = EXCHANGE;
	return AUTH_MORE;
}

/* Whether no other mechanism helps: it would show the same secret to the same domain, once more. */
static bool
is_final(fault why)
{
	return why == &fault_server_logon_undecided || why == &fault_server_logon_spared ||
	       why == &fault_kerberos_bad_secret || why == &fault_kerberos_account_barred;
}

/* The hint is taken again, from its beginning. */
static enum auth_step
put_off(struct initiator *i, enum auth_step step)
{
	mechanism_context_free(&i->context);
	i->result.passed_over = NULL;
	return step;
}

/*
 * Not a byte has been sent for a mechanism that could not be begun, so the next is as good as if it
 * had been the first; whether it is admitted at all is the policy's word.
 */
static enum auth_step
hint_take(struct initiator *i, struct span hint, uint64_t filetime_now, struct auth_token *out)
{
	struct spnego_init init = {0};
	const struct mechanism *m;
	enum auth_step step;
	bool any = false;

	if (hint.len > 0 && !spnego_init_decode(hint, &init))
		return refuse(i, &fault_server_logon_malformed);
	for (size_t row = 0; (m = mechanism_at(row)); row++) {
		any = any || m->usable(&i->config);
		if (!m->usable(&i->config) || (hint.len > 0 && !names(&init, m)))
			continue;
		i->result.passed_over = i->result.fault;
		i->result.fault = NULL;
		mechanism_context_free(&i->context);
		step = begin(i, m, filetime_now, out);
		if (step == AUTH_MORE)
			return AUTH_MORE;
		if (auth_step_is_put_off(step))
			return put_off(i, step);
		if (is_final(i->result.fault))
			return AUTH_REFUSED;
	}
	if (i->result.fault)
		return refuse(i, i->result.fault);
	return refuse(i, any ? &fault_server_logon_mechanism : &fault_server_logon_no_way);
}

/* What every answer of the server must be, first or last. */
static fault
response_judge(const struct initiator *i, const struct spnego_response *response)
{
	if (response->state == SPNEGO_REJECT)
		return &fault_server_logon_rejected;
	if (response->mech.data && !mechanism_is(i->mechanism, response->mech))
		return &fault_server_logon_mechanism;
	return NULL;
}

/* Our last token, with our mechListMIC beside it, whether the server asks for it or not. */
static enum auth_step
prove(struct initiator *i, const struct auth_token *inner, struct auth_token *out)
{
	struct span types = span_of(i->mech_types, i->mech_types_len);
	struct spnego_response response = {
		.state = SPNEGO_ACCEPT_INCOMPLETE,
		.token = span_of(inner->bytes, inner->len),
	};
	struct auth_token mic;
	bool made = i->context->work->mic(i->context, types, &mic);

	response.mic = span_of(mic.bytes, mic.len);
	made = made && spnego_response_make(out, &response);
	auth_token_free(&mic);
	if (!made)
		return refuse(i, &fault_server_logon_undecided);
	i->state = PROVEN;
	return AUTH_MORE;
}

/* The server's mechListMIC, where it sent one. */
static bool
mic_holds(struct initiator *i, const struct spnego_response *response)
{
	struct span types = span_of(i->mech_types, i->mech_types_len);

	return !response->mic.data ||
	       i->context->work->mic_verify(i->context, types, response->mic);
}

/* The mechanism is content with the server's token; INNER is what it has to say to it. */
static enum auth_step
content(struct initiator *i, const struct spnego_response *response, const struct auth_token *inner,
	struct auth_token *out)
{
	bool is_last = response->state == SPNEGO_ACCEPT_COMPLETED;

	if (!mic_holds(i, response))
		return refuse(i, &fault_server_logon_mic_bad);
	i->mic_due = response->state == SPNEGO_REQUEST_MIC && !response->mic.data;
	if (!is_last)
		return prove(i, inner, out);
	if (inner->len > 0)
		return refuse(i, &fault_server_logon_malformed);
	i->state = COMPLETE;
	return AUTH_DONE;
}

/* Only a mechanism that ends with the server's token may be completed, and signed for, by it. */
static bool
in_turn(const struct initiator *i, const struct spnego_response *response)
{
	if (response->state == SPNEGO_STATE_ABSENT)
		return false;
	return i->context->work->ends_with_peer ||
	       (response->state != SPNEGO_ACCEPT_COMPLETED && !response->mic.data);
}

static enum auth_step
reply_take(struct initiator *i, struct span token, uint64_t filetime_now, struct auth_token *out)
{
	struct spnego_response response;
	struct auth_token inner;
	enum auth_step step;
	fault why;

	if (!spnego_response_decode(token, &response))
		return refuse(i, &fault_server_logon_malformed);
	why = response_judge(i, &response);
	if (why)
		return refuse(i, why);
	if (!in_turn(i, &response))
		return refuse(i, &fault_server_logon_malformed);
	step = i->context->work->step(i->context, response.token, filetime_now, &inner);
	if (auth_step_is_put_off(step))
		return step;
	step = step == AUTH_DONE ? content(i, &response, &inner, out) : refuse(i, i->result.fault);
	auth_token_free(&inner);
	return step;
}

/*
 * DEPARTS: [RFC4178] 5 has the server answer our mechListMIC whenever we send one, but there are
 * servers that do not. We insist where the server asked for the exchange. Where it did not, nothing
 * is lost: we offer one mechanism, so there is no choice to tamper with, and the server's proof
 * that it knows the key is its signature on the final SESSION_SETUP response.
 */
static enum auth_step
final_take(struct initiator *i, struct span token)
{
	struct spnego_response response = {.state = SPNEGO_ACCEPT_COMPLETED};
	fault why;

	if (token.len > 0 && !spnego_response_decode(token, &response))
		return refuse(i, &fault_server_logon_malformed);
	why = response_judge(i, &response);
	if (why)
		return refuse(i, why);
	if (response.state != SPNEGO_ACCEPT_COMPLETED || response.token.len > 0)
		return refuse(i, &fault_server_logon_malformed);
	if (!mic_holds(i, &response) || (i->mic_due && !response.mic.data))
		return refuse(i, &fault_server_logon_mic_bad);
	i->state = COMPLETE;
	return AUTH_DONE;
}

enum auth_step
initiator_step(
	struct initiator *i, struct span token, uint64_t filetime_now, struct auth_token *out)
{
	*out = (struct auth_token){0};
	if (token.len > AUTH_TOKEN_MAX)
		return refuse(i, &fault_server_logon_malformed);
	switch (i->state) {
	case START:
		return hint_take(i, token, filetime_now, out);
	case EXCHANGE:
		return reply_take(i, token, filetime_now, out);
	case PROVEN:
		return final_take(i, token);
	case COMPLETE:
	case OVER:
		break;
	}
	return refuse(i, &fault_server_logon_malformed);
}

bool
initiator_may_ask(const struct initiator *i)
{
	return i->state == START && mechanism_at(0)->usable(&i->config);
}

void
initiator_told(struct initiator *i, uint32_t status)
{
	if (i->context && i->context->work->told)
		i->context->work->told(i->context, status);
}

bool
initiator_has_key(const struct initiator *i)
{
	return i->state == PROVEN || i->state == COMPLETE;
}

bool
initiator_may_end(const struct initiator *i)
{
	return i->state == PROVEN || (i->state == EXCHANGE && i->context->work->ends_with_peer);
}

const struct auth_result *
initiator_result(const struct initiator *i)
{
	return &i->result;
}
