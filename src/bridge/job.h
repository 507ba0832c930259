/*
 * Work that may block, done by a worker thread: one step of a logon, on either side. A job carries
 * copies and moved ownership only, never a pointer into a bridge; when it comes back late it is
 * dropped.
 */
#ifndef BRIDGE_JOB_H
#define BRIDGE_JOB_H

#include "auth/initiator.h"
#include "bridge/acceptance.h"

/* Whom a job has to wait for. */
enum job_asks { JOB_ASKS_NOBODY, JOB_ASKS_DOMAIN, JOB_ASKS_KDC };

/* Exactly one of acceptance and initiator is there: the side that takes the step. */
struct job {
	struct acceptance *acceptance; /* owned */
	struct initiator *initiator;   /* owned */
	uint64_t session;              /* whose logon: the front session's id */
	uint64_t attempt;              /* server side: which logon of that session */
	uint64_t filetime;             /* the time of day it was given out at */
	uint64_t due;                  /* in moment.ms: nobody waits for it any longer */
	struct auth_token in, out;     /* owned */
	enum auth_step step;           /* what came of it */
	uint32_t life;      /* after AUTH_DONE: as in struct auth_result, counted from now on */
	enum job_asks asks; /* whom the next job_run() may have to wait for */
	fault undone;       /* why it was never run to its end; NULL: it was */
};

/* A job that takes over *ACCEPTANCE or *INITIATOR (the other is NULL) and copies TOKEN; NULL when
 * memory is out. */
struct job *job_new(
	struct acceptance **acceptance, struct initiator **initiator, struct span token);

/*
 * Does the work, on any thread that may wait for whom the job asks. False: it is not done, and to
 * be run again, by who may wait for whom the job asks now; in a moment, if the step is AUTH_WAIT.
 */
bool job_run(struct job *job) MUST_CHECK;

/* Frees *JOB and what it still owns, run or not, wiping what is secret; leaves NULL behind. */
void job_free(struct job **job);

#endif
