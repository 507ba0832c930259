/* Requests of the client: answered here, or put together for their server. */
#include "bridge/commands.h"

#include "base/ntstatus.h"
#include "bridge/answer.h"
#include "bridge/call.h"
#include "bridge/carry.h"
#include "bridge/login.h"
#include "bridge/negotiation.h"
#include "bridge/outbox.h"
#include "bridge/refuse.h"
#include "bridge/tree.h"
#include "wire/smb2_ioctl.h"

struct command {
	bool (*is_ours)(const struct message *m); /* NULL: always as `ours` says */
	void (*ours)(
		struct bridge *bridge, struct inbound *in, struct message *m); /* NULL: carried */
};

/* What is to be done with one message of a frame. */
struct step {
	const struct command *command;
	fault found;             /* refused, where set */
	const struct need *need; /* the demand that was unmet, if that is why */
	bool is_carried;
};

/* Answers M with a fault. */
static void
refuse_message(struct bridge *bridge, const struct message *m, const struct cargo *cargo,
	fault found, const struct need *need)
{
	struct login *login = m->session ? login_find(bridge, m->session->id) : NULL;
	struct call *call = call_new(bridge, login, m);

	if (call)
		refuse(bridge, &call, found,
			&(struct about){.login = login, .tree = cargo->tree, .need = need});
	else
		refuse_all(bridge, &fault_out_of_memory, NULL);
}

/* --- commands that are ours --- */

static struct login *
login_of(struct bridge *bridge, const struct message *m)
{
	struct login *login = m->session ? login_find(bridge, m->session->id) : NULL;

	return login && login->state == LOGIN_ON ? login : NULL;
}

static void
take_logoff(struct bridge *bridge, struct inbound *in, struct message *m)
{
	struct login *login = login_of(bridge, m);

	(void)in;
	if (login)
		login_take_logoff(bridge, login, m);
	else
		refuse_message(bridge, m, &(struct cargo){0}, &fault_session_unknown, NULL);
}

static void
take_tree_connect(struct bridge *bridge, struct inbound *in, struct message *m)
{
	struct login *login = login_of(bridge, m);

	(void)in;
	if (login)
		tree_take(bridge, login, m);
	else
		refuse_message(bridge, m, &(struct cargo){0}, &fault_session_unknown, NULL);
}

static void
take_echo(struct bridge *bridge, struct inbound *in, struct message *m)
{
	struct call *call = call_new(bridge, login_of(bridge, m), m);

	(void)in;
	if (call)
		answer_status(bridge, &call, STATUS_SUCCESS);
	else
		refuse_all(bridge, &fault_out_of_memory, NULL);
}

/* [MS-SMB2] 3.3.5.16: of the client's own requests only; nothing to cancel is nothing wrong. */
static void
take_cancel(struct bridge *bridge, struct inbound *in, struct message *m)
{
	struct call *call = call_meant_by(bridge, &m->header);

	(void)in;
	if (call && call->login && m->session == call->login->front)
		outbox_cancel(bridge, call);
}

/* IOCTLs that concern the connection and not the share, or that would lead the client around us. */
static bool
is_our_ioctl(const struct message *m)
{
	struct smb2_ioctl_request request;

	if (!smb2_ioctl_request_decode(span_of(m->bytes, m->len), &request))
		return true; /* to be refused: the gate has let pass what we cannot read */
	return request.ctl_code == FSCTL_VALIDATE_NEGOTIATE_INFO ||
	       request.ctl_code == FSCTL_DFS_GET_REFERRALS ||
	       request.ctl_code == FSCTL_DFS_GET_REFERRALS_EX ||
	       request.ctl_code == FSCTL_QUERY_NETWORK_INTERFACE_INFO;
}

