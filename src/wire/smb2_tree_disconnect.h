/* SMB2 TREE_DISCONNECT, [MS-SMB2] 2.2.11 and 2.2.12: bodies without a field of their own. */
#ifndef WIRE_SMB2_TREE_DISCONNECT_H
#define WIRE_SMB2_TREE_DISCONNECT_H

#include "wire/smb2_header.h"
#include "base/writer.h"

bool smb2_tree_disconnect_request_decode(struct span message);
bool smb2_tree_disconnect_response_decode(struct span message);
void smb2_tree_disconnect_request_encode(struct writer *w);
void smb2_tree_disconnect_response_encode(struct writer *w);

#endif
