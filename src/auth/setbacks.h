/*
 * Secrets that were refused, and how often in a row: so that one that has gone stale is not shown
 * to a domain or a server until the account is locked there. Three tries in a row are free; then
 * nobody is asked for a while, and once after that. One memory for the process, from any thread.
 *
 * Only answers that speak of the secret or its account count, not that somebody could not be asked.
 */
#ifndef AUTH_SETBACKS_H
#define AUTH_SETBACKS_H

#include "auth/clock.h"
#include "base/fault.h"
#include "base/span.h"

#include <stdbool.h>

/*
 * The ladder. Lockout counters start anew after some 30 minutes: in no 30 minutes are there more
 * than four tries, where the lowest threshold in use is five.
 */
#define SETBACKS_FREE 3u
#define SETBACKS_FIRST_MS (10u * 60 * 1000)
#define SETBACKS_NEXT_MS (30u * 60 * 1000)
#define SETBACKS_LIFE_MS (60u * 60 * 1000) /* without a new try; then all is forgotten */

/* What is remembered at once; what has not been tried for longest goes. */
#define SETBACKS_MAX 4096u

/* The most parts of a key. */
#define SETBACKS_PARTS 6u

struct setbacks;

/* What was answered, and what that means for the next try. */
struct setback {
	unsigned refusals;       /* in a row */
	const char *last;        /* what was said last, in words that live for ever */
	uint32_t status;         /* and as NTSTATUS; STATUS_SUCCESS: there was none */
	uint64_t until_filetime; /* nobody is asked before */
};

/* A try under way, which others of its kind may have to wait for; all zero: there is none. */
struct setbacks_try {
	struct setbacks *setbacks;
	uint64_t key;
};

enum setbacks_word {
	SETBACKS_GO,    /* ask, and then say what came of it */
	SETBACKS_WAIT,  /* as many tries as are free are under way: come back when one has ended */
	SETBACKS_QUIET, /* do not ask */
	SETBACKS_ERROR, /* memory or the cryptographic library failed: do not ask */
};

/* NULL where memory or randomness is out. CONTEXT is handed to CLOCK, and outlives it. */
struct setbacks *setbacks_new(auth_clock *clock, void *context);

/* Wipes and frees *SETBACKS (which may be NULL). No try is under way any more. */
void setbacks_free(struct setbacks **setbacks);

/*
 * May what the COUNT spans at PARTS (at most SETBACKS_PARTS) say be tried? They are who, where, and
 * the secret where we have it, so that a new one is another key; no more than a keyed digest of
 * them is kept. GO fills in TRY, QUIET fills in WHY. SETBACKS may be NULL: nothing is remembered,
 * GO.
 */
enum setbacks_word setbacks_begin(struct setbacks *setbacks, const struct span *parts, size_t count,
	struct setbacks_try *try, struct setback *why) MUST_CHECK;

/* The try, if there is one, has ended: it went well; it was refused, with words that live for ever;
 * nobody knows. */
void setbacks_passed(struct setbacks_try *try);
void setbacks_refused(struct setbacks_try *try, const char *words, uint32_t status);
void setbacks_dropped(struct setbacks_try *try);

/* WHY as a sentence for the log, on the heap; NULL when memory is out. */
char *setback_text(const struct setback *why);

#endif
