/* Front sessions: who the client is, from its first token to LOGOFF ([MS-SMB2] 3.3.5.5, 3.3.5.6).
 */
#ifndef BRIDGE_LOGIN_H
#define BRIDGE_LOGIN_H

#include "bridge/journal.h"

struct job;

/* SESSION_SETUP, alone in its frame. */
void login_take(struct bridge *bridge, struct inbound *in, struct message *m);

/* A worker has judged a token. Takes the job's parts; the caller frees the job. */
void login_judged(struct bridge *bridge, struct job *job);

/* A server has been asked again, for LOGIN's new logon, or ahead of the end with nobody waiting. */
void login_renewed(struct bridge *bridge, struct login *login);

/* As bridge_supersede() and bridge_summoned() of bridge.h. */
bool login_supersede(struct bridge *bridge, uint64_t session, const struct account *account);
void login_summoned(struct bridge *bridge, uint64_t session);

/* When the first login that waits for a summons does so no longer, in moment.ms, and what then. */
uint64_t login_deadline(const struct bridge *bridge);
void login_tick(struct bridge *bridge);

/* Whether LOGIN's client has to log on again before it gets anything more. */
bool login_has_ended(const struct bridge *bridge, const struct login *login);

/* LOGOFF. */
void login_take_logoff(struct bridge *bridge, struct login *login, const struct message *m);

/* A server has taken our LOGOFF for LOGIN, or cannot: when it was the last, LOGIN ends and a LOGOFF
 * of the client's is answered. */
void login_left(struct bridge *bridge, struct login *login);

/* The login of front session ID, or NULL. */
struct login *login_find(const struct bridge *bridge, uint64_t id);

/* Frees LOGIN without a word to anybody: for the end of the bridge. */
void login_free(struct bridge *bridge, struct login *login);

#endif
