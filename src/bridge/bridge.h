/*
 * One accepted client: its leg toward the client, its legs toward the servers, and what passes
 * between them. Pure: time, frames and answers are handed in, effects come out (effect.h).
 *
 * After every call of a door drain bridge_effect() until it is empty, then look at bridge_over()
 * and bridge_wake_at(). No door calls back. A bridge belongs to one thread at a time.
 */
#ifndef BRIDGE_BRIDGE_H
#define BRIDGE_BRIDGE_H

#include "bridge/effect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account;
struct bridge;
struct commons;
struct legacy;
struct listener;
struct policy;
struct seen;

/* A point in time: the steady clock for durations, the wall clock for what goes on the wire. */
struct moment {
	uint64_t ms;       /* milliseconds since some fixed point; never goes back */
	uint64_t filetime; /* 100 ns since 1601-01-01 UTC ([MS-DTYP] 2.3.3) */
};

/* What a bridge is born with. */
struct bridge_config {
	struct policy *policy;           /* the bridge takes a reference of its own */
	const struct listener *listener; /* of that policy */
	const struct legacy *legacy;     /* outlives the bridge */
	struct commons *commons;         /* likewise; NULL: nothing is known of other logons */
	const char *client;              /* the client's ADDR:PORT, for the log; copied */
	const char *local;       /* the listener's ADDR:PORT as bound, for the log; copied */
	uint64_t connection;     /* a number of its own in this process, for the log: `conn` */
	uint8_t server_guid[16]; /* who we are to clients ([MS-SMB2] 2.2.4 ServerGuid), one per
				    process */
};

/* A new bridge for a client that has just been accepted; NULL when memory is out. */
struct bridge *bridge_new(const struct bridge_config *config, struct moment now);

/* Frees a bridge whatever its state; jobs under way come back to nobody and are freed with
 * job_free(). */
void bridge_free(struct bridge **bridge);

/* The doors. Each takes what it is handed and may leave effects behind. */

/* A whole message, transport header removed, arrived on LINK. */
void bridge_frame(struct bridge *bridge, unsigned link, struct frame **frame, struct moment now);

/* LINK announced a message of LEN bytes, more than bridge_frame_limit(): nothing of it was read. */
void bridge_frame_too_long(struct bridge *bridge, unsigned link, size_t len, struct moment now);

/* LINK announced a message of LEN bytes, for which there is no memory: nothing of it was read. */
void bridge_frame_no_memory(struct bridge *bridge, unsigned link, size_t len, struct moment now);

/* LINK, dialled by EFFECT_DIAL, is connected; or is not, and ERROR says why, for the log. KNOWN is
 * what is remembered of that server (NULL: nothing); copied. */
void bridge_dialled(struct bridge *bridge, unsigned link, const char *error,
	const struct seen *known, struct moment now);

/* LINK was closed by its peer or broke; WHY is for the log. Not called for links closed by
 * EFFECT_CLOSE. */
void bridge_lost(struct bridge *bridge, unsigned link, const char *why, struct moment now);

/* A job is done. */
void bridge_job_done(struct bridge *bridge, struct job **job, struct moment now);

/*
 * A client that has come back on another connection has proved as ACCOUNT that SESSION, which it
 * had here, is its own: the session ends, at its servers too ([MS-SMB2] 3.3.5.5.3). True: it takes
 * a moment, and EFFECT_LEFT says when it is over; false: nothing of it is here (any more).
 */
bool bridge_supersede(
	struct bridge *bridge, uint64_t session, const struct account *account, struct moment now);

/* What EFFECT_SUMMON asked for is done, wherever SESSION was, if anywhere. */
void bridge_summoned(struct bridge *bridge, uint64_t session, struct moment now);

/* The number of the connection, as in bridge_config, that SESSION belongs to. */
uint64_t bridge_connection_of(uint64_t session);

/* bridge_wake_at() has come. */
void bridge_tick(struct bridge *bridge, struct moment now);

/* The process is stopping: finish what is under way, take nothing new, then close. */
void bridge_stop(struct bridge *bridge, struct moment now);

/* Another policy is in force than the one the bridge was born with: it ends, and its client comes
 * again. */
void bridge_policy_changed(struct bridge *bridge, struct moment now);

/* Moves the oldest effect to *OUT; false when there is none. */
bool bridge_effect(struct bridge *bridge, struct effect *out);

/* When bridge_tick() is due, in moment.ms; UINT64_MAX: not at all. */
uint64_t bridge_wake_at(const struct bridge *bridge);

/* Whether everything is closed and the bridge may be freed. */
bool bridge_over(const struct bridge *bridge);

/* The longest message that LINK may send now, in bytes: small until somebody has logged on. */
size_t bridge_frame_limit(const struct bridge *bridge, unsigned link);

/* Bytes of the client's requests that wait here for a server's credits. */
size_t bridge_held(const struct bridge *bridge);

#endif
