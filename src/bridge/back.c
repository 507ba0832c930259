/* A server's connection: the role of a hardened SMB client ([MS-SMB2] 3.2). */
#include "bridge/back.h"

#include "base/ntstatus.h"
#include "bridge/answer.h"
#include "bridge/backing.h"
#include "bridge/call.h"
#include "bridge/carry.h"
#include "bridge/negotiation.h"
#include "bridge/outbox.h"
#include "bridge/recall.h"
#include "bridge/refuse.h"
#include "bridge/tree.h"
#include "crypto/random.h"
#include "leg/negotiate.h"

#include <stdio.h>
#include <stdlib.h>

/* A server found down is not tried again for as long: clients knock often. */
#define BACK_RETRY_MS 2000

static void
back_enter(struct back *back, enum back_state state)
{
	back->state = state;
	if (state != BACK_DIALLING && state != BACK_NEGOTIATING)
		back->deadline = UINT64_MAX;
}

void
back_offer(const struct upstream *upstream, struct offer *out)
{
	*out = (struct offer){
		.min_dialect = upstream->min_dialect,
		.max_dialect = upstream->max_dialect,
		.signing_required = true,
		.capabilities = SMB2_CAP_LEASING | SMB2_CAP_LARGE_MTU | SMB2_CAP_DIRECTORY_LEASING,
		.max_transact = LEG_PAYLOAD_MAX,
		.max_read = LEG_PAYLOAD_MAX,
		.max_write = LEG_PAYLOAD_MAX,
	};

	for (size_t i = 0; i < upstream->signing_count && i < 3; i++)
		out->signing[out->signing_count++] = upstream->signing_algorithms[i];
	if (upstream->encryption != SEAL_OFF)
		for (size_t i = 0; i < upstream->cipher_count && i < 4; i++)
			out->ciphers[out->cipher_count++] = upstream->ciphers[i];
}

/*
 * Leases belong to the ClientGuid, [MS-SMB2] 3.3.1.11: the client's own is passed on, so that its
 * connections share them as they would without us. 2.0.2 has none.
 */
static void
make_offer(struct bridge *bridge, const struct upstream *upstream, struct offer *out)
{
	back_offer(upstream, out);
	memcpy(out->guid, bridge->front.asked_for.client_guid, sizeof out->guid);
}

struct back *
back_for(struct bridge *bridge, const struct upstream *upstream)
{
	struct back *back;

	for (back = bridge->backs; back; back = back->next)
		if (back->upstream == upstream)
			return back;
	back = calloc(1, sizeof *back);
	if (!back)
		return NULL;
	back->upstream = upstream;
	back->queue_end = &back->queue;
	back->next = bridge->backs;
	bridge->backs = back;
	leg_start(&back->leg, LEG_BACK, 0);
	back_enter(back, BACK_IDLE);
	return back;
}

struct back *
back_on_link(const struct bridge *bridge, unsigned link)
{
	for (struct back *back = bridge->backs; back; back = back->next)
		if (back->link == link && back->state != BACK_IDLE && back->state != BACK_DOWN)
			return back;
	return NULL;
}

static bool
has_guid(const struct offer *offer)
{
	static const uint8_t zero[16];

	return memcmp(offer->guid, zero, sizeof zero) != 0;
}

static void
dial(struct bridge *bridge, struct back *back)
{
	struct effect effect = {.kind = EFFECT_DIAL, .upstream = back->upstream};

	make_offer(bridge, back->upstream, &back->offer);
	if (!has_guid(&back->offer) && !random_bytes(back->offer.guid, sizeof back->offer.guid)) {
		refuse_all(bridge, &fault_crypto_failed, NULL);
		return;
	}
	effect.link = back->link = bridge->next_link++;
	back_enter(back, BACK_DIALLING);
	back->deadline = bridge->now.ms + back->upstream->connect_timeout_ms;
	if (!effects_push(&bridge->effects, effect))
		refuse_all(bridge, &fault_out_of_memory, NULL);
}

bool
back_want(struct bridge *bridge, struct back *back)
{
	if (back->state == BACK_DOWN) {
		if (bridge->now.ms - back->down_since < BACK_RETRY_MS)
			return false;
		back_enter(back, BACK_IDLE);
	}
	if (back->state == BACK_IDLE)
		dial(bridge, back);
	return true;
}

/* Whoever waited for the server is told that it is there, or that it is not. */
static void
tell(struct bridge *bridge, struct back *back)
{
	negotiation_go_on(bridge);
	tree_go_on_all(bridge, back);
}

