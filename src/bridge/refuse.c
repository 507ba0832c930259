/* What happens when something is refused. */
#include "bridge/refuse.h"

#include "base/ntstatus.h"
#include "bridge/answer.h"
#include "bridge/call.h"
#include "bridge/login.h"

void
refuse_with(struct bridge *bridge, struct call **call, fault what, uint32_t status,
	const struct about *about)
{
	struct login *login = call && *call ? (*call)->login : NULL;

	journal_refused(bridge, what, "refuse", status, about);
	if (call && *call) {
		/* A CANCEL is never answered, [MS-SMB2] 3.3.5.16. */
		if (status == STATUS_SUCCESS || (*call)->front.command == SMB2_CANCEL)
			call_free(bridge, call);
		else
			answer_status(bridge, call, status);
	}
	if (what->cut == CUT_SESSION && login)
		login_end(bridge, login);
	if (what->cut == CUT_LEG)
		bridge_cut(bridge, reason_word(what->reason));
}

void
refuse(struct bridge *bridge, struct call **call, fault what, const struct about *about)
{
	refuse_with(bridge, call, what, what->status, about);
}

void
refuse_all(struct bridge *bridge, fault what, const struct about *about)
{
	if (bridge->cut)
		return;
	journal_refused(bridge, what, "refuse", STATUS_SUCCESS, about);
	bridge_cut(bridge, reason_word(what->reason));
}
