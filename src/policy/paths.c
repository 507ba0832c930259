/* Rules for paths below a share. */
#include "policy/paths.h"

#include "policy/pattern.h"
#include "policy/sections.h"

#include <stdlib.h>
#include <string.h>

struct paths {
	enum mode mode; /* the policy's */
	size_t count;
	const struct rule *rules[];
};

bool
path_is_within(const char *name, const char *directory)
{
	size_t len = strlen(directory);

	if (len == 0)
		return true;
	return strncmp(name, directory, len) == 0 && (name[len] == '\0' || name[len] == '\\');
}

fault
paths_new(const struct policy *policy, const struct upstream *upstream, const char *unc_server,
	const char *share, struct paths **out)
{
	struct unc unc;
	struct paths *paths;
	size_t count = 0;

	*out = NULL;
	for (size_t i = 0; i < policy->rule_count; i++)
		count += policy->rules[i].path != NULL;
	if (count == 0)
		return NULL;
	paths = calloc(1, sizeof *paths + count * sizeof(const struct rule *));
	if (!paths || !unc_fold(&unc, unc_server, share)) {
		free(paths);
		return &fault_policy_undecided;
	}
	paths->mode = policy->mode;
	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].path && rule_holds(&policy->rules[i], upstream, &unc))
			paths->rules[paths->count++] = &policy->rules[i];
	unc_clear(&unc);
	if (paths->count)
		*out = paths;
	else
		free(paths);
	return NULL;
}

void
paths_free(struct paths **paths)
{
	free(*paths);
	*paths = NULL;
}

static bool
is_reached(const struct rule *rule, enum reach reach, const char *name)
{
	if (reach == REACH_ALL || path_is_within(name, rule->path))
		return true;
	return reach == REACH_AROUND && path_is_within(rule->path, name);
}

size_t
paths_decide(const struct paths *paths, const struct verdict *share, enum reach reach,
	const char *name, struct verdict *out)
{
	size_t count = 0;

	*out = *share;
	for (size_t i = 0; i < paths->count; i++) {
		if (!is_reached(paths->rules[i], reach, name))
			continue;
		verdict_add(out, paths->rules[i], paths->mode);
		count++;
	}
	verdict_settle(out);
	return count;
}

size_t
paths_count(const struct paths *paths)
{
	return paths->count;
}

bool
paths_want_privacy(const struct paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		if (paths->rules[i]->privacy)
			return true;
	return false;
}
