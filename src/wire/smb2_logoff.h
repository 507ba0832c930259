/* SMB2 LOGOFF, [MS-SMB2] 2.2.7 and 2.2.8: bodies without a field of their own. */
#ifndef WIRE_SMB2_LOGOFF_H
#define WIRE_SMB2_LOGOFF_H

#include "wire/smb2_header.h"
#include "base/writer.h"

bool smb2_logoff_request_decode(struct span message);
bool smb2_logoff_response_decode(struct span message);
void smb2_logoff_request_encode(struct writer *w);
void smb2_logoff_response_encode(struct writer *w);

#endif
