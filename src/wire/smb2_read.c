/* SMB2 READ, [MS-SMB2] 2.2.19 and 2.2.20: bytes of a file or of a pipe. */
#include "wire/smb2_read.h"
#include "wire/body.h"

#define REQUEST_SIZE 49
#define RESPONSE_SIZE 17

bool
smb2_read_request_decode(struct span message, struct smb2_read_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);

	*out = (struct smb2_read_request){0};
	out->padding = reader_u8(&r);
	out->flags = reader_u8(&r);
	out->length = reader_u32(&r);
	out->offset = reader_u64(&r);
	out->file = file_id_decode(&r);
	out->minimum_count = reader_u32(&r);
	out->channel = reader_u32(&r);
	out->remaining_bytes = reader_u32(&r);
	reader_skip(&r, 2);                      /* ReadChannelInfoOffset */
	reader_require(&r, reader_u16(&r) == 0); /* ReadChannelInfoLength */
	return reader_ok(&r);
}

bool
smb2_read_response_decode(struct span message, struct smb2_read_response *out)
{
	struct reader r = body_open(message, RESPONSE_SIZE);
	uint8_t offset;
	uint32_t length;

	*out = (struct smb2_read_response){0};
	offset = reader_u8(&r);
	reader_skip(&r, 1);
	length = reader_u32(&r);
	out->data_remaining = reader_u32(&r);
	out->flags = reader_u32(&r);
	out->data = body_buffer(&r, offset, length);
	return reader_ok(&r);
}

void
smb2_read_request_encode(struct writer *w, const struct smb2_read_request *in)
{
	body_begin(w, REQUEST_SIZE);
	writer_u8(w, in->padding);
	writer_u8(w, in->flags);
	writer_u32(w, in->length);
	writer_u64(w, in->offset);
	file_id_encode(w, in->file);
	writer_u32(w, in->minimum_count);
	writer_u32(w, in->channel);
	writer_u32(w, in->remaining_bytes);
	writer_u32(w, 0);
	body_end(w, REQUEST_SIZE);
}

void
smb2_read_response_encode(struct writer *w, const struct smb2_read_response *in)
{
	body_begin(w, RESPONSE_SIZE);
	writer_u8(w, SMB2_READ_RESPONSE_DATA_AT);
	writer_u8(w, 0);
	body_length(w, in->data.len, 4);
	writer_u32(w, in->data_remaining);
	writer_u32(w, in->flags);
	writer_bytes(w, in->data);
	body_end(w, RESPONSE_SIZE);
}
