/* SMB2 LOCK, [MS-SMB2] 2.2.26 and 2.2.27: byte-range locks, taken and given back. */
#include "wire/smb2_lock.h"
#include "wire/body.h"

#define REQUEST_SIZE 48 /* one element included */

bool
smb2_lock_request_decode(struct span message, struct smb2_lock_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);
	uint16_t count;

	*out = (struct smb2_lock_request){0};
	count = reader_u16(&r);
	out->lock_sequence = reader_u32(&r);
	out->file = file_id_decode(&r);
	reader_require(&r, count > 0); /* [MS-SMB2] 3.3.5.14 */
	out->locks = reader_bytes(&r, (size_t)count * SMB2_LOCK_ELEMENT_SIZE);
	return reader_ok(&r);
}

bool
smb2_lock_response_decode(struct span message)
{
	return body_bare_decode(message);
}

void
smb2_lock_request_encode(struct writer *w, const struct smb2_lock_request *in)
{
	size_t count = in->locks.len / SMB2_LOCK_ELEMENT_SIZE;

	writer_require(w, count > 0 && in->locks.len % SMB2_LOCK_ELEMENT_SIZE == 0);
	body_begin(w, REQUEST_SIZE);
	body_length(w, count, 2);
	writer_u32(w, in->lock_sequence);
	file_id_encode(w, in->file);
	writer_bytes(w, in->locks);
}

void
smb2_lock_response_encode(struct writer *w)
{
	body_bare_encode(w);
}

bool
smb2_lock_element_next(struct span *locks, struct smb2_lock_element *out)
{
	struct reader r = reader_over(*locks);

	*out = (struct smb2_lock_element){0};
	out->offset = reader_u64(&r);
	out->length = reader_u64(&r);
	out->flags = reader_u32(&r);
	reader_skip(&r, 4);
	if (!reader_ok(&r))
		return false;
	*locks = reader_bytes(&r, reader_left(&r));
	return true;
}

void
smb2_lock_element_encode(struct writer *w, const struct smb2_lock_element *in)
{
	writer_u64(w, in->offset);
	writer_u64(w, in->length);
	writer_u32(w, in->flags);
	writer_u32(w, 0);
}
