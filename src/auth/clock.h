/* What time it is, for what is remembered of logons: told by whoever made the memory. */
#ifndef AUTH_CLOCK_H
#define AUTH_CLOCK_H

#include <stdint.h>

/* One point in time on two clocks. */
struct auth_time {
	uint64_t ms;       /* never goes back */
	uint64_t filetime; /* the time of day, as [MS-DTYP] 2.3.3 */
};

/* From any thread. */
typedef struct auth_time auth_clock(void *context);

#endif
