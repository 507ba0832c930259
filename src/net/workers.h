/*
 * The worker pool: threads for whatever may block. A task carries what it needs and posts its
 * result to a loop as a letter; it never points into what belongs to a loop.
 */
#ifndef NET_WORKERS_H
#define NET_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;
struct workers;

/* What is done with a task; exactly one of the two, once, and the task belongs to it. */
struct task_kind {
	void (*run)(struct task *task);  /* on a worker's thread; may block */
	void (*drop)(struct task *task); /* the pool is gone before its turn came */
};

/* Embedded in what is to be done. */
struct task {
	const struct task_kind *kind;
	struct task *next;
	uint64_t not_before; /* of workers_add_later(), in clock_ms() */
};

/* THREADS threads and a queue of at most LIMIT tasks that wait for one. NULL where that cannot be
 * had. */
struct workers *workers_new(unsigned threads, size_t limit);

/* Queues TASK, from any thread. False: the queue is full, and the task stays the caller's. */
bool workers_add(struct workers *workers, struct task *task);

/* The same, for a thread to take it MS milliseconds from now at the earliest. Behind the queue, and
 * never refused but at the end: for tasks that have been queued before. */
bool workers_add_later(struct workers *workers, struct task *task, unsigned ms);

/* Whoever is asked by these workers has answered. From any thread. */
void workers_heard(struct workers *workers);

/* Whether a task has been running for longer than MS milliseconds, and nothing has been heard since
 * it began: whoever is asked there answers nobody. From any thread. */
bool workers_hang(struct workers *workers, unsigned ms);

/*
 * Drops what waits, lets what runs end within MS milliseconds, and frees *WORKERS (which may be
 * NULL). False: a task is still running, nothing was freed, and neither may be what it uses.
 */
bool workers_free(struct workers **workers, unsigned ms);

#endif
