/* The order in which what comes in is checked: the security argument of a leg. */
#ifndef LEG_GATES_H
#define LEG_GATES_H

#include "leg/leg.h"

/* A gate can refuse and nothing else: it never repairs and never skips another. */
struct gate {
	const char *name;
	fault (*check)(struct leg *leg, struct inbound *in, struct message *message);
};

/* The gates that each message of a frame passes on a leg of ROLE, in order; a NULL name ends them.
 */
const struct gate *gates_of(enum leg_role role);

#endif
