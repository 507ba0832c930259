/*
 * Signing of messages ([MS-SMB2] 3.1.4.1): one keyed signer per session key, kept as long as the
 * key. It only computes; the legs decide whether a signature is due and whether it is equal.
 */
#ifndef CRYPTO_SIGNER_H
#define CRYPTO_SIGNER_H

#include "base/fault.h"
#include "base/span.h"

#define SIGNATURE_SIZE 16
#define SIGNING_KEY_SIZE 16
#define SIGNING_NONCE_SIZE 12

/* The longest message a signer takes: what the 24-bit stream length can carry ([MS-SMB2] 2.1). */
#define SIGNER_MESSAGE_MAX 0x00ffffff

/* The values of [MS-SMB2] 2.2.3.1.7. */
enum signing_algorithm {
	SIGNING_HMAC_SHA256 = 0,
	SIGNING_AES_CMAC = 1,
	SIGNING_AES_GMAC = 2,
};

/* A key and the state prepared from it. Belongs to one thread at a time. */
struct signer;

/* A signer for KEY; NULL when ALGORITHM is none of the three, or memory is out. */
struct signer *signer_new(enum signing_algorithm algorithm, const uint8_t key[SIGNING_KEY_SIZE]);

/* Wipes and frees *SIGNER (which may be NULL) and leaves NULL behind. */
void signer_free(struct signer **signer);

/*
 * The signature of MESSAGE, which starts at its SMB2 header and whose Signature field the caller
 * has zeroed. NONCE is looked at by GMAC only (NULL will do for the others); how it is made of the
 * message id is [MS-SMB2] 3.1.4.1. False: SIGNATURE is all zero, and nothing may be sent or
 * accepted.
 */
bool signer_compute(struct signer *signer, const uint8_t nonce[SIGNING_NONCE_SIZE],
	struct span message, uint8_t signature[SIGNATURE_SIZE]) MUST_CHECK;

/* "hmac-sha256" "aes-128-cmac" "aes-128-gmac", as in policy and log; NULL for anything else. */
const char *signing_word(enum signing_algorithm algorithm);

#endif
