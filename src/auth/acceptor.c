/*
 * The server's side of a logon: SPNEGO around whatever mechanism was chosen, or that mechanism
 * bare.
 *
 *                                                       +--> CONFIRM --its MIC--+
 *                                                       |                       v
 *   START --its NegTokenInit, or a bare token--> EXCHANGE --...------------> COMPLETE
 *     |                                             |
 *     +-------------- anything amiss --------------+--> OVER (the result's fault says why)
 *
 *   EXCHANGE: `context` is there; with `spnego`, our first answer, which names the mechanism, was
 * sent. CONFIRM: the mechanism ended with a token of ours, and the client owes its mechListMIC.
 * COMPLETE: the result has session key and account; what mechListMIC was due has been
 * verified.
 */
#include "auth/acceptor.h"

#include "auth/mechanism.h"
#include "auth/ntlm_acceptor.h"
#include "auth/spnego.h"
#include "base/secret.h"

#include <limits.h>
#include <stdlib.h>

/* What Windows puts in NegTokenInit2 for old clients to pass over ([MS-SPNG] 3.2.5.2). */
#define HINT "not_defined_in_RFC4178@please_ignore"

enum state { START, EXCHANGE, CONFIRM, COMPLETE, OVER };

struct acceptor {
	struct acceptor_config config; /* its names are ours: */
	char *target;
	char *dns_name;
	char *keytab;
	char *from;
	enum state state;
	bool spnego;                  /* else the mechanism's tokens come bare */
	bool told;                    /* the client knows which mechanism was chosen */
	bool mic_due;                 /* the client would have preferred another ([RFC4178] 5) */
	struct auth_token mech_types; /* what mechListMIC covers */
	struct span oid;              /* by which the client called the mechanism */
	struct mechanism_context *context;
	struct auth_result result;
};

static enum auth_step
refuse(struct acceptor *a, fault why)
{
	a->state = OVER;
	a->result.fault = why;
	auth_result_forget_key(&a->result);
	return AUTH_REFUSED;
}

struct acceptor *
acceptor_new(const struct acceptor_config *config)
{
	struct acceptor *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->target = auth_text_copy(config->target, NTLM_TARGET_MAX);
	if (config->dns_name)
		a->dns_name = auth_text_copy(config->dns_name, NTLM_TARGET_MAX);
	if (config->keytab)
		a->keytab = auth_text_copy(config->keytab, PATH_MAX);
	if (config->from)
		a->from = strdup(config->from);
	a->config = *config;
	a->config.target = a->target;
	a->config.dns_name = a->dns_name;
	a->config.keytab = a->keytab;
	a->config.from = a->from;
	if (!a->target || (config->dns_name && !a->dns_name) || (config->keytab && !a->keytab) ||
		(config->from && !a->from))
		acceptor_free(&a);
	return a;
}

void
acceptor_free(struct acceptor **acceptor)
{
	struct acceptor *a = *acceptor;

	*acceptor = NULL;
	if (!a)
		return;
	mechanism_context_free(&a->context);
	auth_token_free(&a->mech_types);
	auth_result_wipe(&a->result);
	secret_free_text(&a->target);
	secret_free_text(&a->dns_name);
	secret_free_text(&a->keytab);
	free(a->from);
	free(a);
}

/* The OIDs of what CONFIG admits, at MECHS; how many. */
static size_t
mechs_admitted(const struct acceptor_config *config, struct span mechs[SPNEGO_MECHS_MAX])
{
	const struct mechanism *m;
	size_t n = 0;

	for (size_t row = 0; (m = mechanism_at(row)); row++)
		for (size_t i = 0; i < m->oid_count && n < SPNEGO_MECHS_MAX; i++)
			if (m->acceptable(config))
				mechs[n++] = m->oids[i];
	return n;
}

bool
acceptor_hint(const struct acceptor_config *config, uint8_t *out, size_t cap, size_t *len)
{
	struct span mechs[SPNEGO_MECHS_MAX];
	uint8_t list[ACCEPTOR_HINT_MAX];
	struct writer types = writer_over(list, sizeof(list));
	struct writer w = writer_over(out, cap);
	struct spnego_init init = {.hint = span_of_text(HINT)};

	*len = 0;
	if (!spnego_mech_types_encode(&types, mechs, mechs_admitted(config, mechs)))
		return false;
	init.mech_types = writer_span(&types);
	if (!spnego_init_encode(&w, &init))
		return false;
	*len = w.at;
	return true;
}

