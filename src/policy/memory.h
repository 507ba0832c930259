/*
 * What all servers were seen to be capable of, and how that is written down: one fact a line,
 *
 *	smbwarden-state 1
 *	server fs1
 *	dialect 3.1.1 since 2026-01-31T12:00:00Z
 *	signing aes-128-gmac over aes-128-cmac since 2026-01-31T12:00:00Z
 *	cipher aes-128-gcm over aes-256-gcm,aes-128-ccm since 2026-01-31T12:00:00Z
 *	end 4
 *
 * where the last line counts those between it and the first, so that nothing can be missing
 * unnoticed. Servers go by their name in the policy as host_fold() (pattern.h) gives it.
 */
#ifndef POLICY_MEMORY_H
#define POLICY_MEMORY_H

#include "policy/seen.h"
#include "policy/source.h"

struct memory;

/* What is remembered at first: nothing. NULL when memory is out. */
struct memory *memory_new(void);
void memory_free(struct memory **memory);

/* How many servers are remembered. */
size_t memory_count(const struct memory *memory);

/* What is remembered of SERVER; NULL: nothing. Valid until MEMORY is changed. */
const struct seen *memory_find(const struct memory *memory, const char *server);

/* Adds SEEN to what is remembered of SERVER, whose name holds no control characters. False: memory
 * is out, or the name is none. *IS_NEW (may be NULL): whether that was news. */
bool memory_add(struct memory *memory, const char *server, const struct seen *seen, bool *is_new);

/* Adds all that MORE remembers; as above. */
bool memory_add_all(struct memory *memory, const struct memory *more, bool *is_new);

/* Forgets SERVER; false where nothing was remembered of it. */
bool memory_remove(struct memory *memory, const char *server);

/* The text, on the heap; NULL when memory is out. */
char *memory_text(const struct memory *memory, size_t *len);

/* The inverse. NULL, and all that is wrong in DIAGNOSTICS, where SOURCE is not such a text. */
struct memory *memory_parse(const struct source *source, struct diagnostics *diagnostics);

/* "3.1.1, aes-128-gmac, aes-128-gcm": what was seen, strongest first, in BUFFER of SIZE bytes. */
const char *memory_words(const struct seen *seen, char *buffer, size_t size);

/* Room for any memory_words(). */
#define MEMORY_WORDS_SIZE 160

#endif
