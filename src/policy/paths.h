/*
 * Rules for paths below a share: which of them speak of a file, by the name that its server gives
 * it, and what these come to with those for the share.
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

/* Where what a request touches lies: what the rules are asked with. */
struct scope {
	enum reach reach;
	const char *name; /* as path_fold() gives it; not looked at with REACH_ALL */
	bool is_sure;     /* nothing but what REACH says is touched: what is exempt there counts */
};

/*
 * The rules below \\UNC_SERVER\SHARE at UPSTREAM, with those that hold for the share, in *OUT;
 * NULL there if there are none below it. The caller frees them. policy_undecided where that cannot
 * be told.
 */
MUST_CHECK fault paths_new(const struct policy *policy, const struct upstream *upstream,
	const char *unc_server, const char *share, struct paths **out);

/* NULL is none; leaves NULL behind. */
void paths_free(struct paths **paths);

/*
 * What is demanded at SCOPE, by the rules for the share and by those for paths that it comes within
 * reach of, less what a rule exempts from that holds for all of it. Whether no rule for a path can
 * add to that, wherever it lies.
 */
bool paths_decide(const struct paths *paths, const struct scope *scope, struct verdict *out);

/*
 * Walks the paths that a rule exempts from something: *OUT is what is demanded there. Start with
 * *AT = 0; false: there are no more.
 */
bool paths_exempt_next(const struct paths *paths, size_t *at, struct verdict *out);

/* Whether WAIVER is by a rule for a path, and has not been told of before: it counts as told then.
 */
bool paths_tell(struct paths *paths, enum requirement what, const struct waiver *waiver);

/* How many rules for paths there are. */
size_t paths_count(const struct paths *paths);

/* Whether any of them, audited or not, wants privacy. */
bool paths_want_privacy(const struct paths *paths);

/* Whether NAME is DIRECTORY or lies below it; both as path_fold() gives them. */
bool path_is_within(const char *name, const char *directory);

#endif
