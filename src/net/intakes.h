/*
 * All sockets for clients that a policy wants. Where one policy follows another, a socket that both
 * want stays open, and whoever knocks meanwhile waits in it.
 */
#ifndef NET_INTAKES_H
#define NET_INTAKES_H

#include "net/intake.h"

#include <stddef.h>

struct intakes;
struct policy;

/*
 * A bound socket for each listener of POLICY, which outlives them: that of FORMER (NULL: none)
 * where it has one at the same address, else a new one by CONFIG, whose listener is not looked at.
 * NULL: ERROR of SIZE bytes says where, and why; FORMER is as it was.
 */
struct intakes *intakes_new(const struct intake_config *config, const struct policy *policy,
	struct intakes *former, char *error, size_t size);

/* Lets the new ones take clients in; false when memory is out. */
bool intakes_open(struct intakes *intakes);

/* INTAKES take over what they share with *FORMER, and close the rest of it. */
void intakes_succeed(struct intakes *intakes, struct intakes **former);

/* Closes those of *INTAKES (which may be NULL) that are not another's. */
void intakes_free(struct intakes **intakes);

/* The I-th, in the policy's order; NULL past the end. */
const struct intake *intakes_at(const struct intakes *intakes, size_t i);

#endif
