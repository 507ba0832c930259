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

/* --- exemptions --- */

static unsigned
line_of(const struct need *need)
{
	return need->wanted ? need->rule->place.line : 0;
}

#define EXEMPTIONS                                                                                 \
	HEAD "defaults: {require: [integrity]}\n"                                                  \
	     "hardened_paths:\n"                                                                   \
	     "  '\\\\fs1\\p': {require: [privacy]}\n"                                              \
	     "  '\\\\fs1\\p\\pub': {exempt: [privacy], reason: leaflets}\n"                        \
	     "  '\\\\fs1\\p\\pub\\hr': {require: [privacy]}\n"                                     \
	     "  '\\\\fs1\\p\\pub\\hr\\open': {exempt: [privacy, integrity], reason: no more}\n"    \
	     "  '\\\\*\\p\\side': {require: [mutual_authentication]}\n"                            \
	     "  '\\\\fs1\\p\\side': {exempt: [mutual_authentication], reason: of this server}\n"   \
	     "  '\\\\files\\p\\side\\in': {exempt: [privacy], reason: by another name}\n"

Test(paths, exemptions_hold_for_what_lies_wholly_inside)
{
	static const struct {
		const char *name;
		unsigned privacy, integrity, mutual; /* the line that demands it; zero: none */
		unsigned around;                     /* of privacy, with all that is below */
	} cases[] = {
		{"", 8, 6, 0, 10},
		{"x", 8, 6, 0, 8},
		{"pu", 8, 6, 0, 8},
		{"public", 8, 6, 0, 8},
		{"pub", 0, 8, 0, 10},
		{"pub\\x", 0, 8, 0, 0},
		{"pub\\hr", 10, 8, 0, 10},
		{"pub\\hr\\x", 10, 8, 0, 10},
		{"pub\\hr\\open", 0, 0, 0, 0},
		{"pub\\hr\\open\\x", 0, 0, 0, 0},
		{"side", 8, 6, 0, 8},
		{"side\\in", 0, 8, 0, 0},
	};
	struct asked asked = ask(EXEMPTIONS, "fs1", "p");
	struct verdict verdict;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *name = cases[i].name;

		(void)decide(&asked, REACH_NAME, name, &verdict);
		cr_expect_eq(line_of(&verdict.privacy), cases[i].privacy, "%s", name);
		cr_expect_eq(line_of(&verdict.integrity), cases[i].integrity, "%s", name);
		cr_expect_eq(line_of(&verdict.mutual), cases[i].mutual, "%s", name);
		(void)decide(&asked, REACH_AROUND, name, &verdict);
		cr_expect_eq(line_of(&verdict.privacy), cases[i].around, "around %s", name);
	}
	leave(&asked);
}

Test(paths, nothing_is_exempt_for_who_is_not_sure)
{
	struct asked asked = ask(EXEMPTIONS, "fs1", "p");
	struct scope unsure = {.reach = REACH_NAME, .name = "pub\\x"};
	struct verdict verdict;

	(void)paths_decide(asked.paths, &unsure, &verdict);
	cr_expect_eq(line_of(&verdict.privacy), 8);
	cr_expect_null(verdict.waived[REQUIRE_PRIVACY].by);
	/* Nor is anything where nobody can say: every rule demands what it says. */
	cr_expect(decide(&asked, REACH_ALL, NULL, &verdict));
	cr_expect_eq(line_of(&verdict.privacy), 10);
	cr_expect_eq(line_of(&verdict.integrity), 6);
	cr_expect_eq(line_of(&verdict.mutual), 12);
	leave(&asked);
}

/* What is exempt here may be moved to where it is not: it has to be asked for its name for ever. */
Test(paths, what_is_exempt_is_never_the_most)
{
	struct asked asked =
		ask(HEAD "hardened_paths:\n"
			 "  '\\\\fs1\\p': {require: [privacy]}\n"
			 "  '\\\\fs1\\p\\pub': {exempt: [privacy], reason: leaflets}\n",
			"fs1", "p");
	struct verdict verdict;

	cr_expect_not(decide(&asked, REACH_NAME, "pub\\x", &verdict));
	cr_expect_not(decide(&asked, REACH_NAME, "x", &verdict));
	cr_expect(decide(&asked, REACH_ALL, NULL, &verdict));
	leave(&asked);
}

Test(paths, exempt_paths_are_walked_and_told_of_once)
{
	struct asked asked = ask(EXEMPTIONS, "fs1", "p");
	static const unsigned privacy[] = {0, 0, 8, 0};
	struct verdict verdict;
	size_t at = 0, count = 0;

	while (paths_exempt_next(asked.paths, &at, &verdict)) {
		cr_assert_lt(count, 4);
		cr_expect_eq(line_of(&verdict.privacy), privacy[count++]);
	}
	cr_expect_eq(count, 4);
	(void)decide(&asked, REACH_NAME, "pub\\hr\\open", &verdict);
	cr_expect_eq(verdict.waived[REQUIRE_PRIVACY].by->place.line, 11);
	cr_expect(paths_tell(asked.paths, REQUIRE_PRIVACY, &verdict.waived[REQUIRE_PRIVACY]));
	cr_expect_not(paths_tell(asked.paths, REQUIRE_PRIVACY, &verdict.waived[REQUIRE_PRIVACY]));
	cr_expect(paths_tell(asked.paths, REQUIRE_INTEGRITY, &verdict.waived[REQUIRE_INTEGRITY]));
	cr_expect_not(paths_tell(asked.paths, REQUIRE_MUTUAL, &verdict.waived[REQUIRE_MUTUAL]));
	leave(&asked);
}
