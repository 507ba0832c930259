/* legacy.h against the vectors of RFC 1320, RFC 1321, RFC 2202, RFC 6229 and NIST SP 500-20. */
#include "crypto/legacy.h"
#include "hex.h"

#include <criterion/criterion.h>
#include <pthread.h>

struct pair {
	const char *text;
	const char *md4; /* RFC 1320, A.5 */
	const char *md5; /* RFC 1321, A.5 */
};

static const struct pair pairs[] = {
	{"", "31d6cfe0d16ae931b73c59d7e0c089c0", "d41d8cd98f00b204e9800998ecf8427e"},
	{"a", "bde52cb31de33e46245e05fbdbd6fb24", "0cc175b9c0f1b6a831c399e269772661"},
	{"abc", "a448017aaf21d8525fc10ae87aa6729d", "900150983cd24fb0d6963f7d28e17f72"},
	{"message digest", "d9130a8164549fe818874806e1c7014b", "f96b697d7cb7938d525a2f31aaf161d0"},
	{"abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9",
		"c3fcd3d76192e4007dfb496cca67e13b"},
	{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
		"043f8582f241db351ce627e153e7f0e4", "d174ab98d277d9f5a5611c2c9f419d9f"},
	{"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
		"e33b4ddc9c38f2199c3e7b164fcc0536", "57edf4a22be3c955ac49da2e2107b67a"},
};

static struct legacy *
legacy_here(void)
{
	struct legacy *legacy = legacy_new();

	cr_assert_not_null(legacy, "is the library's legacy provider installed?");
	return legacy;
}

Test(legacy, md4_and_md5_of_the_rfcs)
{
	struct legacy *legacy = legacy_here();
	uint8_t out[16];

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		cr_assert(legacy_md4(legacy, span_of_text(pairs[i].text), out));
		cr_expect(hex_same(out, sizeof(out), pairs[i].md4), "MD4 of \"%s\"", pairs[i].text);
		cr_assert(legacy_md5(legacy, span_of_text(pairs[i].text), out));
		cr_expect(hex_same(out, sizeof(out), pairs[i].md5), "MD5 of \"%s\"", pairs[i].text);
	}
	legacy_free(&legacy);
	cr_assert_null(legacy);
	legacy_free(&legacy);
}

static void
hmac_is(const struct legacy *legacy, struct span key, struct span message, const char *want)
{
	struct span parts[3] = {
		span_of(message.data, message.len / 3),
		span_of(NULL, 0),
		span_of(message.data + message.len / 3, message.len - message.len / 3),
	};
	uint8_t out[16];

	cr_assert(legacy_hmac_md5(legacy, key, &message, 1, out));
	cr_expect(hex_same(out, sizeof(out), want), "in one part: %s", want);
	cr_assert(legacy_hmac_md5(legacy, key, parts, 3, out));
	cr_expect(hex_same(out, sizeof(out), want), "in three parts: %s", want);
}

