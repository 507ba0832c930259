/* Landlock: which files there are for the process. */
#ifndef PROCESS_FENCE_H
#define PROCESS_FENCE_H

#include "process/process.h"

/*
 * From here on only what needs.def and COUNT PATHS name can be opened, for what they name it, and
 * nothing executed. Wants to be called before there are other threads: it holds for this one and
 * those that it starts. Returns NULL, or why it is not in force.
 */
const char *fence_raise(const struct process_path *paths, size_t count);

#endif
