/* Captured messages by name, and room to write messages of our own: for all tests of this room. */
#ifndef TEST_WIRE_GOLDEN_H
#define TEST_WIRE_GOLDEN_H

#include "wire/smb2_header.h"
#include "base/writer.h"

enum golden_role { REQUEST, RESPONSE };

struct golden {
	const char *name;
	uint16_t command;
	enum golden_role role;
	uint32_t status;
	size_t spare; /* bytes at the end that may be missing */
	const char *hex;
};

/* The I-th message of golden.def, NULL past the end. */
const struct golden *golden_at(unsigned i);

/*
 * The bytes of a message, in a block of their very size so that AddressSanitizer sees a read past
 * them. They live until the test program ends. An unknown name ends the test.
 */
struct span golden_bytes(const struct golden *golden);
struct span golden_message(const char *name);

/* The first LEN bytes of MESSAGE, in a block of that size. */
struct span golden_cut(struct span message, size_t len);

/* MESSAGE with the N-byte little-endian field at AT overwritten by VALUE. */
struct span golden_patched(struct span message, size_t at, uint64_t value, size_t n);

/* A message under way: an empty header, and a writer behind it. */
struct draft {
	uint8_t bytes[1024];
	struct writer w;
};

void draft_begin(struct draft *draft);

/* What was written, header included; ends the test where the writer is broken. */
struct span draft_end(struct draft *draft);

#endif
