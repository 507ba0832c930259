/* Published vectors are published in hex: bytes from text, and comparison with text. */
#ifndef TESTS_UNIT_CRYPTO_HEX_H
#define TESTS_UNIT_CRYPTO_HEX_H

#include "base/span.h"

#define HEX_MAX 1024

/* The bytes of a vector. */
struct hex {
	uint8_t data[HEX_MAX];
	size_t len;
};

/* TEXT in hex, blanks ignored; the test ends where it is none. */
struct hex hex_of(const char *text);

/* A view of HEX, valid as long as it is. */
struct span hex_span(const struct hex *hex);

/* Whether the LEN bytes at DATA are those of TEXT, no more and no fewer. */
bool hex_same(const void *data, size_t len, const char *text);

/* Whether LEN bytes at DATA are all zero. */
bool hex_zero(const void *data, size_t len);

/* LEN bytes that differ from one another and between seeds: 7 i + SEED. */
void hex_fill(uint8_t *data, size_t len, size_t seed);

#endif
