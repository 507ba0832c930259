/* SMB2 WRITE, [MS-SMB2] 2.2.21 and 2.2.22: bytes for a file or for a pipe. */
#include "wire/smb2_write.h"
#include "wire/body.h"

#define REQUEST_SIZE 49
#define RESPONSE_SIZE 17
#define DATA_OFFSET_MAX 0x100

bool
smb2_write_request_decode(struct span message, struct smb2_write_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);
	uint16_t data_offset;
	uint32_t length;

	*out = (struct smb2_write_request){0};
	data_offset = reader_u16(&r);
	length = reader_u32(&r);
	out->offset = reader_u64(&r);
	out->file = file_id_decode(&r);
	out->channel = reader_u32(&r);
	out->remaining_bytes = reader_u32(&r);
	reader_skip(&r, 2);                      /* WriteChannelInfoOffset */
	reader_require(&r, reader_u16(&r) == 0); /* WriteChannelInfoLength */
	out->flags = reader_u32(&r);
	reader_require(&r, data_offset <= DATA_OFFSET_MAX); /* [MS-SMB2] 3.3.5.13 */
	out->data = body_buffer(&r, data_offset, length);
	return reader_ok(&r);
}

bool
smb2_write_response_decode(struct span message, struct smb2_write_response *out)
{
	struct reader r = body_open(message, RESPONSE_SIZE);

	*out = (struct smb2_write_response){0};
	reader_skip(&r, 2);
	out->count = reader_u32(&r);
	out->remaining = reader_u32(&r);
	reader_skip(&r, 2);                      /* WriteChannelInfoOffset */
	reader_require(&r, reader_u16(&r) == 0); /* WriteChannelInfoLength */
	return reader_ok(&r);
}

void
smb2_write_request_encode(struct writer *w, const struct smb2_write_request *in)
{
	body_begin(w, REQUEST_SIZE);
	writer_u16(w, SMB2_WRITE_REQUEST_DATA_AT);
	body_length(w, in->data.len, 4);
	writer_u64(w, in->offset);
	file_id_encode(w, in->file);
	writer_u32(w, in->channel);
	writer_u32(w, in->remaining_bytes);
	writer_u32(w, 0);
	writer_u32(w, in->flags);
	writer_bytes(w, in->data);
	body_end(w, REQUEST_SIZE);
}

void
smb2_write_response_encode(struct writer *w, const struct smb2_write_response *in)
{
	body_begin(w, RESPONSE_SIZE);
	writer_u16(w, 0);
	writer_u32(w, in->count);
	writer_u32(w, in->remaining);
	writer_u32(w, 0);
	body_end(w, RESPONSE_SIZE);
}
