/*
 * Signing, three ways. All that depends on the key alone is prepared once, so that a message costs
 * no look-up of an algorithm and no key schedule: with short messages these cost more than the
 * bytes.
 */
#include "crypto/signer.h"

#include "base/secret.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define BLOCK 16       /* bytes of an AES block */
#define HMAC_BLOCK 64  /* bytes of a SHA-256 block */
#define HMAC_DIGEST 32 /* bytes of a SHA-256 digest */

/* CMAC throws all but its last block away: so much is made at a time, to stay in the nearest cache.
 */
#define SCRATCH (256 * BLOCK)

struct way;

struct signer {
	const struct way *way;
	EVP_MD_CTX *inner;        /* HMAC: has hashed the key and the inner pad, */
	EVP_MD_CTX *outer;        /* the key and the outer pad, */
	EVP_MD_CTX *work;         /* and a copy of one of them, for the message at hand */
	EVP_CIPHER_CTX *cipher;   /* CMAC, GMAC: keyed; a message sets the IV only */
	uint8_t whole[BLOCK];     /* CMAC's K1, for a last block that is full, */
	uint8_t part[BLOCK];      /* and K2, for one that is not ([RFC4493] 2.3) */
	uint8_t scratch[SCRATCH]; /* CMAC: the chain; never leaves the signer */
};

/* One algorithm: what is done once for the key, and what for each message. */
struct way {
	const char *word;
	bool (*prepare)(struct signer *signer, const uint8_t key[SIGNING_KEY_SIZE]);
	bool (*compute)(struct signer *signer, const uint8_t *nonce, struct span message,
		uint8_t signature[SIGNATURE_SIZE]);
};

/* A digest that has hashed one block: KEY, zero-padded, each byte XORed with PAD ([RFC2104] 2). */
static EVP_MD_CTX *
hmac_half(const uint8_t key[SIGNING_KEY_SIZE], uint8_t pad)
{
	EVP_MD_CTX *half = EVP_MD_CTX_new();
	uint8_t block[HMAC_BLOCK];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (i < SIGNING_KEY_SIZE ? key[i] : 0) ^ pad;
	if (!half || EVP_DigestInit_ex(half, EVP_sha256(), NULL) != 1 ||
		EVP_DigestUpdate(half, block, sizeof(block)) != 1) {
		EVP_MD_CTX_free(half);
		half = NULL;
	}
	secret_wipe(block, sizeof(block));
	return half;
}

static bool
hmac_prepare(struct signer *signer, const uint8_t key[SIGNING_KEY_SIZE])
{
	signer->inner = hmac_half(key, 0x36);
	signer->outer = hmac_half(key, 0x5c);
	signer->work = EVP_MD_CTX_new();
	return signer->inner && signer->outer && signer->work;
}

/* DIGEST = the hash of what HALF has hashed already and of BYTES. */
static bool
hmac_finish(
	EVP_MD_CTX *work, const EVP_MD_CTX *half, struct span bytes, uint8_t digest[HMAC_DIGEST])
{
	return EVP_MD_CTX_copy_ex(work, half) == 1 &&
	       EVP_DigestUpdate(work, bytes.data, bytes.len) == 1 &&
	       EVP_DigestFinal_ex(work, digest, NULL) == 1;
}

/* [MS-SMB2] 3.1.4.1: the first 16 bytes of the HMAC-SHA256. */
static bool
hmac_compute(struct signer *signer, const uint8_t *nonce, struct span message,
	uint8_t signature[SIGNATURE_SIZE])
{
	uint8_t digest[HMAC_DIGEST] = {0};
	bool ok;

	(void)nonce;
	ok = hmac_finish(signer->work, signer->inner, message, digest) &&
	     hmac_finish(signer->work, signer->outer, span_of(digest, sizeof(digest)), digest);
	memcpy(signature, digest, SIGNATURE_SIZE);
	secret_wipe(digest, sizeof(digest));
	return ok;
}

/* Encrypts LEN bytes, a multiple of the block, as the next links of the CBC chain. */
static bool
cmac_chain(struct signer *signer, const uint8_t *bytes, size_t len, uint8_t *out)
{
	int n;

	return EVP_EncryptUpdate(signer->cipher, out, &n, bytes, (int)len) == 1 && (size_t)n == len;
}

/* OUT = IN times two in GF(2^128), in constant time: IN is a secret ([RFC4493] 2.3). */
static void
cmac_double(const uint8_t in[BLOCK], uint8_t out[BLOCK])
{
	uint8_t overflow = (uint8_t) - (in[0] >> 7);

	for (size_t i = 0; i < BLOCK - 1; i++)
		out[i] = (uint8_t)(in[i] << 1 | in[i + 1] >> 7);
	out[BLOCK - 1] = (uint8_t)(in[BLOCK - 1] << 1) ^ (overflow & 0x87);
}

