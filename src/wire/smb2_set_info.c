/* SMB2 SET_INFO, [MS-SMB2] 2.2.39 and 2.2.40: changes what QUERY_INFO shows, renames and deletes.
 */
#include "wire/smb2_set_info.h"
#include "wire/body.h"

#define REQUEST_SIZE 33
#define RESPONSE_SIZE 2

bool
smb2_set_info_request_decode(struct span message, struct smb2_set_info_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);
	uint16_t offset;
	uint32_t length;

	*out = (struct smb2_set_info_request){0};
	out->info_type = reader_u8(&r);
	out->information_class = reader_u8(&r);
	length = reader_u32(&r);
	offset = reader_u16(&r);
	reader_skip(&r, 2);
	out->additional_information = reader_u32(&r);
	out->file = file_id_decode(&r);
	out->input = body_buffer(&r, offset, length);
	return reader_ok(&r);
}

bool
smb2_set_info_response_decode(struct span message)
{
	struct reader r = body_open(message, RESPONSE_SIZE);

	return reader_ok(&r);
}

void
smb2_set_info_request_encode(struct writer *w, const struct smb2_set_info_request *in)
{
	body_begin(w, REQUEST_SIZE);
	writer_u8(w, in->info_type);
	writer_u8(w, in->information_class);
	body_length(w, in->input.len, 4);
	writer_u16(w, BODY_BUFFER_AT(REQUEST_SIZE));
	writer_u16(w, 0);
	writer_u32(w, in->additional_information);
	file_id_encode(w, in->file);
	writer_bytes(w, in->input);
	body_end(w, REQUEST_SIZE);
}

void
smb2_set_info_response_encode(struct writer *w)
{
	body_begin(w, RESPONSE_SIZE);
}
