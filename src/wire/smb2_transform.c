/* Reads and writes the TRANSFORM_HEADER, [MS-SMB2] 2.2.41. */
#include "wire/smb2_transform.h"
#include "wire/kind.h"
#include "base/reader.h"
#include "base/writer.h"

#define SIGNATURE_AT 4
#define NONCE_AT 20

bool
smb2_transform_decode(struct span message, struct smb2_transform *out)
{
	struct reader r = reader_over(message);
	struct span signature, nonce;

	*out = (struct smb2_transform){0};
	reader_require(&r, wire_kind_of(message) == WIRE_TRANSFORM);
	reader_skip(&r, 4);
	signature = reader_bytes(&r, sizeof(out->signature));
	nonce = reader_bytes(&r, sizeof(out->nonce));
	out->original_size = reader_u32(&r);
	reader_skip(&r, 2);
	out->flags = reader_u16(&r);
	out->session_id = reader_u64(&r);
	if (!reader_ok(&r))
		return false;
	memcpy(out->signature, signature.data, sizeof(out->signature));
	memcpy(out->nonce, nonce.data, sizeof(out->nonce));
	return true;
}

void
smb2_transform_encode(const struct smb2_transform *in, uint8_t out[SMB2_TRANSFORM_SIZE])
{
	struct writer w = writer_over(out, SMB2_TRANSFORM_SIZE);

	writer_bytes(&w, span_of("\xfdSMB", 4));
	writer_bytes(&w, span_of(in->signature, sizeof(in->signature)));
	writer_bytes(&w, span_of(in->nonce, sizeof(in->nonce)));
	writer_u32(&w, in->original_size);
	writer_u16(&w, 0);
	writer_u16(&w, in->flags);
	writer_u64(&w, in->session_id);
}

struct span
smb2_transform_aad(struct span message)
{
	if (message.len < SMB2_TRANSFORM_SIZE)
		return (struct span){0};
	return span_of(message.data + NONCE_AT, SMB2_TRANSFORM_SIZE - NONCE_AT);
}

uint8_t *
smb2_transform_signature(uint8_t *message)
{
	return message + SIGNATURE_AT;
}
