/* SMB2 SESSION_SETUP, [MS-SMB2] 2.2.5 and 2.2.6: carries the tokens of a logon. */
#include "wire/smb2_session_setup.h"
#include "wire/body.h"

#define REQUEST_SIZE 25
#define RESPONSE_SIZE 9

bool
smb2_session_setup_request_decode(struct span message, struct smb2_session_setup_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);
	uint16_t offset, length;

	*out = (struct smb2_session_setup_request){0};
	out->flags = reader_u8(&r);
	out->security_mode = reader_u8(&r);
	out->capabilities = reader_u32(&r);
	reader_skip(&r, 4); /* Channel */
	offset = reader_u16(&r);
	length = reader_u16(&r);
	out->previous_session_id = reader_u64(&r);
	out->token = body_buffer(&r, offset, length);
	return reader_ok(&r);
}

bool
smb2_session_setup_response_decode(struct span message, struct smb2_session_setup_response *out)
{
	struct reader r = body_open(message, RESPONSE_SIZE);
	uint16_t offset, length;

	*out = (struct smb2_session_setup_response){0};
	out->session_flags = reader_u16(&r);
	offset = reader_u16(&r);
	length = reader_u16(&r);
	out->token = body_buffer(&r, offset, length);
	return reader_ok(&r);
}

void
smb2_session_setup_request_encode(struct writer *w, const struct smb2_session_setup_request *in)
{
	body_begin(w, REQUEST_SIZE);
	writer_u8(w, in->flags);
	writer_u8(w, in->security_mode);
	writer_u32(w, in->capabilities);
	writer_u32(w, 0);
	writer_u16(w, BODY_BUFFER_AT(REQUEST_SIZE));
	body_length(w, in->token.len, 2);
	writer_u64(w, in->previous_session_id);
	writer_bytes(w, in->token);
	body_end(w, REQUEST_SIZE);
}

void
smb2_session_setup_response_encode(struct writer *w, const struct smb2_session_setup_response *in)
{
	body_begin(w, RESPONSE_SIZE);
	writer_u16(w, in->session_flags);
	writer_u16(w, BODY_BUFFER_AT(RESPONSE_SIZE));
	body_length(w, in->token.len, 2);
	writer_bytes(w, in->token);
	body_end(w, RESPONSE_SIZE);
}
