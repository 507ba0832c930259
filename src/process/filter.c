/* The table as a filter of libseccomp's. */
#include "process/filter.h"

#include <stddef.h>

#ifdef HAVE_SECCOMP
#include "process/sanitized.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

#define KILL SCMP_ACT_KILL_PROCESS

/* All of an argument that is an int: nobody says what is above it in its register. */
#define WHOLE 0xffffffffu

static bool
allow_if(scmp_filter_ctx filter, int call, unsigned argument, uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp compare = {
		.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &compare) == 0;
}

/* Calls that an architecture does not have are passed over by libseccomp. */
static bool
allow_all(scmp_filter_ctx filter)
{
	bool ok = true;

#define NEED_PATH(path, access, why)
#define NEED_CALL(call, why)                                                                       \
	ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(call), 0) == 0;
#define NEED_CALL_IF(call, why, n, mask, value)                                                    \
	ok = ok && allow_if(filter, SCMP_SYS(call), n, mask, (uint64_t)(value));
#define NEVER_CALL(call, why) ok = ok && seccomp_rule_add(filter, KILL, SCMP_SYS(call), 0) == 0;
#include "process/needs.def"
	return ok;
}

const char *
filter_load(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	bool loaded = filter && allow_all(filter) && seccomp_load(filter) == 0;

	if (filter)
		seccomp_release(filter);
	return loaded ? NULL : "not in force: the kernel does not take the filter";
}
#else
const char *
filter_load(void)
{
	return "not in force: built without libseccomp";
}
#endif
