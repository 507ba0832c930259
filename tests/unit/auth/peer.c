/* What the tests of auth/ share: see peer.h. */
#include "peer.h"

#include "auth/ntlm_hash.h"
#include "base/utf16.h"
#include "crypto/random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name;
	const char *hex;
} golden[] = {
#define GOLDEN(name, hex) {#name, hex},
#include "golden.def"
#undef GOLDEN
};

static uint8_t random_next = 0x11;
static bool dry;
static unsigned lookups;

/* In place of crypto/random.c, which the linker leaves out as we are here first. */
bool
random_bytes(void *out, size_t len)
{
	memset(out, dry ? 0 : random_next, len);
	random_next += 0x11;
	return !dry;
}

void
peer_dry(void)
{
	dry = true;
}

void
peer_rewind(void)
{
	random_next = 0x11;
}

struct auth_token
peer_hex(const char *hex)
{
	size_t len = strlen(hex) / 2;
	struct auth_token out = {.bytes = malloc(len ? len : 1), .len = len};

	cr_assert(out.bytes);
	cr_assert_eq(strlen(hex) % 2, 0);
	for (size_t i = 0; i < len; i++) {
		unsigned byte;

		cr_assert_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
		out.bytes[i] = (uint8_t)byte;
	}
	return out;
}

struct auth_token
peer_golden(const char *name)
{
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++)
		if (strcmp(golden[i].name, name) == 0)
			return peer_hex(golden[i].hex);
	cr_assert_fail("no golden token %s", name);
	return (struct auth_token){0};
}

struct span
peer_span(const struct auth_token *token)
{
	return span_of(token->bytes, token->len);
}

bool
peer_is_golden(const struct auth_token *token, const char *name)
{
	struct auth_token due = peer_golden(name);
	bool same = span_equal(peer_span(token), peer_span(&due));

	auth_token_free(&due);
	return same;
}

const struct legacy *
peer_legacy(void)
{
	static struct legacy *legacy;

	if (!legacy)
		legacy = legacy_new();
	cr_assert(legacy);
	return legacy;
}

static bool knows_lm;

void
peer_lm(bool knows)
{
	knows_lm = knows;
}

static bool
find(void *context, const char *user, const char *domain, struct ntlm_secret *out)
{
	(void)context;
	(void)domain;
	lookups++;
	if (!utf8_same(user, "scanner") && !utf8_same(user, "daemon"))
		return false;
	snprintf(out->account, sizeof(out->account), "%s-account", user);
	out->has_lm_hash =
		knows_lm && ntlm_hash_password_lm(peer_legacy(), "Secret.1", out->lm_hash);
	return ntlm_hash_password(peer_legacy(), "Secret.1", out->nt_hash);
}

unsigned
peer_lookups(void)
{
	return lookups;
}

struct acceptor_config
peer_acceptor_config(void)
{
	return (struct acceptor_config){
		.legacy = peer_legacy(),
		.target = "GATE",
		.dns_name = "gate.example",
		.find = find,
		.may_ask = true,
		.ntlmv2 = true,
	};
}

struct acceptor *
peer_acceptor(void)
{
	struct acceptor_config config = peer_acceptor_config();
	struct acceptor *a = acceptor_new(&config);

	cr_assert(a);
	return a;
}

struct initiator_config
peer_initiator_config(void)
{
	return (struct initiator_config){
		.legacy = peer_legacy(),
		.user = "scanner",
		.domain = "DOM",
		.password = "Secret.1",
		.service = "cifs/fs1",
		.ntlmv2 = true,
	};
}

enum auth_step
peer_accept(struct acceptor *a, struct span token, struct auth_token *out)
{
	struct auth_token copy;
	enum auth_step step;

	peer_rewind(); /* the mechanism is made, and draws its challenge, at the first token */
	cr_assert(auth_token_copy(&copy, token));
	step = acceptor_step(a, peer_span(&copy), PEER_NOW, out);
	auth_token_free(&copy);
	cr_assert(step != AUTH_REFUSED || (!out->bytes && acceptor_result(a)->fault));
	return step;
}

enum auth_step
peer_initiate(struct initiator *i, struct span token, struct auth_token *out)
{
	struct auth_token copy;
	enum auth_step step;

	peer_rewind();
	cr_assert(auth_token_copy(&copy, token));
	step = initiator_step(i, peer_span(&copy), PEER_NOW, out);
	auth_token_free(&copy);
	cr_assert(step != AUTH_REFUSED || (!out->bytes && initiator_result(i)->fault));
	return step;
}

enum auth_step
peer_accept_golden(struct acceptor *a, const char *name)
{
	struct auth_token token = peer_golden(name);
	struct auth_token out;
	enum auth_step step = peer_accept(a, peer_span(&token), &out);

	auth_token_free(&token);
	auth_token_free(&out);
	return step;
}
