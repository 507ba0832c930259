/* A run of bytes that somebody else owns. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed view: valid as long as its owner keeps the bytes where they are. */
struct span {
	const uint8_t *data;
	size_t len;
};

static inline struct span
span_of(const void *data, size_t len)
{
	return (struct span){.data = data, .len = len};
}

/* The bytes of a C string without its terminating NUL. */
static inline struct span
span_of_text(const char *text)
{
	return span_of(text, strlen(text));
}

/* Equality of public bytes. For secrets use secret_equal(), which takes the same time either way. */
static inline bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

#endif
