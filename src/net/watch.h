/*
 * What an event loop waits for: a descriptor, a time, a signal. The only header between libevent,
 * whose `struct event` is another than ours (base/event.h), and the rest of the house.
 */
#ifndef NET_WATCH_H
#define NET_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct watch;

enum watch_kind {
	WATCH_READABLE, /* of a descriptor; goes on until stopped */
	WATCH_WRITABLE, /* of a descriptor; once */
	WATCH_TIMER,    /* of no descriptor (-1); once */
	WATCH_SIGNAL,   /* of a signal's number; goes on until stopped */
};

enum watch_cause {
	WATCH_READY,
	WATCH_TIME_UP,
};

/* Called on the loop's thread; may stop and free any watch, itself included. */
typedef void watch_call(void *arg, enum watch_cause cause);

/* The time of a watch that has none. */
#define WATCH_FOREVER UINT64_MAX

/* A watch at rest; NULL when memory is out. It is freed before its loop, and before FD is closed.
 */
struct watch *watch_new(
	struct loop *loop, int fd, enum watch_kind kind, watch_call *call, void *arg);

/* Stops and frees *WATCH (which may be NULL). */
void watch_free(struct watch **watch);

/* Begins, for MS milliseconds or WATCH_FOREVER; again: the time begins anew. False when memory is
 * out. */
bool watch_start(struct watch *watch, uint64_t ms);

/* Ends; a watch at rest stays so. */
void watch_stop(struct watch *watch);

/* Lets a timer's time be up as soon as the loop gets to it: a call that need not be made from here.
 */
void watch_fire(struct watch *timer);

#endif
