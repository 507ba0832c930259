/* A bridge's life: born with a client, its doors, its clock, its end. */
#include "bridge/bridge.h"

#include "bridge/answer.h"
#include "bridge/back.h"
#include "bridge/backing.h"
#include "bridge/call.h"
#include "bridge/commands.h"
#include "bridge/job.h"
#include "bridge/login.h"
#include "bridge/negotiation.h"
#include "bridge/refuse.h"
#include "wire/kind.h"

#include <stdio.h>
#include <stdlib.h>

/* The longest message before somebody has logged on: tokens and no payload. */
#define FRAME_LIMIT_STRANGER (128u << 10)

/* What is around the largest payload: headers, create contexts, the other members of a compound. */
#define FRAME_LIMIT_AROUND (64u << 10)

static void
log_connected(struct bridge *bridge)
{
	struct event *event = journal_event(bridge, LEVEL_INFO, "connected");

	journal_write(bridge, &event);
}

static void
log_closed(struct bridge *bridge, fault what, const char *why)
{
	struct event *event = journal_event(bridge, LEVEL_INFO, "closed");

	event_text(event, "reason", what ? reason_word(what->reason) : NULL);
	event_text(event, "detail", why);
	event_number(event, "bytes_in", bridge->bytes_in);
	event_number(event, "bytes_out", bridge->bytes_out);
	event_number(event, "requests", bridge->requests);
	event_number(event, "duration_ms", bridge->now.ms - bridge->born.ms);
	journal_write(bridge, &event);
}

struct bridge *
bridge_new(const struct bridge_config *config, struct moment now)
{
	struct bridge *bridge = calloc(1, sizeof *bridge);

	if (!bridge)
		return NULL;
	bridge->client = strdup(config->client);
	if (!bridge->client) {
		free(bridge);
		return NULL;
	}
	snprintf(bridge->listener_text, sizeof bridge->listener_text, "%s", config->local);
	bridge->policy = policy_ref(config->policy);
	bridge->listener = config->listener;
	bridge->legacy = config->legacy;
	bridge->commons = config->commons;
	bridge->connection = config->connection;
	bridge->born = bridge->now = now;
	bridge->last_heard = now.ms;
	bridge->next_link = LINK_FRONT + 1;
	leg_start(&bridge->front, LEG_FRONT, (uint16_t)bridge->policy->limits.requests_in_flight);
	negotiation_offer(bridge, config->server_guid, &bridge->offer);
	log_connected(bridge);
	return bridge;
}

void
bridge_free(struct bridge **bridge)
{
	struct bridge *b = *bridge;
	struct login *login;

	if (!b)
		return;
	while ((login = idmap_any(&b->logins, NULL)) != NULL)
		login_free(b, login);
	idmap_clear(&b->logins);
	call_free(b, &b->negotiate);
	call_drop(b, NULL, NULL, NULL);
	idmap_clear(&b->calls);
	back_free_all(b);
	leg_clear(&b->front);
	effects_clear(&b->effects);
	policy_unref(&b->policy);
	free(b->client);
	free(b);
	*bridge = NULL;
}

void
bridge_send(struct bridge *bridge, unsigned link, struct frame **frame)
{
	struct effect effect = {.kind = EFFECT_SEND, .link = link, .frame = frame_take(frame)};

	if (bridge->cut) {
		frame_free(&effect.frame);
		return;
	}
	if (link == LINK_FRONT)
		bridge->bytes_out += effect.frame->len;
	if (!effects_push(&bridge->effects, effect))
		refuse_all(bridge, &fault_out_of_memory, NULL);
}

void
bridge_cut(struct bridge *bridge, fault what, const char *why)
{
	if (bridge->cut)
		return;
	log_closed(bridge, what, why);
	(void)effects_push(
		&bridge->effects, (struct effect){.kind = EFFECT_CLOSE, .link = LINK_FRONT});
	for (struct back *back = bridge->backs; back; back = back->next)
		if (back->state != BACK_IDLE && back->state != BACK_DOWN)
			(void)effects_push(&bridge->effects,
				(struct effect){.kind = EFFECT_CLOSE, .link = back->link});
	bridge->cut = true;
}

