/* How every body of SMB2 begins and where its variable part may be: for the codecs of this room
 * alone. */
#ifndef WIRE_BODY_H
#define WIRE_BODY_H

#include "wire/smb2_header.h"
#include "base/reader.h"
#include "base/writer.h"

/*
 * Where the variable part of a body with this StructureSize begins, counted from the header. An odd
 * size counts one byte of the variable part, whether or not there is any ([MS-SMB2] 2.2.3 and
 * others).
 */
#define BODY_BUFFER_AT(structure_size) (SMB2_HEADER_SIZE + ((structure_size) & ~1u))

/* A cursor behind the StructureSize of MESSAGE's body, broken unless that has its one value. */
static inline struct reader
body_open(struct span message, uint16_t structure_size)
{
	struct reader r = reader_over(message);

	reader_seek(&r, SMB2_HEADER_SIZE);
	reader_require(&r, reader_u16(&r) == structure_size);
	return r;
}

/*
 * LEN bytes of the variable part at OFFSET from the header. The cursor must stand behind the fixed
 * part: nothing variable may overlap that. An empty range may point anywhere, as clients let it.
 */
static inline struct span
body_buffer(struct reader *r, size_t offset, size_t len)
{
	reader_require(r, len == 0 || offset >= r->at);
	return reader_range(r, offset, len);
}

/* Begins a body: the writer must stand behind the header. */
static inline void
body_begin(struct writer *w, uint16_t structure_size)
{
	writer_require(w, w->at == SMB2_HEADER_SIZE);
	writer_u16(w, structure_size);
}

/* Ends a body whose StructureSize is odd: one zero byte stands for an empty variable part. */
static inline void
body_end(struct writer *w, uint16_t structure_size)
{
	if (w->at == BODY_BUFFER_AT(structure_size))
		writer_u8(w, 0);
}

/* The length of a variable part as a field of 8 * N bits; a longer one breaks the writer. */
static inline void
body_length(struct writer *w, size_t len, size_t n)
{
	writer_require(w, len <= (n == 2 ? UINT16_MAX : UINT32_MAX));
	writer_le(w, len, n);
}

/* N bytes at the cursor copied to OUT, which stays as it is where there are fewer: GUIDs, lease
 * keys. */
static inline void
body_copy(struct reader *r, uint8_t *out, size_t n)
{
	struct span bytes = reader_bytes(r, n);

	if (bytes.len)
		memcpy(out, bytes.data, bytes.len);
}

/* The body without a field of its own: its size and two reserved bytes ([MS-SMB2] 2.2.7 and
 * others). */
#define BODY_BARE_SIZE 4

static inline bool
body_bare_decode(struct span message)
{
	struct reader r = body_open(message, BODY_BARE_SIZE);

	reader_skip(&r, 2);
	return reader_ok(&r);
}

static inline void
body_bare_encode(struct writer *w)
{
	body_begin(w, BODY_BARE_SIZE);
	writer_u16(w, 0);
}

/* The answer that is one buffer and nothing else ([MS-SMB2] 2.2.34, 2.2.36 and 2.2.38). */
#define BODY_OUTPUT_SIZE 9

static inline bool
body_output_decode(struct span message, struct span *output)
{
	struct reader r = body_open(message, BODY_OUTPUT_SIZE);
	uint16_t offset = reader_u16(&r);
	uint32_t length = reader_u32(&r);

	*output = body_buffer(&r, offset, length);
	return reader_ok(&r);
}

static inline void
body_output_encode(struct writer *w, struct span output)
{
	body_begin(w, BODY_OUTPUT_SIZE);
	writer_u16(w, BODY_BUFFER_AT(BODY_OUTPUT_SIZE));
	body_length(w, output.len, 4);
	writer_bytes(w, output);
	body_end(w, BODY_OUTPUT_SIZE);
}

#endif
