/*
 * keys.h against the sessions that Microsoft published: [anatomy] "SMB 2 and SMB 3 security in
 * Windows 10: the anatomy of signing and cryptographic keys", [3.0] "Encryption in SMB 3.0: a
 * protocol perspective", [3.1.1] "SMB 3.1.1 Encryption in Windows 10". Their EncryptionKey is the
 * client's.
 */
#include "crypto/keys.h"
#include "hex.h"

#include <criterion/criterion.h>

static const char anatomy_hash[] =
	"0DD13628CC3ED218EF9DF9772D436D0887AB9814BFAE63A80AA845F36909DB7928622DDDAD522D97"
	"51640A459762C5A9D6BB084CBB3CE6BDADEF5D5BCE3C6C01";

struct session {
	uint16_t dialect;
	enum cipher cipher;
	const char *session_key;
	const char *preauth;
	const char *signing;
	const char *client_to_server;
	const char *server_to_client;
	const char *application;
};

static const struct session sessions[] = {
	/* [anatomy], 3.0 */
	{0x0300, CIPHER_AES_128_CCM, "7CD451825D0450D235424E44BA6E78CC", NULL,
		"0B7E9C5CAC36C0F6EA9AB275298CEDCE", "FAD27796665B313EBB578F388632B4F7",
		"B0F0427F7CEB416D1D9DCC0CD4F99447", "BB23A4575AA26C721AF525AF15A87B4F"},
	/* [3.0]; 3.0.2 derives the same */
	{0x0302, CIPHER_AES_128_CCM, "B4546771B515F766A86735532DD6C4F0", NULL,
		"F773CD23C18FD1E08EE510CADA7CF852", "261B72350558F2E9DCF613070383EDBF",
		"8FE2B57EC34D2DB5B1A9727F526BBDB5", "77432F808CE99156B5BC6A3676D730D1"},
	/* [anatomy], 3.1.1 */
	{0x0311, CIPHER_AES_128_GCM, "270E1BA896585EEB7AF3472D3B4C75A7", anatomy_hash,
		"73FE7A9A77BEF0BDE49C650D8CCB5F76", "629BCBC54422A0F572B97F45989B6073",
		"E2AF0DCEFAC68DA71A0DFBD0D1350D74", "6D7AD7954E9EC61E907B4D473DC178FF"},
	/* [3.1.1] */
	{0x0311, CIPHER_AES_128_GCM, "419FDDF34C1E001909D362AE7FB6AF79",
		"B23F3CBFD69487D9832B79B1594A367CDD950909B774C3A4C412B4FCEA9EDDDBA7DB256BA2EA30E9"
		"77F11F9B113247578E0E915C6D2A513B8F2FCA5707DC8770",
		"8765949DFEAEE105CE9118B45BE988F0", "A2F5E80E5D59103034F32E52F698E5EC",
		"748C50868C90F302962A5C35F5F9A8BF", "099D610789FBE82055B313601C3E8CC4"},
	/*
	 * No published one has a 256-bit cipher; this is Python's hmac over the formula of
	 * [MS-SMB2] 3.1.4.2. The second half of the session key, 00 01 .. 1f, counts for sealing
	 * alone.
	 */
	{0x0311, CIPHER_AES_256_GCM,
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", anatomy_hash,
		"adfdcd95a8dbb1db6648fc26d5cea1bc",
		"f1a5c66c7c07116904393a1d1c4cb46eeceb7fd384038c510561fbfdba9ae683",
		"4ebc8bf4047484c299d04c4f8ff31ed8243cea3ed8aa9902ea5833b809ac10e7",
		"109dc2bc61b656a125a8787a13f03293"},
	/* The 16 bytes of NTLM under a 256-bit cipher: there is nothing more to take. */
	{0x0311, CIPHER_AES_256_CCM, "000102030405060708090a0b0c0d0e0f", anatomy_hash,
		"adfdcd95a8dbb1db6648fc26d5cea1bc",
		"c120a9dca98d49b757ee4e586353e7afadfc61a510326be8e3bf33b595b72fc5",
		"77ee9511ec51e4573e679e95ee8b97b86fceb7f0fe85f2e54aecad849a451c66",
		"109dc2bc61b656a125a8787a13f03293"},
	/* 2.x signs with the session key itself: its first 16 bytes, or as many as there are. */
	{0x0202, 0, "7CD451825D0450D235424E44BA6E78CCAAAAAAAA", NULL,
		"7CD451825D0450D235424E44BA6E78CC", "", "", "7CD451825D0450D235424E44BA6E78CC"},
	{0x0210, 0, "0102030405060708", NULL, "01020304050607080000000000000000", "", "",
		"01020304050607080000000000000000"},
};

