/* Requests that are kept back until it is known which file they are about. */
#include "bridge/custody.h"

#include "base/ntstatus.h"
#include "base/utf16.h"
#include "bridge/answer.h"
#include "bridge/call.h"
#include "bridge/inquiry.h"
#include "bridge/outbox.h"
#include "bridge/refuse.h"
#include "bridge/ruling.h"
#include "wire/smb2_create.h"

#include <stdio.h>
#include <stdlib.h>

/* What an inquiry is for. */
enum step {
	STEP_OPEN,   /* the open that a request is about, before it goes to the server */
	STEP_TARGET, /* what a CREATE names that does more than open it */
	STEP_PARENT, /* the directory that something is to be made in, or moved to */
	STEP_ANSWER, /* what a CREATE has opened; what a notification speaks of */
};

/* --- what is kept back, and how it ends --- */

/* *FRAME stays with CALL; it counts among what waits in memory. */
static void
keep(struct bridge *bridge, struct call *call, struct frame **frame)
{
	call->frame = frame_take(frame);
	call->custody->kept = call->frame->len;
	bridge->kept += call->custody->kept;
}

static void
release(struct bridge *bridge, struct call *call)
{
	bridge->kept -= call->custody->kept;
	call->custody->kept = 0;
}

/* A CREATE of a chain has come to nothing: what means the file that it was to open has none. */
static void
note_failure(struct call *call, uint32_t status)
{
	if (call->chain && call->front.command == SMB2_CREATE && ntstatus_is_error(status))
		call->chain->failed = status;
}

static void
answer_with(struct bridge *bridge, struct call *call, uint32_t status)
{
	uint64_t then = call->custody->then;

	note_failure(call, status);
	answer_status(bridge, &call, status);
	if (!bridge->cut)
		custody_go_on(bridge, then);
}

static void
refuse_place(struct bridge *bridge, struct call *call, const struct ruling *ruling,
	const struct place_of_file *place)
{
	uint64_t then = call->custody->then;

	note_failure(call, ruling->found->status);
	refuse(bridge, &call, ruling->found,
		&(struct about){.tree = call->tree,
			.need = &ruling->need,
			.path = place ? place->shown : NULL,
			.detail = ruling->detail});
	if (!bridge->cut)
		custody_go_on(bridge, then);
}

static void
out_of_memory(struct bridge *bridge)
{
	refuse_all(bridge, &fault_out_of_memory, NULL);
}

/* --- on its way to the server --- */

static bool
means_the_one_before(const struct call *call)
{
	return call->custody->file_at &&
	       file_id_is_all_ones(smb2_file_id_read(call->bytes, call->custody->file_at));
}

/* CALL goes to the server. */
static void
send(struct bridge *bridge, struct call *call)
{
	const struct open *open = carry_open(call);
	uint64_t ticket = call->ticket;
	bool is_unwanted = call->custody->unwanted;

	if (open && means_the_one_before(call))
		smb2_file_id_write(call->bytes, call->custody->file_at, open->server);
	call->seals = ruling_seals(call, open);
	release(bridge, call);
	outbox_put(bridge, &call);
	if (is_unwanted && (call = call_find(bridge, ticket)) != NULL && !bridge->cut)
		outbox_cancel(bridge, call);
}

/* Refuses CALL if PLACE wants that; false: it goes on. */
static bool
is_refused(struct bridge *bridge, struct call *call, const struct place_of_file *place, bool around)
{
	struct ruling ruling = ruling_judge(bridge, call, place, around, around);

	if (ruling.found)
		refuse_place(bridge, call, &ruling, place);
	return ruling.found != NULL;
}

/* NAME without its last part, which *LAST then is; empty: it is in the share's root. */
static struct span
parent_of(struct span name, struct span *last)
{
	size_t at = name.len - name.len % 2;

	while (at && !(name.data[at - 1] == 0 &&
			     (name.data[at - 2] == '\\' || name.data[at - 2] == '/')))
		at -= 2;
	*last = span_of(name.data + at, name.len - at);
	return span_of(name.data, at ? at - 2 : 0);
}

