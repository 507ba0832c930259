/* Carrying requests and answers ([MS-SMB2] 3.3.5.2, 3.2.5.1): rewritten in place, never copied. */
#include "bridge/carry.h"

#include "base/ntstatus.h"
#include "bridge/answer.h"
#include "bridge/call.h"
#include "bridge/custody.h"
#include "bridge/login.h"
#include "bridge/open.h"
#include "bridge/outbox.h"
#include "bridge/refuse.h"
#include "bridge/ruling.h"
#include "bridge/tree.h"
#include "bridge/weigh.h"
#include "wire/smb2_create.h"
#include "wire/smb2_ioctl.h"
#include "wire/smb2_oplock_break.h"
#include "wire/smb2_query_info.h"

#include <stdlib.h>

/* The login and tree of M: its own, or its predecessor's in a chain ([MS-SMB2] 3.3.5.2.7.2). */
static fault
find_tree(struct bridge *bridge, const struct message *m, struct cargo *cargo)
{
	if (!m->is_related) {
		cargo->login = login_find(bridge, m->session->id);
		if (!cargo->login || cargo->login->state != LOGIN_ON)
			return &fault_session_unknown;
		cargo->tree = tree_find(cargo->login, m->header.tree_id);
	}
	return cargo->tree ? NULL : &fault_tree_unknown;
}

static fault
find_open(const struct message *m, struct cargo *cargo)
{
	struct open *before = m->is_related ? cargo->open : NULL;
	struct file_id id;

	cargo->open = NULL;
	if (!m->facts.file_at)
		return NULL;
	id = smb2_file_id_read(m->bytes, m->facts.file_at);
	/* In a chain, "the one before"; in an IOCTL, none at all ([MS-SMB2] 2.2.31). */
	if (file_id_is_all_ones(id)) {
		cargo->open = before;
		return m->is_related || m->header.command == SMB2_IOCTL ? NULL
									: &fault_open_unknown;
	}
	cargo->open = open_find(cargo->login, id);
	return cargo->open && cargo->open->tree == cargo->tree ? NULL : &fault_open_unknown;
}

/* A second FileId, inside an IOCTL's input; *AT is where it stands, zero if there is none. */
static fault
find_source(const struct message *m, const struct cargo *cargo, size_t *at, struct open **out)
{
	*at = m->header.command == SMB2_IOCTL ? smb2_ioctl_source_at(span_of(m->bytes, m->len)) : 0;
	if (*at == 0)
		return NULL;
	*out = open_find(cargo->login, smb2_file_id_read(m->bytes, *at));
	return *out ? NULL : &fault_open_unknown;
}

static fault
check_sizes(const struct cargo *cargo, const struct message *m)
{
	const struct terms *terms = &cargo->tree->back->leg.terms;
	uint32_t most = terms->max_transact;

	if (m->header.command == SMB2_READ)
		most = terms->max_read;
	else if (m->header.command == SMB2_WRITE)
		most = terms->max_write;
	return m->facts.sends > most || m->facts.wants > most ? &fault_payload_too_long : NULL;
}

/* [MS-SMB2] 3.3.5.20.1: the server, asked, would judge by the dialect of its own leg. */
static fault
check_information(const struct bridge *bridge, const struct message *m)
{
	struct smb2_query_info_request request;

	if (m->header.command != SMB2_QUERY_INFO || bridge->front.terms.has_normalized_names ||
		!smb2_query_info_request_decode(span_of(m->bytes, m->len), &request))
		return NULL;
	return request.info_type == SMB2_INFO_FILE &&
			       request.information_class == FILE_NORMALIZED_NAME_INFORMATION
		       ? &fault_information_too_new
		       : NULL;
}

fault
carry_check(
	struct bridge *bridge, const struct message *m, struct cargo *out, const struct need **need)
{
	struct open *source;
	size_t at;
	fault found = find_tree(bridge, m, out);

	if (!found)
		found = find_open(m, out);
	if (!found)
		found = find_source(m, out, &at, &source);
	if (!found)
		found = check_sizes(out, m);
	if (!found)
		found = check_information(bridge, m);
	if (!found && m->header.command == SMB2_CREATE &&
		out->login->opens.count >= bridge->policy->limits.opens_per_session)
		found = &fault_opens_limit;
	return found ? found : weigh_request(bridge, out->tree, m->is_sealed, need);
}

