/* Who the process is. */
#ifndef PROCESS_USER_H
#define PROCESS_USER_H

#include <stdbool.h>

/*
 * Becomes NAME or NAME:GROUP, for good, with no other groups and no capabilities. NULL: stays who
 * it is; unless that is root, capabilities are given up all the same. Returns NULL, or why it
 * cannot be.
 */
const char *user_become(const char *name);

/* DIRECTORY, which root has just made, belongs to NAME or NAME:GROUP from here on; where that
 * cannot be, it stays root's. */
void user_give(const char *name, const char *directory);

/* Whether this thread has no capabilities. */
bool user_is_bare(void);

#endif
