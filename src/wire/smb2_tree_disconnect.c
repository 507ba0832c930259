/* SMB2 TREE_DISCONNECT, [MS-SMB2] 2.2.11 and 2.2.12: ends a tree. */
#include "wire/smb2_tree_disconnect.h"
#include "wire/body.h"

bool
smb2_tree_disconnect_request_decode(struct span message)
{
	return body_bare_decode(message);
}

bool
smb2_tree_disconnect_response_decode(struct span message)
{
	return body_bare_decode(message);
}

void
smb2_tree_disconnect_request_encode(struct writer *w)
{
	body_bare_encode(w);
}

void
smb2_tree_disconnect_response_encode(struct writer *w)
{
	body_bare_encode(w);
}
