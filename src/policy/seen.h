/*
 * What one server was seen to be capable of. Only facts that were proven are put in here, and they
 * only ever add up: nothing that a server does, or somebody in its place, takes one away.
 */
#ifndef POLICY_SEEN_H
#define POLICY_SEEN_H

#include <stdbool.h>
#include <stdint.h>

/* Algorithms go by their numbers on the wire, [MS-SMB2] 2.2.3.1.7 and 2.2.3.1.2 (0: no cipher). */
#define SEEN_SIGNING 3
#define SEEN_CIPHERS 5

/* That the server chose an algorithm. */
struct choice {
	uint64_t since; /* seconds since 1970 in UTC; 0: it was not seen to */
	uint16_t over;  /* the others that it could have had instead, a bit for each number */
};

/*
 * All zero: nothing was seen. Kerberos has its seat here, once a server leg can log on by it: that
 * a server was seen to take it is one fact more.
 */
struct seen {
	uint16_t dialect; /* the highest, DialectRevision of [MS-SMB2] 2.2.4; 0: none */
	uint64_t dialect_since;
	struct choice signing[SEEN_SIGNING]; /* of 3.1.1, where there is a choice */
	struct choice ciphers[SEEN_CIPHERS];
};

/* Adds MORE to SEEN, each fact with the date on which it came first; whether anything was new. */
bool seen_add(struct seen *seen, const struct seen *more);

#endif