static void
take_ioctl(struct bridge *bridge, struct inbound *in, struct message *m)
{
	struct login *login = login_of(bridge, m);
	struct smb2_ioctl_request request;
	fault found = NULL;

	(void)in;
	if (!login)
		found = &fault_session_unknown;
	else if (!smb2_ioctl_request_decode(span_of(m->bytes, m->len), &request))
		found = &fault_body_malformed;
	else if (request.ctl_code == FSCTL_QUERY_NETWORK_INTERFACE_INFO)
		found = &fault_interfaces_refused;
	else if (request.ctl_code != FSCTL_VALIDATE_NEGOTIATE_INFO)
		found = &fault_referral_refused;
	if (found)
		refuse_message(bridge, m, &(struct cargo){0}, found, NULL);
	else
		negotiation_confirm(bridge, login, m, request.input);
}

/* --- the table --- */

static const struct command *
command_of(uint16_t number)
{
/* clang-format off */
#define OURS(f) {.ours = (f)}
#define EITHER(f, g) {.is_ours = (f), .ours = (g)}
#define CARRIED {NULL, NULL}
#define COMMAND(name, what) [SMB2_##name] = what,
	/* clang-format on */
	static const struct command table[SMB2_COMMAND_COUNT] = {
#include "bridge/commands.def"
	};
#undef COMMAND
#undef CARRIED
#undef EITHER
#undef OURS

	return number < SMB2_COMMAND_COUNT ? &table[number] : NULL;
}

/* --- frames --- */

/*
 * What follows a refused member of its chain is refused with it; where that named no session or
 * tree there is nothing to be related to, [MS-SMB2] 3.3.5.2.7.2.
 */
static fault
fault_after(fault before)
{
	bool is_lost = before == &fault_session_unknown || before == &fault_tree_unknown;

	return is_lost ? &fault_related_to_nothing : before;
}

/* [MS-SMB2] 3.3.5.2.9: what is asked in a session whose ticket has ended, unless it tidies up,
 * waits for a new one. */
static bool
comes_too_late(const struct bridge *bridge, const struct message *m)
{
	const struct login *login;

	switch (m->header.command) {
	case SMB2_NEGOTIATE:
	case SMB2_SESSION_SETUP:
	case SMB2_LOGOFF:
	case SMB2_CLOSE:
	case SMB2_LOCK:
	case SMB2_CANCEL:
	case SMB2_ECHO:
		return false;
	default:
		login = m->session ? login_find(bridge, m->session->id) : NULL;
		return login && login_has_ended(bridge, login);
	}
}

/* Decides on message I; CARGO is its predecessor's on entry, and its own afterwards. */
static struct step
decide(struct bridge *bridge, struct inbound *in, size_t i, const struct step *before,
	struct cargo *cargo)
{
	struct message *m = &in->messages[i];
	struct step step = {.command = command_of(m->header.command), .found = m->fault};

	if (!m->is_related)
		*cargo = (struct cargo){0};
	if (step.found)
		return step;
	step.is_carried =
		!step.command->ours || (step.command->is_ours && !step.command->is_ours(m));
	if (m->is_related && before && before->found)
		step.found = fault_after(before->found);
	else if (comes_too_late(bridge, m))
		step.found = &fault_session_expired;
	else if (m->is_related && before && step.is_carried && !before->is_carried)
		step.found = &fault_related_to_nothing; /* no server has seen what it goes with */
	else if (step.is_carried)
		step.found = carry_check(bridge, m, cargo, &step.need);
	return step;
}

/* One message that is a frame of its own; by far the most of them. */
static void
take_single(struct bridge *bridge, struct inbound *in, struct frame **frame)
{
	struct message *m = &in->messages[0];
	struct cargo cargo = {0};
	struct step step = decide(bridge, in, 0, NULL, &cargo);

	if (step.found)
		refuse_message(bridge, m, &cargo, step.found, step.need);
	else if (step.is_carried)
		carry(bridge, m, &cargo, 1, frame);
	else
		step.command->ours(bridge, in, m);
}

