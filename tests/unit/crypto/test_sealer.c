/* sealer.h: published vectors, messages Windows sealed, every length, every kind of tampering. */
#include "crypto/digest.h"
#include "crypto/sealer.h"
#include "hex.h"

#include <criterion/criterion.h>
#include <stdlib.h>

struct vector {
	enum cipher cipher;
	const char *key;
	const char *nonce;
	const char *aad;
	const char *plain;
	const char *sealed;
	const char *tag;
};

static const struct vector vectors[] = {
	/* "The Galois/Counter Mode of Operation", test cases 4 and 16 */
	{CIPHER_AES_128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
		"feedfacedeadbeeffeedfacedeadbeefabaddad2",
		"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
		"5bc94fbc3221a5db94fae95ae7121a47"},
	{CIPHER_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
		"cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
		"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
		"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
		"76fc6ece0f4e1768cddf8853bb2d551b"},
	/* Microsoft, "Encryption in SMB 3.0: a protocol perspective": WRITE request and response */
	{CIPHER_AES_128_CCM, "261B72350558F2E9DCF613070383EDBF", "66E69A111892584FB5ED52",
		"66E69A111892584FB5ED524A744DA3EE87000000000001001100001400E40800",
		"FE534D4240000100000000000900400008000000000000000400000000000000"
		"FFFE0000010000001100001400E4080000000000000000000000000000000000"
		"3100700017000000000000000000000015010000390000020100000039020000"
		"00000000000000007000000000000000536D623320656E6372797074696F6E20"
		"74657374696E67",
		"25C8FEE16605A437832D1CD52DA9F4645333482A175FE5384563F45FCDAFAEF3"
		"8BC62BA4D5C62897996625A44C29BE5658DE2E6117585779E7B59FFD971278D0"
		"8580D7FA899E410E910EABF5AA1DB43050B33B49182637759AC15D84BFCDF5B6"
		"B238993C0F4CF4D6012023F6C627297075D84B7803912D0A9639634453595EF3"
		"E33FFE4E7AC2AB",
		"81A286535415445DAE393921E44FA42E"},
	{CIPHER_AES_128_CCM, "8FE2B57EC34D2DB5B1A9727F526BBDB5", "8600000000000000110000",
		"86000000000000001100001400E4080050000000000001001100001400E40800",
		"FE534D4240000100000000000900210009000000000000000400000000000000"
		"FFFE0000010000001100001400E4080000000000000000000000000000000000"
		"11000000170000000000000000000000",
		"DBF46435C5F14169293CE079E344479BF670227E49873F458672C3098DAC467D"
		"D5809F369D674091665157871483E01F7BECD02064EAC3E235F913668BBC2F09"
		"7980D4B378F1993EFF6E60D177309E5B",
		"A6015530A18F6D9AFFE22AFAE8E66484"},
	/* Microsoft, "SMB 3.1.1 Encryption in Windows 10": WRITE request and response */
	{CIPHER_AES_128_GCM, "A2F5E80E5D59103034F32E52F698E5EC", "C7D6822D269CAF48904C664C",
		"C7D6822D269CAF48904C664C0000000087000000000001002500000000100000",
		"FE534D4240000100000000000900010008000000000000000500000000000000FFFE000001000000"
		"25000000001000000000000000000000000000000000000031007000170000000000000000000000"
		"0600000004000000010000000400000000000000000000007000000000000000536D623320656E63"
		"72797074696F6E2074657374696E67",
		"6ECDD2A7AFC7B47763057A041B8FD4DAFFE990B70C9E09D36C084E02D14EF247F8BDE38ACF6256F8"
		"B1D3B56F77FBDEB312FEA5E92CBCC1ED8FB2EBBFAA75E49A4A394BB44576545567C24D4C014D47C9"
		"FBDFDAFD2C4F9B72F8D256452620A299F48E29E53D6B61D1C13A19E91AF013F00D17E3ABC2FC3D36"
		"C8C1B6B93973253852DBD442E46EE8",
		"BD73D97D2BC9001BCAFAC0FDFF5FEEBC"},
	{CIPHER_AES_128_GCM, "748C50868C90F302962A5C35F5F9A8BF", "E06831DD2E8EB7B400000000",
		"E06831DD2E8EB7B4000000000000000050000000000001002500000000100000",
		"FE534D4240000100000000000900010001000000000000000500000000000000FFFE000001000000"
		"25000000001000000000000000000000000000000000000011000000170000000000000000000000",
		"26BBBF949983A6C1C796559D0F2C510CB651D1F7B6AC8DED32A2A0B8F2D793A815C6F6B848D69767"
		"A215841A42D400AE6DDB5F0B44173A014973321FDD7950DA6179159B82E03C9E18A050FF0EA1C967",
		"ACBE1CB7ED343ADF1725EF144D90D4B0"},
};

