/* A job on its way to a worker and back to whoever wants to know, if they are still there. */
#ifndef NET_ERRAND_H
#define NET_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

struct job;
struct loop;
struct workers;

/* What comes of it, on LOOP's thread: WHO is what ID was enlisted for. The job may be taken; else
 * it is freed. */
typedef void errand_done(void *who, struct job **job);

/*
 * Lets a worker run *JOB, which is taken, and hands it to DONE on LOOP if ID is still enlisted
 * there. False: memory is out or the workers' queue is full, and the job is freed.
 */
bool errand_send(struct loop *loop, struct workers *workers, uint64_t id, errand_done *done,
	struct job **job);

#endif