/* The answer that carries INNER and MIC, each of which may be empty. */
static enum auth_step
answer(struct acceptor *a, enum spnego_state state, const struct auth_token *inner,
	const struct auth_token *mic, struct auth_token *out)
{
	struct spnego_response response = {
		.state = state,
		.token = span_of(inner->bytes, inner->len),
		.mic = span_of(mic->bytes, mic->len),
	};

	if (!a->told)
		response.mech = a->oid;
	a->told = true;
	if (!spnego_response_make(out, &response))
		return refuse(a, &fault_logon_undecided);
	a->state = state == SPNEGO_ACCEPT_COMPLETED ? COMPLETE : EXCHANGE;
	return a->state == COMPLETE ? AUTH_DONE : AUTH_MORE;
}

/* Our first answer alone can ask for a mechListMIC ([RFC4178] 4.2.2). */
static enum spnego_state
state_of_more(const struct acceptor *a)
{
	return a->mic_due && !a->told ? SPNEGO_REQUEST_MIC : SPNEGO_ACCEPT_INCOMPLETE;
}

/* The client cannot sign before it has seen our token, INNER: it must do so next. */
static enum auth_step
confirm(struct acceptor *a, const struct auth_token *inner, struct auth_token *out)
{
	const struct auth_token none = {0};
	enum auth_step step = answer(a, state_of_more(a), inner, &none, out);

	if (step == AUTH_MORE)
		a->state = CONFIRM;
	return step;
}

/*
 * The mechanism is content. A mechListMIC that the client sent must be right and is answered by
 * ours; one that is due must have been sent ([RFC4178] 5). Who is no user has no key for one, and
 * nothing that a choice of mechanism could protect.
 */
static enum auth_step
complete(struct acceptor *a, const struct auth_token *inner, struct span client_mic,
	struct auth_token *out)
{
	struct mechanism_context *context = a->context;
	struct span types = span_of(a->mech_types.bytes, a->mech_types.len);
	struct auth_token mic = {0};
	enum auth_step step;

	if (a->result.standing != AUTH_USER)
		return answer(a, SPNEGO_ACCEPT_COMPLETED, inner, &mic, out);
	if (a->mic_due && !client_mic.data && inner->len > 0)
		return confirm(a, inner, out);
	if (client_mic.data ? !context->work->mic_verify(context, types, client_mic) : a->mic_due)
		return refuse(a, &fault_logon_mic_bad);
	if (client_mic.data && !context->work->mic(context, types, &mic))
		return refuse(a, &fault_logon_undecided);
	step = answer(a, SPNEGO_ACCEPT_COMPLETED, inner, &mic, out);
	auth_token_free(&mic);
	return step;
}

/* One step of the mechanism inside SPNEGO. */
static enum auth_step
wrapped_step(struct acceptor *a, struct span token, struct span mic, uint64_t filetime_now,
	struct auth_token *out)
{
	const struct auth_token none = {0};
	struct auth_token inner;
	enum auth_step step = a->context->work->step(a->context, token, filetime_now, &inner);

	if (step == AUTH_REFUSED)
		step = refuse(a, a->result.fault);
	else if (step == AUTH_MORE)
		step = answer(a, state_of_more(a), &inner, &none, out);
	else if (step == AUTH_DONE)
		step = complete(a, &inner, mic, out);
	auth_token_free(&inner);
	return step;
}

static enum auth_step
bare_step(struct acceptor *a, struct span token, uint64_t filetime_now, struct auth_token *out)
{
	enum auth_step step = a->context->work->step(a->context, token, filetime_now, out);

	if (step == AUTH_REFUSED)
		return refuse(a, a->result.fault);
	if (step == AUTH_DONE || step == AUTH_MORE)
		a->state = step == AUTH_DONE ? COMPLETE : EXCHANGE;
	return step;
}

static bool
mechanism_take(struct acceptor *a, const struct mechanism *mechanism)
{
	a->context = mechanism->accept(&a->config, &a->result);
	return a->context;
}

