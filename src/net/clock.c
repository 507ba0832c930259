/* What time it is: the one place that asks. */
#include "net/clock.h"

#include <stdio.h>
#include <time.h>

/* Seconds from 1601-01-01, where FILETIME begins ([MS-DTYP] 2.3.3), to 1970-01-01. */
#define FILETIME_EPOCH 11644473600ULL

uint64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct moment
clock_moment(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (struct moment){
		.ms = clock_ms(),
		.filetime = ((uint64_t)t.tv_sec + FILETIME_EPOCH) * 10000000 +
			    (uint64_t)t.tv_nsec / 100,
	};
}

const char *
clock_text(char buffer[CLOCK_TEXT_SIZE])
{
	char seconds[sizeof "2000-01-01T00:00:00"];
	struct timespec t;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buffer, CLOCK_TEXT_SIZE, "%s.%03uZ", seconds,
		(unsigned)(t.tv_nsec / 1000000) % 1000);
	return buffer;
}
