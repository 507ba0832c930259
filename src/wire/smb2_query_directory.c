/* SMB2 QUERY_DIRECTORY, [MS-SMB2] 2.2.33 and 2.2.34: the entries of a directory. */
#include "wire/smb2_query_directory.h"
#include "wire/body.h"

#define REQUEST_SIZE 33

bool
smb2_query_directory_request_decode(struct span message, struct smb2_query_directory_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);
	uint16_t offset, length;

	*out = (struct smb2_query_directory_request){0};
	out->information_class = reader_u8(&r);
	out->flags = reader_u8(&r);
	out->file_index = reader_u32(&r);
	out->file = file_id_decode(&r);
	offset = reader_u16(&r);
	length = reader_u16(&r);
	out->output_length = reader_u32(&r);
	out->pattern = body_buffer(&r, offset, length);
	return reader_ok(&r);
}

bool
smb2_query_directory_response_decode(struct span message, struct smb2_query_directory_response *out)
{
	*out = (struct smb2_query_directory_response){0};
	return body_output_decode(message, &out->output);
}

void
smb2_query_directory_request_encode(struct writer *w, const struct smb2_query_directory_request *in)
{
	body_begin(w, REQUEST_SIZE);
	writer_u8(w, in->information_class);
	writer_u8(w, in->flags);
	writer_u32(w, in->file_index);
	file_id_encode(w, in->file);
	writer_u16(w, BODY_BUFFER_AT(REQUEST_SIZE));
	body_length(w, in->pattern.len, 2);
	writer_u32(w, in->output_length);
	writer_bytes(w, in->pattern);
	body_end(w, REQUEST_SIZE);
}

void
smb2_query_directory_response_encode(
	struct writer *w, const struct smb2_query_directory_response *in)
{
	body_output_encode(w, in->output);
}
