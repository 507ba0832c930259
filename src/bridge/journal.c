/* Log lines of a bridge. */
#include "bridge/journal.h"

#include "base/ntstatus.h"

#include <stdio.h>

struct event *
journal_event(const struct bridge *bridge, enum level level, const char *name)
{
	struct event *event = event_new(level, name);

	event_number(event, "conn", bridge->connection);
	event_text(event, "client", bridge->client);
	event_text(event, "listener", bridge->listener_text);
	return event;
}

/* How strong one leg is: what was negotiated, and what is in use for this session or tree. */
static void
describe_leg(struct event *event, const char *key, const struct leg *leg,
	const struct leg_session *session, bool seals, const char *logon)
{
	const struct terms *terms = &leg->terms;
	bool sealed = seals || (session && session->sealing_required);
	bool is_signed = session && session->state == SESSION_VALID && session->signing_required;

	if (leg->state != LEG_NEGOTIATED)
		return;
	event_open(event, key);
	event_text(event, "dialect", smb2_dialect_word(terms->dialect));
	event_text(
		event, "signing", sealed || is_signed ? signing_word(terms->signs_with) : "none");
	event_text(event, "cipher", sealed ? cipher_word(terms->seals_with) : "none");
	event_text(event, "logon", logon);
	event_close(event);
}

static void
describe_back(struct event *event, const struct about *about)
{
	const struct tree *tree = about->tree;
	const struct backing *backing = tree ? tree->backing : NULL;
	const struct back *back = about->back ? about->back : tree ? tree->back : NULL;

	if (!back)
		return;
	event_text(event, "server", back->upstream->key);
	if (back->state == BACK_READY)
		describe_leg(event, "server_leg", &back->leg, backing ? backing->session : NULL,
			tree && tree->seals, backing ? backing->mechanism : NULL);
}

void
journal_about(const struct bridge *bridge, struct event *event, const struct about *about)
{
	static const struct about nothing;
	const struct login *login;
	bool seals;
	char place[PLACE_TEXT_SIZE];

	if (!about)
		about = &nothing;
	login = about->login ? about->login : about->tree ? about->tree->login : NULL;
	event_text(event, "user", login && login->user ? login->user : about->user);
	event_text(event, "unc", about->tree ? about->tree->unc : about->unc);
	event_text(event, "path", about->path);
	if (about->need && about->need->rule) {
		event_text(event, "rule", rule_place_text(about->need->rule, place, sizeof place));
		event_text(event, "pattern", about->need->rule->pattern);
	}
	seals = about->tree && (about->tree->client_seals || about->tree->came_sealed);
	describe_leg(event, "client_leg", &bridge->front, login ? login->front : NULL, seals,
		login ? login->mechanism : NULL);
	describe_back(event, about);
	event_text(event, "detail", about->detail);
}

void
journal_write(struct bridge *bridge, struct event **event)
{
	struct effect effect = {.kind = EFFECT_LOG, .event = *event};

	*event = NULL;
	if (effect.event)
		(void)effects_push(&bridge->effects, effect); /* a line lost for want of memory */
}

void
journal_exempted(struct bridge *bridge, const struct tree *tree, const char *path,
	enum requirement what, const struct waiver *waiver)
{
	struct event *event = journal_event(bridge, LEVEL_INFO, "exempted");
	char place[PLACE_TEXT_SIZE];

	event_text(event, "user", tree->login->user);
	event_text(event, "unc", tree->unc);
	event_text(event, "path", path);
	event_text(event, "exempt", policy_requirement_word(what));
	event_text(event, "rule", rule_place_text(waiver->by, place, sizeof place));
	event_text(event, "pattern", waiver->by->pattern);
	event_text(event, "why", waiver->by->reason);
	event_text(event, "from", rule_place_text(waiver->from, place, sizeof place));
	journal_write(bridge, &event);
}

void
journal_exempted_all(struct bridge *bridge, const struct tree *tree)
{
	for (unsigned what = 0; what < REQUIREMENTS; what++)
		if (tree->verdict.waived[what].by)
			journal_exempted(bridge, tree, NULL, what, &tree->verdict.waived[what]);
}

void
journal_refused(struct bridge *bridge, fault what, const char *action, uint32_t status,
	const struct about *about)
{
	/* Clients name what is gone all the time: nobody is to be woken by it. */
	enum level level = what->reason == REASON_STALE_REQUEST ? LEVEL_DEBUG : LEVEL_WARNING;
	struct event *event = journal_event(bridge, level, "refused");

	event_text(event, "action", action);
	event_fault(event, what);
	if (status != what->status && status != STATUS_SUCCESS)
		event_text(event, "told", ntstatus_name(status));
	journal_about(bridge, event, about);
	journal_write(bridge, &event);
}

void
journal_renewed(struct bridge *bridge, const struct backing *backing, uint32_t life)
{
	struct event *event = journal_event(bridge, LEVEL_INFO, "renewed");

	event_number(event, "valid_s", life);
	journal_about(
		bridge, event, &(struct about){.login = backing->login, .back = backing->back});
	journal_write(bridge, &event);
}

void
journal_renewal_failed(
	struct bridge *bridge, const struct backing *backing, fault what, const char *detail)
{
	const struct renewal *renewal = &backing->renewal;
	uint64_t now = bridge->now.ms;
	struct event *event = journal_event(bridge, LEVEL_WARNING, "renewal-failed");

	event_fault(event, what);
	event_number(event, "valid_s", renewal->end > now ? (renewal->end - now) / 1000 : 0);
	if (renewal->at != RENEWAL_NEVER)
		event_number(event, "again_s", (renewal->at - now) / 1000);
	journal_about(bridge, event,
		&(struct about){.login = backing->login, .back = backing->back, .detail = detail});
	journal_write(bridge, &event);
}
