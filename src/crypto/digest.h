/* Plain digests of a run of bytes. */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "base/fault.h"
#include "base/span.h"

/* The digest of BYTES ([FIPS180-4]) in OUT. False when the library failed: OUT must not be used. */
bool digest_sha256(struct span bytes, uint8_t out[32]) MUST_CHECK;
bool digest_sha512(struct span bytes, uint8_t out[64]) MUST_CHECK;

#endif
