/* Complaints are sorted, counted and printed as compilers print them. */
#include "support.h"

#include "policy/nearest.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *
printed(struct diagnostics *diagnostics)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	diagnostics_print(diagnostics, stream);
	(void)fclose(stream);
	return text;
}

static void
expect_printed(struct diagnostics *diagnostics, const char *wanted)
{
	char *text = printed(diagnostics);

	cr_expect_str_eq(text, wanted);
	free(text);
}

Test(diagnostics, are_printed_in_order_with_a_caret)
{
	struct diagnostics *diagnostics = diagnostics_new();

	diagnostics_add(diagnostics, SEVERITY_ERROR, &(struct place){"a.yaml", 2, 3},
		"\t\303\244bc", "wrong %d", 7);
	diagnostics_add(diagnostics, SEVERITY_WARNING, &(struct place){"b.yaml", 1, 1}, "x", "odd");
	diagnostics_add(
		diagnostics, SEVERITY_ERROR, &(struct place){"a.yaml", 1, 9}, NULL, "first");
	diagnostics_add(
		diagnostics, SEVERITY_FAILURE, &(struct place){"c.yaml", 0, 0}, "x", "gone");
	cr_expect_eq(diagnostics_errors(diagnostics), 3);
	cr_expect_eq(diagnostics_warnings(diagnostics), 1);
	cr_expect_eq(diagnostics_exit_status(diagnostics), 1);
	expect_printed(diagnostics, "a.yaml:1:9: error: first\n"
				    "a.yaml:2:3: error: wrong 7\n"
				    "    \t\303\244bc\n"
				    "    \t ^\n"
				    "b.yaml:1:1: warning: odd\n"
				    "    x\n"
				    "    ^\n"
				    "c.yaml: error: gone\n");
	diagnostics_free(&diagnostics);
}

Test(diagnostics, exit_status_tells_faults_from_the_environment)
{
	struct diagnostics *diagnostics = diagnostics_new();

	diagnostics_add(diagnostics, SEVERITY_WARNING, &(struct place){"a", 1, 1}, NULL, "w");
	cr_expect_eq(diagnostics_exit_status(diagnostics), 0);
	diagnostics_add(diagnostics, SEVERITY_FAILURE, &(struct place){"a", 1, 1}, NULL, "f");
	cr_expect_eq(diagnostics_exit_status(diagnostics), 3);
	diagnostics_add(diagnostics, SEVERITY_ERROR, &(struct place){"a", 1, 1}, NULL, "e");
	cr_expect_eq(diagnostics_exit_status(diagnostics), 1);
	diagnostics_free(&diagnostics);
}

Test(diagnostics, files_cannot_move_the_cursor)
{
	struct diagnostics *diagnostics = diagnostics_new();

	diagnostics_add(diagnostics, SEVERITY_ERROR, &(struct place){"a", 1, 2},
		"x\033[2J\302\233y", "'\033]0;evil\a'");
	expect_printed(diagnostics, "a:1:2: error: '?]0;evil?'\n    x?[2J?y\n     ^\n");
	diagnostics_free(&diagnostics);
}

Test(diagnostics, too_many_are_counted_only)
{
	struct diagnostics *diagnostics = diagnostics_new();
	char *text;

	for (unsigned i = 0; i < DIAGNOSTICS_KEPT + 5; i++)
		diagnostics_add(
			diagnostics, SEVERITY_ERROR, &(struct place){"a", i + 1, 1}, NULL, "e");
	cr_expect_eq(diagnostics_errors(diagnostics), DIAGNOSTICS_KEPT + 5);
	cr_expect_null(diagnostics_at(diagnostics, DIAGNOSTICS_KEPT));
	text = printed(diagnostics);
	cr_expect(strstr(text, "and 5 more\n"));
	free(text);
	diagnostics_free(&diagnostics);
}

/* How far into its line the first C of TEXT stands. */
static size_t
column_of(const char *text, char c)
{
	size_t column = 0;

	for (; *text && *text != c; text++)
		column = *text == '\n' ? 0 : column + 1;
	return column;
}

/* A caret far to the right shows that part of the line. */
Test(diagnostics, long_lines_are_shown_around_the_caret)
{
	struct diagnostics *diagnostics = diagnostics_new();
	char line[2001], *text;

	memset(line, 'a', 2000);
	line[2000] = '\0';
	line[1499] = 'X';
	diagnostics_add(diagnostics, SEVERITY_ERROR, &(struct place){"a", 1, 1500}, line, "e");
	text = printed(diagnostics);
	cr_expect_lt(strlen(text), 300);
	cr_expect(strchr(text, 'X'));
	cr_expect_eq(column_of(text, 'X'), column_of(text, '^'));
	free(text);
	diagnostics_free(&diagnostics);
}

static bool
is_near(const char *text, const char *guess)
{
	unsigned best = nearest_limit(text);

	return nearest_try(text, guess, &best);
}

Test(diagnostics, near_words_are_found)
{
	cr_expect(is_near("listner", "listener"));
	cr_expect(is_near("Listeners", "listeners"));
	cr_expect(is_near("hardend_path", "hardened_paths"));
	cr_expect(is_near("offred", "offered"));
	cr_expect(is_near("trutsed", "trusted"));
	cr_expect(is_near("warn", "warning"));
	cr_expect_not(is_near("yaml", "json"));
	cr_expect_not(is_near("x", "mode"));
	cr_expect_not(is_near("", "mode"));
	cr_expect_not(
		is_near("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "mode"));
}
