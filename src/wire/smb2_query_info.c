/* SMB2 QUERY_INFO, [MS-SMB2] 2.2.37 and 2.2.38: attributes of a file, a volume, its security or
 * quotas. */
#include "wire/smb2_query_info.h"
#include "wire/body.h"

#define REQUEST_SIZE 41

bool
smb2_query_info_request_decode(struct span message, struct smb2_query_info_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);
	uint16_t offset;
	uint32_t length;

	*out = (struct smb2_query_info_request){0};
	out->info_type = reader_u8(&r);
	out->information_class = reader_u8(&r);
	out->output_length = reader_u32(&r);
	offset = reader_u16(&r);
	reader_skip(&r, 2);
	length = reader_u32(&r);
	out->additional_information = reader_u32(&r);
	out->flags = reader_u32(&r);
	out->file = file_id_decode(&r);
	out->input = body_buffer(&r, offset, length);
	return reader_ok(&r);
}

bool
smb2_query_info_response_decode(struct span message, struct smb2_query_info_response *out)
{
	*out = (struct smb2_query_info_response){0};
	return body_output_decode(message, &out->output);
}

void
smb2_query_info_request_encode(struct writer *w, const struct smb2_query_info_request *in)
{
	body_begin(w, REQUEST_SIZE);
	writer_u8(w, in->info_type);
	writer_u8(w, in->information_class);
	writer_u32(w, in->output_length);
	writer_u16(w, in->input.len ? BODY_BUFFER_AT(REQUEST_SIZE) : 0);
	writer_u16(w, 0);
	body_length(w, in->input.len, 4);
	writer_u32(w, in->additional_information);
	writer_u32(w, in->flags);
	file_id_encode(w, in->file);
	writer_bytes(w, in->input);
	body_end(w, REQUEST_SIZE);
}

void
smb2_query_info_response_encode(struct writer *w, const struct smb2_query_info_response *in)
{
	body_output_encode(w, in->output);
}
