/* SMB2 CHANGE_NOTIFY, [MS-SMB2] 2.2.35 and 2.2.36: waits for changes in a directory. */
#include "wire/smb2_change_notify.h"
#include "wire/body.h"

#define REQUEST_SIZE 32

bool
smb2_change_notify_request_decode(struct span message, struct smb2_change_notify_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);

	*out = (struct smb2_change_notify_request){0};
	out->flags = reader_u16(&r);
	out->output_length = reader_u32(&r);
	out->file = file_id_decode(&r);
	out->completion_filter = reader_u32(&r);
	reader_skip(&r, 4);
	return reader_ok(&r);
}

bool
smb2_change_notify_response_decode(struct span message, struct smb2_change_notify_response *out)
{
	*out = (struct smb2_change_notify_response){0};
	return body_output_decode(message, &out->output);
}

void
smb2_change_notify_request_encode(struct writer *w, const struct smb2_change_notify_request *in)
{
	body_begin(w, REQUEST_SIZE);
	writer_u16(w, in->flags);
	writer_u32(w, in->output_length);
	file_id_encode(w, in->file);
	writer_u32(w, in->completion_filter);
	writer_u32(w, 0);
}

void
smb2_change_notify_response_encode(struct writer *w, const struct smb2_change_notify_response *in)
{
	body_output_encode(w, in->output);
}
