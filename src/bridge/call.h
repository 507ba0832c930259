/* The tickets of requests under way. */
#ifndef BRIDGE_CALL_H
#define BRIDGE_CALL_H

#include "bridge/parts.h"

/* A call for the client's request M; NULL when memory is out. The caller owns it until it is sent.
 */
struct call *call_new(struct bridge *bridge, struct login *login, const struct message *m);

/* A call of our own at BACK, for which no client waits. */
struct call *call_new_own(struct bridge *bridge, struct back *back, on_answer *answered);

/* Frees *CALL, wherever it hangs, and leaves NULL behind. */
void call_free(struct bridge *bridge, struct call **call);

/* Frees HEAD (which may be NULL) and all that are compounded after it. */
void call_free_all(struct bridge *bridge, struct call *head);

/* The call with TICKET that a server owes an answer, or NULL. */
struct call *call_find(const struct bridge *bridge, uint64_t ticket);

/* The client's request that a CANCEL with HEADER means ([MS-SMB2] 3.3.5.16), or NULL. */
struct call *call_meant_by(const struct bridge *bridge, const struct smb2_header *header);

/* Frees each call of LOGIN, or of BACK, or of TREE (those that are not NULL): nobody waits any
 * more. */
void call_drop(struct bridge *bridge, const struct login *login, const struct back *back,
	const struct tree *tree);

/* Calls now owned by the bridge and known by their ticket. False when memory is out. */
bool call_enter(struct bridge *bridge, struct call *call);

#endif
