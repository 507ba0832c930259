/*
 * The little of DER that GSS framing and SPNEGO need ([X.690]): elements with one-byte tags and
 * definite lengths in their shortest form, read forward and written backward, so that every
 * length is known when it is written.
 */
#ifndef AUTH_DER_H
#define AUTH_DER_H

#include "base/reader.h"
#include "base/writer.h"

#define DER_OCTETS 0x04
#define DER_OID 0x06
#define DER_ENUMERATED 0x0a
#define DER_GENERAL_STRING 0x1b
#define DER_SEQUENCE 0x30
#define DER_APPLICATION(n) (0x60 | (n))
#define DER_CONTEXT(n) (0xa0 | (n))

/* The content of the next element, which must have TAG; otherwise R breaks. Never without data
 * unless R broke. */
struct span der_take(struct reader *r, uint8_t tag);

/* As der_take(), but R stays where it is, and nothing breaks, when something else or nothing is
 * next. */
struct span der_take_optional(struct reader *r, uint8_t tag);

/* The content of one element with TAG that fills ALL of WITHIN; R breaks where there is anything
 * else. */
struct span der_only(struct reader *r, struct span within, uint8_t tag);

/* Breaks R unless it is at its end. */
void der_end(struct reader *r);

/* Passes over elements with context tags of FIRST or above: extensions that [RFC4178] allows for.
 */
void der_skip_extensions(struct reader *r, uint8_t first);

/* Grows downward from the end of its buffer. */
struct der_writer {
	uint8_t *data;
	size_t at; /* offset of the first byte written so far */
	bool broken;
};

/* A writer over the CAP bytes at BUFFER, which it borrows. */
struct der_writer der_writer_over(uint8_t *buffer, size_t cap);

/* Puts BYTES, as they stand, before what has been written. */
void der_put(struct der_writer *w, struct span bytes);

/* Makes what has been written since the writer's `at` was END the content of an element with TAG.
 */
void der_wrap(struct der_writer *w, uint8_t tag, size_t end);

/* An element with TAG and CONTENT. */
void der_element(struct der_writer *w, uint8_t tag, struct span content);

/* An element with TAG and CONTENT inside one with the context tag NUMBER; nothing if CONTENT has no
 * data. */
void der_field(struct der_writer *w, uint8_t number, uint8_t tag, struct span content);

/* Puts what W holds, of CAP bytes, to OUT at its cursor. W was made over the room OUT has left. */
bool der_finish(const struct der_writer *w, size_t cap, struct writer *out);

#endif
