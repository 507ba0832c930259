/* Rules for paths below a share. */
#include "policy/paths.h"

#include "policy/pattern.h"
#include "policy/sections.h"

#include <stdlib.h>
#include <string.h>

struct paths {
	struct rulebook *book;
	uint8_t told[]; /* of each of its rules: the demands that it was told to exempt from */
};

bool
path_is_within(const char *name, const char *directory)
{
	size_t len = strlen(directory);

	if (len == 0)
		return true;
	return strncmp(name, directory, len) == 0 && (name[len] == '\0' || name[len] == '\\');
}

/* Takes BOOK over; NULL when memory is out. */
static struct paths *
paths_over(struct rulebook *book)
{
	struct paths *paths = calloc(1, sizeof *paths + book->count);

	if (paths)
		paths->book = book;
	else
		free(book);
	return paths;
}

static bool
is_for_path(const struct rulebook *book, size_t i)
{
	return book->rules[i]->path != NULL;
}

static bool
has_paths(const struct rulebook *book)
{
	bool has = false;

	for (size_t i = 0; i < book->count && !has; i++)
		has = is_for_path(book, i);
	return has;
}

fault
paths_new(const struct policy *policy, const struct upstream *upstream, const char *unc_server,
	const char *share, struct paths **out)
{
	struct rulebook *book;
	struct unc unc;

	*out = NULL;
	if (!unc_fold(&unc, unc_server, share))
		return &fault_policy_undecided;
	book = rulebook_new(policy, upstream, &unc, true);
	unc_clear(&unc);
	if (book && !has_paths(book)) {
		free(book);
		return NULL;
	}
	*out = book ? paths_over(book) : NULL;
	return *out ? NULL : &fault_policy_undecided;
}

void
paths_free(struct paths **paths)
{
	if (*paths)
		free((*paths)->book);
	free(*paths);
	*paths = NULL;
}

bool
paths_decide(const struct paths *paths, const struct scope *scope, struct verdict *out)
{
	return rulebook_sum(paths->book, scope, out);
}

bool
paths_exempt_next(const struct paths *paths, size_t *at, struct verdict *out)
{
	const struct rulebook *book = paths->book;

	while (*at < book->count) {
		const struct rule *rule = book->rules[(*at)++];

		if (!rule->path || !rule->reason)
			continue;
		(void)rulebook_sum(book,
			&(struct scope){.reach = REACH_NAME, .name = rule->path, .is_sure = true},
			out);
		return true;
	}
	return false;
}

bool
paths_tell(struct paths *paths, enum requirement what, const struct waiver *waiver)
{
	const struct rulebook *book = paths->book;
	bool is_new = false;

	for (size_t i = 0; i < book->count; i++)
		if (book->rules[i] == waiver->by && is_for_path(book, i)) {
			is_new = !(paths->told[i] & 1u << what);
			paths->told[i] |= (uint8_t)(1u << what);
		}
	return is_new;
}

size_t
paths_count(const struct paths *paths)
{
	size_t count = 0;

	for (size_t i = 0; i < paths->book->count; i++)
		count += is_for_path(paths->book, i);
	return count;
}

bool
paths_want_privacy(const struct paths *paths)
{
	for (size_t i = 0; i < paths->book->count; i++)
		if (is_for_path(paths->book, i) && paths->book->rules[i]->privacy)
			return true;
	return false;
}
