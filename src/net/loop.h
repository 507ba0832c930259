/*
 * One event loop, which is one thread. What happens in a loop is told to it by letters from other
 * threads and by its own sockets and timers; nothing in it needs a lock.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct letter;
struct loop;

/* What is done with a letter; exactly one of the two, once, and the letter belongs to it. */
struct letter_kind {
	void (*deliver)(struct letter *letter); /* on the loop's thread */
	void (*drop)(struct letter *letter);    /* the loop is gone */
};

/* Embedded in what crosses threads. */
struct letter {
	const struct letter_kind *kind;
	struct letter *next;
};

/* A loop at rest; NULL when memory or descriptors are out. */
struct loop *loop_new(void);

/* Frees *LOOP (which may be NULL), which does not run; letters not delivered are dropped. */
void loop_free(struct loop **loop);

/* Runs the loop in a thread of its own, called NAME (at most 15 bytes). False where there is none
 * to be had. */
bool loop_start(struct loop *loop, const char *name);

/* Runs the loop on the calling thread until loop_stop(); it may run again afterwards. */
void loop_run(struct loop *loop);

/* Ends the loop's run after what it is doing. From any thread. */
void loop_stop(struct loop *loop);

/* Waits until a started loop has stopped. */
void loop_join(struct loop *loop);

/* Hands LETTER over, from any thread; letters of one thread arrive in order. */
void loop_post(struct loop *loop, struct letter *letter);

/* The libevent base, for watch.c. */
struct event_base *loop_base(struct loop *loop);

/*
 * Ids for what may be gone when an answer comes back: on the loop's own thread only. An id is never
 * used twice; 0 is none (memory is out). loop_find() is NULL for what was struck off.
 */
uint64_t loop_enlist(struct loop *loop, void *what);
void *loop_find(const struct loop *loop, uint64_t id);
void loop_strike(struct loop *loop, uint64_t id);

#endif
