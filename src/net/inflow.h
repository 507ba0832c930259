/*
 * Messages out of a stream of the direct TCP transport ([MS-SMB2] 2.1). Pure: bytes go in as they
 * come, in any pieces, whole messages come out. Between messages it holds nothing.
 */
#ifndef NET_INFLOW_H
#define NET_INFLOW_H

#include "base/frame.h"
#include "net/transport.h"

/* All zero is an inflow before its first byte. */
struct inflow {
	uint8_t header[TRANSPORT_HEADER];
	size_t have;         /* bytes of the header that have come */
	size_t announced;    /* length of the message under way, once the header is whole */
	struct frame *frame; /* where it is collected, or NULL */
};

enum inflow_step {
	INFLOW_MORE,      /* more bytes are wanted */
	INFLOW_WHOLE,     /* inflow_take() has a message */
	INFLOW_TOO_LONG,  /* ->announced is beyond the limit; the stream is of no more use */
	INFLOW_NO_MEMORY, /* nor is it then */
};

/* Forgets what is under way. */
void inflow_clear(struct inflow *in);

/* Whether part of a message, were it only of its header, has come. */
bool inflow_under_way(const struct inflow *in);

/* How many bytes of the message under way are still to come, and in *AT where they belong. 0: no
 * message is. */
size_t inflow_room(const struct inflow *in, uint8_t **at);

/* N <= inflow_room() bytes were put where they belong. */
enum inflow_step inflow_filled(struct inflow *in, size_t n);

/*
 * Takes bytes off the front of *BYTES, up to the end of one message. LIMIT is checked before memory
 * is taken. What does not begin with a zero byte announces more than 16 MiB: it is not this
 * transport.
 */
enum inflow_step inflow_feed(struct inflow *in, struct span *bytes, size_t limit);

/* The whole message, which is the caller's. */
struct frame *inflow_take(struct inflow *in);

#endif
