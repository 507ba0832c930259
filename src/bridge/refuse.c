/* What happens when something is refused. */
#include "bridge/refuse.h"

#include "base/ntstatus.h"
#include "bridge/answer.h"
#include "bridge/call.h"

/* Logs and answers; what is cut is the caller's matter. */
static void
say(struct bridge *bridge, struct call **call, fault what, uint32_t status,
	const struct about *about)
{
	journal_refused(bridge, what, "refuse", status, about);
	if (!call || !*call)
		return;
	/* A CANCEL is never answered, [MS-SMB2] 3.3.5.16. */
	if (status == STATUS_SUCCESS || (*call)->front.command == SMB2_CANCEL)
		call_free(bridge, call);
	else
		answer_status(bridge, call, status);
}

void
refuse_telling(struct bridge *bridge, struct call **call, fault what, uint32_t status,
	const struct about *about)
{
	say(bridge, call, what, status, about);
	if (what->cut == CUT_LEG)
		bridge_cut(bridge, what, NULL);
}

void
refuse(struct bridge *bridge, struct call **call, fault what, const struct about *about)
{
	refuse_telling(bridge, call, what, what->status, about);
}

void
refuse_for_server(struct bridge *bridge, struct call **call, fault what, const struct about *about)
{
	say(bridge, call, what, what->status ? what->status : STATUS_ACCESS_DENIED, about);
}

void
refuse_all(struct bridge *bridge, fault what, const struct about *about)
{
	if (bridge->cut)
		return;
	journal_refused(bridge, what, "refuse", STATUS_SUCCESS, about);
	bridge_cut(bridge, what, NULL);
}
