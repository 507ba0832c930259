/* SMB2 TREE_CONNECT, [MS-SMB2] 2.2.9 and 2.2.10: from a share's path to a tree. */
#include "wire/smb2_tree_connect.h"
#include "wire/body.h"

#define REQUEST_SIZE 9
#define RESPONSE_SIZE 16
#define SHARE_FLAGS_AT (SMB2_HEADER_SIZE + 4)
#define CAPABILITIES_AT (SMB2_HEADER_SIZE + 8)

bool
smb2_tree_connect_request_decode(struct span message, struct smb2_tree_connect_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);
	uint16_t offset, length;

	*out = (struct smb2_tree_connect_request){0};
	out->flags = reader_u16(&r);
	offset = reader_u16(&r);
	length = reader_u16(&r);
	out->path = body_buffer(&r, offset, length);
	return reader_ok(&r);
}

bool
smb2_tree_connect_response_decode(struct span message, struct smb2_tree_connect_response *out)
{
	struct reader r = body_open(message, RESPONSE_SIZE);

	*out = (struct smb2_tree_connect_response){0};
	out->share_type = reader_u8(&r);
	reader_skip(&r, 1);
	out->share_flags = reader_u32(&r);
	out->capabilities = reader_u32(&r);
	out->maximal_access = reader_u32(&r);
	return reader_ok(&r);
}

void
smb2_tree_connect_request_encode(struct writer *w, const struct smb2_tree_connect_request *in)
{
	writer_require(w, (in->flags & SMB2_TREE_CONNECT_EXTENSION_PRESENT) == 0);
	body_begin(w, REQUEST_SIZE);
	writer_u16(w, in->flags);
	writer_u16(w, BODY_BUFFER_AT(REQUEST_SIZE));
	body_length(w, in->path.len, 2);
	writer_bytes(w, in->path);
	body_end(w, REQUEST_SIZE);
}

void
smb2_tree_connect_response_encode(struct writer *w, const struct smb2_tree_connect_response *in)
{
	body_begin(w, RESPONSE_SIZE);
	writer_u8(w, in->share_type);
	writer_u8(w, 0);
	writer_u32(w, in->share_flags);
	writer_u32(w, in->capabilities);
	writer_u32(w, in->maximal_access);
}

static void
field_set(uint8_t *message, size_t at, uint32_t value)
{
	struct writer w = writer_over(message + at, sizeof(value));

	writer_u32(&w, value);
}

void
smb2_tree_connect_share_flags_set(uint8_t *message, uint32_t share_flags)
{
	field_set(message, SHARE_FLAGS_AT, share_flags);
}

void
smb2_tree_connect_capabilities_set(uint8_t *message, uint32_t capabilities)
{
	field_set(message, CAPABILITIES_AT, capabilities);
}
