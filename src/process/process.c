/* One step after the other, each of which only takes away. */
#include "process/process.h"

#include "process/filter.h"
#include "process/fence.h"
#include "process/user.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

void
process_begin(void)
{
	static const struct rlimit none = {0, 0};

	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Whether no core file can be written and nobody but root looks into our memory: asked, not
 * assumed. */
static bool
is_opaque(void)
{
	struct rlimit core;

	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && getrlimit(RLIMIT_CORE, &core) == 0 &&
	       core.rlim_max == 0;
}

/* What keeps SOMETHING from being in force, or "in force". */
static const char *
or_in_force(const char *why)
{
	return why ? why : "in force";
}

/* What is in force, asked while it can be: the filter takes the questions away, too. */
struct facts {
	bool bare, no_new, opaque, root;
};

static struct facts
ask(void)
{
	return (struct facts){
		.bare = user_is_bare(),
		.no_new = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
		.opaque = is_opaque(),
		.root = geteuid() == 0,
	};
}

static struct event *
describe(const struct process_plan *plan, const struct facts *facts, const char *fence,
	const char *filter)
{
	bool all =
		facts->bare && facts->no_new && facts->opaque && !facts->root && !fence && !filter;
	struct event *event = event_new(all ? LEVEL_INFO : LEVEL_WARNING, "confined");

	event_text(event, "user", plan->user);
	event_number(event, "uid", geteuid());
	event_text(event, "capabilities", facts->bare ? "none" : "kept");
	event_text(event, "no_new_privileges", facts->no_new ? "in force" : "not in force");
	event_text(event, "memory", facts->opaque ? "not to be dumped" : "may be dumped");
	event_text(event, "system_calls", or_in_force(filter));
	event_text(event, "files", or_in_force(fence));
	if (facts->root)
		event_text(event, "remedy",
			"Name a `user` in the policy, who root becomes once the ports are bound.");
	return event;
}

bool
process_settle(const struct process_plan *plan, struct event **event)
{
	const char *fence = "not in force: told so on the command line", *filter = fence;
	const char *why = user_become(plan->user);
	struct facts facts = ask();

	if (!why && plan->sandbox) {
		fence = fence_raise(plan->paths, plan->path_count);
		filter = filter_load();
	}
	if (!why) {
		*event = describe(plan, &facts, fence, filter);
		return true;
	}
	*event = event_new(LEVEL_ERROR, "failed");
	event_text(*event, "words", "cannot become the user of the policy");
	event_text(*event, "user", plan->user);
	event_text(*event, "error", why);
	return false;
}