static bool
derive(struct session_keys *keys, const struct session *session)
{
	struct hex key = hex_of(session->session_key);
	struct hex hash = hex_of(session->preauth ? session->preauth : "");

	return keys_derive(keys, session->dialect, session->cipher, hex_span(&key),
		session->preauth ? hash.data : NULL);
}

Test(keys, are_those_of_the_published_sessions)
{
	for (size_t i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++) {
		const struct session *want = &sessions[i];
		struct session_keys keys;

		cr_assert(derive(&keys, want), "session %zu", i);
		cr_expect_eq(keys.sealing_size, cipher_key_size(want->cipher), "session %zu", i);
		cr_expect(hex_same(keys.signing, 16, want->signing), "session %zu", i);
		cr_expect(hex_same(keys.application, 16, want->application), "session %zu", i);
		cr_expect(
			hex_same(keys.client_to_server, keys.sealing_size, want->client_to_server),
			"session %zu", i);
		cr_expect(
			hex_same(keys.server_to_client, keys.sealing_size, want->server_to_client),
			"session %zu", i);
		cr_expect(hex_zero(keys.client_to_server + keys.sealing_size,
			SEAL_KEY_MAX - keys.sealing_size));
	}
}

Test(keys, without_a_cipher_there_is_none_to_seal_with)
{
	struct session session = sessions[2];
	struct session_keys keys;

	session.cipher = 0;
	cr_assert(derive(&keys, &session));
	cr_assert_eq(keys.sealing_size, 0);
	cr_assert(hex_same(keys.signing, 16, session.signing));
	cr_assert(hex_zero(keys.client_to_server, SEAL_KEY_MAX));
	cr_assert(hex_zero(keys.server_to_client, SEAL_KEY_MAX));
}

/* A short key counts as if zeros followed ([MS-SMB2] 3.3.1.8 SessionKey). */
Test(keys, a_short_session_key_is_padded)
{
	struct session_keys a;
	struct session_keys b;
	static const uint8_t key[16] = {1, 2, 3, 4, 5, 6, 7, 8};

	cr_assert(keys_derive(&a, 0x0300, CIPHER_AES_128_CCM, span_of(key, 8), NULL));
	cr_assert(keys_derive(&b, 0x0300, CIPHER_AES_128_CCM, span_of(key, 16), NULL));
	cr_assert_eq(memcmp(&a, &b, sizeof(a)), 0);
}

static void
refused(uint16_t dialect, enum cipher cipher, size_t key_len, const uint8_t *preauth)
{
	static const uint8_t key[KEYS_SESSION_KEY_MAX + 1] = {1};
	struct session_keys keys;

	memset(&keys, 0xaa, sizeof(keys));
	cr_expect_not(keys_derive(&keys, dialect, cipher, span_of(key, key_len), preauth));
	cr_expect(hex_zero(&keys, sizeof(keys)), "dialect %x cipher %d", dialect, (int)cipher);
}

Test(keys, refuse_what_no_dialect_knows)
{
	static const uint8_t hash[PREAUTH_SIZE];

	refused(0x0000, 0, 16, hash);
	refused(0x02ff, 0, 16, hash);
	refused(0x0310, 0, 16, hash);
	refused(0x0202, CIPHER_AES_128_CCM, 16, hash);
	refused(0x0210, CIPHER_AES_128_GCM, 16, hash);
	refused(0x0300, CIPHER_AES_128_GCM, 16, hash);
	refused(0x0302, CIPHER_AES_256_CCM, 16, hash);
	refused(0x0311, (enum cipher)5, 16, hash);
	refused(0x0311, CIPHER_AES_128_GCM, 16, NULL);
	refused(0x0311, CIPHER_AES_128_GCM, 0, hash);
	refused(0x0202, 0, 0, NULL);
	refused(0x0311, CIPHER_AES_128_GCM, KEYS_SESSION_KEY_MAX + 1, hash);
}

Test(keys, wipe_leaves_nothing)
{
	struct session_keys keys;

	cr_assert(derive(&keys, &sessions[0]));
	keys_wipe(&keys);
	cr_assert(hex_zero(&keys, sizeof(keys)));
}
