/* The SMB2 ERROR response, [MS-SMB2] 2.2.2: the body of every answer that is no success, 3.3.4.4.
 */
#ifndef WIRE_SMB2_ERROR_H
#define WIRE_SMB2_ERROR_H

#include "wire/smb2_header.h"
#include "base/writer.h"

/* ErrorId, [MS-SMB2] 2.2.2.1 */
#define SMB2_ERROR_ID_DEFAULT 0x00000000u
#define SMB2_ERROR_ID_SHARE_REDIRECT 0x72645253u

struct smb2_error_response {
	uint8_t context_count; /* 3.1.1; 0: the data is bare, 2.2.2.2 */
	struct span data;      /* ErrorData, or the chain of that many contexts */
};

struct smb2_error_context {
	uint32_t id;
	struct span data;
};

/* Contexts that do not fit into the data make the message malformed. */
bool smb2_error_response_decode(struct span message, struct smb2_error_response *out);
void smb2_error_response_encode(struct writer *w, const struct smb2_error_response *in);

/*
 * Takes the first context off *REST, which begins as the data of a response with contexts and is
 * moved on. False at the end or at the first damage.
 */
bool smb2_error_context_next(struct span *rest, struct smb2_error_context *out);

#endif
