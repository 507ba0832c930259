/*
 * The mirror of reader.h: a cursor over a buffer being filled, with a sticky error. What does not
 * fit is not written, and the encoder asks once, at its end, whether all went well.
 * Integers are little-endian unless the name ends in "be".
 */
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include "base/span.h"

struct writer {
	uint8_t *data; /* offsets count from here */
	size_t cap;
	size_t at;     /* bytes written so far */
	bool broken;   /* sticky: something did not fit */
};

/* A writer at the start of BUFFER, which it borrows and which holds CAP bytes. */
static inline struct writer
writer_over(void *buffer, size_t cap)
{
	return (struct writer){.data = buffer, .cap = cap};
}

static inline bool
writer_ok(const struct writer *w)
{
	return !w->broken;
}

/* What has been written so far; empty when broken. */
static inline struct span
writer_span(const struct writer *w)
{
	return w->broken ? (struct span){0} : span_of(w->data, w->at);
}

/* Marks what is being written as unsound unless WHAT holds: a value too large for its field. */
static inline void
writer_require(struct writer *w, bool what)
{
	if (!what)
		w->broken = true;
}

/* Room for N bytes at the cursor, which moves past them, or NULL and a broken writer. */
static inline uint8_t *
writer_room(struct writer *w, size_t n)
{
	uint8_t *out;

	if (w->broken || n > w->cap - w->at) {
		w->broken = true;
		return NULL;
	}
	out = w->data + w->at;
	w->at += n;
	return out;
}

static inline void
writer_bytes(struct writer *w, struct span bytes)
{
	uint8_t *room = writer_room(w, bytes.len);

	if (room && bytes.len)
		memcpy(room, bytes.data, bytes.len);
}

static inline void
writer_zero(struct writer *w, size_t n)
{
	uint8_t *room = writer_room(w, n);

	if (room && n)
		memset(room, 0, n);
}

/* Zero bytes up to the next multiple of ALIGN (a power of two), counted from the buffer's start. */
static inline void
writer_align(struct writer *w, size_t align)
{
	writer_zero(w, (align - w->at % align) % align);
}

static inline void
writer_le(struct writer *w, uint64_t v, size_t n)
{
	uint8_t *room = writer_room(w, n);

	for (size_t i = 0; room && i < n; i++, v >>= 8)
		room[i] = (uint8_t)v;
}

static inline void
writer_be(struct writer *w, uint64_t v, size_t n)
{
	uint8_t *room = writer_room(w, n);

	for (size_t i = n; room && i > 0; i--, v >>= 8)
		room[i - 1] = (uint8_t)v;
}

static inline void
writer_u8(struct writer *w, uint8_t v)
{
	writer_le(w, v, 1);
}

static inline void
writer_u16(struct writer *w, uint16_t v)
{
	writer_le(w, v, 2);
}

static inline void
writer_u32(struct writer *w, uint32_t v)
{
	writer_le(w, v, 4);
}

static inline void
writer_u64(struct writer *w, uint64_t v)
{
	writer_le(w, v, 8);
}

/* Fills in the N-byte integer at OFFSET, which must have been written already. */
static inline void
writer_patch(struct writer *w, size_t offset, uint64_t v, size_t n)
{
	if (w->broken || offset > w->at || n > w->at - offset) {
		w->broken = true;
		return;
	}
	for (size_t i = 0; i < n; i++, v >>= 8)
		w->data[offset + i] = (uint8_t)v;
}

#endif
