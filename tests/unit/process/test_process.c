/* What is left to a process that has settled: each test settles a child, and asks it. */
#include "process/process.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <pthread.h>
#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child has been told of itself. */
static struct event *told;

/* How the child ended that has settled as PLAN says and then run WHAT: as waitpid() says it. */
static int
settled(const struct process_plan *plan, int (*what)(void))
{
	pid_t child = fork();
	int status;

	cr_assert_geq(child, 0);
	if (child == 0) {
		/* Where root comes from groups of its own, as from a login. */
		(void)setgroups(2, (const gid_t[]){1, 2});
		process_begin();
		_exit(process_settle(plan, &told) ? what() : 99);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	return status;
}

/* Whether the child said yes, which is 0. */
static void
expect_yes(const struct process_plan *plan, int (*what)(void))
{
	int status = settled(plan, what);

	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
}

static bool
has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 1;
}

static const struct process_plan confined = {.sandbox = true};

static int
execute(void)
{
	char *const arguments[] = {"true", NULL};

	(void)execv("/bin/true", arguments);
	return 1;
}

Test(process, who_executes_is_killed)
{
#ifdef HAVE_SECCOMP
	int status = settled(&confined, execute);

	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status %x", (unsigned)status);
#else
	cr_skip("built without libseccomp");
#endif
}

/* What is not in the table does not exist. */
static int
call_others(void)
{
	if (mount("none", "/mnt", "tmpfs", 0, NULL) == 0 || errno != ENOSYS)
		return 1;
	if (socket(AF_PACKET, SOCK_RAW, 0) >= 0 || errno != ENOSYS)
		return 2;
	return setuid(0) == 0 || errno != ENOSYS ? 3 : 0;
}

Test(process, other_calls_do_not_exist)
{
#ifdef HAVE_SECCOMP
	expect_yes(&confined, call_others);
#else
	cr_skip("built without libseccomp");
#endif
}

static char folder[] = "/tmp/smbwarden-process-XXXXXX";

static int
open_files(void)
{
	if (open("/etc/hosts", O_RDONLY) < 0)
		return 1;
	if (open("/etc/hosts", O_WRONLY) >= 0 || errno != EACCES)
		return 2;
	if (open("/root", O_RDONLY) >= 0 || errno != EACCES)
		return 3;
	if (open("/tmp/smbwarden-process-new", O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES)
		return 4;
	if (chdir(folder) == 0)
		return 5;
	return 0;
}

static int
write_in_folder(void)
{
	char path[64], to[64];
	int fd;

	(void)snprintf(path, sizeof path, "%s/new", folder);
	(void)snprintf(to, sizeof to, "%s/kept", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0)
		return 1;
	return rename(path, to) == 0 && unlink(to) == 0 ? 0 : 2;
}

static int
read_in_folder(void)
{
	char path[64];

	if (open(folder, O_RDONLY | O_DIRECTORY) < 0)
		return 1;
	(void)snprintf(path, sizeof path, "%s/new", folder);
	return open(path, O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES ? 2 : 0;
}

Test(process, only_what_is_named_can_be_opened)
{
	struct process_path path = {.path = folder, .writes = true};
	struct process_plan plan = {.sandbox = true, .paths = &path, .path_count = 1};

	if (!has_landlock())
		cr_skip("this kernel has no Landlock");
	cr_assert_not_null(mkdtemp(folder));
	expect_yes(&confined, open_files);
	expect_yes(&plan, write_in_folder);
	path.writes = false;
	expect_yes(&plan, read_in_folder);
	cr_expect_eq(rmdir(folder), 0);
}

static void *
look_up(void *found)
{
	struct addrinfo *list = NULL, hints = {.ai_socktype = SOCK_STREAM};

	*(bool *)found = getaddrinfo("localhost", "445", &hints, &list) == 0;
	if (list)
		freeaddrinfo(list);
	return NULL;
}

/* Threads that look names up, as workers do. */
static int
live_on(void)
{
	bool found = false;
	pthread_t thread;

	if (pthread_create(&thread, NULL, look_up, &found) != 0)
		return 1;
	return pthread_join(thread, NULL) == 0 && found ? 0 : 2;
}

Test(process, what_serving_takes_goes_on)
{
	expect_yes(&confined, live_on);
}

static int
write_and_run(void)
{
	void *page = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED && errno == ENOSYS ? 0 : 1;
}

Test(process, nothing_is_written_and_run)
{
#if defined(HAVE_SECCOMP) && !defined(__SANITIZE_ADDRESS__)
	expect_yes(&confined, write_and_run);
#else
	(void)write_and_run;
	cr_skip("built without libseccomp, or with sanitizers");
#endif
}

static int
be_nobody(void)
{
	if (geteuid() == 0 || getuid() == 0 || getegid() == 0 || getgroups(0, NULL) != 0)
		return 1;
	if (setuid(0) == 0 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 2;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
			       prctl(PR_CAPBSET_READ, 7, 0, 0, 0) == 0
		       ? 0
		       : 3;
}

Test(process, root_becomes_somebody_else_for_good)
{
	struct process_plan plan = {.user = "nobody:daemon"};

	if (geteuid() != 0)
		cr_skip("takes root");
	expect_yes(&plan, be_nobody);
}

static int
never(void)
{
	return 0;
}

Test(process, who_cannot_be_become_is_not_made_up)
{
	static const char *const names[] = {
		"root", "no-such-user-here", "nobody:no-such-group", ""};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct process_plan plan = {.user = names[i]};
		int status = settled(&plan, never);

		cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 99, "%s", names[i]);
	}
}

static bool
is_told(const char *key, const char *value)
{
	const char *text = event_field(told, key);

	return text && strcmp(text, value) == 0;
}

static int
claims_all(void)
{
	return is_told("system_calls", "in force") && is_told("files", "in force") &&
			       is_told("no_new_privileges", "in force") &&
			       is_told("memory", "not to be dumped")
		       ? 0
		       : 1;
}

static int
claims_nothing(void)
{
	bool honest =
		is_told("system_calls", "not in force: the kernel does not take the filter") &&
		is_told("files", "not in force: this kernel has no Landlock");

	return honest && event_level(told) == LEVEL_WARNING ? 0 : 1;
}

#ifdef HAVE_SECCOMP
/* From here on the kernel has neither seccomp nor Landlock, as far as anybody can tell. */
static bool
take_away(void)
{
	const struct scmp_arg_cmp set = SCMP_A0_64(SCMP_CMP_EQ, PR_SET_SECCOMP, 0);
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	const uint32_t absent = SCMP_ACT_ERRNO(ENOSYS);
	bool gone = filter &&
		    seccomp_rule_add_array(filter, absent, SCMP_SYS(prctl), 1, &set) == 0 &&
		    seccomp_rule_add(filter, absent, SCMP_SYS(landlock_create_ruleset), 0) == 0 &&
		    seccomp_rule_add(filter, absent, SCMP_SYS(seccomp), 0) == 0 &&
		    seccomp_load(filter) == 0;

	seccomp_release(filter);
	return gone;
}
#endif

/* What the kernel does not have is not claimed. */
Test(process, nothing_is_claimed_that_is_not_in_force)
{
#ifdef HAVE_SECCOMP
	if (has_landlock())
		expect_yes(&confined, claims_all);
	cr_assert(take_away());
	expect_yes(&confined, claims_nothing);
#else
	(void)claims_all;
	(void)claims_nothing;
	cr_skip("built without libseccomp");
#endif
}
