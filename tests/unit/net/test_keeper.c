/* keeper.h: what is learned is at hand at once, on disk soon, and gone when somebody forgets it. */
#include "net/keeper.h"

#include "net/log.h"
#include "policy/policy.h"
#include "policy/store.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct desk {
	char directory[64], path[96];
	struct diagnostics *diagnostics;
	struct policy *policy;
	struct log *log;
	int log_fd;
	struct keeper *keeper;
};

static const struct seen strong = {
	.dialect = 0x0311, .dialect_since = 1000, .ciphers[2] = {1000, 2}};

static const struct upstream *
upstream_of(const struct desk *desk)
{
	return &desk->policy->upstreams[0];
}

static struct store *
open_store(const struct desk *desk)
{
	struct store *store = store_open(desk->directory, STORE_KEEP, &(struct place){0}, NULL);

	cr_assert_not_null(store);
	return store;
}

static void
begin_keeper(struct desk *desk)
{
	struct store *store = open_store(desk);
	struct memory *memory = store_begin(store, NULL, NULL);

	cr_assert_not_null(memory);
	desk->keeper = keeper_new(&store, &memory, desk->log);
	cr_assert_not_null(desk->keeper);
}

static void
begin(struct desk *desk)
{
	*desk = (struct desk){.directory = "/tmp/smbwarden-test-XXXXXX"};
	cr_assert_not_null(mkdtemp(desk->directory));
	(void)snprintf(desk->path, sizeof desk->path, "%s/servers", desk->directory);
	desk->diagnostics = diagnostics_new();
	desk->policy = policy_builtin("127.0.0.1:0", "FS1:4450", NULL, desk->diagnostics);
	desk->log_fd = open("/dev/null", O_WRONLY);
	desk->log = log_new(desk->log_fd, (struct log_config){LOG_FORMAT_TEXT, LEVEL_INFO});
	cr_assert(desk->policy && desk->log);
	begin_keeper(desk);
}

static void
end(struct desk *desk)
{
	keeper_free(&desk->keeper);
	cr_expect_null(desk->keeper);
	policy_unref(&desk->policy);
	diagnostics_free(&desk->diagnostics);
	log_free(&desk->log);
	close(desk->log_fd);
	(void)unlink(desk->path);
	cr_expect_eq(rmdir(desk->directory), 0, "something was left in the store");
}

/* What is on the disk of the server; 0: nothing. */
static uint16_t
written_dialect(const struct desk *desk)
{
	struct store *store = open_store(desk);
	struct memory *memory = store_read(store, NULL, NULL);
	const struct seen *seen = memory ? memory_find(memory, "fs1") : NULL;
	uint16_t dialect = seen ? seen->dialect : 0;

	memory_free(&memory);
	store_free(&store);
	return dialect;
}

static uint16_t
recalled_dialect(const struct desk *desk)
{
	struct seen seen;

	keeper_recall(desk->keeper, upstream_of(desk), &seen);
	return seen.dialect;
}

/* Waits until ASK says WANTED. */
static void
expect_soon(const struct desk *desk, uint16_t (*ask)(const struct desk *desk), uint16_t wanted)
{
	for (unsigned i = 0; i < 1000 && ask(desk) != wanted; i++)
		usleep(5000);
	cr_assert_eq(ask(desk), wanted);
}

static void
forget(const struct desk *desk)
{
	struct store *store = open_store(desk);
	struct memory *memory;

	cr_assert(store_lock(store, NULL));
	memory = store_read(store, NULL, NULL);
	cr_assert(memory_remove(memory, "fs1"));
	cr_assert(store_write(store, memory, NULL));
	store_unlock(store);
	memory_free(&memory);
	store_free(&store);
}

Test(keeper, without_one_nothing_is_remembered)
{
	struct seen seen = strong;

	keeper_learn(NULL, NULL, &strong);
	keeper_recall(NULL, NULL, &seen);
	cr_expect_eq(seen.dialect, 0);
	cr_expect_eq(seen.ciphers[2].since, 0);
}

Test(keeper, what_is_learned_is_known_at_once_and_written_soon)
{
	struct desk desk;

	begin(&desk);
	keeper_learn(desk.keeper, upstream_of(&desk), &strong);
	cr_expect_eq(recalled_dialect(&desk), 0x0311);
	expect_soon(&desk, written_dialect, 0x0311);
	end(&desk);
}

Test(keeper, what_is_learned_last_is_written_before_the_end)
{
	struct desk desk;

	begin(&desk);
	keeper_learn(desk.keeper, upstream_of(&desk), &strong);
	keeper_free(&desk.keeper);
	cr_expect_eq(written_dialect(&desk), 0x0311);
	begin_keeper(&desk);
	cr_expect_eq(recalled_dialect(&desk), 0x0311, "it survives a restart");
	end(&desk);
}

Test(keeper, what_somebody_forgets_is_forgotten_and_may_be_learned_again)
{
	struct desk desk;

	begin(&desk);
	keeper_learn(desk.keeper, upstream_of(&desk), &strong);
	expect_soon(&desk, written_dialect, 0x0311);
	for (unsigned i = 0; i < 5; i++) {
		forget(&desk);
		expect_soon(&desk, recalled_dialect, 0);
		keeper_learn(desk.keeper, upstream_of(&desk), &strong);
		expect_soon(&desk, written_dialect, 0x0311);
	}
	end(&desk);
}

Test(keeper, a_file_that_vanishes_is_written_again)
{
	struct desk desk;

	begin(&desk);
	keeper_learn(desk.keeper, upstream_of(&desk), &strong);
	expect_soon(&desk, written_dialect, 0x0311);
	cr_assert_eq(unlink(desk.path), 0);
	expect_soon(&desk, written_dialect, 0x0311);
	cr_expect_eq(recalled_dialect(&desk), 0x0311);
	end(&desk);
}

Test(keeper, a_file_that_somebody_breaks_is_left_alone_and_nothing_is_forgotten)
{
	struct seen more = {.dialect = 0x0302, .dialect_since = 1, .ciphers[1] = {1, 0}};
	struct desk desk;
	struct seen seen;
	struct stat st;
	int fd;

	begin(&desk);
	keeper_learn(desk.keeper, upstream_of(&desk), &strong);
	expect_soon(&desk, written_dialect, 0x0311);
	fd = open(desk.path, O_WRONLY | O_TRUNC);
	cr_assert_eq(write(fd, "?\n", 2), 2);
	close(fd);
	usleep(100000);
	cr_expect_eq(recalled_dialect(&desk), 0x0311);
	keeper_learn(desk.keeper, upstream_of(&desk), &more);
	usleep(100000);
	keeper_recall(desk.keeper, upstream_of(&desk), &seen);
	cr_expect_eq(seen.ciphers[1].since, 1, "it is learned all the same");
	cr_assert_eq(stat(desk.path, &st), 0);
	cr_expect_eq(st.st_size, 2, "the broken file was touched");
	end(&desk);
}
