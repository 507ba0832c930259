/*
 * Rules for paths below a share: which of them speak of a file, by the name that its server gives
 * it, and what the share's verdict comes to with them.
 */
#ifndef POLICY_PATHS_H
#define POLICY_PATHS_H

#include "policy/decide.h"

/* The rules below one share. Lives no longer than the policy. */
struct paths;

/* How much of a tree a request touches. */
enum reach {
	REACH_NAME,   /* what is named, which lies in the directories above it */
	REACH_AROUND, /* and what lies below it: a directory is moved, or watched as a tree */
	REACH_ALL,    /* nobody can say: whatever there is a rule for */
};

/*
 * The rules below \\UNC_SERVER\SHARE at UPSTREAM in *OUT, NULL there if there are none; the
 * caller frees them. policy_undecided where that cannot be told.
 */
MUST_CHECK fault paths_new(const struct policy *policy, const struct upstream *upstream,
	const char *unc_server, const char *share, struct paths **out);

/* NULL is none; leaves NULL behind. */
void paths_free(struct paths **paths);

/*
 * What is demanded of NAME (as path_fold() gives it; not looked at with REACH_ALL): SHARE, the
 * verdict on the share itself, and in *OUT with what the rules that NAME comes within REACH of add
 * to it. How many rules those are.
 */
size_t paths_decide(const struct paths *paths, const struct verdict *share, enum reach reach,
	const char *name, struct verdict *out);

/* How many there are. */
size_t paths_count(const struct paths *paths);

/* Whether any of them, audited or not, wants privacy. */
bool paths_want_privacy(const struct paths *paths);

/* Whether NAME is DIRECTORY or lies below it; both as path_fold() gives them. */
bool path_is_within(const char *name, const char *directory);

#endif
