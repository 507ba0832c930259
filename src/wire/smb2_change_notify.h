/* SMB2 CHANGE_NOTIFY, [MS-SMB2] 2.2.35 and 2.2.36. */
#ifndef WIRE_SMB2_CHANGE_NOTIFY_H
#define WIRE_SMB2_CHANGE_NOTIFY_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

struct smb2_change_notify_request {
	uint16_t flags;
	uint32_t output_length; /* at most as many bytes are to come back */
	struct file_id file;
	uint32_t completion_filter;
};

struct smb2_change_notify_response {
	struct span output;
};

bool smb2_change_notify_request_decode(struct span message, struct smb2_change_notify_request *out);
bool smb2_change_notify_response_decode(
	struct span message, struct smb2_change_notify_response *out);
void smb2_change_notify_request_encode(
	struct writer *w, const struct smb2_change_notify_request *in);
void smb2_change_notify_response_encode(
	struct writer *w, const struct smb2_change_notify_response *in);

#endif
