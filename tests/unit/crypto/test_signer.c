/* signer.h: published vectors, messages Windows signed, and every length around every border. */
#include "crypto/digest.h"
#include "crypto/signer.h"
#include "hex.h"

#include <criterion/criterion.h>
#include <stdlib.h>

struct vector {
	enum signing_algorithm algorithm;
	const char *key;
	const char *nonce; /* NULL: none */
	const char *message;
	const char *signature;
};

#define CMAC_KEY "2b7e151628aed2a6abf7158809cf4f3c"

static const struct vector vectors[] = {
	/* RFC 4493, section 4 */
	{SIGNING_AES_CMAC, CMAC_KEY, NULL, "", "bb1d6929e95937287fa37d129b756746"},
	{SIGNING_AES_CMAC, CMAC_KEY, NULL, "6bc1bee22e409f96e93d7e117393172a",
		"070a16b46b4d4144f79bdd9dd04a287c"},
	{SIGNING_AES_CMAC, CMAC_KEY, NULL,
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
		"dfa66747de9ae63030ca32611497c827"},
	{SIGNING_AES_CMAC, CMAC_KEY, NULL,
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
		"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
		"51f0bebf7e3b9d92fc49741779363cfe"},
	/* RFC 4231, test case 2: "Jefe", "what do ya want for nothing?", cut to 16 bytes */
	{SIGNING_HMAC_SHA256, "4a656665000000000000000000000000", NULL,
		"7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		"5bdcc146bf60754e6a042426089575c7"},
	/* NIST CAVS gcmEncryptExtIV128, IVlen 96, PTlen 0, AADlen 128, Taglen 128, count 0 */
	{SIGNING_AES_GMAC, "77be63708971c4e240d1cb79e8d77feb", "e0e00f19fed7ba0136a797f3",
		"7a43ec1d9c0a5a78a0b16533a6213cab", "209fcc8d3675ed938e9c7166709dd946"},
	/*
	 * The last SESSION_SETUP responses, signed by Windows, of Microsoft's two 3.1.1 examples
	 * ("the anatomy of signing and cryptographic keys"; "SMB 3.1.1 Encryption in Windows 10"),
	 * with the Signature field zeroed.
	 */
	{SIGNING_AES_CMAC, "73FE7A9A77BEF0BDE49C650D8CCB5F76", NULL,
		"FE534D4240000100000000000100800009000000000000000300000000000000FFFE000000000000"
		"1900000000100000000000000000000000000000000000000900000048001D00A11B3019A0030A01"
		"00A3120410010000003B453CDC3524164200000000",
		"EBE146DA120BA25FC3376A49DFE31BC1"},
	{SIGNING_AES_CMAC, "8765949DFEAEE105CE9118B45BE988F0", NULL,
		"FE534D4240000100000000000100800009000000000000000200000000000000FFFE000000000000"
		"2500000000100000000000000000000000000000000000000900000048001D00A11B3019A0030A01"
		"00A3120410010000003932A87523AB660100000000",
		"6B85A4519A0F3EEA35BA946DD3AFE6B8"},
};

#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static struct signer *
signer_for(const struct vector *vector)
{
	struct hex key = hex_of(vector->key);
	struct signer *signer;

	cr_assert_eq(key.len, SIGNING_KEY_SIZE);
	signer = signer_new(vector->algorithm, key.data);
	cr_assert_not_null(signer);
	return signer;
}

Test(signer, computes_the_published_signatures_again_and_again)
{
	for (size_t i = 0; i < VECTORS; i++) {
		struct signer *signer = signer_for(&vectors[i]);
		struct hex nonce = hex_of(vectors[i].nonce ? vectors[i].nonce : "");
		struct hex message = hex_of(vectors[i].message);
		uint8_t signature[SIGNATURE_SIZE];

		for (int round = 0; round < 3; round++) {
			cr_assert(signer_compute(signer, vectors[i].nonce ? nonce.data : NULL,
				hex_span(&message), signature));
			cr_expect(hex_same(signature, sizeof(signature), vectors[i].signature),
				"vector %zu, round %d", i, round);
		}
		signer_free(&signer);
		cr_assert_null(signer);
	}
}

Test(signer, any_flipped_bit_of_message_or_nonce_shows)
{
	for (size_t i = 0; i < VECTORS; i++) {
		struct signer *signer = signer_for(&vectors[i]);
		struct hex nonce = hex_of(vectors[i].nonce ? vectors[i].nonce : "");
		struct hex message = hex_of(vectors[i].message);
		size_t bits = (message.len + nonce.len) * 8;

		for (size_t bit = 0; bit < bits; bit++) {
			size_t at = bit / 8;
			uint8_t *byte = at < message.len ? &message.data[at]
							 : &nonce.data[at - message.len];
			uint8_t signature[SIGNATURE_SIZE];

			*byte ^= (uint8_t)(1 << bit % 8);
			cr_assert(
				signer_compute(signer, nonce.data, hex_span(&message), signature));
			cr_assert_not(hex_same(signature, sizeof(signature), vectors[i].signature));
			*byte ^= (uint8_t)(1 << bit % 8);
		}
		signer_free(&signer);
	}
}

/* The lengths of the sweep: 0 to 299, around CMAC's stride, and some long ones. */
static const size_t sweep[][2] = {{0, 299}, {4080, 4115}, {65536, 65537}, {131071, 131071}};

#define SWEEP_COUNT (300 + 36 + 2 + 1)
#define SWEEP_MAX 131071

/*
 * The SHA-256 of the signatures of 7 i + len for every length of the sweep, one after another; key
 * 00..0f, nonce a0..ab. WANT was computed with PyCryptodome, which shares no code with our library.
 */
static void
sweep_is(enum signing_algorithm algorithm, const char *want)
{
	static uint8_t signatures[SWEEP_COUNT][SIGNATURE_SIZE];
	struct hex key = hex_of("000102030405060708090a0b0c0d0e0f");
	struct hex nonce = hex_of("a0a1a2a3a4a5a6a7a8a9aaab");
	struct signer *signer = signer_new(algorithm, key.data);
	uint8_t digest[32];
	size_t count = 0;

	cr_assert_not_null(signer);
	for (size_t range = 0; range < sizeof(sweep) / sizeof(sweep[0]); range++) {
		for (size_t len = sweep[range][0]; len <= sweep[range][1]; len++) {
			uint8_t *message =
				malloc(len ? len : 1); /* so that a read beyond it is seen */

			cr_assert_not_null(message);
			hex_fill(message, len, len);
			cr_assert(signer_compute(
				signer, nonce.data, span_of(message, len), signatures[count++]));
			free(message);
		}
	}
	signer_free(&signer);
	cr_assert_eq(count, SWEEP_COUNT);
	cr_assert(digest_sha256(span_of(signatures, sizeof(signatures)), digest));
	cr_assert(hex_same(digest, sizeof(digest), want));
}

Test(signer, hmac_of_every_length)
{
	sweep_is(SIGNING_HMAC_SHA256,
		"03b81f656ccb54bcabeecb36e537c960f8f7fc36eff125e32d7d9ed2c7d0ad79");
}

Test(signer, cmac_of_every_length)
{
	sweep_is(SIGNING_AES_CMAC,
		"612dd1e55cc905d29e8e312d36dbf41978f64e089742e0efdf62966dd492c4c6");
}

Test(signer, gmac_of_every_length)
{
	sweep_is(SIGNING_AES_GMAC,
		"55187afd061e966ee85750b3c487a7b76ca9f4899a5fdd870d1a1f9e0245f75d");
}

Test(signer, refuses_what_it_cannot_sign_and_leaves_no_signature)
{
	static const uint8_t key[SIGNING_KEY_SIZE] = {1};
	static const uint8_t nonce[SIGNING_NONCE_SIZE] = {2};
	uint8_t *huge = calloc(1, SIGNER_MESSAGE_MAX + 1);
	uint8_t signature[SIGNATURE_SIZE];

	cr_assert_not_null(huge);
	for (int algorithm = SIGNING_HMAC_SHA256; algorithm <= SIGNING_AES_GMAC; algorithm++) {
		struct signer *signer = signer_new((enum signing_algorithm)algorithm, key);

		cr_assert_not_null(signer);
		memset(signature, 0xaa, sizeof(signature));
		cr_expect_not(signer_compute(
			signer, nonce, span_of(huge, SIGNER_MESSAGE_MAX + 1), signature));
		cr_expect(hex_zero(signature, sizeof(signature)));
		cr_expect(signer_compute(
			signer, nonce, span_of(huge, SIGNER_MESSAGE_MAX), signature));
		signer_free(&signer);
	}
	free(huge);
}

Test(signer, gmac_without_a_nonce_is_refused)
{
	static const uint8_t key[SIGNING_KEY_SIZE] = {1};
	struct signer *signer = signer_new(SIGNING_AES_GMAC, key);
	uint8_t signature[SIGNATURE_SIZE] = {0xaa};

	cr_assert_not_null(signer);
	cr_assert_not(signer_compute(signer, NULL, span_of_text("x"), signature));
	cr_assert(hex_zero(signature, sizeof(signature)));
	signer_free(&signer);
}

Test(signer, knows_three_algorithms_by_name)
{
	static const uint8_t key[SIGNING_KEY_SIZE] = {1};
	struct signer *none = NULL;

	cr_assert_str_eq(signing_word(SIGNING_HMAC_SHA256), "hmac-sha256");
	cr_assert_str_eq(signing_word(SIGNING_AES_CMAC), "aes-128-cmac");
	cr_assert_str_eq(signing_word(SIGNING_AES_GMAC), "aes-128-gmac");
	cr_assert_null(signing_word((enum signing_algorithm)3));
	cr_assert_null(signer_new((enum signing_algorithm)3, key));
	cr_assert_null(signer_new((enum signing_algorithm) - 1, key));
	signer_free(&none);
}
