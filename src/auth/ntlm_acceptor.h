/* NTLMSSP, the server's side: NEGOTIATE in, CHALLENGE out, AUTHENTICATE in ([MS-NLMP] 3.2.5). */
#ifndef AUTH_NTLM_ACCEPTOR_H
#define AUTH_NTLM_ACCEPTOR_H

#include "auth/mechanism.h"
#include "auth/ntlm_message.h"

/* The longest NetBIOS or DNS name that the challenge shows, in bytes of UTF-8. */
#define NTLM_TARGET_MAX 255

/* As `acceptable` and `accept` of struct mechanism: NULL where memory or randomness is out. */
bool ntlm_acceptor_acceptable(const struct acceptor_config *config);
struct mechanism_context *ntlm_acceptor_new(
	const struct acceptor_config *config, struct auth_result *result);

#endif
