/* A server's connection: dialled, negotiated, fed with requests as its credits allow, lost. */
#ifndef BRIDGE_BACK_H
#define BRIDGE_BACK_H

#include "bridge/journal.h"

/* What UPSTREAM is offered: what the policy admits, and no more than we can hold; OUT's guid is
 * zero. */
void back_offer(const struct upstream *upstream, struct offer *out);

/* The bridge's back for UPSTREAM, made if need be (IDLE); NULL when memory is out. */
struct back *back_for(struct bridge *bridge, const struct upstream *upstream);

/* The back whose present connection is LINK, or NULL. */
struct back *back_on_link(const struct bridge *bridge, unsigned link);

/*
 * Sees to it that BACK is on its way to READY. True: it is, or is there; false: it is down, and was
 * found so a moment ago: down_fault says why.
 */
bool back_want(struct bridge *bridge, struct back *back);

/* The doors of bridge.h for a back's link. */
void back_dialled(
	struct bridge *bridge, struct back *back, const char *error, const struct seen *known);
void back_frame(struct bridge *bridge, struct back *back, struct frame **frame);
void back_lost(struct bridge *bridge, struct back *back, const char *why);

/* What was negotiated with BACK has been proven to be what the server said: it may be remembered.
 */
void back_proven(struct bridge *bridge, struct back *back);

/*
 * WHAT is wrong on the leg to BACK: its connection ends, and those who wait for it are refused.
 * Where the client has trees on it the client's connection ends as well, as it would without us.
 */
void back_fail(struct bridge *bridge, struct back *back, fault what, const struct about *about);

/* BACK has been asked for a share: it has limits.logon_time to answer. */
void back_await_share(struct bridge *bridge, struct back *back);

/* Looks at the deadline. */
void back_tick(struct bridge *bridge, struct back *back);

/* Closes the connection if there is one and forgets all that hung on it. */
void back_close(struct bridge *bridge, struct back *back);

/* Frees every back. */
void back_free_all(struct bridge *bridge);

#endif
