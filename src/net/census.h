/* How many clients there are, in all and from each address. From any thread. */
#ifndef NET_CENSUS_H
#define NET_CENSUS_H

#include "base/fault.h"
#include "net/address.h"

struct census;

/* An empty census; NULL when memory is out. */
struct census *census_new(uint32_t clients, uint32_t clients_per_address);
void census_free(struct census **census);

/* Other limits from now on; who is counted in already stays. */
void census_limit(struct census *census, uint32_t clients, uint32_t clients_per_address);

/* Counts a client at ADDRESS in. A fault: it is one too many, or memory is out, and is not counted.
 */
MUST_CHECK fault census_enter(struct census *census, const struct address *address);

/* Counts a client out that was counted in. */
void census_leave(struct census *census, const struct address *address);

/* Clients that are counted in. */
uint32_t census_count(struct census *census);

#endif
