/*
 * Sealing of messages ([MS-SMB2] 3.1.4.3): one keyed sealer per key, which serves both directions;
 * a leg uses one for what it sends and one for what it receives, since their keys differ.
 */
#ifndef CRYPTO_SEALER_H
#define CRYPTO_SEALER_H

#include "base/fault.h"
#include "base/span.h"

#define SEAL_TAG_SIZE 16
#define SEAL_KEY_MAX 32
#define SEAL_NONCE_MAX 12

/* The longest message a sealer takes: what the 24-bit stream length can carry ([MS-SMB2] 2.1). */
#define SEALER_DATA_MAX 0x00ffffff

/* The values of [MS-SMB2] 2.2.3.1.2; zero is no cipher. */
enum cipher {
	CIPHER_AES_128_CCM = 1,
	CIPHER_AES_128_GCM = 2,
	CIPHER_AES_256_CCM = 3,
	CIPHER_AES_256_GCM = 4,
};

/* Bytes of a key (16 or 32) and of a nonce (CCM 11, GCM 12); zero for anything but the four. */
size_t cipher_key_size(enum cipher cipher);
size_t cipher_nonce_size(enum cipher cipher);

/* "aes-128-gcm" and so on, as in the policy and the log; NULL where CIPHER is none of the four. */
const char *cipher_word(enum cipher cipher);

/* A key and the state prepared from it. Belongs to one thread at a time. */
struct sealer;

/* A sealer for KEY, cipher_key_size() bytes; NULL for anything but the four, or when memory is out.
 */
struct sealer *sealer_new(enum cipher cipher, const uint8_t *key);

/* Wipes and frees *SEALER (which may be NULL) and leaves NULL behind. */
void sealer_free(struct sealer **sealer);

/*
 * Encrypts the LEN bytes at DATA in place, 1 <= LEN <= SEALER_DATA_MAX, and writes the TAG that
 * authenticates them together with AAD. NONCE has cipher_nonce_size() bytes; one nonce must never
 * be used twice with a key, or GCM gives both away. AAD is the TRANSFORM_HEADER from its Nonce
 * field to its end ([MS-SMB2] 3.1.4.3). False: DATA is wiped and nothing may be sent.
 */
bool sealer_seal(struct sealer *sealer, const uint8_t *nonce, struct span aad, uint8_t *data,
	size_t len, uint8_t tag[SEAL_TAG_SIZE]) MUST_CHECK;

/*
 * The inverse: verifies TAG and decrypts in place. TAG may lie anywhere but in DATA. False:
 * something was not as it was sealed, DATA is wiped, and the message must not be looked at.
 */
bool sealer_open(struct sealer *sealer, const uint8_t *nonce, struct span aad, uint8_t *data,
	size_t len, const uint8_t tag[SEAL_TAG_SIZE]) MUST_CHECK;

#endif
