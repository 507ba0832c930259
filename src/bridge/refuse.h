/* The one place where a fault becomes a log line, an answer and a cut. */
#ifndef BRIDGE_REFUSE_H
#define BRIDGE_REFUSE_H

#include "bridge/journal.h"

/*
 * Logs FAULT once, answers *CALL (may be NULL) with its status and frees it, and cuts what the
 * fault cuts. ABOUT may be NULL.
 */
void refuse(struct bridge *bridge, struct call **call, fault what, const struct about *about);

/* The same where the client is told STATUS, which another row would have told it. */
void refuse_telling(struct bridge *bridge, struct call **call, fault what, uint32_t status,
	const struct about *about);

/* The same for what is wrong with a server that *CALL needs: the client's connection stays. */
void refuse_for_server(
	struct bridge *bridge, struct call **call, fault what, const struct about *about);

/* A fault of a whole leg: logs it and cuts everything, unanswered. */
void refuse_all(struct bridge *bridge, fault what, const struct about *about);

#endif
