/* NTLMv1 and LM against the published examples, [MS-NLMP] 4.2.1, 4.2.2 and 4.2.3. */
#include "auth/ntlm_v1.h"
#include "peer.h"

#include <criterion/criterion.h>

static const uint8_t server_challenge[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
static const uint8_t lm_with_challenge[24] = {0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa};

static bool
same(const uint8_t *bytes, const char *hex)
{
	struct auth_token due = peer_hex(hex);
	bool equal = memcmp(bytes, due.bytes, due.len) == 0;

	auth_token_free(&due);
	return equal;
}

/* Of the example's password. */
static void
hashes(uint8_t nt[16], uint8_t lm[16])
{
	cr_assert(ntlm_hash_password(peer_legacy(), "Password", nt));
	cr_assert(ntlm_hash_password_lm(peer_legacy(), "Password", lm));
}

Test(ntlm_v1, password_becomes_the_published_lm_hash)
{
	uint8_t nt[16], lm[16];

	hashes(nt, lm);
	cr_expect(same(lm, "e52cac67419a9a224a3b108f3fa6cb6d"));
	cr_expect(ntlm_hash_password_lm(peer_legacy(), "", lm));
	cr_expect(same(lm, "aad3b435b51404eeaad3b435b51404ee"));
}

Test(ntlm_v1, some_passwords_have_no_lm_hash)
{
	uint8_t lm[16];

	cr_expect(ntlm_hash_password_lm(peer_legacy(), "fourteen bytes", lm));
	cr_expect_not(ntlm_hash_password_lm(peer_legacy(), "fifteen bytes !", lm));
	cr_expect(same(lm, "00000000000000000000000000000000"));
	cr_expect_not(ntlm_hash_password_lm(peer_legacy(), "b\303\244r", lm));
	cr_expect(same(lm, "00000000000000000000000000000000"));
}

Test(ntlm_v1, responses_and_key_are_the_published_ones)
{
	uint8_t nt[16], lm[16], response[24], key[16];

	hashes(nt, lm);
	cr_assert(ntlm_v1_respond(peer_legacy(), nt, server_challenge, response));
	cr_expect(same(response, "67c43011f30298a2ad35ece64f16331c44bdbed927841f94"));
	cr_assert(ntlm_v1_respond(peer_legacy(), lm, server_challenge, response));
	cr_expect(same(response, "98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13"));
	cr_assert(ntlm_v1_base_key(peer_legacy(), nt, key));
	cr_expect(same(key, "d87262b0cde4b1cb7499becccdf10784"));
}

Test(ntlm_v1, with_extended_session_security_too)
{
	struct span client = span_of(lm_with_challenge, sizeof(lm_with_challenge));
	uint8_t nt[16], lm[16], challenge[8], response[24], base[16], key[16];

	hashes(nt, lm);
	cr_assert(ntlm_v1_challenge(peer_legacy(), server_challenge, client, challenge));
	cr_assert(ntlm_v1_respond(peer_legacy(), nt, challenge, response));
	cr_expect(same(response, "7537f803ae367128ca458204bde7caf81e97ed2683267232"));
	cr_assert(ntlm_v1_base_key(peer_legacy(), nt, base));
	cr_assert(ntlm_v1_exchange_key(peer_legacy(), base, server_challenge, client, key));
	cr_expect(same(key, "eb93429a8bd952f8b89c55b87f475edc"));
}
