/*
 * One question to a server, on a connection of its own: what does it negotiate of an offer? And, if
 * that is asked, whom does it take somebody for who logs on? Frames go in and out; where that one
 * comes by Kerberos, taking a frame may block.
 */
#ifndef BRIDGE_SOUNDING_H
#define BRIDGE_SOUNDING_H

#include "auth/initiator.h"
#include "leg/leg.h"

/* Mechanisms that a server may name in its answer to NEGOTIATE. */
enum sounding_mechanism { MECHANISM_KERBEROS = 1, MECHANISM_NTLM = 2, MECHANISM_NEGOEX = 4 };

/* As what the server lets in who logs on. */
enum sounding_standing {
	STANDING_UNKNOWN, /* it was not asked, or did not answer */
	STANDING_REFUSED, /* one of both ends was not content with the other */
	STANDING_DOUBTED, /* let in, but the server has not shown what it must */
	STANDING_USER,    /* as itself: its signature has shown that the server has our key */
	STANDING_GUEST,
	STANDING_NOBODY
};

/* Room for any `detail`. */
#define SOUNDING_DETAIL_SIZE 512

/* How the logon ended. */
struct sounding_logon {
	enum sounding_standing standing;
	fault refused;         /* where STANDING_REFUSED or STANDING_DOUBTED: why */
	fault passed_over;     /* why a stronger way to log on could not be gone, or NULL */
	const char *mechanism; /* by which STANDING_USER is; NULL: none */
	bool mutual;           /* the server has proved that it is the principal that was meant */
	char detail[SOUNDING_DETAIL_SIZE]; /* about `refused` or `passed_over`; or empty */
};

struct sounding {
	/* The question, filled in by the caller; the rest is zero. */
	struct offer offer;
	const struct initiator_config *who; /* NULL: nobody logs on, … */
	bool nameless;                      /* … or somebody does who gives no name */
	/* The answer, so far. */
	bool negotiated;     /* terms are fixed: the server took something of the offer */
	fault found;         /* why they are not, or are not to be had; NULL: it said no */
	unsigned mechanisms; /* MECHANISM_* */
	struct sounding_logon logon;
	/* Its own. */
	struct leg leg;
	struct initiator *initiator;
	struct leg_session *session;
	unsigned nameless_said; /* messages */
};

/* Begins: the first message, for a connection that is there; NULL when memory is out. */
struct frame *sounding_begin(struct sounding *sounding);

/* The server's MESSAGE, which stays the caller's. The next message to send, or NULL: that is all.
 */
struct frame *sounding_take(struct sounding *sounding, struct frame *message, uint64_t filetime);

/* Frees what is its own; the answer stays. */
void sounding_end(struct sounding *sounding);

#endif
