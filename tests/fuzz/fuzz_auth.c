/*
 * Any bytes at all as the tokens of a logon. The first byte chooses who reads them: the acceptor,
 * the initiator, or the bare decoders, and whether the acceptor admits every weak way (4) and asks
 * a domain (8); the next two are the length of the first token (little-endian), and the rest is the
 * second. A refusal has its fault and no token; what a decoder takes, its encoder must write so
 * that the same comes out again.
 */
#include "auth/acceptor.h"
#include "auth/initiator.h"
#include "auth/ntlm_domain.h"
#include "auth/ntlm_hash.h"
#include "auth/ntlm_message.h"
#include "auth/spnego.h"
#include "base/utf16.h"
#include "crypto/random.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW 133000000000000000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In place of crypto/random.c: the corpus holds logons that succeed, made with these bytes. */
static uint8_t random_next;

bool
random_bytes(void *out, size_t len)
{
	memset(out, random_next, len);
	random_next += 0x11;
	return true;
}

static void
must(bool what)
{
	if (!what)
		abort();
}

static const struct legacy *
legacy(void)
{
	static struct legacy *made;

	if (!made)
		made = legacy_new();
	must(made);
	return made;
}

static bool
find(void *context, const char *user, const char *domain, struct ntlm_secret *out)
{
	(void)context;
	must(domain);
	if (!utf8_same(user, "scanner"))
		return false;
	snprintf(out->account, sizeof(out->account), "scanner");
	out->has_lm_hash = ntlm_hash_password_lm(legacy(), "Secret.1", out->lm_hash);
	must(out->has_lm_hash);
	return ntlm_hash_password(legacy(), "Secret.1", out->nt_hash);
}

static bool
membership(struct ntlm_membership *out)
{
	*out = (struct ntlm_membership){.computer = strdup("GATEWAY"), .domain = strdup("CORP")};
	return out->computer && out->domain;
}

/* Knows amy, by any response at all. */
static fault
judge(const struct ntlm_response *response, struct ntlm_opinion *out)
{
	*out = (struct ntlm_opinion){0};
	must(response->user && response->domain && response->nt.len + response->lm.len > 0);
	if (!utf8_same(response->user, "amy"))
		return &fault_domain_unknown_user;
	out->user = strdup("amy");
	out->domain = strdup("CORP");
	out->base_key[0] = 1;
	return out->user && out->domain ? NULL : &fault_logon_undecided;
}

static const struct ntlm_domain credulous = {.membership = membership, .judge = judge};

/* What every step promises; whether another one may follow. */
static bool
step_judge(enum auth_step step, const struct auth_result *result, struct auth_token *out)
{
	must((step == AUTH_REFUSED) == (result->fault != NULL));
	must(step != AUTH_REFUSED || !out->bytes);
	must(step != AUTH_MORE || out->len > 0);
	must(step != AUTH_DONE || result->mechanism);
	auth_token_free(out);
	return step == AUTH_MORE;
}

/* Whoever is let in is somebody, or was to be let in as nobody. */
static void
let_in_judge(const struct acceptor_config *config, const struct auth_result *result)
{
	switch (result->standing) {
	case AUTH_USER:
		must(result->is_of_domain ? config->domain && utf8_same(result->user, "amy")
					  : result->account && utf8_same(result->user, "scanner"));
		break;
	case AUTH_GUEST:
		must(config->guest && !result->account && !utf8_same(result->user, "scanner"));
		break;
	case AUTH_ANONYMOUS:
		must(config->anonymous && !result->account && !*result->user);
		break;
	}
}

