/*
 * What can be wrong, as constant records in one table (faults.def). A `fault` is a pointer to such
 * a record; NULL means that nothing is wrong. Nobody makes one up: a new refusal is a new row.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdint.h>

/* The word for a refusal that log, metrics, status and manual share (reasons.def). */
enum reason {
#define REASON(id, word) REASON_##id,
#include "base/reasons.def"
#undef REASON
	REASON_COUNT
};

/* How much ends with the fault. */
enum cut {
	CUT_MESSAGE, /* the request is answered with the status; all else goes on */
	CUT_LEG,     /* the connection; nothing is answered unless the fault's row names a status */
};

struct fault {
	const char *name;   /* unique, as in faults.def, in lower case */
	enum reason reason;
	uint32_t status;    /* NTSTATUS for the client; STATUS_SUCCESS: no answer is sent */
	enum cut cut;
	const char *cite;   /* the paragraph that demands it, or "" where the rule is our own */
	const char *words;  /* what is wrong, a clause for people, no full stop */
	const char *remedy; /* what an administrator can do, a sentence, or "" */
};

typedef const struct fault *fault;

/* Callers must look at a fault that they are handed. */
#define MUST_CHECK __attribute__((warn_unused_result))

#define FAULT(name, reason, status, cut, cite, words, remedy) extern const struct fault fault_##name;
#include "base/faults.def"
#undef FAULT

/* The reason as its fixed word, such as "bad-signature". */
const char *reason_word(enum reason reason);

/* The I-th row of the table, NULL past its end: for manuals and for tests that want every row. */
fault fault_at(unsigned i);

#endif
