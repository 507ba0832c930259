/* SMB2 QUERY_DIRECTORY, [MS-SMB2] 2.2.33 and 2.2.34. */
#ifndef WIRE_SMB2_QUERY_DIRECTORY_H
#define WIRE_SMB2_QUERY_DIRECTORY_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

struct smb2_query_directory_request {
	uint8_t information_class; /* [MS-FSCC] 2.4 */
	uint8_t flags;
	uint32_t file_index;
	struct file_id file;
	struct span pattern;    /* UTF-16LE */
	uint32_t output_length; /* at most as many bytes are to come back */
};

struct smb2_query_directory_response {
	struct span output;
};

bool smb2_query_directory_request_decode(
	struct span message, struct smb2_query_directory_request *out);
bool smb2_query_directory_response_decode(
	struct span message, struct smb2_query_directory_response *out);
void smb2_query_directory_request_encode(
	struct writer *w, const struct smb2_query_directory_request *in);
void smb2_query_directory_response_encode(
	struct writer *w, const struct smb2_query_directory_response *in);

#endif
