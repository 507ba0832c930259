/*
 * The domain that this machine has joined, asked through winbindd. Each question has a connection
 * of its own, so that any number of threads may ask at once; the process must be in the group that
 * may use winbindd's privileged socket (winbindd_priv on Debian).
 */
#ifndef AUTH_WINBIND_H
#define AUTH_WINBIND_H

#include "auth/ntlm_domain.h"

extern const struct ntlm_domain winbind_domain;

/*
 * What the domain's NTSTATUS comes to where it does not vouch for a user. Never NULL. The client is
 * told the same status, but for a name that does not exist and a wrong password, which look alike.
 */
fault winbind_fault(uint32_t status);

/*
 * The Kerberos realm of DOMAIN, a NetBIOS name, on the heap, where it is the domain that this
 * machine is in; else NULL: the realms of others are not ours to guess. Asks winbindd.
 */
char *winbind_realm(const char *domain);

#endif
