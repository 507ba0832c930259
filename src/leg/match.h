/*
 * Which requests of ours a server still owes an answer, and the credits that it has granted us
 * ([MS-SMB2] 3.2.1.2, 3.2.4.1.5): the back leg's counterpart of window.h. A server may answer
 * nothing that was not asked, and nothing twice.
 */
#ifndef LEG_MATCH_H
#define LEG_MATCH_H

#include "base/fault.h"
#include "base/idmap.h"

#include <stdbool.h>
#include <stdint.h>

struct leg_session;

/* A request that is on its way. Made by match_ask(), freed by match_close() or with its match. */
struct asked {
	uint64_t message_id;
	uint64_t ticket; /* the asker's own number for it, never zero */
	struct leg_session
		*session; /* that it was sent in; NULL for NEGOTIATE and a first SESSION_SETUP */
	uint32_t tree_id;
	uint16_t command;
	bool sealed;    /* so must its answer be */
	bool is_signed; /* so must its answer be */
	bool pending;   /* answered with STATUS_PENDING; async_id is the server's */
	uint64_t async_id;
};

struct match {
	uint64_t next_id;
	uint32_t credits;   /* granted to us, not used */
	struct idmap asked; /* message id -> struct asked */
};

/* Before the NEGOTIATE there is one credit. */
void match_start(struct match *match);

/* Frees what is still asked. */
void match_clear(struct match *match);

/* Whether CHARGE credits are there. */
bool match_can_ask(const struct match *match, uint16_t charge);

/*
 * Uses CHARGE credits and message ids, and returns the record for the first of them, to be filled
 * in; NULL when memory is out or the credits are not there (ask match_can_ask() first).
 */
struct asked *match_ask(struct match *match, uint16_t charge);

/* The request that MESSAGE_ID belongs to, or NULL. */
struct asked *match_find(const struct match *match, uint64_t message_id);

/* Credits an answer brought; more than a server can mean is cut off at MATCH_CREDITS_MAX. */
void match_granted(struct match *match, uint16_t credits);
#define MATCH_CREDITS_MAX 8192u

/* Forgets *ASKED, which has been answered, and leaves NULL behind. */
void match_close(struct match *match, struct asked **asked);

/* Whether the server owes an answer to a request that was sent in SESSION. */
bool match_has_session(const struct match *match, const struct leg_session *session);

/* Forgets every request that was sent in SESSION, which is going away. */
void match_drop_session(struct match *match, const struct leg_session *session);

#endif
