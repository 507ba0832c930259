/* SMB2 CANCEL, [MS-SMB2] 2.2.30: a body without a field of its own, and never answered. */
#ifndef WIRE_SMB2_CANCEL_H
#define WIRE_SMB2_CANCEL_H

#include "wire/smb2_header.h"
#include "base/writer.h"

bool smb2_cancel_request_decode(struct span message);
void smb2_cancel_request_encode(struct writer *w);

#endif
