/* NTLMv2's arithmetic against the published example, [MS-NLMP] 4.2.1 and 4.2.4. */
#include "auth/ntlm.h"
#include "auth/ntlm_hash.h"
#include "auth/ntlm_signer.h"
#include "peer.h"

#include <criterion/criterion.h>

static const uint8_t client_challenge[8] = {0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa};
static const uint8_t server_challenge[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
static uint8_t random_key[16] = {0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
	0x55, 0x55, 0x55, 0x55, 0x55};
static const uint8_t plaintext[] = "P\0l\0a\0i\0n\0t\0e\0x\0t"; /* and the NUL: UTF-16LE */

static bool
same(const uint8_t *bytes, const char *hex)
{
	struct auth_token due = peer_hex(hex);
	bool equal = memcmp(bytes, due.bytes, due.len) == 0;

	auth_token_free(&due);
	return equal;
}

Test(ntlm, password_becomes_the_published_hash)
{
	uint8_t hash[16];

	cr_assert(ntlm_hash_password(peer_legacy(), "Password", hash));
	cr_assert(same(hash, "a4f49c406510bdcab6824ee7c30fd852"));
	cr_assert(ntlm_hash_password(peer_legacy(), "", hash));
	cr_assert(same(hash, "31d6cfe0d16ae931b73c59d7e0c089c0"));
}

Test(ntlm, password_that_is_not_utf8_has_no_hash)
{
	uint8_t hash[16];

	cr_assert_not(ntlm_hash_password(peer_legacy(), "a\xff", hash));
	cr_assert(same(hash, "00000000000000000000000000000000"));
}

Test(ntlm, response_and_keys_are_the_published_ones)
{
	uint8_t hash[16], v2[16], proof[16], base[16], wrapped[16], back[16], blob[128];
	struct writer w = writer_over(blob, sizeof(blob));
	struct auth_token pairs =
		peer_hex("02000c0044006f006d00610069006e0001000c00530065007200760065007200"
			 "00000000");

	cr_assert(ntlm_hash_password(peer_legacy(), "Password", hash));
	cr_assert(ntlm_v2_key(peer_legacy(), hash, "User", "Domain", v2));
	cr_assert(same(v2, "0c868a403bfd7a93a3001ef22ef02e3f"));
	cr_assert(ntlm_v2_blob_encode(&w, 0, client_challenge, peer_span(&pairs)));
	cr_assert(ntlm_v2_prove(peer_legacy(), v2, server_challenge, writer_span(&w), proof, base));
	cr_assert(same(proof, "68cd0ab851e51c96aabc927bebef6a1c"));
	cr_assert(same(base, "8de40ccadbc14a82f15cb0ad0de95ca3"));
	cr_assert(ntlm_exchange(peer_legacy(), base, random_key, wrapped));
	cr_assert(same(wrapped, "c5dad2544fc9799094ce1ce90bc9d03e"));
	cr_assert(ntlm_exchange(peer_legacy(), base, wrapped, back));
	cr_assert_arr_eq(back, random_key, 16);
	auth_token_free(&pairs);
}

Test(ntlm, user_is_upper_cased_and_domain_is_not)
{
	uint8_t hash[16] = {1};
	uint8_t a[16], b[16];

	cr_assert(ntlm_v2_key(peer_legacy(), hash, "m\xc3\xbcller", "Dom", a));
	cr_assert(ntlm_v2_key(peer_legacy(), hash, "M\xc3\x9cLLER", "Dom", b));
	cr_assert_arr_eq(a, b, 16);
	cr_assert(ntlm_v2_key(peer_legacy(), hash, "M\xc3\x9cLLER", "DOM", b));
	cr_assert_arr_neq(a, b, 16);
}

/* 4.2.4.4 publishes the checksum before RC4 and the sealing key; the example itself seals as well.
 */
#define CHECKSUM "70352851f2564309"
#define SEALING_KEY "59f600973cc4960a25480a7c196e4c58"

Test(ntlm_signer, without_key_exchange_the_published_checksum_is_left_bare)
{
	struct ntlm_signer *s = ntlm_signer_new(peer_legacy(), random_key,
		NTLM_EXTENDED_SECURITY | NTLM_128, NTLM_CLIENT_TO_SERVER);
	uint8_t signature[16];

	cr_assert(s);
	cr_assert(ntlm_signer_sign(s, span_of(plaintext, sizeof(plaintext)), signature));
	cr_assert(same(signature, "01000000" CHECKSUM "00000000"));
	ntlm_signer_free(&s);
	cr_assert_null(s);
}

Test(ntlm_signer, with_key_exchange_the_checksum_is_encrypted_with_the_published_key)
{
	struct auth_token key = peer_hex(SEALING_KEY);
	struct auth_token checksum = peer_hex(CHECKSUM);
	struct rc4 *rc4 = rc4_new(peer_legacy(), peer_span(&key));
	struct ntlm_signer *s = ntlm_signer_new(peer_legacy(), random_key,
		NTLM_EXTENDED_SECURITY | NTLM_128 | NTLM_KEY_EXCHANGE, NTLM_CLIENT_TO_SERVER);
	uint8_t signature[16];

	cr_assert(s && rc4);
	cr_assert(rc4_apply(rc4, checksum.bytes, checksum.len));
	cr_assert(ntlm_signer_sign(s, span_of(plaintext, sizeof(plaintext)), signature));
	cr_assert_arr_eq(signature + 4, checksum.bytes, 8);
	ntlm_signer_free(&s);
	rc4_free(&rc4);
	auth_token_free(&key);
	auth_token_free(&checksum);
}

Test(ntlm_signer, needs_extended_session_security)
{
	cr_assert_null(ntlm_signer_new(
		peer_legacy(), random_key, NTLM_128 | NTLM_KEY_EXCHANGE, NTLM_CLIENT_TO_SERVER));
}

Test(ntlm_signer, verifies_its_peer_in_order_and_nothing_else)
{
	static const uint32_t strengths[] = {NTLM_128, NTLM_56, 0};

	for (size_t i = 0; i < 3; i++) {
		uint32_t flags = NTLM_EXTENDED_SECURITY | NTLM_KEY_EXCHANGE | strengths[i];
		struct ntlm_signer *a =
			ntlm_signer_new(peer_legacy(), random_key, flags, NTLM_SERVER_TO_CLIENT);
		struct ntlm_signer *b =
			ntlm_signer_new(peer_legacy(), random_key, flags, NTLM_SERVER_TO_CLIENT);
		struct ntlm_signer *c =
			ntlm_signer_new(peer_legacy(), random_key, flags, NTLM_CLIENT_TO_SERVER);
		struct span message = span_of(plaintext, sizeof(plaintext));
		uint8_t first[16], second[16];

		cr_assert(a && b && c);
		cr_assert(ntlm_signer_sign(a, message, first));
		cr_assert(ntlm_signer_sign(a, message, second));
		cr_assert_not(ntlm_signer_verify(c, message, span_of(first, 16)), "direction");
		cr_assert(ntlm_signer_verify(b, message, span_of(first, 16)));
		cr_assert_not(ntlm_signer_verify(b, message, span_of(first, 16)), "replay");
		cr_assert_not(ntlm_signer_verify(b, message, span_of(first, 15)), "length");
		ntlm_signer_free(&a);
		ntlm_signer_free(&b);
		ntlm_signer_free(&c);
	}
}

Test(ntlm, mic_covers_all_three_messages_but_its_own_field)
{
	uint8_t one[8] = {1}, two[8] = {2}, three[100] = {3};
	uint8_t whole[116], due[16], mic[16];
	struct span joined = span_of(whole, sizeof(whole));

	memcpy(whole, one, 8);
	memcpy(whole + 8, two, 8);
	memcpy(whole + 16, three, 100);
	cr_assert(legacy_hmac_md5(peer_legacy(), span_of(random_key, 16), &joined, 1, due));
	memset(three + NTLM_MIC_OFFSET, 0xee, NTLM_MIC_SIZE);
	cr_assert(ntlm_mic(peer_legacy(), random_key, span_of(one, 8), span_of(two, 8),
		span_of(three, 100), mic));
	cr_assert_arr_eq(mic, due, 16);
	cr_assert_not(ntlm_mic(peer_legacy(), random_key, span_of(one, 8), span_of(two, 8),
		span_of(three, NTLM_MIC_OFFSET + NTLM_MIC_SIZE - 1), mic));
}
