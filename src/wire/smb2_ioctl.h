/* SMB2 IOCTL, [MS-SMB2] 2.2.31 and 2.2.32. */
#ifndef WIRE_SMB2_IOCTL_H
#define WIRE_SMB2_IOCTL_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

/* CtlCode, [MS-SMB2] 2.2.31 and [MS-FSCC] 2.3 */
#define FSCTL_DFS_GET_REFERRALS 0x00060194u
#define FSCTL_DFS_GET_REFERRALS_EX 0x000601b0u
#define FSCTL_CREATE_OR_GET_OBJECT_ID 0x000900c0u
#define FSCTL_GET_REPARSE_POINT 0x000900a8u
#define FSCTL_SET_REPARSE_POINT 0x000900a4u
#define FSCTL_FILE_LEVEL_TRIM 0x00098208u
#define FSCTL_SET_SPARSE 0x000900c4u
#define FSCTL_SET_ZERO_DATA 0x000980c8u
#define FSCTL_QUERY_ALLOCATED_RANGES 0x000940cfu
#define FSCTL_DUPLICATE_EXTENTS_TO_FILE 0x00098344u
#define FSCTL_DUPLICATE_EXTENTS_TO_FILE_EX 0x000983e8u
#define FSCTL_PIPE_WAIT 0x00110018u
#define FSCTL_PIPE_PEEK 0x0011400cu
#define FSCTL_PIPE_TRANSCEIVE 0x0011c017u
#define FSCTL_SRV_REQUEST_RESUME_KEY 0x00140078u
#define FSCTL_VALIDATE_NEGOTIATE_INFO 0x00140204u
#define FSCTL_LMR_REQUEST_RESILIENCY 0x001401d4u
#define FSCTL_QUERY_NETWORK_INTERFACE_INFO 0x001401fcu
#define FSCTL_SRV_ENUMERATE_SNAPSHOTS 0x00144064u
#define FSCTL_SRV_COPYCHUNK 0x001440f2u
#define FSCTL_SRV_READ_HASH 0x001441bbu
#define FSCTL_SRV_COPYCHUNK_WRITE 0x001480f2u

/* Flags: the CtlCode is an FSCTL, not an IOCTL */
#define SMB2_IOCTL_IS_FSCTL 0x00000001u

struct smb2_ioctl_request {
	uint32_t ctl_code;
	struct file_id file; /* all ones where the code needs no open */
	struct span input;
	struct span output; /* clients send none */
	uint32_t max_input_response;
	uint32_t max_output_response;
	uint32_t flags;
};

struct smb2_ioctl_response {
	uint32_t ctl_code;
	struct file_id file;
	struct span input;
	struct span output;
	uint32_t flags;
};

bool smb2_ioctl_request_decode(struct span message, struct smb2_ioctl_request *out);
bool smb2_ioctl_response_decode(struct span message, struct smb2_ioctl_response *out);
void smb2_ioctl_request_encode(struct writer *w, const struct smb2_ioctl_request *in);
void smb2_ioctl_response_encode(struct writer *w, const struct smb2_ioctl_response *in);

/*
 * Where the FileId stands, counted from the header, that the input of a request names beside the
 * one it is about: the source of FSCTL_DUPLICATE_EXTENTS_TO_FILE ([MS-FSCC] 2.3.7, 2.3.9). 0: there
 * is none.
 */
size_t smb2_ioctl_source_at(struct span message);

#endif
