/*
 * What is wrong with a policy, all of it at once, said as compilers say it:
 * file:line:column: error: sentence, the line itself, and a caret below the culprit.
 */
#ifndef POLICY_DIAGNOSTICS_H
#define POLICY_DIAGNOSTICS_H

#include "policy/place.h"

#include <stdbool.h>
#include <stdio.h>

enum severity {
	SEVERITY_ERROR,   /* what was asked for is wrong: exit status 1 */
	SEVERITY_FAILURE, /* the environment failed, such as an unreadable file: exit status 3 */
	SEVERITY_WARNING, /* it is taken as it stands */
};

struct diagnostic {
	enum severity severity;
	char *file;
	unsigned line, column; /* line 0: nothing but the file can be named */
	char *source; /* the line of the file without its end, secrets masked; NULL: not shown */
	char *sentence;
};

/* How many are kept; the rest is counted only. */
#define DIAGNOSTICS_KEPT 200

/* A longer sentence is cut. */
#define DIAGNOSTIC_SENTENCE_SIZE 1024

struct diagnostics;

/* An empty collection; NULL when memory is out. */
struct diagnostics *diagnostics_new(void);
void diagnostics_free(struct diagnostics **diagnostics);

/*
 * Adds one. PLACE's file, SOURCE (may be NULL) and the sentence are copied. The sentence has no
 * full stop at its end. What cannot be kept for want of memory is still counted. DIAGNOSTICS may be
 * NULL.
 */
__attribute__((format(printf, 5, 6))) void diagnostics_add(struct diagnostics *diagnostics,
	enum severity severity, const struct place *place, const char *source, const char *format,
	...);

/* Whether further ones are only counted. */
bool diagnostics_full(const struct diagnostics *diagnostics);

/* How many were added: errors and failures together, and warnings. */
size_t diagnostics_errors(const struct diagnostics *diagnostics);
size_t diagnostics_warnings(const struct diagnostics *diagnostics);

/* What a command exits with: 0; 1 where there are errors; 3 where there are failures only. */
int diagnostics_exit_status(const struct diagnostics *diagnostics);

/* Orders what is kept by file (in the order of their first mention), line and column. */
void diagnostics_sort(struct diagnostics *diagnostics);

/* The I-th that is kept, or NULL past the end. */
const struct diagnostic *diagnostics_at(const struct diagnostics *diagnostics, size_t i);

/* Sorts and writes all to STREAM. Control characters out of files are shown as '?'. */
void diagnostics_print(struct diagnostics *diagnostics, FILE *stream);

#endif