/* NAME without the name of a stream at its end; the same where there is none. */
static struct span
file_of(struct span name)
{
	struct span last;

	(void)parent_of(name, &last);
	for (size_t at = 2; at + 1 < last.len; at += 2)
		if (last.data[at] == ':' && last.data[at + 1] == 0)
			return span_of(name.data, (size_t)(last.data - name.data) + at);
	return name;
}

/* A leading backslash is no part of a name that a CREATE takes. */
static struct span
without_root(struct span name)
{
	if (name.len >= 2 && name.data[0] == '\\' && name.data[1] == 0)
		return span_of(name.data + 2, name.len - 2);
	return name;
}

/* What CALL's CREATE would open, or a plain open for the target of a rename. */
static struct smb2_create_request
model_of(const struct call *call)
{
	struct smb2_create_request request;

	if (call->front.command != SMB2_CREATE ||
		!smb2_create_request_decode(frame_span(call->frame), &request))
		request = (struct smb2_create_request){.impersonation_level = 2};
	return request;
}

static void
ask_path(struct bridge *bridge, struct call *call, enum step step, struct span name)
{
	struct smb2_create_request like = model_of(call);

	if (!inquiry_path(bridge, call, step, &like, name))
		out_of_memory(bridge);
}

/* The directory that what SUBJECT names is in, or that the file is in whose stream it names. */
static struct span
directory_of(const struct subject *subject)
{
	struct span last;

	return parent_of(without_root(file_of(subject->name)), &last);
}

/* Where the new name of SUBJECT is to be: asked of the server, if that can make a difference. */
static void
ask_parent(struct bridge *bridge, struct call *call, const struct subject *subject)
{
	struct span parent = directory_of(subject);

	if (!call->tree->paths_refuse || parent.len == 0)
		send(bridge, call); /* the root is the root */
	else
		ask_path(bridge, call, STEP_PARENT, parent);
}

static void
begin_create(struct bridge *bridge, struct call *call)
{
	struct subject subject;
	struct place_of_file place;

	subject_read(call, &subject);
	call->custody->roams = subject.roams;
	place = place_named(subject.target);
	/* What it says in plain words is judged at once; the rest by what the server says, once the
	 * share itself is met. */
	if (place.reach == REACH_ALL) {
		place_clear(&place);
		place = place_of_share(subject.target);
	}
	if (is_refused(bridge, call, &place, false))
		;
	else if (call->tree->paths_refuse && subject.destroys)
		ask_path(bridge, call, STEP_TARGET, subject.name);
	else
		send(bridge, call);
	place_clear(&place);
	subject_clear(&subject);
}

static bool
is_around(const struct call *call)
{
	struct subject subject;

	subject_read(call, &subject);
	subject_clear(&subject);
	return subject.is_around;
}

/* What gives something back and gets nothing is never refused: others wait for it. */
static bool
gives_back(const struct call *call)
{
	return call->front.command == SMB2_CLOSE || call->front.command == SMB2_OPLOCK_BREAK ||
	       call->front.command == SMB2_TREE_DISCONNECT;
}

/* What is about no file is about the share. */
static void
begin_without_open(struct bridge *bridge, struct call *call)
{
	struct place_of_file place = place_of_share(NULL);

	if (gives_back(call) || !is_refused(bridge, call, &place, false))
		send(bridge, call);
	place_clear(&place);
}

/* OPEN is held to every rule that there is. */
static void
begin_settled(struct bridge *bridge, struct call *call, const struct open *open)
{
	struct ruling ruling = ruling_again(bridge, call, open);

	if (ruling.found && !gives_back(call))
		refuse_place(bridge, call, &ruling, NULL);
	else
		send(bridge, call);
}