/* Puts the server's own ids into M for those of the client's that carry_check() has found. */
static void
map_ids(const struct message *m, const struct cargo *cargo)
{
	struct open *source;
	size_t at;

	if (cargo->open && !file_id_is_all_ones(smb2_file_id_read(m->bytes, m->facts.file_at)))
		smb2_file_id_write(m->bytes, m->facts.file_at, cargo->open->server);
	if (!find_source(m, cargo, &at, &source) && at)
		smb2_file_id_write(m->bytes, at, source->server);
}

struct call *
carry_call(struct bridge *bridge, const struct message *m, const struct cargo *cargo)
{
	const struct smb2_facts *facts = &m->facts;
	struct call *call = call_new(bridge, cargo->login, m);

	if (!call)
		return NULL;
	call->tree = cargo->tree;
	call->back = cargo->tree->back;
	call->back_tree_id = cargo->tree->back_id;
	call->bytes = m->bytes;
	call->charge = terms_charge(
		&call->back->leg.terms, facts->sends > facts->wants ? facts->sends : facts->wants);
	if (cargo->open)
		call->open = cargo->open->id;
	/* One session and one open of the client's are one each at the server: so are replays. */
	if (bridge->front.terms.has_replay && call->back->leg.terms.has_replay) {
		call->channel = (uint16_t)m->header.status;
		call->replay = m->header.flags & SMB2_FLAG_REPLAY;
	}
	map_ids(m, cargo);
	return call;
}

/* The calls of one frame share the open that a CREATE among them makes. */
static bool
chain_up(struct call *head)
{
	struct chain *chain = NULL;

	if (!head->compounded)
		return true;
	chain = calloc(1, sizeof *chain);
	if (!chain)
		return false;
	for (struct call *call = head; call; call = call->compounded) {
		call->chain = chain;
		chain->members++;
	}
	return true;
}

