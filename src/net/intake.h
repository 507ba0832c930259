/*
 * A socket for clients: takes them in, one by one, and turns away whom the policy does not admit.
 * Those refused here never get a bridge, so that it is the intake that logs them.
 */
#ifndef NET_INTAKE_H
#define NET_INTAKE_H

#include "net/client.h"

#include <stdbool.h>

struct census;
struct endpoint;
struct intake;
struct log;
struct loop;

/* What an intake needs; all of it outlives it. */
struct intake_config {
	struct loop *loop;
	const struct listener *listener;
	struct census *census;
	struct log *log;
	/* Takes an admitted client, counted in; false: it cannot, and everything is still the
	 * intake's. */
	bool (*take)(void *owner, struct arrival *arrival);
	void *owner;
};

/*
 * Binds and listens, and takes clients in from intake_open() on. NULL: *ERROR, a constant text,
 * says why.
 */
struct intake *intake_new(const struct intake_config *config, const char **error);

/* The address that the policy gave it. */
const struct endpoint *intake_where(const struct intake *intake);

/* From now on it takes clients in for LISTENER, which is at the same address. */
void intake_serve(struct intake *intake, const struct listener *listener);

/* Begins; false when memory is out. */
bool intake_open(struct intake *intake);

/* Closes *INTAKE (which may be NULL); clients taken in stay. */
void intake_free(struct intake **intake);

/* The address it is bound to. Returns BUFFER. */
const char *intake_text(const struct intake *intake, char buffer[ADDRESS_TEXT_SIZE]);

#endif
