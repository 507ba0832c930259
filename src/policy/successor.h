/* Files that are replaced as a whole or not at all, whatever happens meanwhile. */
#ifndef POLICY_SUCCESSOR_H
#define POLICY_SUCCESSOR_H

#include <stdbool.h>
#include <stddef.h>

struct stat;

/*
 * Puts LEN bytes of TEXT in the place of the file NAME in DIRECTORY, an open descriptor on which
 * the caller holds the lock that all who write there take. They are on the disk before they have
 * the name, mode 0600, and belong to whom the directory belongs where we are
 * root: who edits for a service must not lock it out. WRITTEN_AS (may be NULL): what it is then.
 * False, and errno: the old file is as it was.
 */
bool successor_write(
	int directory, const char *name, const char *text, size_t len, struct stat *written_as);

#endif