void
carry(struct bridge *bridge, const struct message *messages, const struct cargo *cargo,
	size_t count, struct frame **frame)
{
	struct call *head = NULL, **end = &head;
	bool complete = true;

	if (cargo[0].tree->paths) {
		custody_take(bridge, messages, cargo, count, frame);
		return;
	}
	for (size_t i = 0; i < count && complete; i++) {
		*end = carry_call(bridge, &messages[i], &cargo[i]);
		complete = *end != NULL;
		if (complete)
			end = &(*end)->compounded;
	}
	if (!complete || !chain_up(head)) {
		call_free_all(bridge, head);
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	head->frame = frame_take(frame);
	outbox_put(bridge, &head);
}

/* --- the way back --- */

/* The oplock that the answer to a CREATE grants; a lease is broken by its key and is none here. */
static uint8_t
granted_oplock(const struct message *m)
{
	struct smb2_create_response response;

	if (!smb2_create_response_decode(span_of(m->bytes, m->len), &response) ||
		response.oplock_level == SMB2_OPLOCK_LEASE)
		return SMB2_OPLOCK_NONE;
	return response.oplock_level;
}

/* A CREATE that succeeded: the client gets an id of ours for what was opened. */
static fault
note_open(struct bridge *bridge, struct call *call, struct message *m)
{
	struct open *open = NULL;
	struct file_id id;
	uint8_t granted;

	if (m->header.command != SMB2_CREATE || !m->facts.file_at)
		return NULL;
	id = smb2_file_id_read(m->bytes, m->facts.file_at);
	/* A replay may open nothing but bring the first answer once more, [MS-SMB2] 3.3.5.9. */
	if (call->replay)
		open = open_at_server(bridge, call->back, id);
	if (!open || open->tree != call->tree)
		open = open_new(bridge, call->tree, id);
	if (!open)
		return &fault_out_of_memory;
	granted = granted_oplock(m);
	if (granted > open->oplock) /* a replay that asks for less takes nothing away */
		open->oplock = granted;
	if (call->chain)
		call->chain->open = open->id;
	if (call->custody)
		ruling_note(open, &call->custody->ruled, call->custody->settled);
	smb2_file_id_write(m->bytes, m->facts.file_at, open_id(open));
	return NULL;
}

struct open *
carry_open(const struct call *call)
{
	uint64_t id = call->open ? call->open : call->chain ? call->chain->open : 0;

	return id ? idmap_find(&call->login->opens, id) : NULL;
}

/* An answer that echoes the FileId (IOCTL, an oplock's break) brings the client its own back. */
static void
map_echo(const struct call *call, struct message *m)
{
	const struct open *open = carry_open(call);

	if (m->header.command != SMB2_CREATE && m->facts.file_at && open)
		smb2_file_id_write(m->bytes, m->facts.file_at, open_id(open));
}

static void
note_close(const struct call *call, const struct message *m)
{
	struct open *open = carry_open(call);

	if (m->header.command == SMB2_CLOSE && m->header.status == STATUS_SUCCESS && open)
		open_free(open);
}

/* The header that the client sees. */
static void
write_header(struct bridge *bridge, const struct call *call, struct message *m)
{
	const struct smb2_header *front = &call->front;
	struct smb2_header header = {
		.credit_charge = front->credit_charge,
		.status = m->header.status,
		.command = m->header.command,
		.flags = SMB2_FLAG_RESPONSE |
			 (m->header.flags & (SMB2_FLAG_RELATED | call->replay)) |
			 (front->flags & SMB2_FLAG_PRIORITY_MASK),
		.next = m->header.next,
		.message_id = front->message_id,
		.process_id = front->process_id,
		.tree_id = call->tree->id,
		.session_id = call->login->front->id,
	};

	if (call->interim) {
		header.flags |= SMB2_FLAG_ASYNC;
		header.async_id = call->ticket;
	}
	if (!call->interim) /* the interim answer has granted what the final one would,
			       [MS-SMB2] 3.3.4.2 */
		header.credits = window_grant(&bridge->front.window, front->credits);
	smb2_header_encode(&header, m->bytes);
}

/* Makes M, an answer for CALL, the client's. */
static fault
rewrite(struct bridge *bridge, struct call *call, struct message *m)
{
	fault found;

	if (m->header.status == STATUS_NETWORK_SESSION_EXPIRED)
		call->tree->backing->expired = true;
	found = note_open(bridge, call, m);
	if (found)
		return found;
	map_echo(call, m);
	note_close(call, m);
	write_header(bridge, call, m);
	return NULL;
}

/* The tree that a TREE_DISCONNECT has ended at the server ends here. */
static bool
ends_tree(const struct message *m)
{
	return m->header.command == SMB2_TREE_DISCONNECT && m->header.status == STATUS_SUCCESS;
}

/*
 * [MS-SMB2] 3.3.4.2. Servers do not sign these, so that anybody may have sent it: the client gets
 * one of our own making, and not a byte of this one.
 */
static bool
is_interim(const struct message *m)
{
	return m->header.status == STATUS_PENDING && m->header.flags & SMB2_FLAG_ASYNC;
}

/* What the server has answered is no longer asked; an interim answer leaves it so. */
static void
settle(struct back *back, struct message *m)
{
	if (is_interim(m)) {
		m->asked->pending = true;
		m->asked->async_id = m->header.async_id;
	} else {
		leg_settle(&back->leg, &m->asked);
	}
}

/* One of several answers in a frame, as a frame of its own. */
static struct frame *
cut_out(struct message *m)
{
	struct frame *frame = frame_new(m->len);

	if (!frame)
		return NULL;
	memcpy(frame->data, m->bytes, m->len);
	frame->len = m->len;
	m->bytes = frame->data;
	m->header.next = 0;
	return frame;
}

void
carry_deliver(struct bridge *bridge, struct call *call, struct message *m, struct frame **frame)
{
	struct leg_session *session = call->login->front;
	struct tree *tree = call->tree;
	uint64_t then = call->custody ? call->custody->then : 0;
	fault found = rewrite(bridge, call, m);

	if (found) {
		refuse_all(bridge, found, &(struct about){.tree = tree});
		return;
	}
	answer_frame_send(bridge, session, call->is_signed, call->is_sealed, frame);
	call_free(bridge, &call);
	if (ends_tree(m))
		tree_free(bridge, tree);
	if (then)
		custody_go_on(bridge, then);
}

/* The whole frame answers one compound of the client's: it goes on as it is. */
static void
deliver_all(struct bridge *bridge, struct inbound *in, struct call **calls, struct frame **frame)
{
	struct leg_session *session = calls[0]->login->front;
	bool was_signed = false, was_sealed = false;
	fault found = NULL;

	for (size_t i = 0; i < in->count && !found; i++) {
		was_signed |= calls[i]->is_signed;
		was_sealed |= calls[i]->is_sealed;
		found = rewrite(bridge, calls[i], &in->messages[i]);
	}
	if (found) {
		refuse_all(bridge, found, NULL);
		return;
	}
	answer_frame_send(bridge, session, was_signed, was_sealed, frame);
	for (size_t i = 0; i < in->count; i++)
		call_free(bridge, &calls[i]);
}

/* Whether all of the frame answers requests of one tree of the client's, none of which ends it. */
static bool
is_whole(const struct inbound *in, struct call *const *calls)
{
	for (size_t i = 0; i < in->count; i++)
		if (!calls[i] || calls[i]->answered || calls[i]->tree->paths ||
			calls[i]->tree != calls[0]->tree || ends_tree(&in->messages[i]) ||
			is_interim(&in->messages[i]))
			return false;
	return in->count > 1;
}

static void
deliver_one(struct bridge *bridge, struct inbound *in, struct message *m, struct call *call,
	struct frame **frame)
{
	struct frame *own;

	if (is_interim(m)) {
		if (!call->answered) /* of no matter to calls of our own */
			answer_interim_meant(bridge, call);
		return;
	}
	if (call->answered) {
		call->answered(bridge, call, in, m);
		return;
	}
	own = in->count == 1 ? frame_take(frame) : cut_out(m);
	if (own && call->tree->paths && custody_answered(bridge, call, m, &own))
		; /* the client hears of it later, or not at all */
	else if (own)
		carry_deliver(bridge, call, m, &own);
	else
		refuse_all(bridge, &fault_out_of_memory, NULL);
	frame_free(&own);
}

/*
 * Nobody signs a break ([MS-SMB2] 3.3.4.6), so all that one may do is take away: a forged one makes
 * a client cache less, and tells it nothing.
 *
 * DEPARTS: [MS-SMB2] 3.3.4.1.4 has it sealed wherever the server seals. Samba sends it in clear
 * even where it takes nothing but sealed requests, and who does not hear of a break holds up
 * everybody else who wants the file: it is taken either way.
 */
static fault
judge_break(const struct open *open, const struct smb2_oplock_break_notification *notice)
{
	bool lowers =
		notice->oplock_level == SMB2_OPLOCK_NONE || notice->oplock_level == SMB2_OPLOCK_II;

	return lowers && notice->oplock_level < open->oplock ? NULL : &fault_break_raises;
}

/* [MS-SMB2] 2.2.23: a break goes to the client as it is, but for the name of what it has open. */
static void
deliver_break(struct bridge *bridge, struct back *back, struct inbound *in, struct frame **frame)
{
	struct message *m = &in->messages[0];
	struct leg_session *session = NULL;
	struct smb2_header header = {
		.command = SMB2_OPLOCK_BREAK,
		.flags = SMB2_FLAG_RESPONSE,
		.message_id = SMB2_MESSAGE_ID_UNASKED,
	};

	if (m->facts.file_at) {
		struct file_id id = smb2_file_id_read(m->bytes, m->facts.file_at);
		struct open *open = open_at_server(bridge, back, id);
		struct smb2_oplock_break_notification notice;
		fault found;

		if (!open)
			return; /* closed meanwhile: the client need not know */
		if (!smb2_oplock_break_notification_decode(span_of(m->bytes, m->len), &notice))
			found = &fault_answer_malformed;
		else
			found = judge_break(open, &notice);
		if (found) {
			refuse_all(bridge, found, &(struct about){.tree = open->tree});
			return;
		}
		open->oplock = notice.oplock_level;
		smb2_file_id_write(m->bytes, m->facts.file_at, open_id(open));
		if (open->tree->client_seals || open->tree->login->front->sealing_required)
			session = open->tree->login->front;
	}
	/* Sealed where the client's requests must be, and never signed: [MS-SMB2] 3.3.4.6. */
	header.session_id = session ? session->id : 0;
	smb2_header_encode(&header, m->bytes);
	answer_frame_send(bridge, session, false, session != NULL, frame);
}

void
carry_back(struct bridge *bridge, struct back *back, struct inbound *in, struct frame **frame)
{
	uint64_t tickets[COMPOUND_MAX];
	struct call *calls[COMPOUND_MAX];

	if (in->count == 1 && !in->messages[0].asked) {
		deliver_break(bridge, back, in, frame);
		return;
	}
	for (size_t i = 0; i < in->count; i++) {
		struct message *m = &in->messages[i];

		tickets[i] = m->asked ? m->asked->ticket : 0;
		calls[i] = call_find(bridge, tickets[i]);
		if (m->asked)
			settle(back, m);
	}
	if (is_whole(in, calls)) {
		deliver_all(bridge, in, calls, frame);
		return;
	}
	for (size_t i = 0; i < in->count && !bridge->cut; i++) {
		/* What was delivered before may have ended this call: looked up afresh. */
		struct call *call = call_find(bridge, tickets[i]);

		if (call)
			deliver_one(bridge, in, &in->messages[i], call, frame);
	}
}
