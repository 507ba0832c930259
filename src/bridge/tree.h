/* Tree connects: where the policy is asked ([MS-SMB2] 3.3.5.7, 3.2.4.2.4, 3.2.5.5). */
#ifndef BRIDGE_TREE_H
#define BRIDGE_TREE_H

#include "bridge/journal.h"

/* TREE_CONNECT in LOGIN. */
void tree_take(struct bridge *bridge, struct login *login, const struct message *m);

/* Something that trees at BACK may wait for has happened: it is ready, down, or logged on to. */
void tree_go_on_all(struct bridge *bridge, const struct back *back);

/* The connection of BACK is gone, and no tree at it was ON: they all wait for it once more. */
void tree_wait_again(struct bridge *bridge, const struct back *back);

/* Refuses the trees of LOGIN that wait for BACK. */
void tree_refuse_waiting(struct bridge *bridge, struct login *login, const struct back *back,
	fault what, const char *detail);

/* The tree with ID in LOGIN, or NULL; only one that is ON. */
struct tree *tree_find(const struct login *login, uint32_t id);

/* Ends TREE and its opens on our side. */
void tree_free(struct bridge *bridge, struct tree *tree);

#endif
