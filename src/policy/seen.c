/* What one server was seen to be capable of. */
#include "policy/seen.h"

#include <stddef.h>

static bool
add_choices(struct choice *choices, const struct choice *more, size_t count)
{
	bool is_new = false;

	for (size_t i = 0; i < count; i++) {
		if (!more[i].since)
			continue;
		is_new |= !choices[i].since || more[i].over & ~choices[i].over;
		if (!choices[i].since)
			choices[i].since = more[i].since;
		choices[i].over |= more[i].over;
	}
	return is_new;
}

bool
seen_add(struct seen *seen, const struct seen *more)
{
	bool is_new = more->dialect > seen->dialect;

	if (is_new) {
		seen->dialect = more->dialect;
		seen->dialect_since = more->dialect_since;
	}
	is_new |= add_choices(seen->signing, more->signing, SEEN_SIGNING);
	is_new |= add_choices(seen->ciphers, more->ciphers, SEEN_CIPHERS);
	return is_new;
}
