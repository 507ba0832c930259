/*
 * Threads for whatever may block, apart by whom they wait for: who hangs there holds up nobody who
 * waits for another, or for no one.
 */
#ifndef NET_POOLS_H
#define NET_POOLS_H

#include <stdbool.h>

struct workers;

/* How many there are of each kind, */
#define POOLS_JUDGES 8u
#define POOLS_NAMERS 8u
#define POOLS_DOMAIN 8u
#define POOLS_KDC 32u /* several times REALMS_PROBES of auth/realms.h */

/* and how much may wait for one. */
#define POOLS_TASKS 4096u

/* When the domain has kept one waiting for so long, and answered nobody since, nobody else is sent
 * to wait for it. */
#define POOLS_DOMAIN_MS 10000u

struct pools {
	struct workers *judges; /* logons that need nobody else */
	struct workers *namers; /* names of servers */
	struct workers *domain; /* winbindd */
	struct workers *kdc;    /* KDCs */
};

/* False where memory or threads are out; close it all the same. */
bool pools_open(struct pools *pools);

/*
 * Drops what waits and lets what runs end, within MS milliseconds for each kind. False: a task is
 * still running, and nothing may be freed that it uses.
 */
bool pools_close(struct pools *pools, unsigned ms);

#endif
