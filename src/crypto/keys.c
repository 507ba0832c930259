/*
 * The keys of a session: SP800-108 in counter mode with HMAC-SHA256, under the labels of the
 * dialect
 * ([MS-SMB2] 3.1.4.2). No key is longer than one HMAC, so the counter never gets beyond one.
 */
#include "crypto/keys.h"

#include "base/secret.h"
#include "base/writer.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define PRF_SIZE 32 /* bytes of an HMAC-SHA256 */

/* Counter, the longest label, separator, the longest context, length. */
#define KDF_INPUT_MAX (4 + 16 + 1 + PREAUTH_SIZE + 4)

enum { DIALECT_202 = 0x0202, DIALECT_210 = 0x0210, DIALECT_300 = 0x0300, DIALECT_302 = 0x0302 };
enum { DIALECT_311 = 0x0311 };

/* What one kind of key is derived with. The terminating NUL of each text belongs to it. */
struct purpose {
	struct span label;
	struct span context; /* empty: the preauthentication integrity hash */
};

/* The four kinds, in the words of one dialect. */
struct purposes {
	struct purpose signing;
	struct purpose application;
	struct purpose client_to_server;
	struct purpose server_to_client;
};

#define TEXT(text)                                                                                 \
	{                                                                                          \
		.data = (const uint8_t *)(text), .len = sizeof(text)                               \
	}

/* [MS-SMB2] 3.2.5.3.1, 3.3.5.5.3 for 3.0 and 3.0.2. The blank in "ServerIn " is meant. */
static const struct purposes purposes_30 = {
	.signing = {TEXT("SMB2AESCMAC"), TEXT("SmbSign")},
	.application = {TEXT("SMB2APP"), TEXT("SmbRpc")},
	.client_to_server = {TEXT("SMB2AESCCM"), TEXT("ServerIn ")},
	.server_to_client = {TEXT("SMB2AESCCM"), TEXT("ServerOut")},
};

/* The same paragraphs for 3.1.1. */
static const struct purposes purposes_311 = {
	.signing = {TEXT("SMBSigningKey"), {0}},
	.application = {TEXT("SMBAppKey"), {0}},
	.client_to_server = {TEXT("SMBC2SCipherKey"), {0}},
	.server_to_client = {TEXT("SMBS2CCipherKey"), {0}},
};

/* OUT = the first LEN <= PRF_SIZE bytes of HMAC(KEY, 1 || label || 0 || context || LEN in bits). */
static bool
derive(struct span key, const struct purpose *purpose, struct span preauth, uint8_t *out,
	size_t len)
{
	uint8_t input[KDF_INPUT_MAX];
	uint8_t block[PRF_SIZE];
	struct writer w = writer_over(input, sizeof(input));
	bool ok;

	writer_be(&w, 1, 4);
	writer_bytes(&w, purpose->label);
	writer_u8(&w, 0);
	writer_bytes(&w, purpose->context.len ? purpose->context : preauth);
	writer_be(&w, len * 8, 4);
	ok = writer_ok(&w) && len <= sizeof(block) &&
	     HMAC(EVP_sha256(), key.data, (int)key.len, input, w.at, block, NULL);
	if (ok)
		memcpy(out, block, len);
	secret_wipe(block, sizeof(block));
	return ok;
}

/* Whether DIALECT is one of ours and CIPHER, or none, may be agreed on in it. */
static bool
fits(uint16_t dialect, enum cipher cipher)
{
	switch (dialect) {
	case DIALECT_202:
	case DIALECT_210:
		return cipher == 0;
	case DIALECT_300:
	case DIALECT_302:
		return cipher == 0 || cipher == CIPHER_AES_128_CCM;
	case DIALECT_311:
		return cipher == 0 || cipher_key_size(cipher) > 0;
	default:
		return false;
	}
}

/* WHOLE is Session.FullSessionKey, BASE Session.SessionKey: its first 16 bytes, padded. */
static bool
derive_all(struct session_keys *out, const struct purposes *words, struct span whole,
	struct span base, struct span preauth)
{
	struct span seal = out->sealing_size > base.len ? whole : base;
	size_t n = out->sealing_size;

	if (!derive(base, &words->signing, preauth, out->signing, sizeof(out->signing)) ||
		!derive(base, &words->application, preauth, out->application,
			sizeof(out->application)))
		return false;
	return n == 0 ||
	       (derive(seal, &words->client_to_server, preauth, out->client_to_server, n) &&
		       derive(seal, &words->server_to_client, preauth, out->server_to_client, n));
}

/* 2.x derives nothing: one key signs and is the application's ([MS-SMB2] 3.1.4.1, 3.2.4.25). */
static void
adopt(struct session_keys *out, const uint8_t base[SIGNING_KEY_SIZE])
{
	memcpy(out->signing, base, sizeof(out->signing));
	memcpy(out->application, base, sizeof(out->application));
}

bool
keys_derive(struct session_keys *out, uint16_t dialect, enum cipher cipher, struct span session_key,
	const uint8_t preauth[PREAUTH_SIZE])
{
	const struct purposes *words = dialect == DIALECT_311 ? &purposes_311 : &purposes_30;
	struct span context = span_of(preauth, preauth ? PREAUTH_SIZE : 0);
	uint8_t base[SIGNING_KEY_SIZE] = {0};
	bool ok = true;

	*out = (struct session_keys){0};
	if (!fits(dialect, cipher) || (dialect == DIALECT_311 && !preauth))
		return false;
	if (session_key.len == 0 || session_key.len > KEYS_SESSION_KEY_MAX)
		return false;

	memcpy(base, session_key.data,
		session_key.len < sizeof(base) ? session_key.len : sizeof(base));
	out->sealing_size = cipher_key_size(cipher);
	if (dialect >= DIALECT_300)
		ok = derive_all(out, words, session_key, span_of(base, sizeof(base)), context);
	else
		adopt(out, base);
	secret_wipe(base, sizeof(base));
	if (!ok)
		keys_wipe(out);
	return ok;
}

void
keys_wipe(struct session_keys *keys)
{
	secret_wipe(keys, sizeof(*keys));
}
