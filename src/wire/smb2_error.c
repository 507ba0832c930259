/* The SMB2 ERROR response, [MS-SMB2] 2.2.2, with the contexts of 3.1.1 (2.2.2.1). */
#include "wire/smb2_error.h"
#include "wire/body.h"

#define RESPONSE_SIZE 9

bool
smb2_error_context_next(struct span *rest, struct smb2_error_context *out)
{
	struct reader r = reader_over(*rest);
	uint32_t length = reader_u32(&r);

	*out = (struct smb2_error_context){0};
	out->id = reader_u32(&r);
	out->data = reader_bytes(&r, length);
	if (!reader_ok(&r))
		return false;
	/* The next one is aligned; behind the last there need be no padding. */
	reader_skip(&r, (8 - r.at % 8) % 8);
	*rest = reader_bytes(&r, reader_left(&r));
	return true;
}

bool
smb2_error_response_decode(struct span message, struct smb2_error_response *out)
{
	struct reader r = body_open(message, RESPONSE_SIZE);
	struct smb2_error_context context;
	struct span rest;

	*out = (struct smb2_error_response){0};
	out->context_count = reader_u8(&r);
	reader_skip(&r, 1);
	out->data = reader_bytes(&r, reader_u32(&r));
	rest = out->data;
	for (uint8_t i = 0; i < out->context_count && reader_ok(&r); i++)
		reader_require(&r, smb2_error_context_next(&rest, &context));
	return reader_ok(&r);
}

void
smb2_error_response_encode(struct writer *w, const struct smb2_error_response *in)
{
	body_begin(w, RESPONSE_SIZE);
	writer_u8(w, in->context_count);
	writer_u8(w, 0);
	body_length(w, in->data.len, 4);
	writer_bytes(w, in->data);
	body_end(w, RESPONSE_SIZE);
}
