/* Kerberos, the client's side: AP-REQ out, AP-REP in ([RFC4121] 4.1). */
#ifndef AUTH_KERBEROS_INITIATOR_H
#define AUTH_KERBEROS_INITIATOR_H

#include "auth/mechanism.h"

/* As `usable` and `initiate` of struct mechanism. The first step asks the KDC, and may block. */
bool kerberos_initiator_usable(const struct initiator_config *config);
struct mechanism_context *kerberos_initiator_new(
	const struct initiator_config *config, struct auth_result *result);

#endif
