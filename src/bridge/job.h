/*
 * Work that may block, done by a worker thread: a step of a logon. A job carries copies and moved
 * ownership only, never a pointer into a bridge; when it comes back late it is dropped.
 */
#ifndef BRIDGE_JOB_H
#define BRIDGE_JOB_H

struct job;

/* Does the work. Called once, on any thread; may block. */
void job_run(struct job *job);

/* Frees *JOB, wiping what is secret, run or not; leaves NULL behind. */
void job_free(struct job **job);

#endif
