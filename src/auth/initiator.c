/*
 * The client's side of a logon: SPNEGO around one mechanism, which is all that we offer.
 *
 *   START --the hint--> EXCHANGE --CHALLENGE--> PROVEN --final answer--> COMPLETE
 *     |                    |                      |
 *     +------------------ anything amiss ---------+--> OVER (the result's fault says why)
 *
 *   EXCHANGE: our NegTokenInit was sent.  PROVEN: our last token was sent, the session key is set.
 */
#include "auth/initiator.h"

#include "auth/mechanism.h"
#include "auth/ntlm_message.h"
#include "auth/spnego.h"
#include "base/secret.h"

#include <stdlib.h>

#define MECH_TYPES_MAX 64
#define PASSWORD_MAX 1024

enum state { START, EXCHANGE, PROVEN, COMPLETE, OVER };

struct initiator {
	struct initiator_config config; /* all of it ours: */
	char *user;
	char *domain;
	char *password;
	char *service;
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
	secret_wipe(i->result.session_key, sizeof(i->result.session_key));
	return AUTH_REFUSED;
}

static bool
config_copy(struct initiator *i, const struct initiator_config *config)
{
	i->user = auth_text_copy(config->user, NTLM_TEXT_MAX / 2);
	i->domain = auth_text_copy(config->domain ? config->domain : "", NTLM_TEXT_MAX / 2);
	i->service = auth_text_copy(config->service ? config->service : "", NTLM_TEXT_MAX / 2);
	if (config->nt_hash)
		memcpy(i->nt_hash, config->nt_hash, sizeof(i->nt_hash));
	else
		i->password = auth_text_copy(config->password, PASSWORD_MAX);
	i->config = (struct initiator_config){
		.legacy = config->legacy,
		.user = i->user,
		.domain = i->domain,
		.password = i->password,
		.nt_hash = config->nt_hash ? i->nt_hash : NULL,
		.service = i->service,
	};
	return i->user && i->domain && i->service && (i->config.nt_hash || i->password);
}

struct initiator *
initiator_new(const struct initiator_config *config)
{
	struct initiator *i;

	if (!config->user || !*config->user || (!config->password && !config->nt_hash))
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
	secret_free_text(&i->user);
	secret_free_text(&i->domain);
	secret_free_text(&i->password);
	secret_free_text(&i->service);
	secret_wipe(i, sizeof(*i));
	free(i);
}

/* Our strongest mechanism that the server's HINT names; without a hint, our strongest. */
static fault
mechanism_choose(struct initiator *i, struct span hint)
{
	struct spnego_init init = {0};
	const struct mechanism *m;

	if (hint.len > 0 && !spnego_init_decode(hint, &init))
		return &fault_server_logon_malformed;
	for (size_t row = 0; !i->mechanism && (m = mechanism_at(row)); row++) {
		bool taken = hint.len == 0;

		for (size_t n = 0; n < init.nmechs; n++)
			taken = taken || span_equal(init.mechs[n], m->oid);
		if (taken)
			i->mechanism = m;
	}
	return i->mechanism ? NULL : &fault_server_logon_mechanism;
}

static bool
context_make(struct initiator *i)
{
	struct writer w = writer_over(i->mech_types, sizeof(i->mech_types));

	if (!spnego_mech_types_encode(&w, &i->mechanism->oid, 1))
		return false;
	i->mech_types_len = w.at;
	i->context = i->mechanism->initiate(&i->config, &i->result);
	return i->context;
}

static enum auth_step
hint_take(struct initiator *i, struct span hint, uint64_t filetime_now, struct auth_token *out)
{
	struct spnego_init init = {0};
	struct auth_token inner;
	fault why = mechanism_choose(i, hint);
	bool made;

	if (why)
		return refuse(i, why);
	if (!context_make(i))
		return refuse(i, &fault_server_logon_undecided);
	if (i->context->work->step(i->context, (struct span){0}, filetime_now, &inner) != AUTH_MORE)
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

/* What every answer of the server must be, first or last. */
static fault
response_judge(const struct initiator *i, const struct spnego_response *response)
{
	if (response->state == SPNEGO_REJECT)
		return &fault_server_logon_rejected;
	if (response->mech.data && !span_equal(response->mech, i->mechanism->oid))
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

static enum auth_step
challenge_take(
	struct initiator *i, struct span token, uint64_t filetime_now, struct auth_token *out)
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
	i->mic_due = response.state == SPNEGO_REQUEST_MIC;
	if ((response.state != SPNEGO_ACCEPT_INCOMPLETE && !i->mic_due) || response.mic.data)
		return refuse(i, &fault_server_logon_malformed);
	step = i->context->work->step(i->context, response.token, filetime_now, &inner);
	step = step == AUTH_DONE ? prove(i, &inner, out) : refuse(i, i->result.fault);
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
	struct span types = span_of(i->mech_types, i->mech_types_len);
	struct spnego_response response = {.state = SPNEGO_ACCEPT_COMPLETED};
	fault why;

	if (token.len > 0 && !spnego_response_decode(token, &response))
		return refuse(i, &fault_server_logon_malformed);
	why = response_judge(i, &response);
	if (why)
		return refuse(i, why);
	if (response.state != SPNEGO_ACCEPT_COMPLETED || response.token.len > 0)
		return refuse(i, &fault_server_logon_malformed);
	if (response.mic.data ? !i->context->work->mic_verify(i->context, types, response.mic)
			      : i->mic_due)
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
		return challenge_take(i, token, filetime_now, out);
	case PROVEN:
		return final_take(i, token);
	case COMPLETE:
	case OVER:
		break;
	}
	return refuse(i, &fault_server_logon_malformed);
}

bool
initiator_has_key(const struct initiator *i)
{
	return i->state == PROVEN || i->state == COMPLETE;
}

const struct auth_result *
initiator_result(const struct initiator *i)
{
	return &i->result;
}
