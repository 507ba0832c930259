/* SMB2 IOCTL, [MS-SMB2] 2.2.31 and 2.2.32: everything that has no command of its own. */
#include "wire/smb2_ioctl.h"
#include "wire/body.h"

#define REQUEST_SIZE 57
#define RESPONSE_SIZE 49

bool
smb2_ioctl_request_decode(struct span message, struct smb2_ioctl_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);
	uint32_t input_offset, input_count, output_offset, output_count;

	*out = (struct smb2_ioctl_request){0};
	reader_skip(&r, 2);
	out->ctl_code = reader_u32(&r);
	out->file = file_id_decode(&r);
	input_offset = reader_u32(&r);
	input_count = reader_u32(&r);
	out->max_input_response = reader_u32(&r);
	output_offset = reader_u32(&r);
	output_count = reader_u32(&r);
	out->max_output_response = reader_u32(&r);
	out->flags = reader_u32(&r);
	reader_skip(&r, 4);
	out->input = body_buffer(&r, input_offset, input_count);
	out->output = body_buffer(&r, output_offset, output_count);
	return reader_ok(&r);
}

bool
smb2_ioctl_response_decode(struct span message, struct smb2_ioctl_response *out)
{
	struct reader r = body_open(message, RESPONSE_SIZE);
	uint32_t input_offset, input_count, output_offset, output_count;

	*out = (struct smb2_ioctl_response){0};
	reader_skip(&r, 2);
	out->ctl_code = reader_u32(&r);
	out->file = file_id_decode(&r);
	input_offset = reader_u32(&r);
	input_count = reader_u32(&r);
	output_offset = reader_u32(&r);
	output_count = reader_u32(&r);
	out->flags = reader_u32(&r);
	reader_skip(&r, 4);
	out->input = body_buffer(&r, input_offset, input_count);
	out->output = body_buffer(&r, output_offset, output_count);
	return reader_ok(&r);
}

/* Offset and count of one buffer; returns the place behind it, for the next one, aligned. */
static size_t
buffer_announce(struct writer *w, size_t at, struct span buffer)
{
	body_length(w, at, 4);
	body_length(w, buffer.len, 4);
	return (at + buffer.len + 7) & ~(size_t)7;
}

/* Input and output where buffer_announce() said they are. */
static void
buffers_encode(struct writer *w, struct span input, struct span output)
{
	writer_bytes(w, input);
	if (output.len)
		writer_align(w, 8);
	writer_bytes(w, output);
}

void
smb2_ioctl_request_encode(struct writer *w, const struct smb2_ioctl_request *in)
{
	size_t output_at;

	body_begin(w, REQUEST_SIZE);
	writer_u16(w, 0);
	writer_u32(w, in->ctl_code);
	file_id_encode(w, in->file);
	output_at = buffer_announce(w, BODY_BUFFER_AT(REQUEST_SIZE), in->input);
	writer_u32(w, in->max_input_response);
	(void)buffer_announce(w, in->output.len ? output_at : 0, in->output);
	writer_u32(w, in->max_output_response);
	writer_u32(w, in->flags);
	writer_u32(w, 0);
	buffers_encode(w, in->input, in->output);
	body_end(w, REQUEST_SIZE);
}

void
smb2_ioctl_response_encode(struct writer *w, const struct smb2_ioctl_response *in)
{
	size_t output_at;

	body_begin(w, RESPONSE_SIZE);
	writer_u16(w, 0);
	writer_u32(w, in->ctl_code);
	file_id_encode(w, in->file);
	output_at = buffer_announce(w, BODY_BUFFER_AT(RESPONSE_SIZE), in->input);
	(void)buffer_announce(w, output_at, in->output);
	writer_u32(w, in->flags);
	writer_u32(w, 0);
	buffers_encode(w, in->input, in->output);
	body_end(w, RESPONSE_SIZE);
}

size_t
smb2_ioctl_source_at(struct span message)
{
	struct smb2_ioctl_request request;
	size_t skip;

	if (!smb2_ioctl_request_decode(message, &request))
		return 0;
	if (request.ctl_code == FSCTL_DUPLICATE_EXTENTS_TO_FILE)
		skip = 0;
	else if (request.ctl_code == FSCTL_DUPLICATE_EXTENTS_TO_FILE_EX)
		skip = 8; /* StructureSize */
	else
		return 0;
	if (request.input.len < skip + FILE_ID_SIZE)
		return 0;
	return (size_t)(request.input.data - message.data) + skip;
}
