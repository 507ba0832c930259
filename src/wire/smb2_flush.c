/* SMB2 FLUSH, [MS-SMB2] 2.2.17 and 2.2.18: has what was written stored. */
#include "wire/smb2_flush.h"
#include "wire/body.h"

#define REQUEST_SIZE 24

bool
smb2_flush_request_decode(struct span message, struct smb2_flush_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);

	*out = (struct smb2_flush_request){0};
	reader_skip(&r, 6);
	out->file = file_id_decode(&r);
	return reader_ok(&r);
}

bool
smb2_flush_response_decode(struct span message)
{
	return body_bare_decode(message);
}

void
smb2_flush_request_encode(struct writer *w, const struct smb2_flush_request *in)
{
	body_begin(w, REQUEST_SIZE);
	writer_zero(w, 6);
	file_id_encode(w, in->file);
}

void
smb2_flush_response_encode(struct writer *w)
{
	body_bare_encode(w);
}
