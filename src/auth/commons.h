/*
 * What the logons of a process have in common: whose secrets were refused, whose KDCs do not
 * answer, tickets that are kept, the domain that is asked and as whom this machine is in it. From
 * any thread.
 */
#ifndef AUTH_COMMONS_H
#define AUTH_COMMONS_H

#include "auth/clock.h"
#include "auth/kerberos_wallet.h"
#include "auth/ntlm_domain.h"
#include "auth/realms.h"
#include "auth/setbacks.h"

struct commons;

/*
 * NULL where memory or randomness is out. DOMAIN and CONTEXT, which is handed to CLOCK, outlive it.
 */
struct commons *commons_new(const struct ntlm_domain *domain, auth_clock *clock, void *context);

/* Frees *COMMONS (which may be NULL). No logon is under way any more. */
void commons_free(struct commons **commons);

/* What they are; they live as long as COMMONS. Of no COMMONS (NULL) there are none. */
const struct ntlm_domain *commons_domain(const struct commons *commons);
struct setbacks *commons_setbacks(const struct commons *commons);
struct realms *commons_realms(const struct commons *commons);
struct kerberos_wallet *commons_wallet(const struct commons *commons);

/* Asks the domain as whom this machine is in it, unless that was asked a while ago. May block. */
void commons_learn(struct commons *commons);

/* As whom, as far as it has been learned: a copy. False: it has not, and OUT is empty. */
bool commons_membership(struct commons *commons, struct ntlm_membership *out);

#endif
