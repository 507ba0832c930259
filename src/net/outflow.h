/* Messages into a stream of the direct TCP transport ([MS-SMB2] 2.1): a queue, written as fast as
 * the socket takes it. */
#ifndef NET_OUTFLOW_H
#define NET_OUTFLOW_H

#include "base/frame.h"

struct outflow {
	struct frame *first, **end;
	size_t bytes; /* that wait, transport headers included */
};

enum outflow_step {
	OUTFLOW_EMPTY,   /* all is written */
	OUTFLOW_BLOCKED, /* the socket takes no more for now */
	OUTFLOW_BROKEN,  /* errno says why */
};

/* An empty queue. */
void outflow_init(struct outflow *out);

/* Frees what waits. */
void outflow_clear(struct outflow *out);

/* Queues a message and puts the transport header into its headroom. False: there is none, or it is
 * too long; it is freed. */
bool outflow_add(struct outflow *out, struct frame **frame);

/* Writes to the non-blocking socket FD, several messages with one call, and frees what is written.
 */
enum outflow_step outflow_write(struct outflow *out, int fd);

#endif