static void
front_frame(struct bridge *bridge, struct frame **frame)
{
	struct inbound in;
	fault found;

	bridge->last_heard = bridge->now.ms;
	bridge->bytes_in += (*frame)->len;
	if (wire_kind_of(frame_span(*frame)) == WIRE_SMB1) {
		negotiation_take_smb1(bridge, *frame);
		return;
	}
	found = leg_receive(&bridge->front, *frame, &in);
	if (found)
		refuse_all(bridge, found, NULL);
	else
		commands_take(bridge, &in, frame);
}

void
bridge_frame(struct bridge *bridge, unsigned link, struct frame **frame, struct moment now)
{
	struct back *back;

	bridge->now = now;
	if (!bridge->cut && link == LINK_FRONT)
		front_frame(bridge, frame);
	else if (!bridge->cut && (back = back_on_link(bridge, link)) != NULL)
		back_frame(bridge, back, frame);
	frame_free(frame);
}

/* A message on LINK that was not taken in ends that leg. */
static void
link_fail(struct bridge *bridge, unsigned link, fault what, const char *detail)
{
	struct back *back = link == LINK_FRONT ? NULL : back_on_link(bridge, link);
	struct about about = {.detail = detail};

	if (bridge->cut)
		return;
	if (link == LINK_FRONT)
		refuse_all(bridge, what, &about);
	else if (back)
		back_fail(bridge, back, what, &about);
}

void
bridge_frame_too_long(struct bridge *bridge, unsigned link, size_t len, struct moment now)
{
	char detail[80];

	bridge->now = now;
	snprintf(detail, sizeof detail, "%zu bytes, where %zu are the most", len,
		bridge_frame_limit(bridge, link));
	link_fail(bridge, link, &fault_frame_too_long, detail);
}

void
bridge_frame_no_memory(struct bridge *bridge, unsigned link, size_t len, struct moment now)
{
	char detail[80];

	bridge->now = now;
	snprintf(detail, sizeof detail, "a message of %zu bytes", len);
	link_fail(bridge, link, &fault_out_of_memory, detail);
}

void
bridge_dialled(struct bridge *bridge, unsigned link, const char *error, const struct seen *known,
	struct moment now)
{
	struct back *back;

	bridge->now = now;
	if (!bridge->cut && (back = back_on_link(bridge, link)) != NULL)
		back_dialled(bridge, back, error, known);
}

void
bridge_lost(struct bridge *bridge, unsigned link, const char *why, struct moment now)
{
	struct back *back;

	bridge->now = now;
	if (bridge->cut)
		return;
	if (link == LINK_FRONT)
		bridge_cut(bridge, NULL, why);
	else if ((back = back_on_link(bridge, link)) != NULL)
		back_lost(bridge, back, why);
}

void
bridge_job_done(struct bridge *bridge, struct job **job, struct moment now)
{
	bridge->now = now;
	if (!bridge->cut && (*job)->acceptance)
		login_judged(bridge, *job);
	else if (!bridge->cut && (*job)->initiator)
		backing_judged(bridge, *job);
	job_free(job);
}

bool
bridge_supersede(
	struct bridge *bridge, uint64_t session, const struct account *account, struct moment now)
{
	bridge->now = now;
	return !bridge->cut && login_supersede(bridge, session, account);
}

void
bridge_summoned(struct bridge *bridge, uint64_t session, struct moment now)
{
	bridge->now = now;
	if (!bridge->cut)
		login_summoned(bridge, session);
}

