/* NTLMSSP, the client's side: NEGOTIATE out, CHALLENGE in, AUTHENTICATE out ([MS-NLMP] 3.1.5). */
#ifndef AUTH_NTLM_INITIATOR_H
#define AUTH_NTLM_INITIATOR_H

#include "auth/mechanism.h"
#include "auth/ntlm_message.h"

/* As `initiate` of struct mechanism: NULL where memory is out. */
struct mechanism_context *ntlm_initiator_new(
	const struct initiator_config *config, struct auth_result *result);

#endif
