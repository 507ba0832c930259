/* SMB2 CLOSE, [MS-SMB2] 2.2.15 and 2.2.16. */
#ifndef WIRE_SMB2_CLOSE_H
#define WIRE_SMB2_CLOSE_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

/* Flags: the answer is to carry the attributes */
#define SMB2_CLOSE_POSTQUERY_ATTRIB 0x0001

struct smb2_close_request {
	uint16_t flags;
	struct file_id file;
};

struct smb2_close_response {
	uint16_t flags;
	uint64_t creation_time;
	uint64_t last_access_time;
	uint64_t last_write_time;
	uint64_t change_time;
	uint64_t allocation_size;
	uint64_t end_of_file;
	uint32_t file_attributes;
};

bool smb2_close_request_decode(struct span message, struct smb2_close_request *out);
bool smb2_close_response_decode(struct span message, struct smb2_close_response *out);
void smb2_close_request_encode(struct writer *w, const struct smb2_close_request *in);
void smb2_close_response_encode(struct writer *w, const struct smb2_close_response *in);

#endif