#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static struct sealer *
sealer_for(const struct vector *vector)
{
	struct hex key = hex_of(vector->key);
	struct sealer *sealer;

	cr_assert_eq(key.len, cipher_key_size(vector->cipher));
	sealer = sealer_new(vector->cipher, key.data);
	cr_assert_not_null(sealer);
	return sealer;
}

Test(sealer, seals_and_opens_the_published_messages_again_and_again)
{
	for (size_t i = 0; i < VECTORS; i++) {
		const struct vector *v = &vectors[i];
		struct sealer *sealer = sealer_for(v);
		struct hex nonce = hex_of(v->nonce);
		struct hex aad = hex_of(v->aad);
		struct hex data = hex_of(v->plain);
		uint8_t tag[SEAL_TAG_SIZE];

		cr_assert_eq(nonce.len, cipher_nonce_size(v->cipher));
		for (int round = 0; round < 3; round++) {
			cr_assert(sealer_seal(
				sealer, nonce.data, hex_span(&aad), data.data, data.len, tag));
			cr_expect(hex_same(data.data, data.len, v->sealed), "vector %zu", i);
			cr_expect(hex_same(tag, sizeof(tag), v->tag), "vector %zu", i);
			cr_assert(sealer_open(
				sealer, nonce.data, hex_span(&aad), data.data, data.len, tag));
			cr_expect(hex_same(data.data, data.len, v->plain), "vector %zu", i);
		}
		sealer_free(&sealer);
		cr_assert_null(sealer);
	}
}

/* Everything that goes into opening one message. */
struct parts {
	struct hex nonce, aad, data, tag;
};

static struct parts
parts_of(const struct vector *v)
{
	return (struct parts){hex_of(v->nonce), hex_of(v->aad), hex_of(v->sealed), hex_of(v->tag)};
}

/* Opens PARTS, which must fail and leave nothing of the message; then V itself, which must not. */
static void
refused(struct sealer *sealer, const struct vector *v, struct parts parts)
{
	struct parts good = parts_of(v);

	cr_assert_not(sealer_open(sealer, parts.nonce.data, hex_span(&parts.aad), parts.data.data,
		parts.data.len, parts.tag.data));
	cr_assert(hex_zero(parts.data.data, parts.data.len));
	cr_assert(sealer_open(sealer, good.nonce.data, hex_span(&good.aad), good.data.data,
		good.data.len, good.tag.data));
	cr_assert(hex_same(good.data.data, good.data.len, v->plain));
}

Test(sealer, any_flipped_bit_is_refused_and_the_next_message_is_not)
{
	for (size_t i = 0; i < VECTORS; i++) {
		struct sealer *sealer = sealer_for(&vectors[i]);
		struct parts parts = parts_of(&vectors[i]);
		struct hex *each[] = {&parts.nonce, &parts.aad, &parts.data, &parts.tag};

		for (size_t part = 0; part < 4; part++) {
			for (size_t bit = 0; bit < each[part]->len * 8; bit++) {
				each[part]->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
				refused(sealer, &vectors[i], parts);
				each[part]->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			}
		}
		sealer_free(&sealer);
	}
}

Test(sealer, any_truncation_is_refused_and_so_is_a_byte_too_many)
{
	for (size_t i = 0; i < VECTORS; i++) {
		struct sealer *sealer = sealer_for(&vectors[i]);
		struct parts parts = parts_of(&vectors[i]);

		for (size_t len = parts.data.len + 2; len-- > 0;) {
			struct parts cut = parts;

			if (len == parts.data.len)
				continue;
			cut.data.len = len;
			refused(sealer, &vectors[i], cut);
		}
		for (size_t len = parts.aad.len; len-- > 0;) {
			struct parts cut = parts;

			cut.aad.len = len;
			refused(sealer, &vectors[i], cut);
		}
		sealer_free(&sealer);
	}
}

/* The lengths of the sweep: 1 to 199, a page, 64 KiB and a block more. */
static const size_t sweep[][2] = {{1, 199}, {4096, 4096}, {65536, 65536}, {65552, 65552}};

#define SWEEP_BYTES (199 * 200 / 2 + 4096 + 65536 + 65552 + 202 * SEAL_TAG_SIZE)

/*
 * The SHA-256 of what 7 i + len is sealed to, tag after bytes, for every length of the sweep; key
 * 00.., nonce a0.., AAD of 32 bytes 7 i + 32. WANT was computed with PyCryptodome, which shares no
 * code with our library. What was sealed must open again.
 */
