/* Kerberos, the server's side: AP-REQ in, AP-REP out ([RFC4121] 4.1, [MS-KILE] 3.4.5). */
#ifndef AUTH_KERBEROS_ACCEPTOR_H
#define AUTH_KERBEROS_ACCEPTOR_H

#include "auth/mechanism.h"

/* As `acceptable` and `accept` of struct mechanism. */
bool kerberos_acceptor_acceptable(const struct acceptor_config *config);
struct mechanism_context *kerberos_acceptor_new(
	const struct acceptor_config *config, struct auth_result *result);

#endif
