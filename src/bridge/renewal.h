/*
 * When a session at a server is logged on again, ahead of the end of the tickets that it rests on:
 * [MS-SMB2] 3.3.5.5.2 has a session that is valid stay so meanwhile, which one that has expired
 * does not. Times are moment.ms.
 */
#ifndef BRIDGE_RENEWAL_H
#define BRIDGE_RENEWAL_H

#include <stdbool.h>
#include <stdint.h>

/* Never. */
#define RENEWAL_NEVER UINT64_MAX

struct renewal {
	uint64_t end;  /* when the tickets end */
	uint64_t at;   /* when it is tried to have others */
	uint64_t wait; /* after a failure: how long it was waited; zero: there was none */
};

/* There is nothing to be renewed. */
void renewal_clear(struct renewal *renewal);

/*
 * A logon at NOW rests on tickets for LIFE more seconds (zero: without end). LUCK, any number,
 * spreads what began at once. False: the tickets end (nearly) as those before them did; further
 * ones are not asked for.
 */
bool renewal_begin(struct renewal *renewal, uint64_t now, uint32_t life, uint8_t luck);

/* What was tried at NOW has failed, and MAY_PASS by itself or not: the next time is set, if there
 * is one before the end. */
void renewal_fail(struct renewal *renewal, uint64_t now, bool may_pass);

/* After failures: at NOW there is something new to try it with. */
void renewal_hope(struct renewal *renewal, uint64_t now);

#endif
