/* Where something was said: a line of the policy, so that every refusal can name its reason's
 * origin. */
#ifndef POLICY_PLACE_H
#define POLICY_PLACE_H

#include <stddef.h>

/* FILE lives as long as the policy that the place belongs to. Line 0: not in a file ("built-in").
 */
struct place {
	const char *file;
	unsigned line, column; /* from 1 on; columns count characters */
};

/* Room for any place_text() whose file name is not longer than a path may be. */
#define PLACE_TEXT_SIZE 4128

/* "file:line", or the file's name alone for line 0, in BUFFER of SIZE bytes, cut where it does not
 * fit. Returns BUFFER. */
const char *place_text(const struct place *place, char *buffer, size_t size);

#endif
