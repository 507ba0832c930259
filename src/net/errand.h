/*
 * A job on its way to a worker, or from one to another that may wait for whom the job asks, and
 * back to whoever wants to know, if they are still there.
 */
#ifndef NET_ERRAND_H
#define NET_ERRAND_H

#include "base/fault.h"

struct job;
struct loop;
struct pools;

/* What comes of it, on LOOP's thread: WHO is what ID was enlisted for. The job may be taken; else
 * it is freed. */
typedef void errand_done(void *who, struct job **job);

/*
 * Lets workers of POOLS run *JOB, which is taken, and hands it to DONE on LOOP if ID is still
 * enlisted there. A fault says why none can take it: the job stays the caller's.
 */
fault errand_send(struct loop *loop, struct pools *pools, uint64_t id, errand_done *done,
	struct job **job) MUST_CHECK;

#endif
