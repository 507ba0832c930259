/* NTLMSSP, the client's side: NEGOTIATE out, CHALLENGE in, AUTHENTICATE out ([MS-NLMP] 3.1.5). */
#ifndef AUTH_NTLM_INITIATOR_H
#define AUTH_NTLM_INITIATOR_H

#include "auth/mechanism.h"
#include "auth/ntlm_message.h"

/* As `usable` and `initiate` of struct mechanism. */
bool ntlm_initiator_usable(const struct initiator_config *config);
struct mechanism_context *ntlm_initiator_new(
	const struct initiator_config *config, struct auth_result *result);

#endif