/* Messages FIRST … FIRST + COUNT - 1 of a frame, as a frame of their own. */
static struct frame *
cut_out(const struct inbound *in, size_t first, size_t count, struct message *out)
{
	const struct message *last = &in->messages[first + count - 1];
	const uint8_t *start = in->messages[first].bytes;
	size_t len = (size_t)(last->bytes + last->len - start);
	struct frame *frame = frame_new(len);

	if (!frame)
		return NULL;
	memcpy(frame->data, start, len);
	frame->len = len;
	for (size_t i = 0; i < count; i++) {
		out[i] = in->messages[first + i];
		out[i].bytes = frame->data + (in->messages[first + i].bytes - start);
	}
	out[count - 1].header.next = 0;
	return frame;
}

/* Carries a run of messages of one chain; they leave the frame, which others share. */
static void
carry_run(struct bridge *bridge, struct inbound *in, size_t first, size_t count,
	const struct cargo *cargo)
{
	struct message messages[COMPOUND_MAX];
	struct frame *frame = cut_out(in, first, count, messages);

	if (frame)
		carry(bridge, messages, cargo + first, count, &frame);
	else
		refuse_all(bridge, &fault_out_of_memory, NULL);
	frame_free(&frame);
}

static bool
can_go(const struct step *step)
{
	return step->is_carried && !step->found;
}

/* How many messages from FIRST on are one chain and can be carried together. */
static size_t
run_length(const struct inbound *in, size_t first, const struct step *steps)
{
	size_t n = 1;

	while (first + n < in->count && in->messages[first + n].is_related &&
		can_go(&steps[first + n]))
		n++;
	return n;
}

/* Whether the whole compound goes to one tree: then it goes as it came. */
static bool
is_whole(const struct inbound *in, const struct step *steps, const struct cargo *cargo)
{
	for (size_t i = 0; i < in->count; i++)
		if (!can_go(&steps[i]) || cargo[i].tree != cargo[0].tree)
			return false;
	return true;
}

/*
 * A LOGOFF was taken: what follows it in its session comes too late, [MS-SMB2] 3.3.5.2.9. All of
 * the frame passed the gates while the session stood; it may be gone by now.
 */
static void
end_session(struct bridge *bridge, struct inbound *in, size_t first, uint64_t id,
	struct step *steps, struct cargo *cargo)
{
	struct leg_session *ended = in->messages[first - 1].session;
	bool is_gone = !login_find(bridge, id);

	for (size_t i = first; i < in->count; i++) {
		struct message *m = &in->messages[i];

		if (m->session != ended)
			continue;
		if (is_gone)
			m->session = NULL;
		steps[i].found = &fault_session_unknown;
		steps[i].need = NULL;
		cargo[i] = (struct cargo){0};
	}
}

static void
take_each(struct bridge *bridge, struct inbound *in, struct step *steps, struct cargo *cargo)
{
	size_t n = 1;

	for (size_t i = 0; i < in->count && !bridge->cut; i += n) {
		struct message *m = &in->messages[i];
		uint64_t session = m->session ? m->session->id : 0;

		n = 1;
		if (steps[i].found)
			refuse_message(bridge, m, &cargo[i], steps[i].found, steps[i].need);
		else if (!steps[i].is_carried)
			steps[i].command->ours(bridge, in, m);
		else
			carry_run(bridge, in, i, n = run_length(in, i, steps), cargo);
		if (session && !steps[i].found && m->header.command == SMB2_LOGOFF)
			end_session(bridge, in, i + 1, session, steps, cargo);
	}
}

void
commands_take(struct bridge *bridge, struct inbound *in, struct frame **frame)
{
	struct step steps[COMPOUND_MAX];
	struct cargo cargo[COMPOUND_MAX];

	bridge->requests += in->count;
	if (in->count == 1) {
		take_single(bridge, in, frame);
		return;
	}
	for (size_t i = 0; i < in->count; i++) {
		cargo[i] = i ? cargo[i - 1] : (struct cargo){0};
		steps[i] = decide(bridge, in, i, i ? &steps[i - 1] : NULL, &cargo[i]);
	}
	if (is_whole(in, steps, cargo))
		carry(bridge, in->messages, cargo, in->count, frame);
	else
		take_each(bridge, in, steps, cargo);
}
