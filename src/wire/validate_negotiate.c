/* FSCTL_VALIDATE_NEGOTIATE_INFO, [MS-SMB2] 2.2.31.4 and 2.2.32.6. */
#include "wire/validate_negotiate.h"
#include "wire/body.h"

#define GUID_SIZE 16

bool
validate_negotiate_input_decode(struct span bytes, struct validate_negotiate_input *out)
{
	struct reader r = reader_over(bytes);

	*out = (struct validate_negotiate_input){0};
	out->capabilities = reader_u32(&r);
	body_copy(&r, out->client_guid, GUID_SIZE);
	out->security_mode = reader_u16(&r);
	out->dialect_count = reader_u16(&r);
	reader_require(&r, out->dialect_count <= SMB2_DIALECTS_MAX);
	for (uint16_t i = 0; i < out->dialect_count && reader_ok(&r); i++)
		out->dialects[i] = reader_u16(&r);
	return reader_ok(&r);
}

bool
validate_negotiate_output_decode(struct span bytes, struct validate_negotiate_output *out)
{
	struct reader r = reader_over(bytes);

	*out = (struct validate_negotiate_output){0};
	reader_require(&r, bytes.len == VALIDATE_NEGOTIATE_OUTPUT_SIZE);
	out->capabilities = reader_u32(&r);
	body_copy(&r, out->server_guid, GUID_SIZE);
	out->security_mode = reader_u16(&r);
	out->dialect = reader_u16(&r);
	return reader_ok(&r);
}

void
validate_negotiate_input_encode(struct writer *w, const struct validate_negotiate_input *in)
{
	writer_require(w, in->dialect_count <= SMB2_DIALECTS_MAX);
	writer_u32(w, in->capabilities);
	writer_bytes(w, span_of(in->client_guid, GUID_SIZE));
	writer_u16(w, in->security_mode);
	writer_u16(w, in->dialect_count);
	for (uint16_t i = 0; i < in->dialect_count && writer_ok(w); i++)
		writer_u16(w, in->dialects[i]);
}

void
validate_negotiate_output_encode(struct writer *w, const struct validate_negotiate_output *in)
{
	writer_u32(w, in->capabilities);
	writer_bytes(w, span_of(in->server_guid, GUID_SIZE));
	writer_u16(w, in->security_mode);
	writer_u16(w, in->dialect);
}
