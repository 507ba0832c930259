/* Requests on their way to a server ([MS-SMB2] 3.2.4.1). */
#include "bridge/outbox.h"

#include "base/ntstatus.h"
#include "bridge/answer.h"
#include "bridge/back.h"
#include "bridge/call.h"
#include "bridge/refuse.h"
#include "wire/smb2_cancel.h"

/* Credits we like to hold: enough for several messages of the largest payload at once. */
#define OUTBOX_CREDITS_WANTED 1024

/* How a request of CALL must leave, [MS-SMB2] 3.2.4.1.1 and 3.2.4.1.8. */
static enum protection
protection_of(const struct call *call, const struct leg_session *session)
{
	bool always = call->back->upstream->encryption == SEAL_ALWAYS && session && session->seals;

	if (!session || session->state != SESSION_VALID)
		return PROTECT_NOTHING; /* a logon under way: there is no key yet */
	if (call->front.command == SMB2_SESSION_SETUP)
		return PROTECT_SIGN;
	if (session->sealing_required || always || call->seals || (call->tree && call->tree->seals))
		return PROTECT_SEAL;
	return PROTECT_SIGN;
}

static uint16_t
credits_to_ask(const struct match *match, uint16_t charge)
{
	uint32_t held = match->credits;

	return held < OUTBOX_CREDITS_WANTED ? (uint16_t)(OUTBOX_CREDITS_WANTED - held + charge)
					    : charge;
}

/* The header that the server sees; the client's own ids stay behind in the call. */
static void
write_header(const struct call *call, const struct asked *asked, const struct leg_session *session)
{
	const struct leg *leg = &call->back->leg;
	struct smb2_header header = {
		.credit_charge = leg->terms.has_multi_credit ? call->charge : 0,
		.status = call->channel,
		.command = call->front.command,
		.credits = credits_to_ask(&leg->match, call->charge),
		.flags = (call->front.flags & (SMB2_FLAG_RELATED | SMB2_FLAG_PRIORITY_MASK)) |
			 call->replay,
		.next = call->front.next,
		.message_id = asked->message_id,
		.process_id = call->front.process_id,
		.tree_id = call->back_tree_id,
		.session_id = session ? session->id : 0,
	};

	smb2_header_encode(&header, call->bytes);
}

/* Gives CALL its message id and writes its header; false when memory is out. */
static bool
stamp(struct call *call, struct leg_session *session, enum protection how)
{
	struct asked *asked = match_ask(&call->back->leg.match, call->charge);

	if (!asked)
		return false;
	asked->ticket = call->ticket;
	asked->session = session;
	asked->tree_id = call->back_tree_id;
	asked->command = call->front.command;
	asked->sealed = how == PROTECT_SEAL;
	asked->is_signed = how == PROTECT_SIGN;
	call->asked_id = asked->message_id;
	call->sent = true;
	write_header(call, asked, session);
	return true;
}

static struct leg_session *
session_of(const struct call *call)
{
	if (call->session)
		return call->session;
	return call->tree && call->tree->backing ? call->tree->backing->session : NULL;
}

/* Nothing but what makes the keys leaves without them. */
static fault
check_protection(const struct call *head, enum protection how)
{
	uint16_t command = head->front.command;

	if (how != PROTECT_NOTHING || command == SMB2_NEGOTIATE || command == SMB2_SESSION_SETUP)
		return NULL;
	return &fault_internal_error;
}

/* Sends the frame of HEAD and the calls compounded in it; its credits are there. */
static void
send(struct bridge *bridge, struct back *back, struct call *head)
{
	struct leg_session *session = session_of(head);
	enum protection how = protection_of(head, session);
	struct frame *frame = frame_take(&head->frame);
	fault found = check_protection(head, how);

	for (struct call *call = head; call && !found; call = call->compounded)
		if (!stamp(call, session, how))
			found = &fault_out_of_memory;
	/* The hash of 3.1.1 is over the messages as they are on the wire,
	 * [MS-SMB2] 3.2.4.2.2.2, 3.2.4.2.3. */
	if (!found && head->front.command == SMB2_NEGOTIATE &&
		!preauth_extend(&back->leg.preauth, frame_span(frame)))
		found = &fault_crypto_failed;
	if (!found && head->front.command == SMB2_SESSION_SETUP && how == PROTECT_NOTHING &&
		session)
		found = session_hash(session, frame_span(frame));
	if (!found)
		found = leg_protect(&back->leg, session, frame, how);
	for (struct call *call = head; call; call = call->compounded)
		call->bytes = NULL;
	if (found) {
		frame_free(&frame);
		refuse_all(bridge, found, &(struct about){.back = back});
		return;
	}
	bridge_send(bridge, back->link, &frame);
}