static void
begin(struct bridge *bridge, struct call *call)
{
	const struct open *open = carry_open(call);

	if (!open && means_the_one_before(call) && call->chain)
		answer_with(bridge, call,
			call->chain->failed ? call->chain->failed : STATUS_FILE_CLOSED);
	else if (call->front.command == SMB2_CREATE)
		begin_create(bridge, call);
	else if (!open)
		begin_without_open(bridge, call);
	else if (open->settled && !is_around(call))
		begin_settled(bridge, call, open);
	else if (!inquiry_open(bridge, call, STEP_OPEN, open->server))
		out_of_memory(bridge);
}

void
custody_go_on(struct bridge *bridge, uint64_t ticket)
{
	struct call *call = ticket ? call_find(bridge, ticket) : NULL;

	if (call && !bridge->cut)
		begin(bridge, call);
}

/* --- what the server has said --- */

/* A move's new name: as it is said, and by what the server calls the directory it is in. */
static void
judge_move(struct bridge *bridge, struct call *call, const struct subject *subject)
{
	struct place_of_file place = place_named(subject->target);
	bool is_stream = subject->target && *subject->target == ':'; /* the file keeps its name */

	if (is_stream)
		send(bridge, call);
	else if (!is_refused(bridge, call, &place, true)) {
		if (subject->is_sayable)
			ask_parent(bridge, call, subject);
		else
			send(bridge, call); /* every rule is met */
	}
	place_clear(&place);
}

/* OPEN lies at PLACE now: it is held to that from here on. */
static fault
hold(const struct ruling *ruling, struct verdict **ruled, bool *settled)
{
	*settled = ruling->is_most;
	*ruled = malloc(sizeof **ruled);
	if (!*ruled)
		return &fault_out_of_memory;
	**ruled = ruling->verdict;
	return NULL;
}

static void
told_open(struct bridge *bridge, struct call *call, const struct place_of_file *place)
{
	struct open *open = carry_open(call);
	struct ruling ruling = ruling_judge(bridge, call, place, false, false);
	struct verdict *ruled;
	struct subject subject;
	bool settled;

	if (!open) {
		answer_with(bridge, call, STATUS_FILE_CLOSED);
		return;
	}
	if (hold(&ruling, &ruled, &settled)) {
		out_of_memory(bridge);
		return;
	}
	ruling_note(open, &ruled, settled);
	subject_read(call, &subject);
	call->custody->roams = subject.roams;
	if (gives_back(call)) /* it has waited to stay behind those that came before it */
		send(bridge, call);
	else if (ruling.found)
		refuse_place(bridge, call, &ruling, place);
	else if ((subject.is_around || subject.roams) &&
		 is_refused(bridge, call, place, subject.is_around))
		;
	else if (subject.moves)
		judge_move(bridge, call, &subject);
	else
		send(bridge, call);
	subject_clear(&subject);
}

/* What a CREATE is to destroy, or make, is there under the name PLACE, or is not. */
static void
told_target(struct bridge *bridge, struct call *call, const struct inquiry *inquiry,
	const struct place_of_file *place)
{
	struct subject subject;
	struct span file;

	subject_read(call, &subject);
	file = file_of(subject.name);
	if (inquiry->status == STATUS_SUCCESS) {
		if (!is_refused(bridge, call, place, false))
			send(bridge, call);
	} else if (inquiry->status == STATUS_STOPPED_ON_SYMLINK) {
		send(bridge, call); /* which will be told the same, and where to go */
	} else if (inquiry->status != STATUS_OBJECT_NAME_NOT_FOUND || !subject.is_sayable) {
		answer_with(bridge, call, inquiry->status); /* nor would it be opened */
	} else if (file.len < subject.name.len && !call->custody->asked_file) {
		call->custody->asked_file = true;
		ask_path(bridge, call, STEP_TARGET, file);
	} else {
		ask_parent(bridge, call, &subject);
	}
	subject_clear(&subject);
}

