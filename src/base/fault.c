/* The records of faults.def and the words of reasons.def. */
#include "base/fault.h"
#include "base/ntstatus.h"

#include <stddef.h>

#define FAULT(name, reason, status, cut, cite, words, remedy)                                      \
	const struct fault fault_##name = {                                                        \
		#name, REASON_##reason, status, cut, cite, words, remedy};
#include "base/faults.def"
#undef FAULT

static const fault table[] = {
#define FAULT(name, reason, status, cut, cite, words, remedy) &fault_##name,
#include "base/faults.def"
#undef FAULT
};

static const char *const reasons[REASON_COUNT] = {
#define REASON(id, word) [REASON_##id] = word,
#include "base/reasons.def"
#undef REASON
};

const char *
reason_word(enum reason reason)
{
	/* A number from nowhere is our own mistake and is reported as one. */
	return reasons[(unsigned)reason < REASON_COUNT ? reason : REASON_INTERNAL_ERROR];
}

fault
fault_at(unsigned i)
{
	return i < sizeof table / sizeof table[0] ? table[i] : NULL;
}