static void
go_down(struct bridge *bridge, struct back *back, fault what, const char *why)
{
	struct event *event;

	back_close(bridge, back);
	tree_wait_again(bridge, back);
	back_enter(back, BACK_DOWN);
	back->down_since = bridge->now.ms;
	back->down_fault = what;
	free(back->down_why);
	back->down_why = why ? strdup(why) : NULL;
	event = journal_event(bridge, LEVEL_WARNING, "server-down");
	event_text(event, "server", back->upstream->key);
	event_fault(event, what);
	event_text(event, "detail", why);
	journal_write(bridge, &event);
	tell(bridge, back);
}

/* Whether any tree at BACK is in a state from FROM to TO. */
static bool
has_trees(const struct bridge *bridge, const struct back *back, enum tree_state from,
	enum tree_state to)
{
	struct login *login;
	size_t at = 0;

	while ((login = idmap_next(&bridge->logins, &at)) != NULL) {
		struct tree *tree;
		size_t t = 0;

		while ((tree = idmap_next(&login->trees, &t)) != NULL)
			if (tree->back == back && tree->state >= from && tree->state <= to)
				return true;
	}
	return false;
}

void
back_fail(struct bridge *bridge, struct back *back, fault what, const struct about *about)
{
	struct about here = about ? *about : (struct about){0};

	if (bridge->cut)
		return;
	here.back = back;
	if (has_trees(bridge, back, TREE_ON, TREE_ON)) {
		/* What the client holds open is gone: as without us, its connection ends. */
		refuse_all(bridge, what, &here);
		return;
	}
	go_down(bridge, back, what, here.detail);
}

void
back_lost(struct bridge *bridge, struct back *back, const char *why)
{
	bool was_ready = back->state == BACK_READY;
	fault what = &fault_server_unreachable;

	if (was_ready && !has_trees(bridge, back, TREE_WAITING, TREE_ON)) {
		back_close(bridge, back); /* idle servers hang up: dialled again when wanted */
		back_enter(back, BACK_IDLE);
		return;
	}
	if (has_trees(bridge, back, TREE_VALIDATING, TREE_VALIDATING))
		what = &fault_server_validation_cut; /* [MS-SMB2] 3.3.5.15.12: its way to say no */
	else if (has_trees(bridge, back, TREE_ON, TREE_ON))
		what = &fault_server_lost;
	back_fail(bridge, back, what, &(struct about){.detail = why});
}

void
back_close(struct bridge *bridge, struct back *back)
{
	if (back->state == BACK_IDLE || back->state == BACK_DOWN)
		return;
	(void)effects_push(
		&bridge->effects, (struct effect){.kind = EFFECT_CLOSE, .link = back->link});
	call_drop(bridge, NULL, back, NULL);
	backing_forget_all(bridge, back);
	leg_clear(&back->leg);
	auth_token_free(&back->hint);
	leg_start(&back->leg, LEG_BACK, 0);
}

void
back_free_all(struct bridge *bridge)
{
	while (bridge->backs) {
		struct back *back = bridge->backs;

		bridge->backs = back->next;
		leg_clear(&back->leg);
		auth_token_free(&back->hint);
		free(back->down_why);
		free(back);
	}
}

/* Said once, and only where the log has said that the server is down. */
static void
log_up(struct bridge *bridge, struct back *back)
{
	struct event *event;

	if (!back->down_fault)
		return;
	back->down_fault = NULL;
	event = journal_event(bridge, LEVEL_INFO, "server-up");
	event_text(event, "server", back->upstream->key);
	journal_write(bridge, &event);
}

/*
 * Holds BACK against what the server was seen to be. Under `mode: audit` a weaker one is let
 * through; what is remembered of it stays.
 */
static fault
recall(struct bridge *bridge, struct back *back, char account[RECALL_ACCOUNT_SIZE])
{
	fault found = recall_judge(&back->known, &back->offer, &back->leg.terms, account);

	if (!found || bridge->policy->mode != MODE_AUDIT)
		return found;
	journal_refused(bridge, found, "would-refuse", STATUS_SUCCESS,
		&(struct about){.back = back, .detail = account});
	return NULL;
}

/* The server takes nothing of what it was offered. */
static void
declined(struct bridge *bridge, struct back *back, uint32_t status)
{
	char account[RECALL_ACCOUNT_SIZE];
	fault found = recall(bridge, back, account);

	back_fail(bridge, back, found ? found : &fault_server_dialect_refused,
		&(struct about){.detail = found ? account : ntstatus_name(status)});
}