/* A change that may never come, or a lock that others hold, is not worth waiting for. */
static bool
only_waits(const struct call *call)
{
	uint16_t command = call->front.command;

	return call->interim && (command == SMB2_CHANGE_NOTIFY || command == SMB2_LOCK);
}

static bool
is_at_rest(const struct bridge *bridge)
{
	const struct call *call;
	size_t at = 0;

	while ((call = idmap_next(&bridge->calls, &at)) != NULL)
		if (!only_waits(call))
			return false;
	return true;
}

void
bridge_stop(struct bridge *bridge, struct moment now)
{
	bridge->now = now;
	bridge->stopping = true;
	if (!bridge->cut && is_at_rest(bridge))
		bridge_cut(bridge, NULL, "smbwarden is stopping");
}

void
bridge_policy_changed(struct bridge *bridge, struct moment now)
{
	bridge->now = now;
	refuse_all(bridge, &fault_policy_changed, NULL);
}

bool
bridge_effect(struct bridge *bridge, struct effect *out)
{
	/* A bridge that is to stop does so once nothing is under way that will end by itself. */
	if (bridge->stopping && !bridge->cut && is_at_rest(bridge))
		bridge_cut(bridge, NULL, "smbwarden is stopping");
	return effects_pop(&bridge->effects, out);
}

bool
bridge_over(const struct bridge *bridge)
{
	return bridge->cut && bridge->effects.count == 0;
}

size_t
bridge_frame_limit(const struct bridge *bridge, unsigned link)
{
	bool stranger = link == LINK_FRONT && !bridge->logged_on;

	return stranger ? FRAME_LIMIT_STRANGER : LEG_PAYLOAD_MAX + FRAME_LIMIT_AROUND;
}

size_t
bridge_held(const struct bridge *bridge)
{
	size_t held = bridge->kept;

	for (const struct back *back = bridge->backs; back; back = back->next)
		for (const struct call *call = back->queue; call; call = call->next)
			held += call->frame->len;
	return held;
}

/* --- the clock --- */

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When the client has to have logged on, or must have said something, by. */
static uint64_t
front_deadline(const struct bridge *bridge)
{
	const struct limits *limits = &bridge->policy->limits;

	if (!bridge->logged_on)
		return bridge->born.ms + limits->logon_time_ms;
	return bridge->last_heard + limits->idle_time_ms;
}

uint64_t
bridge_wake_at(const struct bridge *bridge)
{
	uint64_t at = front_deadline(bridge);

	if (bridge->cut)
		return UINT64_MAX;
	at = earlier(at, login_deadline(bridge));
	if (bridge->interim_at)
		at = earlier(at, bridge->interim_at);
	for (const struct back *back = bridge->backs; back; back = back->next) {
		at = earlier(at, back->deadline);
		at = earlier(at, backing_deadline(bridge, back));
	}
	return at;
}

/* A client that waits for an event, or holds something open, is not idle. */
static bool
is_idle(const struct bridge *bridge)
{
	const struct login *login;
	size_t at = 0;

	if (bridge->calls.count)
		return false;
	while ((login = idmap_next(&bridge->logins, &at)) != NULL)
		if (login->opens.count)
			return false;
	return true;
}

void
bridge_tick(struct bridge *bridge, struct moment now)
{
	bridge->now = now;
	if (bridge->cut)
		return;
	for (struct back *back = bridge->backs; back && !bridge->cut; back = back->next) {
		back_tick(bridge, back);
		backing_tick(bridge, back);
	}
	if (!bridge->cut)
		login_tick(bridge);
	if (!bridge->cut)
		answer_tick(bridge);
	if (bridge->cut || now.ms < front_deadline(bridge))
		return;
	if (!bridge->logged_on)
		refuse_all(bridge, &fault_logon_too_slow, NULL);
	else if (is_idle(bridge))
		refuse_all(bridge, &fault_idle_too_long, NULL);
	else
		bridge->last_heard = now.ms; /* looked at again when as much time has passed */
}
