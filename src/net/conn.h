/*
 * One socket that speaks the direct TCP transport ([MS-SMB2] 2.1): a zero byte, a length of three
 * bytes in network order, a message. Collects whole messages and writes whole ones; at rest it
 * holds no buffer. Knows nothing of what is in them.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <stdbool.h>
#include <stddef.h>

struct conn;
struct frame;
struct loop;

/* What the connections of one loop share. */
struct conns;

/* Bytes that wait to be written to one socket before whoever produces them is to be held up … */
#define CONN_QUEUE_HIGH (16u * 1024 * 1024)
/* … and how many may still wait when it may go on. */
#define CONN_QUEUE_LOW (CONN_QUEUE_HIGH / 2)

/* How long things may take, in milliseconds. */
struct conn_times {
	unsigned frame;  /* a message that has begun, for each CONN_FRAME_STEP bytes of it */
	unsigned stall;  /* a peer that takes nothing of what waits for it */
	unsigned linger; /* a closed connection that still writes out what waits */
};

#define CONN_TIMES_USUAL ((struct conn_times){.frame = 30000, .stall = 60000, .linger = 5000})

/* A large message on a slow line is given its time anew with each so many bytes. */
#define CONN_FRAME_STEP (64u * 1024)

/*
 * How a connection tells its owner. Never from inside a function of this header. After any of them,
 * and last of all, comes rest(): what belongs together (several messages of one read) is in by
 * then. In all of them the owner may close or free any connection.
 */
struct conn_calls {
	/* The longest message that may come now. */
	size_t (*limit)(void *owner, unsigned link);
	/* A message has come, without its transport header. */
	void (*frame)(void *owner, unsigned link, struct frame **frame);
	/* A message of LENGTH bytes, beyond the limit, is announced; nothing more is read. */
	void (*too_long)(void *owner, unsigned link, size_t length);
	/* There is no memory for a message of LENGTH bytes; nothing more is read. */
	void (*no_memory)(void *owner, unsigned link, size_t length);
	/* The connection is of no more use; WHY is for the log. Nothing more will be told of it. */
	void (*lost)(void *owner, unsigned link, const char *why);
	/* That was all for now; or room came free in the queue. */
	void (*rest)(void *owner);
};

/* NULL when memory is out. LOOP outlives it. */
struct conns *conns_new(struct loop *loop, struct conn_times times);

/* Frees *CONNS (which may be NULL) and what lingers; its connections are freed already. */
void conns_free(struct conns **conns);

/* Connections that are closed and still write out. From any thread. */
unsigned conns_lingering(const struct conns *conns);

/*
 * A connection over FD, connected and non-blocking, which it owns from here on, even where it
 * returns NULL (memory is out). OWNER and LINK are handed to CALLS, which outlive it.
 */
struct conn *conn_new(
	struct conns *conns, int fd, const struct conn_calls *calls, void *owner, unsigned link);

/* Closes *CONN (which may be NULL) at once; what waits is lost. */
void conn_free(struct conn **conn);

/* Reads no more, writes out what waits, then closes: *CONN (which may be NULL) is no longer the
 * owner's. */
void conn_finish(struct conn **conn);

/* Queues a message; its headroom takes the transport header. conn_flush() writes it. */
void conn_send(struct conn *conn, struct frame **frame);

/* Writes as much of what waits as the socket takes; the rest follows by itself. */
void conn_flush(struct conn *conn);

/* Bytes that wait to be written. */
size_t conn_queued(const struct conn *conn);

/* Stops and resumes reading; both may be said again. */
void conn_pause(struct conn *conn);
void conn_resume(struct conn *conn);

#endif
