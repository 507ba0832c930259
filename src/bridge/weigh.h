/*
 * What a tree demands of both legs, held against what they are: before a word goes to the server,
 * before the client hears of its share, and at every command.
 */
#ifndef BRIDGE_WEIGH_H
#define BRIDGE_WEIGH_H

#include "bridge/journal.h"

/*
 * The first demand of TREE's verdict that a leg does not meet is the fault, and *NEED (else NULL)
 * says which it is; one under audit is let through. So is one that does not count for something
 * below the share, if that meets all that does: then what the tree is used for is to be judged
 * request by request (custody.h). A server that is not READY yet is not looked at.
 */
fault weigh_tree(
	const struct bridge *bridge, const struct tree *tree, const struct need **need) MUST_CHECK;

/* The same, and logs as would-refuse what is let through. */
fault weigh_tree_aloud(
	struct bridge *bridge, const struct tree *tree, const struct need **need) MUST_CHECK;

/* The same without regard to what lies below it: whether the share itself is served. */
fault weigh_share(
	const struct bridge *bridge, const struct tree *tree, struct need *need) MUST_CHECK;

/* Whether nothing of TREE could be served once its server has been logged on to by NTLM. */
bool weigh_takes_kerberos(const struct bridge *bridge, const struct tree *tree);

/* What a verdict comes to: what is enforced and unmet, and what is audited and unmet. */
struct weighed {
	fault enforced, audited; /* NULL: nothing is */
	const struct need *need, *audited_need;
};

/*
 * VERDICT, on something below TREE's share, held against both legs as they are for a request that
 * came IS_SEALED or not, and that is sealed toward the server if that is wanted and can be.
 */
struct weighed weigh_path(const struct bridge *bridge, const struct tree *tree,
	const struct verdict *verdict, bool is_sealed);

/* The same for a request in TREE, IS_SEALED or not as it came. */
fault weigh_request(const struct bridge *bridge, const struct tree *tree, bool is_sealed,
	const struct need **need) MUST_CHECK;

#endif
