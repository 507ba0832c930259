/*
 * Connecting to a server of the policy: names are looked up by a worker, addresses tried in order,
 * all of it within the server's connect_timeout.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

struct dial;
struct loop;
struct upstream;
struct workers;

/*
 * How a dial ends, from the event loop, never from inside dial_new(): FD is connected, non-blocking
 * and the callee's, and ERROR is NULL; or FD is -1, and ERROR, which lives during the call, says
 * why. The dial is freed before.
 */
typedef void dial_done(void *owner, unsigned link, int fd, const char *error);

/* Begins. UPSTREAM outlives the dial. NULL when memory is out. */
struct dial *dial_new(struct loop *loop, struct workers *workers, const struct upstream *upstream,
	dial_done *done, void *owner, unsigned link);

/* Gives *DIAL (which may be NULL) up: DONE will not be called. */
void dial_free(struct dial **dial);

#endif