static void
sweep_is(enum cipher cipher, const char *want)
{
	static uint8_t out[SWEEP_BYTES];
	static uint8_t plain[65552];
	static uint8_t data[65552];
	struct hex key = hex_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	struct hex nonce = hex_of("a0a1a2a3a4a5a6a7a8a9aaab");
	struct sealer *sealer = sealer_new(cipher, key.data);
	uint8_t aad[32];
	uint8_t digest[32];
	size_t at = 0;

	cr_assert_not_null(sealer);
	hex_fill(aad, sizeof(aad), 32);
	for (size_t range = 0; range < sizeof(sweep) / sizeof(sweep[0]); range++) {
		for (size_t len = sweep[range][0]; len <= sweep[range][1]; len++) {
			hex_fill(plain, len, len);
			memcpy(data, plain, len);
			cr_assert(sealer_seal(sealer, nonce.data, span_of(aad, sizeof(aad)), data,
				len, out + at + len));
			memcpy(out + at, data, len);
			cr_assert(sealer_open(sealer, nonce.data, span_of(aad, sizeof(aad)), data,
				len, out + at + len));
			cr_assert_eq(memcmp(data, plain, len), 0);
			at += len + SEAL_TAG_SIZE;
		}
	}
	sealer_free(&sealer);
	cr_assert_eq(at, sizeof(out));
	cr_assert(digest_sha256(span_of(out, sizeof(out)), digest));
	cr_assert(hex_same(digest, sizeof(digest), want));
}

Test(sealer, aes_128_ccm_of_every_length)
{
	sweep_is(CIPHER_AES_128_CCM,
		"4db22e74016cbc14376a0d7d793f19af4ea786731fe36e8473941d3b8f8ce44b");
}

Test(sealer, aes_128_gcm_of_every_length)
{
	sweep_is(CIPHER_AES_128_GCM,
		"97de61e4918e6ea498823045ae87be22eb5bc953221c25fa541cce6d83d28ede");
}

Test(sealer, aes_256_ccm_of_every_length)
{
	sweep_is(CIPHER_AES_256_CCM,
		"7df688bb7e99efffce4e86a468978c4b2a960d866fd059169fa76aafe7cdffc9");
}

Test(sealer, aes_256_gcm_of_every_length)
{
	sweep_is(CIPHER_AES_256_GCM,
		"de14275215afe50354016a14a7341cf03e2f3fb72db04d2dcc0acacacb25da62");
}

Test(sealer, takes_the_longest_message_and_not_a_longer_one)
{
	static const uint8_t key[SEAL_KEY_MAX] = {1};
	static const uint8_t nonce[SEAL_NONCE_MAX] = {2};
	uint8_t *data = calloc(1, SEALER_DATA_MAX + 1);
	uint8_t tag[SEAL_TAG_SIZE];

	cr_assert_not_null(data);
	for (int cipher = CIPHER_AES_128_CCM; cipher <= CIPHER_AES_256_GCM; cipher++) {
		struct sealer *sealer = sealer_new((enum cipher)cipher, key);
		struct span none = {0};

		cr_assert_not_null(sealer);
		data[0] = 0x5a;
		cr_assert(sealer_seal(sealer, nonce, none, data, SEALER_DATA_MAX, tag));
		cr_assert(sealer_open(sealer, nonce, none, data, SEALER_DATA_MAX, tag));
		cr_assert_eq(data[0], 0x5a);
		cr_assert_not(sealer_seal(sealer, nonce, none, data, SEALER_DATA_MAX + 1, tag));
		cr_assert_eq(data[0], 0, "what is not sealed must not be sent as it is");
		cr_assert_not(sealer_seal(sealer, nonce, none, data, 0, tag));
		cr_assert_not(sealer_open(sealer, nonce, none, data, 0, tag));
		sealer_free(&sealer);
	}
	free(data);
}

Test(sealer, knows_four_ciphers_by_name_and_size)
{
	static const int strangers[] = {-1, 0, 5};
	static const uint8_t key[SEAL_KEY_MAX] = {1};
	struct sealer *none = NULL;

	cr_assert_str_eq(cipher_word(CIPHER_AES_128_CCM), "aes-128-ccm");
	cr_assert_str_eq(cipher_word(CIPHER_AES_128_GCM), "aes-128-gcm");
	cr_assert_str_eq(cipher_word(CIPHER_AES_256_CCM), "aes-256-ccm");
	cr_assert_str_eq(cipher_word(CIPHER_AES_256_GCM), "aes-256-gcm");
	cr_assert_eq(cipher_key_size(CIPHER_AES_128_CCM), 16);
	cr_assert_eq(cipher_key_size(CIPHER_AES_256_GCM), 32);
	cr_assert_eq(cipher_nonce_size(CIPHER_AES_256_CCM), 11);
	cr_assert_eq(cipher_nonce_size(CIPHER_AES_128_GCM), 12);
	for (size_t i = 0; i < 3; i++) {
		enum cipher cipher = (enum cipher)strangers[i];

		cr_assert_null(cipher_word(cipher), "%d", strangers[i]);
		cr_assert_eq(cipher_key_size(cipher), 0);
		cr_assert_eq(cipher_nonce_size(cipher), 0);
		cr_assert_null(sealer_new(cipher, key));
	}
	sealer_free(&none);
}
