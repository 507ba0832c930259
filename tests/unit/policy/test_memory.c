/* memory.h and store.h: what was seen is written down, read again, and never lost unnoticed. */
#include "support.h"

#include "base/date.h"
#include "policy/store.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DATE " since 2026-01-31T12:00:00Z\n"

static const char sound[] =
	"# a comment\n"
	"smbwarden-state 1\n"
	"server fs1\n"
	"dialect 3.1.1" DATE "signing aes-128-gmac over aes-128-cmac,hmac-sha256" DATE
	"cipher aes-128-gcm over aes-256-gcm" DATE "cipher aes-256-gcm" DATE "server \xd0\xb4 x\n"
	"dialect 2.1" DATE "end 7\n";

/* TEXT read; what is said about it is added to DIAGNOSTICS. */
static struct memory *
parse(const char *text, size_t len, struct diagnostics *diagnostics)
{
	struct source *source = source_of_text("servers", SOURCE_GUARDED, text, len);
	struct memory *memory = memory_parse(source, diagnostics);

	source_free(&source);
	return memory;
}

/* What is said about TEXT, besides what there is to do about it. */
static void
expect_complaint(const char *text, const char *wanted)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct memory *memory = parse(text, strlen(text), diagnostics);
	char *got = support_complaints(diagnostics);

	cr_expect_null(memory, "%s", text);
	cr_expect_not_null(strstr(got, wanted), "%s\ngot: %s\nwanted: %s", text, got, wanted);
	cr_expect_not_null(strstr(got, "nothing is forgotten by itself"), "%s", got);
	free(got);
	memory_free(&memory);
	diagnostics_free(&diagnostics);
}

Test(memory, what_was_written_is_read_again)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct memory *memory = parse(sound, strlen(sound), diagnostics), *again;
	const struct seen *seen;
	char *text, *text_again, words[MEMORY_WORDS_SIZE];
	size_t len, len_again;

	cr_assert_not_null(memory);
	cr_expect_eq(memory_count(memory), 2);
	seen = memory_find(memory, "fs1");
	cr_assert_not_null(seen);
	cr_expect_eq(seen->dialect, 0x0311);
	cr_expect_eq(seen->dialect_since, 1769860800);
	cr_expect_eq(seen->signing[2].over, 1u << 1 | 1u << 0);
	cr_expect_eq(seen->ciphers[2].over, 1u << 4);
	cr_expect_str_eq(memory_words(seen, words, sizeof words),
		"3.1.1, aes-128-gmac, aes-128-gcm, aes-256-gcm");
	cr_expect_null(memory_find(memory, "fs2"));
	text = memory_text(memory, &len);
	again = parse(text, len, diagnostics);
	cr_assert_not_null(again);
	text_again = memory_text(again, &len_again);
	cr_expect_str_eq(text, text_again);
	cr_expect_eq(diagnostics_errors(diagnostics), 0);
	free(text);
	free(text_again);
	memory_free(&memory);
	memory_free(&again);
	diagnostics_free(&diagnostics);
}

Test(memory, no_part_of_it_is_taken_for_the_whole)
{
	for (size_t len = 0; len < sizeof sound - 1; len++) {
		struct memory *memory = parse(sound, len, NULL);

		cr_expect_null(memory, "%zu bytes", len);
		memory_free(&memory);
	}
}

Test(memory, a_line_that_is_missing_is_missed)
{
	char text[sizeof sound];
	const char *line = strchr(sound, '\n') + 1;

	for (; *line; line = strchr(line, '\n') + 1) {
		const char *end = strchr(line, '\n') + 1;
		struct memory *memory;

		snprintf(text, sizeof text, "%.*s%s", (int)(line - sound), sound, end);
		memory = parse(text, strlen(text), NULL);
		cr_expect_null(memory, "%s", text);
		memory_free(&memory);
	}
}

#define HEAD "smbwarden-state 1\n"
#define SERVER HEAD "server fs1\n"

