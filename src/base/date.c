/* Dates as text. The calendar is counted in years that begin in March: leap days come last. */
#include "base/date.h"

#include <stdio.h>
#include <string.h>

#define DAY_SECONDS 86400u

/* Days from 0000-03-01 to 1970-01-01, and in 400 years. */
#define DAYS_TO_1970 719468u
#define DAYS_400 146097u

/* Days from 1970-01-01 to the date. */
static uint64_t
days_of(unsigned year, unsigned month, unsigned day)
{
	unsigned y = month <= 2 ? year - 1 : year;
	unsigned since_march = (month + 9) % 12;

	return (uint64_t)y * 365 + y / 4 - y / 100 + y / 400 + (153 * since_march + 2) / 5 + day -
	       1 - DAYS_TO_1970;
}

const char *
date_text(uint64_t seconds, char buffer[DATE_TEXT_SIZE])
{
	unsigned days =
		(unsigned)((seconds <= DATE_MAX ? seconds : DATE_MAX) / DAY_SECONDS) + DAYS_TO_1970;
	unsigned time = (unsigned)((seconds <= DATE_MAX ? seconds : DATE_MAX) % DAY_SECONDS);
	unsigned of_era = days % DAYS_400;
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned since_march = (5 * of_year + 2) / 153;
	unsigned month = since_march < 10 ? since_march + 3 : since_march - 9;
	char text[80];

	year += days / DAYS_400 * 400 + (month <= 2);
	snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02uZ", year, month,
		of_year - (153 * since_march + 2) / 5 + 1, time / 3600, time / 60 % 60, time % 60);
	memcpy(buffer, text, DATE_TEXT_SIZE - 1);
	buffer[DATE_TEXT_SIZE - 1] = '\0';
	return buffer;
}

bool
date_parse(const char *text, uint64_t *seconds)
{
	unsigned year, month, day, hour, minute, second;
	char back[DATE_TEXT_SIZE];

	if (strlen(text) != DATE_TEXT_SIZE - 1 ||
		sscanf(text, "%4u-%2u-%2uT%2u:%2u:%2uZ", &year, &month, &day, &hour, &minute,
			&second) != 6)
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1)
		return false;
	*seconds = days_of(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
	/* Whatever is no date, or written otherwise, comes back as something else. */
	return *seconds > 0 && *seconds <= DATE_MAX && strcmp(date_text(*seconds, back), text) == 0;
}
