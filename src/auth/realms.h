/*
 * Realms whose KDCs do not answer, so that who needs one of them is told at once, and does not hold
 * up those who need another. At a realm that is silent one asks now and then, and the others fail
 * with what is known. One memory for the process, from any thread.
 */
#ifndef AUTH_REALMS_H
#define AUTH_REALMS_H

#include "auth/clock.h"

#include <stdbool.h>

/* So many may wait for one realm at once, while it answers; fewer than there are threads for all.
 */
#define REALMS_VISITS 4u

/* A realm that has kept those who wait for so long is silent. */
#define REALMS_PATIENCE_MS 3000u

/* How long a realm that did not answer is left alone: so often somebody looks whether it is back,
 */
#define REALMS_SILENCE_MS 5000u

/* unless so many are there already. The library gives up by itself after 27 s for each KDC. */
#define REALMS_PROBES 8u

/* Realms that are remembered at once. */
#define REALMS_MAX 64u

struct realms;

enum realms_word {
	REALMS_GO,     /* ask, and say realms_leave() when that is over */
	REALMS_WAIT,   /* as many ask as may: come back in a moment */
	REALMS_SILENT, /* do not ask */
};

/* NULL when memory is out. CONTEXT is handed to CLOCK, and outlives it. */
struct realms *realms_new(auth_clock *clock, void *context);

/* Frees *REALMS (which may be NULL). Nobody is at a realm any more. */
void realms_free(struct realms **realms);

/* May a KDC of NAME be asked? GO fills in *SINCE. REALMS may be NULL: nothing is remembered, GO. */
enum realms_word realms_enter(struct realms *realms, const char *name, uint64_t *since);

/* After REALMS_GO, with its SINCE: nobody has been asked after all. */
void realms_withdraw(struct realms *realms, const char *name, uint64_t since);

/* After REALMS_GO, with its SINCE: whether a KDC has ANSWERED, whatever it was. */
void realms_leave(struct realms *realms, const char *name, uint64_t since, bool answered);

#endif
