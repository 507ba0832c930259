/*
 * What a bridge wants done. A bridge owns no socket, no thread and no clock: it is handed what
 * happened (bridge.h, the doors) and leaves behind a list of effects that net/ carries out in
 * order.
 */
#ifndef BRIDGE_EFFECT_H
#define BRIDGE_EFFECT_H

#include <stdint.h>

struct account;
struct event;
struct frame;
struct job;
struct seen;
struct upstream;

/* Which connection of a bridge: the client's, or one of the servers'. */
#define LINK_FRONT 0u
/* Servers' connections are numbered from 1 on, in the order in which they were dialled. */

enum effect_kind {
	EFFECT_SEND,  /* write frame to link; the frame starts at its SMB2 or TRANSFORM header */
	EFFECT_DIAL,  /* connect link to upstream, addresses in order, within its connect_timeout */
	EFFECT_JOB,   /* let a worker call job_run(job), then hand it to bridge_job_done() */
	EFFECT_CLOSE, /* write out what was sent to link, then close it */
	EFFECT_LOG,   /* write event to the log */
	EFFECT_SUMMON,  /* find the bridge that has session, end it there, then bridge_summoned()
			   here */
	EFFECT_LEARNED, /* remember of upstream what was seen of it: it has been proven */
	EFFECT_LEFT,    /* a session that bridge_supersede() was to end has ended */
};

/* What is pointed to is handed over, except upstream, which lives as long as the bridge's policy.
 */
struct effect {
	enum effect_kind kind;
	unsigned link;
	union {
		struct frame *frame;
		const struct upstream *upstream;
		struct job *job;
		struct event *event;
		struct {
			const struct upstream *of;
			struct seen *seen; /* on the heap */
		};
		struct {
			uint64_t session;              /* a client's, of this process */
			const struct account *account; /* whose it must be; EFFECT_SUMMON only */
		};
	};
};

#endif