/* DIRECTORY as the server calls it, and the new name in it; NULL where nobody can say. */
static char *
join(const char *directory, struct span last)
{
	char *name = utf16_to_utf8(last), *joined = NULL;
	size_t size = directory && name ? strlen(directory) + strlen(name) + 2 : 0;

	if (size && (joined = malloc(size)) != NULL)
		snprintf(joined, size, "%s\\%s", directory, name);
	free(name);
	return joined;
}

/* The directory that something new is to be in is called PLACE. */
static void
told_parent(struct bridge *bridge, struct call *call, const struct inquiry *inquiry,
	const struct place_of_file *place)
{
	struct place_of_file inside;
	struct subject subject;
	struct span last;
	char *name;

	if (inquiry->status != STATUS_SUCCESS) {
		answer_with(bridge, call,
			inquiry->status == STATUS_OBJECT_NAME_NOT_FOUND
				? STATUS_OBJECT_PATH_NOT_FOUND
				: inquiry->status);
		return;
	}
	subject_read(call, &subject);
	(void)parent_of(without_root(subject.name), &last);
	name = place->reach == REACH_ALL ? NULL : join(place->shown, last);
	inside = place_named(name);
	if (!is_refused(bridge, call, &inside, subject.is_around))
		send(bridge, call);
	place_clear(&inside);
	free(name);
	subject_clear(&subject);
}

/* Takes the server's answer out of CALL, which it was kept in, and delivers it. */
static void
deliver(struct bridge *bridge, struct call *call)
{
	struct message m = *call->custody->answer;
	struct frame *frame = frame_take(&call->frame);

	release(bridge, call);
	carry_deliver(bridge, call, &m, &frame);
	frame_free(&frame);
}

/* What the client has opened, or hears of, is called PLACE. */
static void
told_answer(struct bridge *bridge, struct call *call, const struct place_of_file *place)
{
	bool is_create = call->front.command == SMB2_CREATE;
	struct ruling ruling = ruling_judge(bridge, call, place, !is_create, is_create);
	struct custody *custody = call->custody;
	const struct message *m = custody->answer;

	if (ruling.found) {
		if (is_create)
			inquiry_close(bridge, call, smb2_file_id_read(m->bytes, m->facts.file_at));
		refuse_place(bridge, call, &ruling, place);
	} else if (is_create && hold(&ruling, &custody->ruled, &custody->settled)) {
		out_of_memory(bridge);
	} else {
		if (is_create)
			ruling_say_exempted(bridge, call, place, &ruling);
		deliver(bridge, call);
	}
}

/* The file that CALL's answer is about, or its request. */
static struct file_id
file_asked_for(const struct call *call)
{
	const struct message *m = call->custody->answer;
	const struct open *open = carry_open(call);

	if (m && call->front.command == SMB2_CREATE)
		return smb2_file_id_read(m->bytes, m->facts.file_at);
	return open ? open->server : (struct file_id){0}; /* which the server will not know */
}

/* The server was asked in a way that it does not know; it will be asked in another. */
static void
ask_again(struct bridge *bridge, struct call *call, enum step step)
{
	struct subject subject = {0};
	bool asked = true;

	if (step == STEP_OPEN || step == STEP_ANSWER) {
		asked = inquiry_open(bridge, call, step, file_asked_for(call));
	} else {
		subject_read(call, &subject);
		if (step == STEP_PARENT)
			ask_path(bridge, call, step, directory_of(&subject));
		else
			ask_path(bridge, call, step,
				call->custody->asked_file ? file_of(subject.name) : subject.name);
		subject_clear(&subject);
	}
	if (!asked)
		out_of_memory(bridge);
}

