/* Dates as text: RFC 3339, whole seconds, in UTC. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#define DATE_TEXT_SIZE sizeof "2000-01-01T00:00:00Z"

/* The last second that has a date here: of the year 9999. */
#define DATE_MAX 253402300799ull

/* SECONDS since 1970, at most DATE_MAX, as text. Returns BUFFER. */
const char *date_text(uint64_t seconds, char buffer[DATE_TEXT_SIZE]);

/* The inverse; false where TEXT is no date after 1970 in exactly this form. */
bool date_parse(const char *text, uint64_t *seconds);

#endif
