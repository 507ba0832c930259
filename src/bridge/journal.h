/* What a bridge tells the log: who, where, how strong, and why not. */
#ifndef BRIDGE_JOURNAL_H
#define BRIDGE_JOURNAL_H

#include "bridge/parts.h"

/* What a line is about, as far as it is known; all may be NULL. */
struct about {
	const struct login *login;
	const struct tree *tree;
	const struct back *back;
	const struct need *need; /* the demand of the policy that is unmet */
	const char *user;        /* as claimed, where nobody has logged on */
	const char *unc;
	const char *path;   /* below the share, as the server calls it where it has been asked */
	const char *detail; /* in the words of whoever failed */
};

/* An event that names conn, client and listener; NULL when memory is out. */
struct event *journal_event(const struct bridge *bridge, enum level level, const char *name);

/* Adds user, unc, server, rule and both legs' strength, as far as ABOUT (may be NULL) knows them.
 */
void journal_about(const struct bridge *bridge, struct event *event, const struct about *about);

/* Leaves *EVENT among the bridge's effects. */
void journal_write(struct bridge *bridge, struct event **event);

/* The line "exempted": a demand of the policy, WHAT, does not count for TREE; PATH: for that below
 * it, or NULL. */
void journal_exempted(struct bridge *bridge, const struct tree *tree, const char *path,
	enum requirement what, const struct waiver *waiver);

/* The same for each demand that does not count for TREE itself. */
void journal_exempted_all(struct bridge *bridge, const struct tree *tree);

/* The line "refused": ACTION is "refuse" or "would-refuse", STATUS what the client is told (0:
 * nothing). */
void journal_refused(struct bridge *bridge, fault what, const char *action, uint32_t status,
	const struct about *about);

/* The line "renewed": BACKING rests on tickets for LIFE more seconds (zero: without end). */
void journal_renewed(struct bridge *bridge, const struct backing *backing, uint32_t life);

/* The line "renewal-failed": that was to be so, and WHAT (DETAIL may be NULL) is why it is not. */
void journal_renewal_failed(
	struct bridge *bridge, const struct backing *backing, fault what, const char *detail);

#endif