void
custody_told(struct bridge *bridge, const struct inquiry *inquiry)
{
	struct call *call = inquiry->ticket ? call_find(bridge, inquiry->ticket) : NULL;
	struct place_of_file place;

	if (!call || bridge->cut)
		return;
	if (inquiry->status == STATUS_NETWORK_SESSION_EXPIRED && inquiry->step != STEP_ANSWER) {
		answer_with(bridge, call, inquiry->status);
		return;
	}
	if (inquiry->ask_again) {
		ask_again(bridge, call, (enum step)inquiry->step);
		return;
	}
	place = place_found(inquiry);
	switch ((enum step)inquiry->step) {
	case STEP_OPEN:
		told_open(bridge, call, &place);
		break;
	case STEP_TARGET:
		told_target(bridge, call, inquiry, &place);
		break;
	case STEP_PARENT:
		told_parent(bridge, call, inquiry, &place);
		break;
	case STEP_ANSWER:
		told_answer(bridge, call, &place);
		break;
	}
	place_clear(&place);
}

/* --- what comes in --- */

/* The request M of a frame of COUNT, in a frame of its own and known by its ticket. */
static struct call *
take_one(struct bridge *bridge, const struct message *m, const struct cargo *cargo, size_t count,
	struct frame **frame)
{
	struct frame *own = count == 1 ? frame_take(frame) : frame_new(m->len);
	struct message mine = *m;
	struct call *call;

	if (!own)
		return NULL;
	if (count > 1) {
		memcpy(own->data, m->bytes, m->len);
		own->len = m->len;
		mine.bytes = own->data;
	}
	mine.header.next = 0;
	mine.header.flags &= ~SMB2_FLAG_RELATED;
	call = carry_call(bridge, &mine, cargo);
	if (!call || !(call->custody = calloc(1, sizeof *call->custody)) ||
		!call_enter(bridge, call)) {
		frame_free(&own);
		call_free(bridge, &call);
		return NULL;
	}
	call->custody->file_at = mine.facts.file_at;
	keep(bridge, call, &own);
	return call;
}

/* CALL waits for BEFORE, and may mean what that has opened. */
static bool
chain_after(struct call *before, struct call *call)
{
	if (!before->chain) {
		before->chain = calloc(1, sizeof *before->chain);
		if (!before->chain)
			return false;
		before->chain->members = 1;
	}
	call->chain = before->chain;
	call->chain->members++;
	before->custody->then = call->ticket;
	return true;
}

void
custody_take(struct bridge *bridge, const struct message *messages, const struct cargo *cargo,
	size_t count, struct frame **frame)
{
	uint64_t first[COMPOUND_MAX]; /* of each chain */
	struct call *before = NULL;
	size_t chains = 0;

	for (size_t i = 0; i < count; i++) {
		struct call *call = take_one(bridge, &messages[i], &cargo[i], count, frame);

		if (!call || (before && messages[i].is_related && !chain_after(before, call))) {
			out_of_memory(bridge);
			return;
		}
		if (!before || !messages[i].is_related)
			first[chains++] = call->ticket;
		before = call;
	}
	for (size_t i = 0; i < chains; i++)
		custody_go_on(bridge, first[i]);
}

/* Whether the client may hear M, which answers CALL, only once it is known what it is about. */
static bool
is_to_be_judged(const struct call *call, const struct message *m, const struct open *open)
{
	if (call->front.command == SMB2_CREATE)
		return m->facts.file_at != 0;
	if (m->header.status != STATUS_SUCCESS)
		return false;
	/* It may have waited for long, and its directory be another one by now. */
	return call->front.command == SMB2_CHANGE_NOTIFY && open && !open->settled &&
	       call->tree->paths_refuse;
}

bool
custody_answered(struct bridge *bridge, struct call *call, struct message *m, struct frame **frame)
{
	const struct open *open = carry_open(call);
	struct message *answer;

	note_failure(call, m->header.status);
	if (!is_to_be_judged(call, m, open))
		return false;
	answer = call->custody->answer = malloc(sizeof *answer);
	if (!answer) {
		out_of_memory(bridge);
		return true;
	}
	*answer = *m;
	keep(bridge, call, frame);
	if (!inquiry_open(bridge, call, STEP_ANSWER, file_asked_for(call)))
		out_of_memory(bridge);
	return true;
}
