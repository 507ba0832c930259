/* Carrying a request to its server and the answer back: ids mapped, payload untouched. */
#ifndef BRIDGE_CARRY_H
#define BRIDGE_CARRY_H

#include "bridge/parts.h"

/* What one request needs to be carried. */
struct cargo {
	struct login *login;
	struct tree *tree;
	struct open
		*open; /* that it names, or its chain before it; NULL: none, or one to be made */
};

/* Whether and where M can be carried: session, tree, open, and both legs' strength. Fills in OUT.
 */
fault carry_check(struct bridge *bridge, const struct message *m, struct cargo *out,
	const struct need **need) MUST_CHECK;

/* Carries the COUNT messages that are all of *FRAME, in CARGO's tree, to its server. Takes the
 * frame. */
void carry(struct bridge *bridge, const struct message *messages, const struct cargo *cargo,
	size_t count, struct frame **frame);

/* The ticket for M, with the server's ids written into it; NULL when memory is out. */
struct call *carry_call(struct bridge *bridge, const struct message *m, const struct cargo *cargo);

/* The open that CALL is about: the one that it names, or that its chain's CREATE made; or NULL. */
struct open *carry_open(const struct call *call);

/* Makes M, all of *FRAME, the client's answer to CALL and sends it. Takes both over. */
void carry_deliver(
	struct bridge *bridge, struct call *call, struct message *m, struct frame **frame);

/* A frame of answers or a break from BACK, past its gates. Takes the frame. */
void carry_back(struct bridge *bridge, struct back *back, struct inbound *in, struct frame **frame);

#endif
