/*
 * Any bytes at all as the tokens of a logon. The first byte chooses who reads them: the acceptor,
 * the initiator, or the bare decoders; the next two are the length of the first token
 * (little-endian), and the rest is the second. A refusal has its fault and no token; what a decoder
 * takes, its encoder must write so that the same comes out again.
 */
#include "auth/acceptor.h"
#include "auth/initiator.h"
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
	return ntlm_hash_password(legacy(), "Secret.1", out->nt_hash);
}

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

static void
acceptor_try(struct span first, struct span second)
{
	struct acceptor_config config = {
		.legacy = legacy(),
		.target = "GATE",
		.dns_name = "gate.example",
		.find = find,
		.ntlmv2 = true,
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
	must(step != AUTH_DONE || (result->account && utf8_same(result->user, "scanner")));
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
	uint8_t who = reader_u8(&r) & 3;
	struct span first = reader_bytes(&r, reader_u16(&r));
	struct span second = reader_bytes(&r, reader_left(&r));

	if (!reader_ok(&r))
		return 0;
	random_next = 0x11;
	if (who == 0) {
		acceptor_try(first, second);
	} else if (who < 3) {
		initiator_try(first, second, who == 2);
	} else {
		init_try(first);
		response_try(first);
		messages_try(first);
	}
	return 0;
}