static uint32_t
price(const struct call *head)
{
	uint32_t sum = 0;

	for (const struct call *call = head; call; call = call->compounded)
		sum += call->charge;
	return sum;
}

/* Whether an answer may still bring credits: requests that only wait for events do not count. */
static bool
expects_credits(const struct match *match)
{
	const struct asked *asked;
	size_t at = 0;

	while ((asked = idmap_next(&match->asked, &at)) != NULL)
		if (!asked->pending)
			return true;
	return false;
}

/*
 * A request that the server's credits will never pay for is answered here instead of waiting for
 * ever. One of our own costs a single credit: a server without even that is of no use.
 */
static void
give_up(struct bridge *bridge, struct call *head)
{
	if (head->answered) {
		back_fail(bridge, head->back, &fault_server_credits_short, NULL);
		return;
	}
	while (head && !bridge->cut) {
		struct call *next = head->compounded;

		head->compounded = NULL;
		refuse(bridge, &head, &fault_server_credits_short,
			&(struct about){
				.tree = head->tree, .login = head->login, .back = head->back});
		head = next;
	}
}

void
outbox_pump(struct bridge *bridge, struct back *back)
{
	while (back->queue && !bridge->cut) {
		struct call *head = back->queue;
		bool affordable = price(head) <= back->leg.match.credits;

		if (!affordable && expects_credits(&back->leg.match))
			return;
		back->queue = head->next;
		head->next = NULL;
		if (!back->queue)
			back->queue_end = &back->queue;
		if (affordable)
			send(bridge, back, head);
		else
			give_up(bridge, head);
	}
}

void
outbox_put(struct bridge *bridge, struct call **call)
{
	struct call *head = *call;
	struct back *back = head->back;

	*call = NULL;
	for (struct call *c = head; c; c = c->compounded)
		if (call_find(bridge, c->ticket) != c && !call_enter(bridge, c)) {
			call_free_all(bridge, c); /* those before it go with the bridge */
			refuse_all(bridge, &fault_out_of_memory, NULL);
			return;
		}
	*back->queue_end = head;
	back->queue_end = &head->next;
	outbox_pump(bridge, back);
}

void
outbox_put_own(struct bridge *bridge, struct call *call, struct leg_session *session,
	uint16_t command, struct frame **frame, const struct writer *w)
{
	if (!writer_ok(w)) {
		frame_free(frame);
		call_free(bridge, &call);
		refuse_all(bridge, &fault_internal_error, NULL);
		return;
	}
	(*frame)->len = w->at;
	call->front.command = command;
	call->charge = 1;
	call->frame = frame_take(frame);
	call->bytes = call->frame->data;
	call->session = session;
	outbox_put(bridge, &call);
}

/* CANCEL uses no credit and no id of its own and is never answered, [MS-SMB2] 3.2.4.24. */
static void
cancel_at_server(struct bridge *bridge, struct call *call)
{
	struct leg_session *session = session_of(call);
	struct asked *asked = match_find(&call->back->leg.match, call->asked_id);
	struct smb2_header header = {
		.command = SMB2_CANCEL,
		.message_id = call->asked_id,
		.session_id = session ? session->id : 0,
		.tree_id = call->back_tree_id,
	};
	struct writer w;
	struct frame *frame;
	fault found;

	if (!asked || !session)
		return;
	frame = answer_frame(16, &w);
	if (!frame)
		return; /* the request goes on: no harm but the delay */
	if (asked->pending) {
		header.flags = SMB2_FLAG_ASYNC;
		header.async_id = asked->async_id;
	}
	smb2_cancel_request_encode(&w);
	smb2_header_encode(&header, frame->data);
	frame->len = w.at;
	found = leg_protect(&call->back->leg, session, frame, protection_of(call, session));
	if (found) {
		frame_free(&frame);
		refuse_all(bridge, found, NULL);
		return;
	}
	bridge_send(bridge, call->back->link, &frame);
}

/* Takes a frame that has not been sent out of the queue; true if CALL's was there and alone in it.
 */
static bool
unqueue(struct back *back, struct call *call)
{
	for (struct call **link = &back->queue; *link; link = &(*link)->next) {
		if (*link != call)
			continue;
		if (call->compounded)
			return false;
		*link = call->next;
		call->next = NULL;
		if (!*link)
			back->queue_end = link;
		return true;
	}
	return false;
}

void
outbox_cancel(struct bridge *bridge, struct call *call)
{
	if (call->sent)
		cancel_at_server(bridge, call);
	else if (call->custody && call->custody->kept)
		call->custody->unwanted = true; /* the server is to see both, in this order */
	else if (call->back && unqueue(call->back, call))
		answer_status(bridge, &call, STATUS_CANCELLED);
}
