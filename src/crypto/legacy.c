/* MD4, MD5, HMAC-MD5, RC4 and DES for NTLM, from a library context that holds the legacy provider.
 */
#include "crypto/legacy.h"

#include "base/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <limits.h>
#include <stdlib.h>

struct legacy {
	OSSL_LIB_CTX *library;
	OSSL_PROVIDER *plain; /* MD5 and HMAC */
	OSSL_PROVIDER *old;   /* MD4, RC4 and DES */
	EVP_MD *md4;
	EVP_MD *md5;
	EVP_MAC *hmac;
	EVP_CIPHER *rc4;
	EVP_CIPHER *des;
};

struct rc4 {
	EVP_CIPHER_CTX *context;
};

static bool
fetch(struct legacy *legacy)
{
	legacy->library = OSSL_LIB_CTX_new();
	if (!legacy->library)
		return false;
	legacy->plain = OSSL_PROVIDER_load(legacy->library, "default");
	legacy->old = OSSL_PROVIDER_load(legacy->library, "legacy");
	if (!legacy->plain || !legacy->old)
		return false;
	legacy->md4 = EVP_MD_fetch(legacy->library, "MD4", NULL);
	legacy->md5 = EVP_MD_fetch(legacy->library, "MD5", NULL);
	legacy->hmac = EVP_MAC_fetch(legacy->library, "HMAC", NULL);
	legacy->rc4 = EVP_CIPHER_fetch(legacy->library, "RC4", NULL);
	legacy->des = EVP_CIPHER_fetch(legacy->library, "DES-ECB", NULL);
	return legacy->md4 && legacy->md5 && legacy->hmac && legacy->rc4 && legacy->des;
}

struct legacy *
legacy_new(void)
{
	struct legacy *legacy = calloc(1, sizeof(*legacy));

	if (legacy && !fetch(legacy))
		legacy_free(&legacy);
	return legacy;
}

void
legacy_free(struct legacy **legacy)
{
	struct legacy *gone = *legacy;

	*legacy = NULL;
	if (!gone)
		return;
	EVP_CIPHER_free(gone->des);
	EVP_CIPHER_free(gone->rc4);
	EVP_MAC_free(gone->hmac);
	EVP_MD_free(gone->md5);
	EVP_MD_free(gone->md4);
	if (gone->old)
		OSSL_PROVIDER_unload(gone->old);
	if (gone->plain)
		OSSL_PROVIDER_unload(gone->plain);
	OSSL_LIB_CTX_free(gone->library);
	free(gone);
}

static bool
digest(const EVP_MD *method, struct span bytes, uint8_t out[16])
{
	if (EVP_Digest(bytes.data, bytes.len, out, NULL, method, NULL) == 1)
		return true;
	secret_wipe(out, 16);
	return false;
}

bool
legacy_md4(const struct legacy *legacy, struct span bytes, uint8_t out[16])
{
	return digest(legacy->md4, bytes, out);
}

bool
legacy_md5(const struct legacy *legacy, struct span bytes, uint8_t out[16])
{
	return digest(legacy->md5, bytes, out);
}

static bool
hmac_run(EVP_MAC_CTX *context, struct span key, const struct span *parts, size_t nparts,
	uint8_t out[16])
{
	char name[] = "MD5";
	const OSSL_PARAM with[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	static const uint8_t nothing[1];
	size_t len = 0;

	/* A NULL key would mean "the key from last time". */
	if (EVP_MAC_init(context, key.len ? key.data : nothing, key.len, with) != 1)
		return false;
	for (size_t i = 0; i < nparts; i++) {
		if (parts[i].len && EVP_MAC_update(context, parts[i].data, parts[i].len) != 1)
			return false;
	}
	return EVP_MAC_final(context, out, &len, 16) == 1 && len == 16;
}

bool
legacy_hmac_md5(const struct legacy *legacy, struct span key, const struct span *parts,
	size_t nparts, uint8_t out[16])
{
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(legacy->hmac);
	bool ok = context && hmac_run(context, key, parts, nparts, out);

	EVP_MAC_CTX_free(context);
	if (!ok)
		secret_wipe(out, 16);
	return ok;
}

/* 56 bits become 8 bytes, each with a bit to spare, which nobody looks at. */
static void
des_key_spread(const uint8_t key[7], uint8_t out[8])
{
	uint64_t bits = 0;

	for (size_t i = 0; i < 7; i++)
		bits = bits << 8 | key[i];
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(bits >> (49 - 7 * i) << 1);
	secret_wipe(&bits, sizeof(bits));
}

static bool
des_run(EVP_CIPHER_CTX *context, const EVP_CIPHER *method, const uint8_t key[8],
	const uint8_t in[8], uint8_t out[8])
{
	int n = 0;

	return context && EVP_EncryptInit_ex2(context, method, key, NULL, NULL) == 1 &&
	       EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
	       EVP_EncryptUpdate(context, out, &n, in, 8) == 1 && n == 8;
}

bool
legacy_des(const struct legacy *legacy, const uint8_t key[7], const uint8_t in[8], uint8_t out[8])
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t spread[8];
	bool ok;

	des_key_spread(key, spread);
	ok = des_run(context, legacy->des, spread, in, out);
	if (!ok)
		secret_wipe(out, 8);
	secret_wipe(spread, sizeof(spread));
	EVP_CIPHER_CTX_free(context);
	return ok;
}

static bool
rc4_prepare(EVP_CIPHER_CTX *context, const EVP_CIPHER *method, struct span key)
{
	return context && EVP_EncryptInit_ex(context, method, NULL, NULL, NULL) == 1 &&
	       EVP_CIPHER_CTX_set_key_length(context, (int)key.len) == 1 &&
	       EVP_EncryptInit_ex(context, NULL, NULL, key.data, NULL) == 1;
}

struct rc4 *
rc4_new(const struct legacy *legacy, struct span key)
{
	struct rc4 *rc4;

	if (key.len == 0 || key.len > RC4_KEY_MAX)
		return NULL;
	rc4 = calloc(1, sizeof(*rc4));
	if (!rc4)
		return NULL;
	rc4->context = EVP_CIPHER_CTX_new();
	if (!rc4_prepare(rc4->context, legacy->rc4, key))
		rc4_free(&rc4);
	return rc4;
}

void
rc4_free(struct rc4 **rc4)
{
	struct rc4 *gone = *rc4;

	*rc4 = NULL;
	if (!gone)
		return;
	EVP_CIPHER_CTX_free(gone->context);
	free(gone);
}

bool
rc4_apply(struct rc4 *rc4, uint8_t *bytes, size_t len)
{
	int n;

	if (len == 0)
		return true;
	return len <= INT_MAX && EVP_EncryptUpdate(rc4->context, bytes, &n, bytes, (int)len) == 1 &&
	       (size_t)n == len;
}
