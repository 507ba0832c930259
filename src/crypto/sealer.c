/*
 * Sealing with AES in CCM and GCM. A context for each way is keyed when it is first used and kept:
 * a message then sets its nonce only.
 */
#include "crypto/sealer.h"

#include "base/secret.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* One cipher, and how the library is asked for it. */
struct suite {
	const char *word;
	size_t key_size;
	size_t nonce_size;
	const EVP_CIPHER *(*method)(void);
	bool counted; /* CCM: the length comes before the bytes, and the tag before the length */
};

static const struct suite suites[] = {
	[CIPHER_AES_128_CCM] = {"aes-128-ccm", 16, 11, EVP_aes_128_ccm, true},
	[CIPHER_AES_128_GCM] = {"aes-128-gcm", 16, 12, EVP_aes_128_gcm, false},
	[CIPHER_AES_256_CCM] = {"aes-256-ccm", 32, 11, EVP_aes_256_ccm, true},
	[CIPHER_AES_256_GCM] = {"aes-256-gcm", 32, 12, EVP_aes_256_gcm, false},
};

/* Which way a context works; the library's own numbers. */
enum way { WAY_OPEN = 0, WAY_SEAL = 1 };

struct sealer {
	const struct suite *suite;
	EVP_CIPHER_CTX *contexts[2]; /* by way; NULL until it is used */
	uint8_t key[SEAL_KEY_MAX];
};

static const struct suite *
suite_find(enum cipher cipher)
{
	size_t i = (size_t)cipher;

	return i < sizeof(suites) / sizeof(suites[0]) && suites[i].word ? &suites[i] : NULL;
}

size_t
cipher_key_size(enum cipher cipher)
{
	const struct suite *suite = suite_find(cipher);

	return suite ? suite->key_size : 0;
}

size_t
cipher_nonce_size(enum cipher cipher)
{
	const struct suite *suite = suite_find(cipher);

	return suite ? suite->nonce_size : 0;
}

const char *
cipher_word(enum cipher cipher)
{
	const struct suite *suite = suite_find(cipher);

	return suite ? suite->word : NULL;
}

struct sealer *
sealer_new(enum cipher cipher, const uint8_t *key)
{
	const struct suite *suite = suite_find(cipher);
	struct sealer *sealer = suite ? calloc(1, sizeof(*sealer)) : NULL;

	if (!sealer)
		return NULL;
	sealer->suite = suite;
	memcpy(sealer->key, key, suite->key_size);
	return sealer;
}

void
sealer_free(struct sealer **sealer)
{
	struct sealer *gone = *sealer;

	*sealer = NULL;
	if (!gone)
		return;
	EVP_CIPHER_CTX_free(gone->contexts[WAY_OPEN]);
	EVP_CIPHER_CTX_free(gone->contexts[WAY_SEAL]);
	secret_wipe(gone, sizeof(*gone));
	free(gone);
}

/* A new context with all that does not change; sizes first, since CCM mixes them into its key. */
static EVP_CIPHER_CTX *
context_new(const struct sealer *sealer, enum way way)
{
	const struct suite *suite = sealer->suite;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

	if (c && EVP_CipherInit_ex(c, suite->method(), NULL, NULL, NULL, way) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, (int)suite->nonce_size, NULL) ==
			1 &&
		(!suite->counted ||
			EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_SIZE, NULL) == 1) &&
		EVP_CipherInit_ex(c, NULL, NULL, sealer->key, NULL, way) == 1)
		return c;
	EVP_CIPHER_CTX_free(c);
	return NULL;
}

/*
 * The whole of one message; in place. TAG is written when sealing and read when opening; CCM wants
 * to have read it before the bytes, and GCM takes it then as well. False: anything may be at DATA.
 */
static bool
run(struct sealer *sealer, enum way way, const uint8_t *nonce, struct span aad, uint8_t *data,
	size_t len, uint8_t tag[SEAL_TAG_SIZE])
{
	EVP_CIPHER_CTX **slot = &sealer->contexts[way];
	EVP_CIPHER_CTX *c = *slot ? *slot : (*slot = context_new(sealer, way));
	uint8_t rest[SEAL_TAG_SIZE];
	int n;

	if (!c || EVP_CipherInit_ex(c, NULL, NULL, NULL, nonce, way) != 1)
		return false;
	if (way == WAY_OPEN &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_SIZE, tag) != 1)
		return false;
	if (sealer->suite->counted && EVP_CipherUpdate(c, NULL, &n, NULL, (int)len) != 1)
		return false;
	if (aad.len && EVP_CipherUpdate(c, NULL, &n, aad.data, (int)aad.len) != 1)
		return false;
	/* Opening CCM compares the tag here, GCM in the last step: either failure is a wrong tag.
	 */
	if (EVP_CipherUpdate(c, data, &n, data, (int)len) != 1 || (size_t)n != len ||
		EVP_CipherFinal_ex(c, rest, &n) != 1 || n != 0)
		return false;
	return way == WAY_OPEN ||
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_SIZE, tag) == 1;
}

/* Whether the sizes are such that the library's int can hold them and there is something to do. */
static bool
sizes_ok(struct span aad, size_t len)
{
	return len > 0 && len <= SEALER_DATA_MAX && aad.len <= SEALER_DATA_MAX;
}

bool
sealer_seal(struct sealer *sealer, const uint8_t *nonce, struct span aad, uint8_t *data, size_t len,
	uint8_t tag[SEAL_TAG_SIZE])
{
	if (sizes_ok(aad, len) && run(sealer, WAY_SEAL, nonce, aad, data, len, tag))
		return true;
	secret_wipe(data, len);
	return false;
}

bool
sealer_open(struct sealer *sealer, const uint8_t *nonce, struct span aad, uint8_t *data, size_t len,
	const uint8_t tag[SEAL_TAG_SIZE])
{
	uint8_t expected[SEAL_TAG_SIZE];

	memcpy(expected, tag, sizeof(expected));
	if (sizes_ok(aad, len) && run(sealer, WAY_OPEN, nonce, aad, data, len, expected))
		return true;
	secret_wipe(data, len);
	return false;
}
