/* Where something was said, as text. */
#include "policy/place.h"

#include <stdio.h>

const char *
place_text(const struct place *place, char *buffer, size_t size)
{
	if (place->line)
		(void)snprintf(buffer, size, "%s:%u", place->file, place->line);
	else
		(void)snprintf(buffer, size, "%s", place->file);
	return buffer;
}
