/* SMB2 CANCEL, [MS-SMB2] 2.2.30: gives up a request under way. */
#include "wire/smb2_cancel.h"
#include "wire/body.h"

bool
smb2_cancel_request_decode(struct span message)
{
	return body_bare_decode(message);
}

void
smb2_cancel_request_encode(struct writer *w)
{
	body_bare_encode(w);
}
