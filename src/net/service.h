/* The running proxy: everything in net/ put together, from the first socket to the last signal. */
#ifndef NET_SERVICE_H
#define NET_SERVICE_H

#include <stdbool.h>

struct legacy;
struct log;
struct policy;

/* How long clients may take to finish once the process is told to stop. */
#define SERVICE_DRAIN_MS 10000u

/* The most event loops. */
#define SERVICE_LOOPS_MAX 64u

/* All of it outlives the service. */
struct service_config {
	struct policy *policy;
	struct log *log;
	const struct legacy *legacy;
	unsigned loops; /* 1 to SERVICE_LOOPS_MAX; 0: as many as there are processors for us */
};

/*
 * Serves until SIGTERM or SIGINT, then lets clients finish (a second signal ends that). False: it
 * could not begin, and the log says why. Does not return, but ends the process, where a worker
 * hangs in a task that nothing can interrupt.
 */
bool service_run(const struct service_config *config);

#endif
