/* Captured messages by name, and room to write messages of our own. */
#include "golden.h"
#include "base/ntstatus.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static const struct golden goldens[] = {
#define GOLDEN(name, command, role, status, spare, hex) {#name, command, role, status, spare, hex},
#include "golden.def"
#undef GOLDEN
};

/* Every block handed out, so that LeakSanitizer is told of real leaks only. */
struct block {
	struct block *next;
	uint8_t *bytes;
};

static struct block *blocks;

static void
blocks_free(void)
{
	while (blocks) {
		struct block *block = blocks;

		blocks = block->next;
		free(block->bytes);
		free(block);
	}
}

static uint8_t *
block_new(size_t len)
{
	struct block *block = malloc(sizeof(*block));

	cr_assert_not_null(block);
	if (!blocks)
		atexit(blocks_free);
	*block = (struct block){.next = blocks, .bytes = malloc(len ? len : 1)};
	blocks = block;
	cr_assert_not_null(block->bytes);
	return block->bytes;
}

const struct golden *
golden_at(unsigned i)
{
	return i < sizeof(goldens) / sizeof(goldens[0]) ? &goldens[i] : NULL;
}

struct span
golden_bytes(const struct golden *golden)
{
	size_t len = strlen(golden->hex) / 2;
	uint8_t *bytes = block_new(len);

	for (size_t i = 0; i < len; i++) {
		unsigned byte = 0;

		cr_assert_eq(sscanf(golden->hex + 2 * i, "%2x", &byte), 1);
		bytes[i] = (uint8_t)byte;
	}
	return span_of(bytes, len);
}

struct span
golden_message(const char *name)
{
	const struct golden *golden;

	for (unsigned i = 0; (golden = golden_at(i)); i++)
		if (strcmp(golden->name, name) == 0)
			return golden_bytes(golden);
	cr_assert_fail("no golden message %s", name);
	return (struct span){0};
}

struct span
golden_cut(struct span message, size_t len)
{
	uint8_t *bytes = block_new(len);

	if (len)
		memcpy(bytes, message.data, len);
	return span_of(bytes, len);
}

struct span
golden_patched(struct span message, size_t at, uint64_t value, size_t n)
{
	uint8_t *bytes = block_new(message.len);
	struct writer w = writer_over(bytes, message.len);

	writer_bytes(&w, message);
	writer_patch(&w, at, value, n);
	cr_assert(writer_ok(&w));
	return writer_span(&w);
}

void
draft_begin(struct draft *draft)
{
	memset(draft->bytes, 0xee, sizeof(draft->bytes));
	draft->w = writer_over(draft->bytes, sizeof(draft->bytes));
	writer_zero(&draft->w, SMB2_HEADER_SIZE);
}

struct span
draft_end(struct draft *draft)
{
	cr_assert(writer_ok(&draft->w), "the encoder broke its writer");
	return golden_cut(writer_span(&draft->w), draft->w.at);
}
