/* SMB2 LOGOFF, [MS-SMB2] 2.2.7 and 2.2.8: ends a session. */
#include "wire/smb2_logoff.h"
#include "wire/body.h"

bool
smb2_logoff_request_decode(struct span message)
{
	return body_bare_decode(message);
}

bool
smb2_logoff_response_decode(struct span message)
{
	return body_bare_decode(message);
}

void
smb2_logoff_request_encode(struct writer *w)
{
	body_bare_encode(w);
}

void
smb2_logoff_response_encode(struct writer *w)
{
	body_bare_encode(w);
}
