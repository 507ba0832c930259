/* What a running smbwarden goes on reading: the folders of the files that its policy names. */
#ifndef ADMIN_REACH_H
#define ADMIN_REACH_H

#include <stdbool.h>
#include <stddef.h>

struct policy;

struct reach {
	char **folders; /* each once, on the heap */
	size_t count;
};

/*
 * The folders of POLICY's own file, its accounts and its keytabs: not the files, for they may be
 * replaced by others of the same name. False: memory is out, and OUT is empty.
 */
bool reach_make(struct reach *out, const struct policy *policy);
void reach_clear(struct reach *reach);

#endif
