/* SMB2 WRITE, [MS-SMB2] 2.2.21 and 2.2.22. */
#ifndef WIRE_SMB2_WRITE_H
#define WIRE_SMB2_WRITE_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

/* Where a request that we write has its data, counted from the header. */
#define SMB2_WRITE_REQUEST_DATA_AT 112

struct smb2_write_request {
	struct span data;
	uint64_t offset; /* in the file */
	struct file_id file;
	uint32_t channel;
	uint32_t remaining_bytes;
	uint32_t flags;
};

struct smb2_write_response {
	uint32_t count; /* bytes written */
	uint32_t remaining;
};

/* Channel information (RDMA) makes either malformed: no leg of ours is an RDMA transport. */
bool smb2_write_request_decode(struct span message, struct smb2_write_request *out);
bool smb2_write_response_decode(struct span message, struct smb2_write_response *out);
void smb2_write_request_encode(struct writer *w, const struct smb2_write_request *in);
void smb2_write_response_encode(struct writer *w, const struct smb2_write_response *in);

#endif
