/*
 * One question to a server, on a connection of its own: what does it negotiate of an offer? And, if
 * that is asked, does it let somebody in whom nobody knows? Pure: frames go in and out.
 */
#ifndef BRIDGE_SOUNDING_H
#define BRIDGE_SOUNDING_H

#include "auth/initiator.h"
#include "leg/leg.h"

/* Mechanisms that a server may name in its answer to NEGOTIATE. */
enum sounding_mechanism { MECHANISM_KERBEROS = 1, MECHANISM_NTLM = 2, MECHANISM_NEGOEX = 4 };

/* What becomes of a logon with a name and a password that were made up for it. */
enum sounding_stranger {
	STRANGER_UNASKED,
	STRANGER_REFUSED,
	STRANGER_IS_GUEST,
	STRANGER_IS_NOBODY
};

struct sounding {
	/* The question, filled in by the caller; the rest is zero. */
	struct offer offer;
	const struct legacy *legacy; /* NULL: nobody logs on */
	/* The answer, so far. */
	bool negotiated;     /* terms are fixed: the server took something of the offer */
	fault found;         /* why they are not, or are not to be had; NULL: it said no */
	unsigned mechanisms; /* MECHANISM_* */
	enum sounding_stranger stranger;
	/* Its own. */
	struct leg leg;
	struct initiator *initiator;
	struct leg_session *session;
};

/* Begins: the first message, for a connection that is there; NULL when memory is out. */
struct frame *sounding_begin(struct sounding *sounding);

/* The server's MESSAGE, which stays the caller's. The next message to send, or NULL: that is all.
 */
struct frame *sounding_take(struct sounding *sounding, struct frame *message, uint64_t filetime);

/* Frees what is its own; the answer stays. */
void sounding_end(struct sounding *sounding);

#endif
