/* SMB2 ECHO, [MS-SMB2] 2.2.28 and 2.2.29: bodies without a field of their own. */
#ifndef WIRE_SMB2_ECHO_H
#define WIRE_SMB2_ECHO_H

#include "wire/smb2_header.h"
#include "base/writer.h"

bool smb2_echo_request_decode(struct span message);
bool smb2_echo_response_decode(struct span message);
void smb2_echo_request_encode(struct writer *w);
void smb2_echo_response_encode(struct writer *w);

#endif
