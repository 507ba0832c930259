/*
 * Any bytes at all through every decoder of wire/. What a decoder takes, its encoder must write,
 * and the same bytes must come out of a second turn; all that it points at must be there to be
 * read.
 */
#include "codecs.h"
#include "wire/kind.h"
#include "wire/smb1_negotiate.h"
#include "wire/smb2_create.h"
#include "wire/smb2_error.h"
#include "wire/smb2_facts.h"
#include "wire/smb2_lock.h"
#include "wire/smb2_transform.h"
#include "wire/validate_negotiate.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte of BYTES, so that a sanitizer meets a view that leads astray. */
static unsigned
touch(struct span bytes)
{
	unsigned sum = 0;

	for (size_t i = 0; i < bytes.len; i++)
		sum += bytes.data[i];
	return sum;
}

static void
must(bool what)
{
	if (!what)
		abort();
}

/* Whether what was read may be refused on its way out: a tree connect's extension, which we never
 * write. */
static bool
may_refuse(const struct codec *codec)
{
	return strcmp(codec->name, "smb2_tree_connect_request") == 0;
}

/* There is room to spare, since spans that overlap on the wire are written apart. */
static void
codec_try(const struct codec *codec, struct span message)
{
	size_t cap = 4 * message.len + 1024;
	uint8_t *first = calloc(1, cap), *second = calloc(1, cap);
	struct writer w1 = writer_over(first, cap), w2 = writer_over(second, cap);

	must(first && second);
	w1.at = w2.at = SMB2_HEADER_SIZE;
	if (codec->again(message, &w1)) {
		must(writer_ok(&w1) || may_refuse(codec));
		must(!writer_ok(&w1) || codec->again(writer_span(&w1), &w2));
		must(!writer_ok(&w1) || span_equal(writer_span(&w1), writer_span(&w2)));
	}
	free(first);
	free(second);
}

static void
codecs_try(struct span message)
{
	const struct codec *codec;

	for (unsigned i = 0; (codec = codec_at(i)); i++)
		codec_try(codec, message);
}

static void
facts_try(struct span message, const struct smb2_header *header)
{
	struct smb2_facts facts;

	if (smb2_request_facts(header->command, message, &facts))
		must(facts.file_at + (size_t)FILE_ID_SIZE * (facts.file_at > 0) <= message.len);
	if (smb2_response_facts(header->command, header->status, message, &facts))
		must(facts.file_at + (size_t)FILE_ID_SIZE * (facts.file_at > 0) <= message.len);
}

static void
lists_try(struct span message)
{
	struct smb2_create_context create;
	struct smb2_error_context error;
	struct smb2_lock_element lock;
	struct span rest;

	for (rest = message; smb2_create_context_next(&rest, &create);)
		touch(create.name), touch(create.data);
	for (rest = message; smb2_error_context_next(&rest, &error);)
		touch(error.data);
	for (rest = message; smb2_lock_element_next(&rest, &lock);)
		;
}

static void
others_try(struct span message)
{
	struct validate_negotiate_output output;
	struct validate_negotiate_input input;
	struct smb2_transform transform;
	struct smb1_negotiate smb1;

	(void)wire_kind_of(message);
	(void)smb2_transform_decode(message, &transform);
	touch(smb2_transform_aad(message));
	(void)validate_negotiate_input_decode(message, &input);
	(void)validate_negotiate_output_decode(message, &output);
	if (smb1_negotiate_decode(message, &smb1))
		for (uint16_t i = 0; i < smb1.dialect_count; i++)
			touch(smb1.dialects[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = span_of(data, size);
	struct smb2_header header;

	others_try(message);
	lists_try(message);
	codecs_try(message);
	if (smb2_header_decode(message, &header))
		facts_try(message, &header);
	return 0;
}