void
back_proven(struct bridge *bridge, struct back *back)
{
	struct seen seen = recall_learn(&back->offer, &back->leg.terms, bridge->now.filetime);
	struct effect effect = {.kind = EFFECT_LEARNED, .of = back->upstream};

	if (!seen_add(&back->known, &seen))
		return;
	effect.seen = malloc(sizeof *effect.seen);
	if (!effect.seen)
		return; /* learned another time */
	*effect.seen = seen;
	(void)effects_push(&bridge->effects, effect);
}

/* The answer to our NEGOTIATE, [MS-SMB2] 3.2.5.2. */
static void
negotiated(struct bridge *bridge, struct call *call, struct inbound *in, struct message *m)
{
	struct back *back = call->back;
	char seen[RECALL_ACCOUNT_SIZE];
	struct span token;
	fault found;

	call_free(bridge, &call);
	if (ntstatus_is_error(m->header.status)) {
		declined(bridge, back, m->header.status);
		return;
	}
	found = negotiate_accept(&back->leg, &back->offer, span_of(m->bytes, m->len), &token);
	snprintf(seen, sizeof seen, "the server chose %s",
		smb2_dialect_word(back->leg.terms.dialect));
	if (!found)
		found = recall(bridge, back, seen);
	if (!found && back->upstream->encryption == SEAL_ALWAYS && !back->leg.terms.seals_with)
		found = &fault_server_cannot_seal;
	if (!found && back->leg.terms.has_preauth &&
		!preauth_extend(&back->leg.preauth, frame_span(in->frame)))
		found = &fault_crypto_failed;
	auth_token_free(&back->hint);
	if (!found && !auth_token_copy(&back->hint, token))
		found = &fault_out_of_memory;
	if (found) {
		back_fail(bridge, back, found,
			back->leg.terms.dialect ? &(struct about){.detail = seen} : NULL);
		return;
	}
	leg_enter(&back->leg, LEG_NEGOTIATED);
	back_enter(back, BACK_READY);
	log_up(bridge, back);
	tell(bridge, back);
}

void
back_dialled(struct bridge *bridge, struct back *back, const char *error, const struct seen *known)
{
	uint8_t salt[32];
	struct frame *frame;
	struct writer w;
	struct call *call;

	if (error) {
		back_enter(back, BACK_IDLE); /* there is no connection to close */
		go_down(bridge, back, &fault_server_unreachable, error);
		return;
	}
	frame = answer_frame(ANSWER_ROOM, &w);
	call = call_new_own(bridge, back, negotiated);
	if (!frame || !call || !random_bytes(salt, sizeof salt)) {
		frame_free(&frame);
		call_free(bridge, &call);
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	back->known = known ? *known : (struct seen){0};
	back_enter(back, BACK_NEGOTIATING);
	back->deadline = bridge->now.ms + back->upstream->connect_timeout_ms;
	negotiate_ask(&back->leg, &back->offer, span_of(salt, sizeof salt), &w);
	leg_enter(&back->leg, LEG_NEGOTIATING);
	outbox_put_own(bridge, call, NULL, SMB2_NEGOTIATE, &frame, &w);
}

void
back_frame(struct bridge *bridge, struct back *back, struct frame **frame)
{
	struct inbound in;
	fault found = leg_receive(&back->leg, *frame, &in);

	if (found) {
		back_fail(bridge, back, found, NULL);
		return;
	}
	for (size_t i = 0; i < in.count; i++)
		match_granted(&back->leg.match, in.messages[i].header.credits);
	carry_back(bridge, back, &in, frame);
	if (!bridge->cut && back->state == BACK_READY)
		outbox_pump(bridge, back);
}

void
back_await_share(struct bridge *bridge, struct back *back)
{
	back->deadline = bridge->now.ms + bridge->policy->limits.logon_time_ms;
}

static const char *
why_late(const struct back *back)
{
	switch (back->state) {
	case BACK_DIALLING:
		return "it did not answer within connect_timeout";
	case BACK_NEGOTIATING:
		return "it did not negotiate within connect_timeout";
	default:
		return "it did not connect the share within limits.logon_time";
	}
}

void
back_tick(struct bridge *bridge, struct back *back)
{
	if (bridge->now.ms < back->deadline)
		return;
	back->deadline = UINT64_MAX;
	if (back->state == BACK_READY && !has_trees(bridge, back, TREE_CONNECTING, TREE_VALIDATING))
		return; /* it did, in time */
	back_fail(
		bridge, back, &fault_server_unreachable, &(struct about){.detail = why_late(back)});
}
