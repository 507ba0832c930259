/* From root to nobody in particular, and no way back. */
#include "process/user.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* More capabilities than any kernel has. */
#define CAPABILITY_MAX 64

/* Who to become. */
struct who {
	uid_t uid;
	gid_t gid;
};

static const char *
look_up(const char *name, struct who *who)
{
	const char *colon = strchr(name, ':');
	char *user = strndup(name, colon ? (size_t)(colon - name) : strlen(name));
	const struct passwd *entry = user ? getpwnam(user) : NULL;
	const struct group *group;

	free(user);
	if (!entry)
		return "there is no such user";
	*who = (struct who){.uid = entry->pw_uid, .gid = entry->pw_gid};
	if (colon) {
		group = getgrnam(colon + 1);
		if (!group)
			return "there is no such group";
		who->gid = group->gr_gid;
	}
	return who->uid == 0 ? "that is root" : NULL;
}

/* Gives up what programs that this one starts could get back. Best done as root; asked for later.
 */
static void
empty_bounds(void)
{
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (unsigned long i = 0; i < CAPABILITY_MAX; i++)
		(void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
}

static void
empty_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	(void)syscall(SYS_capset, &header, none);
}

bool
user_is_bare(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	bool bare = syscall(SYS_capget, &header, data) == 0;

	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		bare = bare && !data[i].effective && !data[i].permitted && !data[i].inheritable;
	return bare;
}

static const char *
change(const struct who *who)
{
	if (setgroups(0, NULL) != 0 || setresgid(who->gid, who->gid, who->gid) != 0 ||
		setresuid(who->uid, who->uid, who->uid) != 0)
		return "the kernel refuses it";
	/* Said and done are two things. */
	if (setuid(0) == 0 || geteuid() != who->uid || getuid() != who->uid ||
		getegid() != who->gid || getgroups(0, NULL) != 0)
		return "something of root was left";
	/* The kernel has made us readable again. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return NULL;
}

void
user_give(const char *name, const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct who who;

	if (fd >= 0 && !look_up(name, &who))
		(void)!fchown(fd, who.uid, who.gid);
	if (fd >= 0)
		close(fd);
}

const char *
user_become(const char *name)
{
	struct who who;
	const char *why = name ? look_up(name, &who) : NULL;

	if (why)
		return why;
	if (!name && geteuid() == 0)
		return NULL;
	empty_bounds();
	if (name && geteuid() == 0)
		why = change(&who);
	else if (name && who.uid != geteuid())
		why = "only root can become somebody else";
	empty_capabilities();
	if (!why && !user_is_bare())
		why = "capabilities were left";
	return why;
}
