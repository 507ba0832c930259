/* Which rules speak of a file below a share, and what they come to. */
#include "support.h"

#include "policy/paths.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                                       \
	"version: 1\n"                                                                             \
	"servers:\n"                                                                               \
	"  fs1: {address: fs1.corp.example, names: [files]}\n"                                     \
	"listeners:\n"                                                                             \
	"  - {listen: '127.0.0.1:1', server: fs1}\n"

#define RULES                                                                                      \
	HEAD "hardened_paths:\n"                                                                   \
	     "  '\\\\fs1\\projects': {require: [integrity]}\n"                                     \
	     "  '\\\\files\\projects\\Secret': {require: [privacy]}\n"                             \
	     "  '\\\\*\\projects\\secret\\deep': {min_dialect: 3.1.1, mode: audit}\n"              \
	     "  '\\\\fs1\\other\\secret': {require: [mutual_authentication]}\n"

struct asked {
	struct policy *policy;
	struct verdict share;
	struct paths *paths;
};

static struct asked
ask(const char *text, const char *server, const char *share)
{
	struct asked asked = {.policy = policy_of(text)};
	const struct listener *listener = &asked.policy->listeners[0];

	cr_assert_null(policy_decide(asked.policy, listener, server, share, &asked.share));
	cr_assert_null(paths_new(asked.policy, listener->upstream, server, share, &asked.paths));
	return asked;
}

/* What is demanded at NAME within REACH; whether that is the most there can be. */
static bool
decide(const struct asked *asked, enum reach reach, const char *name, struct verdict *out)
{
	struct scope scope = {.reach = reach, .name = name, .is_sure = true};

	return paths_decide(asked->paths, &scope, out);
}

static void
leave(struct asked *asked)
{
	paths_free(&asked->paths);
	policy_unref(&asked->policy);
}

Test(paths, shares_without_rules_below_have_none)
{
	struct asked asked = ask(RULES, "fs1", "data");

	cr_expect_null(asked.paths);
	leave(&asked);
	asked = ask(HEAD, "fs1", "projects");
	cr_expect_null(asked.paths);
	leave(&asked);
}

Test(paths, the_share_itself_is_not_held_to_what_is_below)
{
	struct asked asked = ask(RULES, "fs1", "PROJECTS");

	cr_assert_not_null(asked.paths);
	cr_expect_eq(paths_count(asked.paths), 2);
	cr_expect(paths_want_privacy(asked.paths));
	cr_expect(asked.share.integrity.wanted && !asked.share.privacy.wanted);
	leave(&asked);
}

Test(paths, reach)
{
	static const struct {
		const char *name;
		unsigned at, around; /* how many rules hold */
	} cases[] = {
		{"", 0, 2},
		{"public", 0, 0},
		{"public\\secret", 0, 0},
		{"secre", 0, 0},
		{"secrets", 0, 0},
		{"secret", 1, 2},
		{"secret\\x", 1, 1},
		{"secret\\deeper", 1, 1},
		{"secret\\deep", 2, 2},
		{"secret\\deep\\x\\y", 2, 2},
	};
	struct asked asked = ask(RULES, "fs1", "projects");
	struct verdict verdict;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *name = cases[i].name;

		cr_expect_eq(
			decide(&asked, REACH_NAME, name, &verdict), cases[i].at == 2, "%s", name);
		cr_expect_eq(verdict.privacy.wanted, cases[i].at > 0);
		cr_expect_eq(verdict.min_dialect.wanted, cases[i].at > 1);
		cr_expect(verdict.integrity.wanted);
		cr_expect_not(verdict.mutual.wanted);
		cr_expect_eq(decide(&asked, REACH_AROUND, name, &verdict), cases[i].around == 2,
			"%s", name);
		cr_expect_eq(verdict.privacy.wanted, cases[i].around > 0);
		cr_expect_eq(verdict.min_dialect.wanted, cases[i].around > 1);
	}
	cr_expect(decide(&asked, REACH_ALL, NULL, &verdict));
	cr_expect(verdict.privacy.wanted && verdict.min_dialect.audit);
	leave(&asked);
}

/* The log is to name the line that says most about where it holds. */
Test(paths, the_deeper_rule_is_named)
{
	struct asked asked = ask(HEAD "hardened_paths:\n"
				      "  '\\\\fs1\\p\\a\\b': {require: [privacy]}\n"
				      "  '\\\\fs1\\p': {require: [privacy]}\n"
				      "  '\\\\fs1\\p\\a': {require: [privacy]}\n",
		"fs1", "p");
	struct verdict verdict;

	cr_expect_eq(asked.share.privacy.rule->place.line, 8);
	cr_expect(decide(&asked, REACH_NAME, "a\\b\\c", &verdict));
	cr_expect_eq(verdict.privacy.rule->place.line, 7);
	cr_expect_not(decide(&asked, REACH_NAME, "a\\c", &verdict));
	cr_expect_eq(verdict.privacy.rule->place.line, 9);
	leave(&asked);
}

Test(paths, rules_of_a_path_are_walked_deepest_first)
{
	struct asked asked = ask(RULES, "fs1", "projects");
	static const unsigned lines[] = {9, 8, 7, 0};
	const struct rule *rule;
	size_t at = 0, count = 0;

	while ((rule = policy_rule_next(asked.policy, &asked.policy->upstreams[0], "fs1",
			"projects", "secret\\deep\\x", &at))) {
		cr_assert_lt(count, 4);
		cr_expect_eq(rule->place.line, lines[count++]);
	}
	cr_expect_eq(count, 4);
	leave(&asked);
}

Test(paths, one_pattern_stands_once)
{
	char *said = complaints_about(HEAD "hardened_paths:\n"
					   "  '\\\\fs1\\p\\a': {require: [privacy]}\n"
					   "  '\\\\fs1\\p\\A\\': {require: [privacy]}\n"
					   "  '\\\\fs1\\p\\b': {require: [privacy]}\n");

	cr_expect_not_null(
		strstr(said, "8:3: the same pattern stands in line 7 already"), "%s", said);
	free(said);
}