Test(memory, what_is_wrong_is_said_where_it_is)
{
	expect_complaint("", "1:1: the file ends here, and should not: its end is missing");
	expect_complaint("fs1\n", "1:1: `smbwarden-state 1` is wanted here");
	expect_complaint("smbwarden-state 2\nend 0\n", "1:1: `smbwarden-state 1` is wanted here");
	expect_complaint(HEAD "dialect 3.1.1" DATE, "2:1: no server was named");
	expect_complaint(HEAD "server FS1\n", "2:8: this is no server's name as");
	expect_complaint(HEAD "server \n", "2:8: this is no server's name as");
	expect_complaint(SERVER "server fs1\n", "3:8: this server was named before");
	expect_complaint(SERVER "colour red\n", "3:1: this is no line that smbwarden writes");
	expect_complaint(SERVER "\n", "3:1: this is no line that smbwarden writes");
	expect_complaint(SERVER "dialect 3.1.2" DATE, "3:9: this is no word that smbwarden writes");
	expect_complaint(SERVER "dialect NT1" DATE, "3:9: this is no word that smbwarden writes");
	expect_complaint(SERVER "dialect 3.1.1\n", "3:14: `since` and a date are wanted here");
	expect_complaint(SERVER "dialect 3.1.1 since soon\n", "3:21: a date such as");
	expect_complaint(
		SERVER "dialect 3.1.1 since 2026-1-31T12:00:00Z\n", "3:21: a date such as");
	expect_complaint(
		SERVER "dialect 3.1.1 since 2026-02-30T12:00:00Z\n", "3:21: a date such as");
	expect_complaint(SERVER "dialect 3.1.1 since 2026-01-31T12:00:00Z \n", "3:21: a date such");
	expect_complaint(
		SERVER "dialect 3.1.1 since 1969-12-31T23:59:59Z\n", "3:21: a date such as");
	expect_complaint(
		SERVER "dialect 3.0" DATE "dialect 3.1.1" DATE, "4:9: this server's dialect");
	expect_complaint(SERVER "signing aes-128-gcm" DATE, "3:9: this is no word");
	expect_complaint(SERVER "cipher aes-128-gcm over aes-128-gcm" DATE, "3:8: this algorithm");
	expect_complaint(SERVER "cipher aes-128-gcm over " DATE, "3:25: this is no word");
	expect_complaint(
		SERVER "cipher aes-128-gcm over aes-128-ccm," DATE, "3:37: this is no word");
	expect_complaint(SERVER "cipher aes-128-gcm" DATE "cipher aes-128-gcm" DATE,
		"4:8: this algorithm is named already");
	expect_complaint(SERVER "end 2\n", "3:5: this is not how many lines there are");
	expect_complaint(SERVER "end 1\nend 1\n", "4:1: something follows the end");
	expect_complaint(SERVER "end 1", "3:1: this is no line: it was cut, or is no text");
}

Test(memory, facts_add_up_and_none_is_taken_back)
{
	struct seen strong = {.dialect = 0x0311,
		.dialect_since = 10,
		.ciphers[2] = {.since = 10, .over = 1u << 1}};
	struct seen weak = {.dialect = 0x0300,
		.dialect_since = 20,
		.ciphers[1] = {.since = 20},
		.ciphers[2] = {.since = 20, .over = 1u << 4}};
	struct memory *memory = memory_new();
	const struct seen *seen;
	bool is_new;

	cr_assert(memory_add(memory, "fs1", &strong, &is_new) && is_new);
	cr_assert(memory_add(memory, "fs1", &strong, &is_new) && !is_new);
	cr_assert(memory_add(memory, "fs1", &weak, &is_new) && is_new);
	cr_assert(memory_add(memory, "fs1", &weak, &is_new) && !is_new);
	seen = memory_find(memory, "fs1");
	cr_expect_eq(seen->dialect, 0x0311);
	cr_expect_eq(seen->dialect_since, 10);
	cr_expect_eq(seen->ciphers[1].since, 20);
	cr_expect_eq(seen->ciphers[2].since, 10);
	cr_expect_eq(seen->ciphers[2].over, 1u << 1 | 1u << 4);
	cr_expect_not(memory_add(memory, "fs\n1", &weak, NULL), "a name that would forge a line");
	cr_expect_not(memory_add(memory, "", &weak, NULL));
	cr_expect(memory_remove(memory, "fs1"));
	cr_expect_not(memory_remove(memory, "fs1"));
	cr_expect_eq(memory_count(memory), 0);
	memory_free(&memory);
}

