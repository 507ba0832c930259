/* Raw system calls: the C library has no names for them. */
#include "process/fence.h"

#include "process/sanitized.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a kernel may know that the headers we are built with do not. */
#define ACCESS_FS_TRUNCATE (1ull << 14)
#define ACCESS_FS_IOCTL_DEV (1ull << 15)
#define SCOPE_SIGNAL (1ull << 1)

/* From which version of the interface on. */
enum { ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_IOCTL_DEV = 5, ABI_SCOPES = 6 };

#define FIRST_ACCESSES ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITES                                                                                     \
	(READS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                  \
		LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_DIR |                      \
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | ACCESS_FS_TRUNCATE)

/* Those of them that a file can have. */
#define OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_FS_TRUNCATE)

/* struct landlock_ruleset_attr, as newer kernels have it; older ones are told of its first part. */
struct ruleset {
	uint64_t files, ports, scopes;
};

static const struct {
	const char *path;
	uint64_t access;
} needs[] = {
#define NEED_PATH(path, access, why) {path, access},
#define NEED_CALL(call, why)
#define NEED_CALL_IF(call, why, n, mask, value)
#define NEVER_CALL(call, why)
#include "process/needs.def"
};

/* Grants ACCESS to PATH, as far as the kernel has it under HANDLED; what is not there needs
 * nothing. */
static bool
grant(int ruleset, const char *path, uint64_t access, uint64_t handled)
{
	struct landlock_path_beneath_attr rule = {.parent_fd = open(path, O_PATH | O_CLOEXEC)};
	struct stat st;
	bool granted;

	if (rule.parent_fd < 0)
		return true;
	rule.allowed_access = access & handled;
	if (fstat(rule.parent_fd, &st) != 0 || !S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	granted =
		syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	(void)close(rule.parent_fd);
	return granted;
}

static bool
grant_all(int ruleset, uint64_t handled, const struct process_path *paths, size_t count)
{
	bool granted = true;

	for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
		granted = granted && grant(ruleset, needs[i].path, needs[i].access, handled);
	for (size_t i = 0; i < count; i++)
		granted = granted &&
			  grant(ruleset, paths[i].path, paths[i].writes ? WRITES : READS, handled);
	return granted;
}

const char *
fence_raise(const struct process_path *paths, size_t count)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset all = {
		.files = FIRST_ACCESSES | (abi >= ABI_REFER ? LANDLOCK_ACCESS_FS_REFER : 0) |
			 (abi >= ABI_TRUNCATE ? ACCESS_FS_TRUNCATE : 0) |
			 (abi >= ABI_IOCTL_DEV ? ACCESS_FS_IOCTL_DEV : 0),
		.scopes = SCOPE_SIGNAL,
	};
	size_t size = abi >= ABI_SCOPES ? sizeof all : sizeof all.files;
	bool raised;
	int ruleset;

	if (abi < 1)
		return errno == EOPNOTSUPP ? "not in force: Landlock is switched off"
					   : "not in force: this kernel has no Landlock";
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (ruleset < 0)
		return "not in force: the kernel takes no ruleset of Landlock";
	raised = grant_all(ruleset, all.files, paths, count) &&
		 syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	(void)close(ruleset);
	return raised ? NULL : "not in force: the kernel does not take the rules of Landlock";
}