static void
acceptor_try(struct span first, struct span second, bool weak, bool in_domain)
{
	struct acceptor_config config = {
		.legacy = legacy(),
		.target = "GATE",
		.dns_name = "gate.example",
		.find = find,
		.domain = in_domain ? &credulous : NULL,
		.may_ask = true,
		.ntlmv2 = true,
		.ntlmv1 = weak,
		.lm = weak,
		.guest = weak,
		.anonymous = weak,
	};
	struct acceptor *a = acceptor_new(&config);
	const struct auth_result *result = acceptor_result(a);
	struct auth_token out;
	enum auth_step step = acceptor_step(a, first, NOW, &out);

	if (step_judge(step, result, &out)) {
		step = acceptor_step(a, second, NOW, &out);
		if (step_judge(step, result, &out)) {
			step = acceptor_step(a, second, NOW, &out);
			step_judge(step, result, &out);
		}
	}
	if (step == AUTH_DONE)
		let_in_judge(&config, result);
	acceptor_free(&a);
}

/* With FIRST as the server's hint or, where there is none, as its challenge. */
static void
initiator_try(struct span first, struct span second, bool hinted)
{
	struct initiator_config config = {
		.legacy = legacy(),
		.user = "daemon",
		.password = "Secret.1",
		.service = "cifs/fs1",
		.ntlmv2 = true,
	};
	struct initiator *i = initiator_new(&config);
	const struct auth_result *result = initiator_result(i);
	struct auth_token out;
	enum auth_step step = AUTH_MORE;

	if (!hinted) {
		step = initiator_step(i, (struct span){0}, NOW, &out);
		must(step_judge(step, result, &out));
		random_next = 0x11;
	}
	if (step_judge(initiator_step(i, first, NOW, &out), result, &out))
		step_judge(initiator_step(i, second, NOW, &out), result, &out);
	initiator_free(&i);
}

static bool
tokens_same(const struct auth_token *a, const struct auth_token *b)
{
	return span_equal(span_of(a->bytes, a->len), span_of(b->bytes, b->len));
}

static void
init_try(struct span token)
{
	struct auth_token once, twice;
	struct spnego_init init;

	if (!spnego_init_decode(token, &init))
		return;
	must(spnego_init_make(&once, &init));
	must(spnego_init_decode(span_of(once.bytes, once.len), &init));
	must(spnego_init_make(&twice, &init));
	must(tokens_same(&once, &twice));
	auth_token_free(&once);
	auth_token_free(&twice);
}

static void
response_try(struct span token)
{
	struct auth_token once, twice;
	struct spnego_response response;

	if (!spnego_response_decode(token, &response))
		return;
	must(spnego_response_make(&once, &response));
	must(spnego_response_decode(span_of(once.bytes, once.len), &response));
	must(spnego_response_make(&twice, &response));
	must(tokens_same(&once, &twice));
	auth_token_free(&once);
	auth_token_free(&twice);
}

/* A token is one message at most. */
static void
messages_try(struct span token)
{
	struct ntlm_authenticate authenticate;
	struct ntlm_challenge challenge;
	struct ntlm_negotiate negotiate;
	bool is_negotiate = ntlm_negotiate_decode(token, &negotiate);
	bool is_challenge = ntlm_challenge_decode(token, &challenge);
	bool is_authenticate = ntlm_authenticate_decode(token, &authenticate);

	must(is_negotiate + is_challenge + is_authenticate <= 1);
	if (is_challenge) {
		must(!ntlm_av_sound(challenge.target_info) ||
			!ntlm_av_find(challenge.target_info, NTLM_AV_END).data);
		free(ntlm_text(challenge.target_name, challenge.flags));
	}
	if (is_authenticate)
		free(ntlm_text(authenticate.user, authenticate.flags));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_over(span_of(data, size));
	uint8_t how = reader_u8(&r), who = how & 3;
	struct span first = reader_bytes(&r, reader_u16(&r));
	struct span second = reader_bytes(&r, reader_left(&r));

	if (!reader_ok(&r))
		return 0;
	random_next = 0x11;
	if (who == 0) {
		acceptor_try(first, second, how & 4, how & 8);
	} else if (who < 3) {
		initiator_try(first, second, who == 2);
	} else {
		init_try(first);
		response_try(first);
		messages_try(first);
	}
	return 0;
}
