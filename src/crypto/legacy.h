/*
 * What NTLM needs of yesterday's cryptography: MD4, MD5, HMAC-MD5, RC4, DES ([MS-NLMP] 3.3, 3.4).
 * It comes from a library context of its own, so that nothing else in the process can come by it.
 */
#ifndef CRYPTO_LEGACY_H
#define CRYPTO_LEGACY_H

#include "base/fault.h"
#include "base/span.h"

/* Made once at start, immutable: the functions below may be called from several threads at once. */
struct legacy;

/* NULL when memory is out, or the library's legacy provider is not installed. */
struct legacy *legacy_new(void);
void legacy_free(struct legacy **legacy);

/* The digest of BYTES ([RFC1320], [RFC1321]). False: OUT is all zero and must not be used. */
bool legacy_md4(const struct legacy *legacy, struct span bytes, uint8_t out[16]) MUST_CHECK;
bool legacy_md5(const struct legacy *legacy, struct span bytes, uint8_t out[16]) MUST_CHECK;

/*
 * HMAC-MD5 ([RFC2104]) with KEY, of any length, over PARTS one after another, as if they were one.
 * False: OUT is all zero and must not be used.
 */
bool legacy_hmac_md5(const struct legacy *legacy, struct span key, const struct span *parts,
	size_t nparts, uint8_t out[16]) MUST_CHECK;

/*
 * DES of the 8 bytes IN with KEY, which is 7 bytes long: parity is put in between
 * ([MS-NLMP] 6). False: OUT is all zero and must not be used.
 */
bool legacy_des(const struct legacy *legacy, const uint8_t key[7], const uint8_t in[8],
	uint8_t out[8]) MUST_CHECK;

/* An RC4 stream, which goes on where it stopped. Belongs to one thread at a time. */
struct rc4;

#define RC4_KEY_MAX 32

/*
 * A stream at its start for KEY, 1 to RC4_KEY_MAX bytes. NULL when it has not that length, or
 * memory is out.
 */
struct rc4 *rc4_new(const struct legacy *legacy, struct span key);

/* Wipes and frees *RC4 (which may be NULL) and leaves NULL behind. */
void rc4_free(struct rc4 **rc4);

/* Encrypts or decrypts LEN bytes in place. False: BYTES must not be used, nor the stream. */
bool rc4_apply(struct rc4 *rc4, uint8_t *bytes, size_t len) MUST_CHECK;

#endif
