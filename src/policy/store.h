/*
 * The directory in which it is kept what servers were seen to be capable of. It holds one file,
 * `servers` (memory.h), which is replaced as a whole or not at all; whoever writes it holds a lock
 * on the directory meanwhile, so that several processes can share it.
 */
#ifndef POLICY_STORE_H
#define POLICY_STORE_H

#include "policy/memory.h"

/* Where nothing else is said. */
#define STORE_DEFAULT_PATH "/var/lib/smbwarden"

/* The file in the directory. */
#define STORE_FILE "servers"

enum store_use {
	STORE_LOOK, /* nothing is made, nothing is written */
	STORE_KEEP, /* a directory that is not there is made, mode 0700 */
};

struct store;

/*
 * Opens DIRECTORY, which must belong to the running user or to root and must not be open to others
 * for writing. NULL, and why in DIAGNOSTICS at NAMED, where it is not so.
 */
struct store *store_open(const char *directory, enum store_use use, const struct place *named,
	struct diagnostics *diagnostics);
void store_free(struct store **store);

/* Whether DIRECTORY is there, or is now that it has been tried to make it. */
bool store_is_possible(const char *directory);

/* The directory, and the file in it, for people and for whoever watches them. */
const char *store_directory(const struct store *store);
const char *store_path(const struct store *store);

/* What the file says; nothing, and *ABSENT (may be NULL) set, where there is none. NULL, and why in
 * DIAGNOSTICS, where it is broken or cannot be read. */
struct memory *store_read(struct store *store, bool *absent, struct diagnostics *diagnostics);

/* Whether the file is another than the one that was read or written here last. */
bool store_has_changed(const struct store *store);

/* Waits a few seconds at most for others who write. False, and why in DIAGNOSTICS. May block. */
bool store_lock(struct store *store, struct diagnostics *diagnostics);
void store_unlock(struct store *store);

/* Puts MEMORY in the place of what the file says; the lock is held. False, and why in DIAGNOSTICS:
 * then the file is as it was. May block. */
bool store_write(struct store *store, const struct memory *memory, struct diagnostics *diagnostics);

/*
 * What a process that is to remember does first: reads the file, and writes it again, so that a
 * store that cannot be written is found at once. NULL, and why in DIAGNOSTICS. *ABSENT as above.
 */
struct memory *store_begin(struct store *store, bool *absent, struct diagnostics *diagnostics);

#endif
