/* SMB2 SESSION_SETUP, [MS-SMB2] 2.2.5 and 2.2.6. */
#ifndef WIRE_SMB2_SESSION_SETUP_H
#define WIRE_SMB2_SESSION_SETUP_H

#include "wire/smb2_header.h"
#include "base/writer.h"

/* Flags of the request */
#define SMB2_SESSION_FLAG_BINDING 0x01

/* SessionFlags of the response */
#define SMB2_SESSION_IS_GUEST 0x0001
#define SMB2_SESSION_IS_NULL 0x0002
#define SMB2_SESSION_ENCRYPT_DATA 0x0004

struct smb2_session_setup_request {
	uint8_t flags;
	uint8_t security_mode; /* SMB2_SIGNING_* of smb2_negotiate.h */
	uint32_t capabilities;
	uint64_t previous_session_id;
	struct span token;
};

struct smb2_session_setup_response {
	uint16_t session_flags;
	struct span token;
};

bool smb2_session_setup_request_decode(struct span message, struct smb2_session_setup_request *out);
bool smb2_session_setup_response_decode(
	struct span message, struct smb2_session_setup_response *out);
void smb2_session_setup_request_encode(
	struct writer *w, const struct smb2_session_setup_request *in);
void smb2_session_setup_response_encode(
	struct writer *w, const struct smb2_session_setup_response *in);

#endif
