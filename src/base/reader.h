/*
 * A cursor over received bytes with a sticky error: after the first read past the end everything
 * reads as zero or empty, and the decoder asks once, at its end, whether all went well.
 * Integers are little-endian unless the name ends in "be".
 */
#ifndef BASE_READER_H
#define BASE_READER_H

#include "base/span.h"

struct reader {
	const uint8_t *data; /* first byte of the message: offsets count from here */
	size_t len;
	size_t at;	     /* never beyond len */
	bool broken;	     /* sticky: something did not fit */
};

/* A reader at the first byte of BYTES, which it borrows. */
static inline struct reader
reader_over(struct span bytes)
{
	return (struct reader){.data = bytes.data, .len = bytes.len};
}

static inline bool
reader_ok(const struct reader *r)
{
	return !r->broken;
}

static inline size_t
reader_left(const struct reader *r)
{
	return r->broken ? 0 : r->len - r->at;
}

/* Marks the message as malformed unless WHAT holds: the decoder's way to state a rule of the field. */
static inline void
reader_require(struct reader *r, bool what)
{
	if (!what)
		r->broken = true;
}

/* The next N bytes, or an empty span and a broken reader where there are fewer. */
static inline struct span
reader_bytes(struct reader *r, size_t n)
{
	struct span out = {0};

	if (n == 0)
		return out;
	if (n > reader_left(r)) {
		r->broken = true;
		return out;
	}
	out = span_of(r->data + r->at, n);
	r->at += n;
	return out;
}

static inline void
reader_skip(struct reader *r, size_t n)
{
	(void)reader_bytes(r, n);
}

/* Moves to OFFSET, counted from the first byte of the message. */
static inline void
reader_seek(struct reader *r, size_t offset)
{
	if (r->broken || offset > r->len)
		r->broken = true;
	else
		r->at = offset;
}

/*
 * LEN bytes at OFFSET, counted from the first byte of the message; the cursor stays.
 * An empty range is an empty span whatever its offset says, as [MS-SMB2] allows.
 */
static inline struct span
reader_range(struct reader *r, size_t offset, size_t len)
{
	if (r->broken || len == 0)
		return (struct span){0};
	if (offset > r->len || len > r->len - offset) {
		r->broken = true;
		return (struct span){0};
	}
	return span_of(r->data + offset, len);
}

/* Little-endian integer of N <= 8 bytes; zero when broken. */
static inline uint64_t
reader_le(struct reader *r, size_t n)
{
	struct span s = reader_bytes(r, n);
	uint64_t v = 0;

	for (size_t i = s.len; i > 0; i--)
		v = v << 8 | s.data[i - 1];
	return v;
}

/* Big-endian integer of N <= 8 bytes; zero when broken. */
static inline uint64_t
reader_be(struct reader *r, size_t n)
{
	struct span s = reader_bytes(r, n);
	uint64_t v = 0;

	for (size_t i = 0; i < s.len; i++)
		v = v << 8 | s.data[i];
	return v;
}

static inline uint8_t
reader_u8(struct reader *r)
{
	return (uint8_t)reader_le(r, 1);
}

static inline uint16_t
reader_u16(struct reader *r)
{
	return (uint16_t)reader_le(r, 2);
}

static inline uint32_t
reader_u32(struct reader *r)
{
	return (uint32_t)reader_le(r, 4);
}

static inline uint64_t
reader_u64(struct reader *r)
{
	return reader_le(r, 8);
}

#endif
