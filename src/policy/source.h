/* One file of the policy as it was read: its bytes, and its lines for whoever has to complain about
 * one. */
#ifndef POLICY_SOURCE_H
#define POLICY_SOURCE_H

#include "policy/diagnostics.h"

#include <stdbool.h>

/* A longer file is refused: ten thousand rules take a quarter of it. */
#define SOURCE_MAX (4u << 20)

enum source_kind {
	SOURCE_PUBLIC,
	SOURCE_GUARDED, /* nobody else may write it */
	SOURCE_SECRET,  /* holds passwords: nobody else may read it, its lines are shown masked */
};

struct source {
	enum source_kind kind;
	char *path;
	char *text; /* LEN bytes and a NUL */
	size_t len;
};

/*
 * Reads the regular file PATH. A guarded or secret one must not be a symbolic link, must belong to
 * the running user or to root, and must not be open to group or others: a guarded one for writing,
 * a secret one at all. On failure says so at NAMED (whose line
 * is LINE, may be NULL) and returns NULL.
 */
struct source *source_read(const char *path, enum source_kind kind, const struct place *named,
	const char *line, struct diagnostics *diagnostics);

/* Whether PATH is fit to be a secret file, as source_read() judges it; said at NAMED if not. */
bool source_is_fit_secret(const char *path, const struct place *named, const char *line,
	struct diagnostics *diagnostics);

/* The same from memory: copies; NULL when memory is out or TEXT is longer than SOURCE_MAX. */
struct source *source_of_text(
	const char *path, enum source_kind kind, const char *text, size_t len);

/* Wipes a secret one. */
void source_free(struct source **source);

/*
 * Line number LINE (from 1 on) without its end, on the heap; NULL past the end. Of a secret source
 * nothing is shown but the keys that such a file has.
 */
char *source_line(const struct source *source, unsigned line);

/*
 * Adds a diagnostic about LINE and COLUMN of SOURCE, the line included; as diagnostics_add(). What
 * would not be kept is only counted: no line is looked up for it.
 */
__attribute__((format(printf, 6, 7))) void source_complain(const struct source *source,
	struct diagnostics *diagnostics, enum severity severity, unsigned line, unsigned column,
	const char *format, ...);

#endif
