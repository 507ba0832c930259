/*
 * The CommandSequenceWindow of [MS-SMB2] 3.3.1.1: which message ids a client may use, each once.
 *
 *      used up        granted, some used out of order         not granted yet
 *   ------------ low ---------------------------------- high -----------------
 */
#ifndef LEG_WINDOW_H
#define LEG_WINDOW_H

#include "base/fault.h"

#include <stdbool.h>
#include <stdint.h>

/* The widest window there can be; a power of two. A client that leaves a gap gets no further than
 * this. */
#define WINDOW_SPAN 8192u

struct window {
	uint64_t low, high;
	uint16_t available; /* granted and not used */
	uint16_t limit;     /* most that may ever be available at once */
	uint64_t used[WINDOW_SPAN / 64];
};

/* A client begins with one credit for message id 0; LIMIT is from 1 to WINDOW_SPAN. */
void window_start(struct window *window, uint16_t limit);

/* Takes message ids ID … ID + CHARGE - 1. fault_message_replayed, fault_message_outside_window. */
fault window_take(struct window *window, uint64_t id, uint16_t charge) MUST_CHECK;

/* How many credits the answer grants to a client that asked for WANTED; they are the client's from
 * now on. */
uint16_t window_grant(struct window *window, uint16_t wanted);

#endif