/* The client's order decides among those that we know. A choice that is not its first must be
 * confirmed. */
static const struct mechanism *
mechanism_choose(struct acceptor *a, const struct spnego_init *init)
{
	for (size_t i = 0; i < init->nmechs; i++) {
		const struct mechanism *mechanism = mechanism_find(init->mechs[i], &a->oid);

		a->mic_due = i > 0;
		if (mechanism && mechanism->acceptable(&a->config))
			return mechanism;
	}
	return NULL;
}

static enum auth_step
init_take(struct acceptor *a, struct span token, uint64_t filetime_now, struct auth_token *out)
{
	const struct auth_token none = {0};
	const struct mechanism *mechanism;
	struct spnego_init init;

	a->spnego = true;
	if (!spnego_init_decode(token, &init))
		return refuse(a, &fault_logon_token_malformed);
	mechanism = mechanism_choose(a, &init);
	if (!mechanism)
		return refuse(a, &fault_logon_mechanism_refused);
	if (!auth_token_copy(&a->mech_types, init.mech_types) || !mechanism_take(a, mechanism))
		return refuse(a, &fault_logon_undecided);
	/* An optimistic token is for the client's first choice, but some send ours with any list.
	 */
	if (init.token.len == 0 || (a->mic_due && !mechanism->knows(init.token)))
		return answer(a, state_of_more(a), &none, &none, out);
	return wrapped_step(a, init.token, (struct span){0}, filetime_now, out);
}

static enum auth_step
first_take(struct acceptor *a, struct span token, uint64_t filetime_now, struct auth_token *out)
{
	const struct mechanism *mechanism = mechanism_of_token(token);

	if (!mechanism && spnego_is_init(token))
		return init_take(a, token, filetime_now, out);
	if (!mechanism)
		return refuse(a, &fault_logon_token_malformed);
	if (!mechanism->acceptable(&a->config))
		return refuse(a, &fault_logon_mechanism_refused);
	if (!mechanism_take(a, mechanism))
		return refuse(a, &fault_logon_undecided);
	return bare_step(a, token, filetime_now, out);
}

/* What the client owes once the mechanism is content: its mechListMIC, and nothing else. */
static enum auth_step
confirmation_take(
	struct acceptor *a, const struct spnego_response *response, struct auth_token *out)
{
	const struct auth_token none = {0};

	if (response->token.len > 0)
		return refuse(a, &fault_logon_token_malformed);
	return complete(a, &none, response->mic, out);
}

static enum auth_step
next_take(struct acceptor *a, struct span token, uint64_t filetime_now, struct auth_token *out)
{
	struct spnego_response response;

	if (!a->spnego)
		return bare_step(a, token, filetime_now, out);
	if (!spnego_response_decode(token, &response))
		return refuse(a, &fault_logon_token_malformed);
	if (response.state == SPNEGO_REJECT)
		return refuse(a, &fault_logon_mechanism_refused);
	if (a->state == CONFIRM)
		return confirmation_take(a, &response, out);
	return wrapped_step(a, response.token, response.mic, filetime_now, out);
}

/* The first token is taken again: as if it had not come. */
static void
rewind_start(struct acceptor *a)
{
	mechanism_context_free(&a->context);
	auth_token_free(&a->mech_types);
	a->spnego = a->mic_due = false;
}

void
acceptor_let_ask(struct acceptor *a)
{
	a->config.may_ask = true;
}

enum auth_step
acceptor_step(struct acceptor *a, struct span token, uint64_t filetime_now, struct auth_token *out)
{
	enum auth_step step;

	*out = (struct auth_token){0};
	if (token.len == 0 || token.len > AUTH_TOKEN_MAX)
		return refuse(a, &fault_logon_token_malformed);
	switch (a->state) {
	case START:
		step = first_take(a, token, filetime_now, out);
		if (auth_step_is_put_off(step))
			rewind_start(a);
		return step;
	case EXCHANGE:
	case CONFIRM:
		return next_take(a, token, filetime_now, out);
	case COMPLETE:
	case OVER:
		break;
	}
	return refuse(a, &fault_logon_token_malformed);
}

const struct auth_result *
acceptor_result(const struct acceptor *a)
{
	return &a->result;
}
