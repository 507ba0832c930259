/* Requests on their way to a server: queued until its credits allow, then written and protected. */
#ifndef BRIDGE_OUTBOX_H
#define BRIDGE_OUTBOX_H

#include "bridge/parts.h"

/*
 * Queues the message or compound whose first call is *CALL, which holds the frame, for its back,
 * and sends it at once if credits allow. Headers are written when it is sent. Takes the calls over.
 */
void outbox_put(struct bridge *bridge, struct call **call);

/*
 * Sends a call of our own as COMMAND in SESSION (NULL: none yet), to call->tree if there is one.
 * The body has been written by W into *FRAME (answer_frame()). Takes both over.
 */
void outbox_put_own(struct bridge *bridge, struct call *call, struct leg_session *session,
	uint16_t command, struct frame **frame, const struct writer *w);

/* Sends what has been waiting for credits, in order, as far as they go. */
void outbox_pump(struct bridge *bridge, struct back *back);

/* Cancels what CALL asked for: at the server if it was sent, else here (STATUS_CANCELLED). */
void outbox_cancel(struct bridge *bridge, struct call *call);

#endif
