/* A login's sessions at the servers: the role of a client that logs on
 * ([MS-SMB2] 3.2.4.2.3, 3.2.5.3). */
#ifndef BRIDGE_BACKING_H
#define BRIDGE_BACKING_H

#include "bridge/journal.h"

struct job;

/*
 * LOGIN's session at BACK, which is READY: made and begun if need be, KERBEROS_ONLY or as the
 * policy admits; NULL when memory is out.
 */
struct backing *backing_want(
	struct bridge *bridge, struct login *login, struct back *back, bool kerberos_only);

/* The one there is, or NULL. */
struct backing *backing_find(const struct login *login, const struct back *back);

/* Whether it has logged on, and has not lost that. */
bool backing_is_on(const struct backing *backing);

/* Whether LOGIN can be expected to log on to BACK, which is READY, with mutual authentication. */
bool backing_may_be_mutual(const struct login *login, const struct back *back);

/* A worker has made or judged a token. Takes the job's parts; the caller frees the job. */
void backing_judged(struct bridge *bridge, struct job *job);

/* Logs on again where LOGIN's session has expired, as the server said or its tickets say. True:
 * login_renewed() will follow. */
bool backing_renew_all(struct bridge *bridge, struct login *login);

/* LOGIN's client has shown something new: what could not be renewed by what it had shown before is
 * tried again. */
void backing_hope_all(struct bridge *bridge, struct login *login);

/* Says LOGOFF at every server: login->leaving counts the answers, login_left() follows each. */
void backing_leave_all(struct bridge *bridge, struct login *login);

/* BACK's connection is gone: no login has a session there any more, or waits for it. */
void backing_forget_all(struct bridge *bridge, const struct back *back);

/* When the earliest logon under way at BACK must be done, or a session there is to be renewed, in
 * moment.ms; and what then. */
uint64_t backing_deadline(const struct bridge *bridge, const struct back *back);
void backing_tick(struct bridge *bridge, struct back *back);

/* Frees LOGIN's backings; sessions that nobody has taken leave of end with them. */
void backing_free_all(struct bridge *bridge, struct login *login);

#endif
