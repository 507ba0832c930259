/* SMB2 FLUSH, [MS-SMB2] 2.2.17 and 2.2.18. */
#ifndef WIRE_SMB2_FLUSH_H
#define WIRE_SMB2_FLUSH_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

struct smb2_flush_request {
	struct file_id file;
};

bool smb2_flush_request_decode(struct span message, struct smb2_flush_request *out);
bool smb2_flush_response_decode(struct span message);
void smb2_flush_request_encode(struct writer *w, const struct smb2_flush_request *in);
void smb2_flush_response_encode(struct writer *w);

#endif
