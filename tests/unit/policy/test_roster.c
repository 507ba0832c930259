/* The accounts file is edited in one step, keeps what people wrote, and is never left half done. */
#include "support.h"

#include "policy/roster.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

static struct roster *
open_for_edit(const char *path)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct roster *roster = roster_open(path, ROSTER_EDIT, diagnostics);

	if (!roster)
		diagnostics_print(diagnostics, stderr);
	cr_assert_not_null(roster);
	diagnostics_free(&diagnostics);
	return roster;
}

static bool
add(const char *path, const struct roster_entry *entry)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct roster *roster = open_for_edit(path);
	bool added = roster_add(roster, entry, diagnostics);

	cr_expect_eq(added, diagnostics_errors(diagnostics) == 0);
	roster_free(&roster);
	diagnostics_free(&diagnostics);
	return added;
}

static bool
remove_name(const char *path, const char *name)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct roster *roster = open_for_edit(path);
	const struct account *account = roster_find(roster, name);
	bool removed;

	cr_assert_not_null(account, "%s", name);
	removed = roster_remove(roster, account, diagnostics);
	roster_free(&roster);
	diagnostics_free(&diagnostics);
	return removed;
}

static void
expect_text(const char *path, const char *wanted)
{
	char *text = file_text(path);

	cr_expect_str_eq(text, wanted);
	free(text);
}

Test(roster, makes_the_file_and_adds_to_it)
{
	char *directory = temporary_directory(), path[128];
	struct roster *roster;
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/accounts.yaml", directory);
	cr_expect(add(path, &(struct roster_entry){.user = "a", .password = "it's: #\\ \"x\""}));
	cr_expect(add(path, &(struct roster_entry){"CORP\\b", "p", "svc@X.EXAMPLE", "q"}));
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	roster = open_for_edit(path);
	cr_assert_not_null(roster_at(roster, 1));
	cr_expect_null(roster_at(roster, 2));
	cr_expect_str_eq(roster_at(roster, 0)->password, "it's: #\\ \"x\"");
	cr_expect_str_eq(roster_at(roster, 0)->server.password, "it's: #\\ \"x\"");
	cr_expect_eq(roster_find(roster, "B@corp"), roster_at(roster, 1));
	cr_expect_str_eq(roster_at(roster, 1)->server.user, "svc");
	cr_expect_null(roster_find(roster, "b"));
	roster_free(&roster);
	temporary_remove(directory);
}

Test(roster, keeps_what_people_wrote)
{
	char *directory = temporary_directory();
	char *path = temporary_file(directory, "accounts.yaml",
		"# ours\n"
		"accounts:\n"
		"# the scanner in room 12\n"
		"- user: scanner # do not touch\n"
		"  password: x\n"
		"\n"
		"# the lathe\n"
		"- password: y\n"
		"  user: lathe\n"
		"  server:\n"
		"    password: z   # 2024\n"
		"\n"
		"- user: last\n"
		"  password: w",
		0600);

	cr_expect(add(path, &(struct roster_entry){.user = "new", .password = "v"}));
	cr_expect(remove_name(path, "LATHE"));
	expect_text(path, "# ours\n"
			  "accounts:\n"
			  "# the scanner in room 12\n"
			  "- user: scanner # do not touch\n"
			  "  password: x\n"
			  "\n"
			  "# the lathe\n"
			  "\n"
			  "- user: last\n"
			  "  password: w\n"
			  "- user: 'new'\n"
			  "  password: 'v'\n");
	cr_expect(remove_name(path, "scanner"));
	cr_expect(remove_name(path, "new"));
	cr_expect(remove_name(path, "last"));
	cr_expect(add(path, &(struct roster_entry){.user = "again", .password = "v"}));
	expect_text(path, "# ours\n"
			  "accounts:\n"
			  "# the scanner in room 12\n"
			  "\n"
			  "# the lathe\n"
			  "\n"
			  "  - user: 'again'\n"
			  "    password: 'v'\n");
	free(path);
	temporary_remove(directory);
}

/* Layouts that lines cannot be cut out of, or added to, are left alone. */
Test(roster, refuses_what_it_cannot_edit_safely)
{
	static const char *const texts[] = {
		"accounts: [{user: a, password: b}]\n",
		"accounts: [{user: a, password: b}, {user: c, password: d}]\n",
		"{accounts: [{user: a,\n password: b}]}\n",
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char *directory = temporary_directory();
		char *path = temporary_file(directory, "accounts.yaml", texts[i], 0600);

		cr_expect_not(add(path, &(struct roster_entry){.user = "n", .password = "v"}));
		cr_expect_not(remove_name(path, "a"));
		expect_text(path, texts[i]);
		free(path);
		temporary_remove(directory);
	}
}

Test(roster, refuses_names_and_passwords_that_would_not_come_back)
{
	static const struct roster_entry entries[] = {
		{.user = "a\\b\\c", .password = "x"},
		{.user = "", .password = "x"},
		{.user = "a", .password = ""},
		{.user = "a\nb", .password = "x"},
		{.user = "a", .password = "x\ny"},
		{.user = "a", .password = "x\001"},
		{.user = "a", .password = "\xff"},
		{.user = "OLD", .password = "x"},
	};
	static const char text[] = "accounts:\n  - {user: old, password: b}\n";
	char *directory = temporary_directory();
	char *path = temporary_file(directory, "accounts.yaml", text, 0600);

	for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
		cr_expect_not(add(path, &entries[i]), "%zu", i);
	expect_text(path, text);
	free(path);
	temporary_remove(directory);
}

Test(roster, faulty_and_open_files_are_not_edited)
{
	char *directory = temporary_directory();
	char *faulty = temporary_file(directory, "faulty.yaml", "accounts: 5\n", 0600);
	char *shared = temporary_file(directory, "shared.yaml", "accounts: []\n", 0644);
	struct diagnostics *diagnostics = diagnostics_new();

	cr_expect_null(roster_open(faulty, ROSTER_EDIT, diagnostics));
	cr_expect_eq(diagnostics_errors(diagnostics), 1);
	cr_expect_null(roster_open(shared, ROSTER_READ, diagnostics));
	cr_expect_eq(diagnostics_errors(diagnostics), 2);
	diagnostics_free(&diagnostics);
	free(faulty);
	free(shared);
	temporary_remove(directory);
}

Test(roster, one_at_a_time)
{
	char *directory = temporary_directory();
	char *path = temporary_file(directory, "accounts.yaml", "accounts: []\n", 0600);
	struct diagnostics *diagnostics = diagnostics_new();
	struct roster *first = open_for_edit(path);

	cr_expect_null(roster_open(path, ROSTER_EDIT, diagnostics));
	cr_expect_eq(diagnostics_exit_status(diagnostics), 3);
	roster_free(&first);
	diagnostics_free(&diagnostics);
	first = open_for_edit(path);
	roster_free(&first);
	free(path);
	temporary_remove(directory);
}

/* Somebody was killed in the middle of an edit: what he left behind is in nobody's way. */
Test(roster, leftovers_are_replaced)
{
	char *directory = temporary_directory();
	char *path = temporary_file(directory, "accounts.yaml", "accounts:\n", 0600);
	char *left = temporary_file(directory, ".accounts.yaml.new", "accounts: half", 0600);

	cr_expect(add(path, &(struct roster_entry){.user = "a", .password = "b"}));
	expect_text(path, "accounts:\n  - user: 'a'\n    password: 'b'\n");
	cr_expect_neq(access(left, F_OK), 0);
	free(path);
	free(left);
	temporary_remove(directory);
}
