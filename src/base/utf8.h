/* Single characters of UTF-8, strictly. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The most bytes that one character takes. */
#define UTF8_MAX 4

/*
 * Reads the character at the start of the NUL-terminated TEXT into *C and returns how many bytes it
 * takes: 1 to 4, or 0 where no valid one begins (overlong, surrogate, beyond U+10FFFF, cut short).
 * A NUL is a character of one byte.
 */
size_t utf8_decode(const char *text, uint32_t *c);

/* Writes C, a Unicode scalar value, to the UTF8_MAX bytes at OUT; returns how many bytes it takes.
 */
size_t utf8_encode(uint32_t c, char *out);

#endif
