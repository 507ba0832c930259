/* The running proxy: everything in net/ put together, from the first socket to the last signal. */
#ifndef NET_SERVICE_H
#define NET_SERVICE_H

#include <stdbool.h>

struct keeper;
struct legacy;
struct log;
struct policy;

/* How long clients may take to finish once the process is told to stop. */
#define SERVICE_DRAIN_MS 10000u

/*
 * Loops for each processor. Who shares a loop with a client that copies large files waits for whole
 * messages to be verified; who has another is let in between by the kernel. So few shall share.
 */
#define SERVICE_LOOPS_EACH 4u

/* The most event loops. */
#define SERVICE_LOOPS_MAX 64u

/* All of it outlives the service. */
struct service_config {
	struct policy *policy; /* to begin with */
	struct log *log;
	const struct legacy *legacy;
	struct keeper *keeper; /* NULL: what servers were seen to be capable of is not remembered */
	unsigned loops; /* 1 to SERVICE_LOOPS_MAX; 0: SERVICE_LOOPS_EACH for each processor of ours
			 */
	/*
	 * Called with OWNER once all listeners are bound, and before there is any thread but the
	 * calling one: false ends it. May be NULL.
	 */
	bool (*bound)(void *owner);
	/*
	 * Called with OWNER at SIGHUP, while clients that knock wait: the policy that is to take
	 * the place of NOW, a reference of it for the service; NULL: NOW stays, and the log says
	 * why. May be NULL: then it always stays.
	 */
	struct policy *(*reread)(void *owner, const struct policy *now);
	void *owner;
};

/*
 * Serves until SIGTERM or SIGINT, then lets clients finish (a second signal ends that). False: it
 * could not begin, and the log says why. Does not return, but ends the process, where a worker
 * hangs in a task that nothing can interrupt.
 */
bool service_run(const struct service_config *config);

#endif
