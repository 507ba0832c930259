/*
 * Requests in a tree that has rules for paths below its share. Each is taken by itself, also out of
 * a compound, and kept back until the server has said what the file is called that it is about;
 * then it goes on, sealed or not, or is refused. So is the answer to a CREATE: what the client is
 * not to have is closed again before it hears of it.
 *
 *   CREATE     (what it names, where opening could do harm) ──> server ──> what was opened ──>
 * client the rest   what the open is called now (and where a rename leads) ──> server ──> client
 */
#ifndef BRIDGE_CUSTODY_H
#define BRIDGE_CUSTODY_H

#include "bridge/carry.h"

/* As carry(). */
void custody_take(struct bridge *bridge, const struct message *messages, const struct cargo *cargo,
	size_t count, struct frame **frame);

/* INQUIRY has been answered: whoever waits for it goes on. */
void custody_told(struct bridge *bridge, const struct inquiry *inquiry);

/* M, all of *FRAME, answers CALL. Whether it is kept back: then both have been taken over. */
bool custody_answered(
	struct bridge *bridge, struct call *call, struct message *m, struct frame **frame);

/* The request with TICKET, if it is still there: the one before it in its chain is done with. */
void custody_go_on(struct bridge *bridge, uint64_t ticket);

#endif
