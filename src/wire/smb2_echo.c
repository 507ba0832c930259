/* SMB2 ECHO, [MS-SMB2] 2.2.28 and 2.2.29: asks whether anybody is there. */
#include "wire/smb2_echo.h"
#include "wire/body.h"

bool
smb2_echo_request_decode(struct span message)
{
	return body_bare_decode(message);
}

bool
smb2_echo_response_decode(struct span message)
{
	return body_bare_decode(message);
}

void
smb2_echo_request_encode(struct writer *w)
{
	body_bare_encode(w);
}

void
smb2_echo_response_encode(struct writer *w)
{
	body_bare_encode(w);
}
