/* What time it is: the one place that asks. */
#ifndef NET_CLOCK_H
#define NET_CLOCK_H

#include "bridge/bridge.h"

#include <stddef.h>

/* Room for clock_text(). */
#define CLOCK_TEXT_SIZE sizeof "2000-01-01T00:00:00.000Z"

/* Now, on the steady clock and on the wall clock. */
struct moment clock_moment(void);

/* The steady clock alone, in milliseconds. */
uint64_t clock_ms(void);

/* The wall clock's time as RFC 3339 has it, UTC with milliseconds. Returns BUFFER. */
const char *clock_text(char buffer[CLOCK_TEXT_SIZE]);

#endif