/* RFC 2202, section 2: test cases 1, 2, 3 and 6. */
Test(legacy, hmac_md5_of_the_rfc_whole_and_in_parts)
{
	struct legacy *legacy = legacy_here();
	uint8_t key[80];
	uint8_t message[50];

	memset(key, 0x0b, sizeof(key));
	hmac_is(legacy, span_of(key, 16), span_of_text("Hi There"),
		"9294727a3638bb1c13f48ef8158bfc9d");
	hmac_is(legacy, span_of_text("Jefe"), span_of_text("what do ya want for nothing?"),
		"750c783e6ab0b503eaa86e310a5db738");
	memset(key, 0xaa, sizeof(key));
	memset(message, 0xdd, sizeof(message));
	hmac_is(legacy, span_of(key, 16), span_of(message, sizeof(message)),
		"56be34521d144c88dbb8c733f0e8b3f6");
	hmac_is(legacy, span_of(key, sizeof(key)),
		span_of_text("Test Using Larger Than Block-Size Key - Hash Key First"),
		"6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
	legacy_free(&legacy);
}

/* The well-known HMAC-MD5 of nothing under no key. */
Test(legacy, hmac_md5_without_key_or_parts)
{
	struct legacy *legacy = legacy_here();
	uint8_t out[16];

	cr_assert(legacy_hmac_md5(legacy, (struct span){0}, NULL, 0, out));
	cr_assert(hex_same(out, sizeof(out), "74e6f7298a9c2d168935f58c001bad88"));
	legacy_free(&legacy);
}

/* The first 32 bytes of the stream, and the 32 from 240 on (RFC 6229, section 2). */
static void
stream_is(const struct legacy *legacy, const char *key, const char *first, const char *later)
{
	struct hex k = hex_of(key);
	struct rc4 *rc4 = rc4_new(legacy, hex_span(&k));
	uint8_t stream[272] = {0};
	static const size_t strides[] = {1, 0, 31, 200, 40};
	size_t at = 0;

	cr_assert_not_null(rc4);
	for (size_t i = 0; i < sizeof(strides) / sizeof(strides[0]); at += strides[i++])
		cr_assert(rc4_apply(rc4, stream + at, strides[i]));
	cr_assert_eq(at, sizeof(stream));
	cr_expect(hex_same(stream, 32, first), "key %s", key);
	cr_expect(hex_same(stream + 240, 32, later), "key %s", key);
	rc4_free(&rc4);
	cr_assert_null(rc4);
	rc4_free(&rc4);
}

Test(legacy, rc4_of_the_rfc_in_strides)
{
	struct legacy *legacy = legacy_here();

	stream_is(legacy, "0102030405",
		"b2396305f03dc027ccc3524a0a1118a86982944f18fc82d589c403a47a0d0919",
		"28cb1132c96ce286421dcaadb8b69eae1cfcf62b03eddb641d77dfcf7f8d8c93");
	stream_is(legacy, "0102030405060708090a0b0c0d0e0f10",
		"9ac7cc9a609d1ef7b2932899cde41b975248c4959014126a6e8a84f11d1a9e1c",
		"065902e4b620f6cc36c8589f66432f2bd39d566bc6bce3010768151549f3873f");
	stream_is(legacy, "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
		"eaa6bd25880bf93d3f5d1e4ca2611d91cfa45c9f7e714b54bdfa80027cb14380",
		"114ae344ded71b35f2e60febad727fd802e1e7056b0f623900496422943e97b6");
	legacy_free(&legacy);
}

Test(legacy, rc4_refuses_a_key_of_no_length_or_too_much)
{
	struct legacy *legacy = legacy_here();
	static const uint8_t key[RC4_KEY_MAX + 1] = {1};

	cr_assert_null(rc4_new(legacy, span_of(key, 0)));
	cr_assert_null(rc4_new(legacy, span_of(key, RC4_KEY_MAX + 1)));
	legacy_free(&legacy);
}

static void *
many(void *shared)
{
	const struct legacy *legacy = shared;
	struct span key = span_of_text("Jefe");
	struct span text = span_of_text("what do ya want for nothing?");

	for (int i = 0; i < 500; i++) {
		uint8_t out[16];
		struct rc4 *rc4 = rc4_new(legacy, key);

		if (!rc4 || !legacy_hmac_md5(legacy, key, &text, 1, out) ||
			!hex_same(out, sizeof(out), "750c783e6ab0b503eaa86e310a5db738") ||
			!legacy_md4(legacy, span_of_text("abc"), out) ||
			!hex_same(out, sizeof(out), pairs[2].md4) || !rc4_apply(rc4, out, 16))
			return shared;
		rc4_free(&rc4);
	}
	return NULL;
}

Test(legacy, serves_several_threads_at_once)
{
	struct legacy *legacy = legacy_here();
	pthread_t threads[4];

	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, many, legacy), 0);
	for (size_t i = 0; i < 4; i++) {
		void *failed;

		cr_assert_eq(pthread_join(threads[i], &failed), 0);
		cr_assert_null(failed);
	}
	legacy_free(&legacy);
}

/* NIST SP 500-20: variable plaintext and variable key, whose keys have no parity to lose. */
Test(legacy, des_of_nist)
{
	static const uint8_t zero_key[7] = {0}, one_key[7] = {0x80};
	static const uint8_t zero[8] = {0}, one[8] = {0x80};
	struct legacy *legacy = legacy_here();
	uint8_t out[8];

	cr_assert(legacy_des(legacy, zero_key, one, out));
	cr_expect(hex_same(out, sizeof(out), "95f8a5e5dd31d900"));
	cr_assert(legacy_des(legacy, one_key, zero, out));
	cr_expect(hex_same(out, sizeof(out), "95a8d72813daa94d"));
	legacy_free(&legacy);
}