static bool
cmac_prepare(struct signer *signer, const uint8_t key[SIGNING_KEY_SIZE])
{
	static const uint8_t zero[BLOCK];
	uint8_t seed[BLOCK];

	signer->cipher = EVP_CIPHER_CTX_new();
	if (!signer->cipher ||
		EVP_EncryptInit_ex(signer->cipher, EVP_aes_128_cbc(), NULL, key, zero) != 1 ||
		EVP_CIPHER_CTX_set_padding(signer->cipher, 0) != 1 ||
		!cmac_chain(signer, zero, sizeof(zero), seed))
		return false;
	cmac_double(seed, signer->whole);
	cmac_double(signer->whole, signer->part);
	secret_wipe(seed, sizeof(seed));
	return true;
}

/* LAST = the rest of the message, full or padded, under the subkey that tells which. */
static void
cmac_last(const struct signer *signer, struct span rest, uint8_t last[BLOCK])
{
	const uint8_t *subkey = rest.len == BLOCK ? signer->whole : signer->part;

	memset(last, 0, BLOCK);
	if (rest.len)
		memcpy(last, rest.data, rest.len);
	if (rest.len < BLOCK)
		last[rest.len] = 0x80;
	for (size_t i = 0; i < BLOCK; i++)
		last[i] ^= subkey[i];
}

/*
 * [RFC4493] 2.4 over the library's CBC in long strides, which beats its CMAC, a call of the cipher
 * for each block, by a quarter.
 */
static bool
cmac_compute(struct signer *signer, const uint8_t *nonce, struct span message,
	uint8_t signature[SIGNATURE_SIZE])
{
	static const uint8_t zero[BLOCK];
	size_t body = message.len ? (message.len - 1) / BLOCK * BLOCK : 0;
	uint8_t last[BLOCK];
	bool ok;

	(void)nonce;
	ok = EVP_EncryptInit_ex(signer->cipher, NULL, NULL, NULL, zero) == 1;
	for (size_t at = 0, n; ok && at < body; at += n) {
		n = body - at < SCRATCH ? body - at : SCRATCH;
		ok = cmac_chain(signer, message.data + at, n, signer->scratch);
	}
	cmac_last(signer, span_of(message.data ? message.data + body : NULL, message.len - body),
		last);
	ok = ok && cmac_chain(signer, last, sizeof(last), signature);
	secret_wipe(last, sizeof(last));
	return ok;
}

static bool
gmac_prepare(struct signer *signer, const uint8_t key[SIGNING_KEY_SIZE])
{
	signer->cipher = EVP_CIPHER_CTX_new();
	return signer->cipher &&
	       EVP_EncryptInit_ex(signer->cipher, EVP_aes_128_gcm(), NULL, key, NULL) == 1;
}

/* [RFC4543] 3: GCM of nothing, with the message as what is authenticated besides. */
static bool
gmac_compute(struct signer *signer, const uint8_t *nonce, struct span message,
	uint8_t signature[SIGNATURE_SIZE])
{
	uint8_t none[BLOCK];
	int n;

	return nonce && EVP_EncryptInit_ex(signer->cipher, NULL, NULL, NULL, nonce) == 1 &&
	       EVP_EncryptUpdate(signer->cipher, NULL, &n, message.data, (int)message.len) == 1 &&
	       EVP_EncryptFinal_ex(signer->cipher, none, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(
		       signer->cipher, EVP_CTRL_AEAD_GET_TAG, SIGNATURE_SIZE, signature) == 1;
}

static const struct way ways[] = {
	[SIGNING_HMAC_SHA256] = {"hmac-sha256", hmac_prepare, hmac_compute},
	[SIGNING_AES_CMAC] = {"aes-128-cmac", cmac_prepare, cmac_compute},
	[SIGNING_AES_GMAC] = {"aes-128-gmac", gmac_prepare, gmac_compute},
};

static const struct way *
way_find(enum signing_algorithm algorithm)
{
	return (size_t)algorithm < sizeof(ways) / sizeof(ways[0]) ? &ways[algorithm] : NULL;
}

const char *
signing_word(enum signing_algorithm algorithm)
{
	const struct way *way = way_find(algorithm);

	return way ? way->word : NULL;
}

struct signer *
signer_new(enum signing_algorithm algorithm, const uint8_t key[SIGNING_KEY_SIZE])
{
	const struct way *way = way_find(algorithm);
	struct signer *signer = way ? calloc(1, sizeof(*signer)) : NULL;

	if (!signer)
		return NULL;
	signer->way = way;
	if (!way->prepare(signer, key))
		signer_free(&signer);
	return signer;
}

void
signer_free(struct signer **signer)
{
	struct signer *gone = *signer;

	*signer = NULL;
	if (!gone)
		return;
	EVP_MD_CTX_free(gone->inner);
	EVP_MD_CTX_free(gone->outer);
	EVP_MD_CTX_free(gone->work);
	EVP_CIPHER_CTX_free(gone->cipher);
	secret_wipe(gone, sizeof(*gone));
	free(gone);
}

bool
signer_compute(struct signer *signer, const uint8_t nonce[SIGNING_NONCE_SIZE], struct span message,
	uint8_t signature[SIGNATURE_SIZE])
{
	if (message.len <= SIGNER_MESSAGE_MAX &&
		signer->way->compute(signer, nonce, message, signature))
		return true;
	secret_wipe(signature, SIGNATURE_SIZE);
	return false;
}
