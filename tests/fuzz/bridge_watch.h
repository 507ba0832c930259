/*
 * What must hold whatever both peers do, looked at from outside: what leaves a bridge, and that
 * nothing in it points to what is gone. Whatever does not hold aborts.
 */
#ifndef FUZZ_BRIDGE_WATCH_H
#define FUZZ_BRIDGE_WATCH_H

#include "bridge/parts.h"
#include "stage.h"

/* A new run of STAGE begins: what was seen is forgotten. */
void watch_begin(const struct stage *stage);

/* A step begins: what it leaves behind is counted anew. */
void watch_step(void);

/* FRAME, complete and in clear, is what the server will say: which files it has opened is noted. */
void watch_issue(const struct frame *frame);

/* Between two steps, with all effects drained. */
void watch_bridge(const struct bridge *bridge);

/* bridge_effect(), server_note() and leg_protect() lead here, by the linker's --wrap. */
bool __wrap_bridge_effect(struct bridge *bridge, struct effect *out);
void __wrap_server_note(
	struct player *player, struct inbound *in, struct message *m, struct attrs *out);
fault __wrap_leg_protect(
	struct leg *leg, struct leg_session *session, struct frame *frame, enum protection how);

#endif
