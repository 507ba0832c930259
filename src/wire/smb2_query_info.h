/* SMB2 QUERY_INFO, [MS-SMB2] 2.2.37 and 2.2.38. */
#ifndef WIRE_SMB2_QUERY_INFO_H
#define WIRE_SMB2_QUERY_INFO_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

/* InfoType, here and in SET_INFO */
#define SMB2_INFO_FILE 0x01
#define SMB2_INFO_FILESYSTEM 0x02
#define SMB2_INFO_SECURITY 0x03
#define SMB2_INFO_QUOTA 0x04

/* The one InformationClass that not every dialect has, [MS-FSCC] 2.4 */
#define FILE_NORMALIZED_NAME_INFORMATION 48

/* Of InfoType SMB2_INFO_FILESYSTEM, [MS-FSCC] 2.5 */
#define FS_VOLUME_INFORMATION 1
#define FS_SIZE_INFORMATION 3
#define FS_DEVICE_INFORMATION 4
#define FS_ATTRIBUTE_INFORMATION 5
#define FS_FULL_SIZE_INFORMATION 7
#define FS_SECTOR_SIZE_INFORMATION 11

struct smb2_query_info_request {
	uint8_t info_type;
	uint8_t information_class; /* [MS-FSCC] 2.4 and 2.5 */
	uint32_t output_length;    /* at most as many bytes are to come back */
	struct span input;
	uint32_t additional_information;
	uint32_t flags;
	struct file_id file;
};

struct smb2_query_info_response {
	struct span output;
};

bool smb2_query_info_request_decode(struct span message, struct smb2_query_info_request *out);
bool smb2_query_info_response_decode(struct span message, struct smb2_query_info_response *out);
void smb2_query_info_request_encode(struct writer *w, const struct smb2_query_info_request *in);
void smb2_query_info_response_encode(struct writer *w, const struct smb2_query_info_response *in);

#endif
