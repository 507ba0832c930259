/* Bytes nobody can guess: keys, challenges, nonces. */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>

/* Fills OUT with LEN random bytes. False when there are none to be had: OUT is all zero, not
 * random. */
bool random_bytes(void *out, size_t len) MUST_CHECK;

#endif