Test(memory, dates_are_those_of_the_calendar)
{
	char text[DATE_TEXT_SIZE];
	uint64_t seconds;

	cr_expect_str_eq(date_text(951782399, text), "2000-02-28T23:59:59Z");
	cr_expect_str_eq(date_text(951782400, text), "2000-02-29T00:00:00Z");
	cr_expect_str_eq(date_text(4107542400, text), "2100-03-01T00:00:00Z");
	cr_expect_str_eq(date_text(DATE_MAX, text), "9999-12-31T23:59:59Z");
	cr_expect_str_eq(date_text(UINT64_MAX, text), "9999-12-31T23:59:59Z");
	for (uint64_t day = 0; day < 60000; day++) {
		cr_assert(date_parse(date_text(day * 86400 + 1, text), &seconds), "%s", text);
		cr_assert_eq(seconds, day * 86400 + 1);
	}
	cr_expect_not(date_parse("2100-02-29T00:00:00Z", &seconds));
	cr_expect_not(date_parse("2026-13-01T00:00:00Z", &seconds));
	cr_expect_not(date_parse("2026-01-01T24:00:00Z", &seconds));
	cr_expect_not(date_parse("2026-01-01T 0:00:00Z", &seconds));
}

/* --- the store --- */

/* Begins with what is in DIRECTORY; what is said about it, which the caller frees. */
static char *
begin(const char *directory, struct memory **memory, bool *absent)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct place place = {.file = "smbwarden.yaml", .line = 7, .column = 8};
	struct store *store = store_open(directory, STORE_KEEP, &place, diagnostics);
	char *said;

	*memory = store ? store_begin(store, absent, diagnostics) : NULL;
	store_free(&store);
	said = support_complaints(diagnostics);
	cr_expect_eq(*memory == NULL, diagnostics_errors(diagnostics) > 0);
	diagnostics_free(&diagnostics);
	return said;
}

static void
expect_refusal(const char *directory, const char *wanted)
{
	struct memory *memory;
	char *said = begin(directory, &memory, NULL);

	cr_expect_null(memory);
	cr_expect_not_null(strstr(said, wanted), "got: %s\nwanted: %s", said, wanted);
	free(said);
	memory_free(&memory);
}

