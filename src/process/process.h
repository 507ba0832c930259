/*
 * What the process may do, and as whom it does it. At its start it gives up what nobody here needs;
 * when its sockets are bound, before it has a second thread, everything else but what needs.def
 * names.
 */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include "base/event.h"

/* A file or folder that the policy names, read or, where WRITES, changed as well. */
struct process_path {
	const char *path;
	bool writes;
};

/* All borrowed. */
struct process_plan {
	const char *user; /* NAME or NAME:GROUP to become; NULL: stay who we are */
	bool sandbox;     /* system calls and files are to be confined to what needs.def names */
	const struct process_path *paths;
	size_t path_count;
};

/*
 * First of all: no core file and no debugger shows what is in our memory, no program that we might
 * start gets more rights than we have, and nothing that we write is anybody else's to read.
 */
void process_begin(void);

/*
 * Becomes the plan's user, gives up all capabilities and groups, and confines itself. Called once,
 * from the only thread. True: the event `confined` says what is in force and what is not, a warning
 * where something is not. False: what was asked for cannot be had, and the event `failed` says why;
 * the process may be half of it and has to end. The event is the caller's; NULL when memory is out.
 */
MUST_CHECK bool process_settle(const struct process_plan *plan, struct event **event);

#endif
