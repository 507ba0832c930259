/* SMB2 READ, [MS-SMB2] 2.2.19 and 2.2.20. */
#ifndef WIRE_SMB2_READ_H
#define WIRE_SMB2_READ_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

/* Where a response that we write has its data, counted from the header. */
#define SMB2_READ_RESPONSE_DATA_AT 80

struct smb2_read_request {
	uint8_t padding; /* where in the answer the client would like the data */
	uint8_t flags;
	uint32_t length;
	uint64_t offset; /* in the file */
	struct file_id file;
	uint32_t minimum_count;
	uint32_t channel;
	uint32_t remaining_bytes;
};

struct smb2_read_response {
	struct span data;
	uint32_t data_remaining;
	uint32_t flags;
};

/* Channel information (RDMA) makes the request malformed: no leg of ours is an RDMA transport. */
bool smb2_read_request_decode(struct span message, struct smb2_read_request *out);
bool smb2_read_response_decode(struct span message, struct smb2_read_response *out);
void smb2_read_request_encode(struct writer *w, const struct smb2_read_request *in);
void smb2_read_response_encode(struct writer *w, const struct smb2_read_response *in);

#endif
