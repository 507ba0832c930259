/* DER, the part we need: see der.h. */
#include "auth/der.h"

/* More bytes of length than this name more than any token has. */
#define LENGTH_BYTES_MAX 3

/* Shortest form only ([X.690] 10.1): one value, one encoding. */
static size_t
length_take(struct reader *r)
{
	uint8_t first = reader_u8(r);
	size_t n = first & 0x7f;
	size_t len;

	if (first < 0x80)
		return first;
	reader_require(r, n > 0 && n <= LENGTH_BYTES_MAX);
	if (!reader_ok(r))
		return 0;
	len = (size_t)reader_be(r, n);
	reader_require(r, len >= 0x80 && len >> 8 * (n - 1) != 0);
	return len;
}

struct span
der_take(struct reader *r, uint8_t tag)
{
	size_t len;

	reader_require(r, reader_u8(r) == tag);
	len = length_take(r);
	return reader_bytes(r, len);
}

struct span
der_take_optional(struct reader *r, uint8_t tag)
{
	if (reader_left(r) == 0 || r->data[r->at] != tag)
		return (struct span){0};
	return der_take(r, tag);
}

struct span
der_only(struct reader *r, struct span within, uint8_t tag)
{
	struct reader inner = reader_over(within);
	struct span content = {0};

	if (within.len == 0) {
		reader_require(r, false);
		return content;
	}
	content = der_take(&inner, tag);
	der_end(&inner);
	reader_require(r, reader_ok(&inner));
	return reader_ok(r) ? content : (struct span){0};
}

void
der_end(struct reader *r)
{
	reader_require(r, reader_left(r) == 0);
}

void
der_skip_extensions(struct reader *r, uint8_t first)
{
	uint8_t least = DER_CONTEXT(first);

	while (reader_left(r) > 0) {
		uint8_t tag = r->data[r->at];

		reader_require(r, tag >= least && tag < DER_CONTEXT(31));
		(void)der_take(r, tag);
		least = (uint8_t)(tag + 1);
	}
}

struct der_writer
der_writer_over(uint8_t *buffer, size_t cap)
{
	return (struct der_writer){.data = buffer, .at = cap};
}

void
der_put(struct der_writer *w, struct span bytes)
{
	if (w->broken || bytes.len > w->at) {
		w->broken = true;
		return;
	}
	w->at -= bytes.len;
	if (bytes.len)
		memcpy(w->data + w->at, bytes.data, bytes.len);
}

static void
byte_put(struct der_writer *w, uint8_t byte)
{
	der_put(w, span_of(&byte, 1));
}

void
der_wrap(struct der_writer *w, uint8_t tag, size_t end)
{
	size_t len = end - w->at;
	uint8_t n = 0;

	if (len < 0x80) {
		byte_put(w, (uint8_t)len);
	} else {
		for (; len > 0; len >>= 8, n++)
			byte_put(w, (uint8_t)len);
		byte_put(w, 0x80 | n);
	}
	byte_put(w, tag);
}

void
der_element(struct der_writer *w, uint8_t tag, struct span content)
{
	size_t end = w->at;

	der_put(w, content);
	der_wrap(w, tag, end);
}

void
der_field(struct der_writer *w, uint8_t number, uint8_t tag, struct span content)
{
	size_t end = w->at;

	if (!content.data)
		return;
	der_element(w, tag, content);
	der_wrap(w, DER_CONTEXT(number), end);
}

bool
der_finish(const struct der_writer *w, size_t cap, struct writer *out)
{
	uint8_t *room;

	writer_require(out, !w->broken);
	room = writer_room(out, cap - w->at);
	if (!room)
		return false;
	memmove(room, w->data + w->at, cap - w->at);
	return true;
}