Test(store, begins_with_nothing_and_leaves_a_file_that_says_so)
{
	char *above = temporary_directory(), *directory, *path, *text;
	struct memory *memory;
	bool absent = false;
	struct stat st;

	cr_assert_geq(asprintf(&directory, "%s/state", above), 0);
	cr_assert_geq(asprintf(&path, "%s/servers", directory), 0);
	free(begin(directory, &memory, &absent));
	cr_assert_not_null(memory);
	cr_expect(absent);
	cr_expect_eq(memory_count(memory), 0);
	memory_free(&memory);
	cr_assert_eq(stat(directory, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0700);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
	text = file_text(path);
	cr_expect_not_null(strstr(text, "smbwarden-state 1\nend 0\n"));
	free(text);
	free(begin(directory, &memory, &absent));
	cr_expect_not(absent);
	memory_free(&memory);
	cr_expect_eq(unlink(path) | rmdir(directory), 0);
	free(path);
	free(directory);
	temporary_remove(above);
}

Test(store, a_broken_file_is_refused_and_left_alone)
{
	char *directory = temporary_directory(), *text;
	char *path = temporary_file(directory, "servers", SERVER "dialect 3.1.1\n", 0600);

	expect_refusal(directory, "3:14: `since` and a date are wanted here");
	text = file_text(path);
	cr_expect_str_eq(text, SERVER "dialect 3.1.1\n");
	free(text);
	free(path);
	path = temporary_file(directory, "servers", "", 0600);
	expect_refusal(directory, "its end is missing");
	free(path);
	temporary_remove(directory);
}

Test(store, what_others_can_change_is_refused)
{
	char *directory = temporary_directory();
	char *path = temporary_file(directory, "servers", HEAD "end 0\n", 0620);

	expect_refusal(directory, "can be written by others: take their rights away (chmod go-w)");
	cr_assert_eq(chmod(path, 0644), 0);
	cr_assert_eq(chmod(directory, 0770), 0);
	expect_refusal(directory, "can be written by others: take their rights away (chmod go-w)");
	cr_assert_eq(chmod(directory, 0700), 0);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(symlink("elsewhere", path), 0);
	expect_refusal(directory, "is a symbolic link");
	if (geteuid() == 0) {
		cr_assert_eq(chown(directory, 1, 1), 0);
		expect_refusal(directory, "belongs to somebody else");
	}
	free(path);
	temporary_remove(directory);
}

Test(store, what_cannot_be_there_is_said)
{
	char *directory = temporary_directory();
	char *path = temporary_file(directory, "file", "", 0600), *below;

	expect_refusal(path, "cannot be opened: Not a directory; name another directory");
	cr_assert_geq(asprintf(&below, "%s/none/state", directory), 0);
	expect_refusal(below, "cannot be made: No such file or directory; name another");
	free(below);
	free(path);
	temporary_remove(directory);
}

/* The rest of a test without root's rights, which know no bounds. */
static void
as_nobody(void)
{
	if (geteuid() == 0)
		cr_assert(setegid(65534) == 0 && seteuid(65534) == 0);
}

Test(store, what_cannot_be_written_is_found_at_once)
{
	char *directory = temporary_directory();
	char *path = temporary_file(directory, "servers", HEAD "end 0\n", 0644);

	if (geteuid() == 0)
		cr_assert_eq(chown(directory, 65534, 65534) | chown(path, 65534, 65534), 0);
	cr_assert_eq(chmod(directory, 0500), 0);
	as_nobody();
	expect_refusal(directory, "it cannot be written: Permission denied");
	if (getuid() == 0)
		cr_assert_eq(seteuid(0), 0);
	cr_assert_eq(chmod(directory, 0700), 0);
	free(path);
	temporary_remove(directory);
}

Test(store, who_edits_as_root_does_not_lock_the_owner_out)
{
	char *directory = temporary_directory(), *path;
	struct memory *memory;
	struct stat st;

	if (geteuid() != 0)
		cr_skip_test("only root can give files away");
	cr_assert_eq(chown(directory, 0, 1), 0);
	free(begin(directory, &memory, NULL));
	memory_free(&memory);
	cr_assert_geq(asprintf(&path, "%s/servers", directory), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_gid, 1);
	free(path);
	temporary_remove(directory);
}

Test(store, whoever_writes_waits_for_the_lock)
{
	char *directory = temporary_directory();
	int fd = open(directory, O_RDONLY | O_DIRECTORY);
	struct memory *memory;

	cr_assert_eq(flock(fd, LOCK_EX), 0);
	expect_refusal(directory, "it cannot be locked: somebody else has held the lock");
	close(fd);
	free(begin(directory, &memory, NULL));
	cr_expect_not_null(memory);
	memory_free(&memory);
	temporary_remove(directory);
}

/* Writes one memory and the other in turn until it is killed. */
static void
write_for_ever(const char *directory)
{
	struct store *store = store_open(directory, STORE_KEEP, &(struct place){0}, NULL);
	struct memory *memory = memory_new();
	struct seen seen = {.dialect = 0x0311, .dialect_since = 1};
	char name[16];

	if (!store || !memory)
		_exit(2);
	for (unsigned i = 0;; i++) {
		(void)snprintf(name, sizeof name, "fs%u", i % 500);
		(void)memory_add(memory, name, &seen, NULL);
		if (store_lock(store, NULL))
			(void)store_write(store, memory, NULL);
		store_unlock(store);
	}
}

Test(store, a_writer_that_is_killed_leaves_the_old_or_the_new)
{
	char *directory = temporary_directory(), *said;
	struct memory *memory;
	size_t before = 0;

	for (unsigned i = 0; i < 40; i++) {
		pid_t pid = fork();

		if (pid == 0)
			write_for_ever(directory);
		usleep(2000 + i * 700);
		cr_assert_eq(kill(pid, SIGKILL), 0);
		cr_assert_eq(waitpid(pid, NULL, 0), pid);
		said = begin(directory, &memory, NULL);
		cr_assert_not_null(memory, "%s", said);
		before += memory_count(memory);
		memory_free(&memory);
		free(said);
	}
	cr_expect_gt(before, 0, "nothing was ever written");
	temporary_remove(directory);
}
