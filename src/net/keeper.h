/*
 * Keeps what servers were seen to be capable of: at hand for every loop, and on disk by a thread of
 * its own. The file is read again whenever somebody else has changed it, as `smbwarden forget`
 * does.
 */
#ifndef NET_KEEPER_H
#define NET_KEEPER_H

struct keeper;
struct log;
struct memory;
struct seen;
struct store;
struct upstream;

/* Takes over *STORE and *MEMORY, which is what the store says, also where it returns NULL: memory,
 * descriptors or threads are out. LOG outlives it. */
struct keeper *keeper_new(struct store **store, struct memory **memory, struct log *log);

/* Writes what is still to be written, ends the thread and frees *KEEPER (which may be NULL). */
void keeper_free(struct keeper **keeper);

/* What is remembered of UPSTREAM, in *OUT; nothing where KEEPER is NULL. From any thread; never
 * waits for the disk. */
void keeper_recall(struct keeper *keeper, const struct upstream *upstream, struct seen *out);

/* Remembers SEEN of UPSTREAM, unless KEEPER is NULL. From any thread; never waits for the disk. */
void keeper_learn(struct keeper *keeper, const struct upstream *upstream, const struct seen *seen);

#endif
