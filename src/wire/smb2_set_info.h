/* SMB2 SET_INFO, [MS-SMB2] 2.2.39 and 2.2.40. */
#ifndef WIRE_SMB2_SET_INFO_H
#define WIRE_SMB2_SET_INFO_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

struct smb2_set_info_request {
	uint8_t info_type;         /* SMB2_INFO_* of smb2_query_info.h */
	uint8_t information_class; /* [MS-FSCC] 2.4 and 2.5 */
	struct span input;
	uint32_t additional_information;
	struct file_id file;
};

bool smb2_set_info_request_decode(struct span message, struct smb2_set_info_request *out);
bool smb2_set_info_response_decode(struct span message);
void smb2_set_info_request_encode(struct writer *w, const struct smb2_set_info_request *in);
void smb2_set_info_response_encode(struct writer *w);

#endif
