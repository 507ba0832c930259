/* SMB2 CLOSE, [MS-SMB2] 2.2.15 and 2.2.16: ends an open. */
#include "wire/smb2_close.h"
#include "wire/body.h"

#define REQUEST_SIZE 24
#define RESPONSE_SIZE 60

bool
smb2_close_request_decode(struct span message, struct smb2_close_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);

	*out = (struct smb2_close_request){0};
	out->flags = reader_u16(&r);
	reader_skip(&r, 4);
	out->file = file_id_decode(&r);
	return reader_ok(&r);
}

bool
smb2_close_response_decode(struct span message, struct smb2_close_response *out)
{
	struct reader r = body_open(message, RESPONSE_SIZE);

	*out = (struct smb2_close_response){0};
	out->flags = reader_u16(&r);
	reader_skip(&r, 4);
	out->creation_time = reader_u64(&r);
	out->last_access_time = reader_u64(&r);
	out->last_write_time = reader_u64(&r);
	out->change_time = reader_u64(&r);
	out->allocation_size = reader_u64(&r);
	out->end_of_file = reader_u64(&r);
	out->file_attributes = reader_u32(&r);
	return reader_ok(&r);
}

void
smb2_close_request_encode(struct writer *w, const struct smb2_close_request *in)
{
	body_begin(w, REQUEST_SIZE);
	writer_u16(w, in->flags);
	writer_u32(w, 0);
	file_id_encode(w, in->file);
}

void
smb2_close_response_encode(struct writer *w, const struct smb2_close_response *in)
{
	body_begin(w, RESPONSE_SIZE);
	writer_u16(w, in->flags);
	writer_u32(w, 0);
	writer_u64(w, in->creation_time);
	writer_u64(w, in->last_access_time);
	writer_u64(w, in->last_write_time);
	writer_u64(w, in->change_time);
	writer_u64(w, in->allocation_size);
	writer_u64(w, in->end_of_file);
	writer_u32(w, in->file_attributes);
}
