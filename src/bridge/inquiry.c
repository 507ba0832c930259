/* Questions of our own to a server: what is this file called? */
#include "bridge/inquiry.h"

#include "base/ntstatus.h"
#include "base/utf16.h"
#include "bridge/call.h"
#include "bridge/custody.h"
#include "bridge/outbox.h"
#include "wire/file_info.h"
#include "wire/smb2_close.h"
#include "wire/smb2_create.h"
#include "wire/smb2_query_info.h"

#include <ctype.h>
#include <stdlib.h>

/* The longest name that is asked for, in bytes of UTF-16; a longer one is as good as none. */
#define INQUIRY_NAME_MAX 16384

/* What a message of ours takes, beside the name and contexts of a CREATE. */
#define INQUIRY_MESSAGE_ROOM 192
#define INQUIRY_MESSAGES_MAX 4

/* Opened to be asked for its name and nothing else, [MS-SMB2] 2.2.13. */
#define ACCESS_READ_ATTRIBUTES 0x00000080u
#define ACCESS_SYNCHRONIZE 0x00100000u
#define SHARE_ALL 7u
#define DISPOSITION_OPEN 1u

/* The options of a client's CREATE that say what it means by a name, not what is to be done. */
#define OPTIONS_KEPT                                                                               \
	(0x00002000u /* OPEN_BY_FILE_ID */ | 0x00004000u /* FOR_BACKUP_INTENT */ |                 \
		0x00200000u /* OPEN_REPARSE_POINT */)

void
inquiry_leave(struct inquiry **inquiry)
{
	struct inquiry *i = *inquiry;

	*inquiry = NULL;
	if (!i || --i->members > 0)
		return;
	free(i->name);
	free(i);
}

/* --- the answers --- */

/* CALL has been answered: the last one of its inquiry goes on with who waits for it. */
static void
settle(struct bridge *bridge, struct call *call, const struct message *m)
{
	struct inquiry *inquiry = call->inquiry;

	if (m->header.status == STATUS_NETWORK_SESSION_EXPIRED) {
		call->tree->backing->expired = true;
		inquiry->status = STATUS_NETWORK_SESSION_EXPIRED;
	}
	if (--inquiry->unanswered == 0)
		custody_told(bridge, inquiry);
	call_free(bridge, &call);
}

static void
answered_open(struct bridge *bridge, struct call *call, struct inbound *in, struct message *m)
{
	(void)in;
	call->inquiry->status = m->header.status;
	settle(bridge, call, m);
}

static void
answered_close(struct bridge *bridge, struct call *call, struct inbound *in, struct message *m)
{
	(void)in;
	settle(bridge, call, m);
}

/* The structure that a QUERY_INFO has brought; empty where it has not. */
static struct span
information(const struct message *m)
{
	struct smb2_query_info_response response;

	if (m->header.status != STATUS_SUCCESS ||
		!smb2_query_info_response_decode(span_of(m->bytes, m->len), &response))
		return (struct span){0};
	return response.output;
}

static void
note_name(struct inquiry *inquiry, struct span name)
{
	free(inquiry->name);
	inquiry->name = utf16_to_utf8(name);
}

/* A directory has one name, whatever a file system counts. */
static void
note_links(struct inquiry *inquiry, const struct file_standard_information *standard)
{
	inquiry->has_links = true;
	inquiry->is_linked = !standard->is_directory && standard->links > 1;
}

static void
answered_name(struct bridge *bridge, struct call *call, struct inbound *in, struct message *m)
{
	struct span bytes = information(m), name;

	(void)in;
	if (bytes.len && file_name_information_decode(bytes, &name))
		note_name(call->inquiry, name);
	if (m->header.status == STATUS_NOT_SUPPORTED ||
		m->header.status == STATUS_INVALID_INFO_CLASS)
		call->back->lacks_names = call->inquiry->ask_again = true;
	settle(bridge, call, m);
}

static void
answered_standard(struct bridge *bridge, struct call *call, struct inbound *in, struct message *m)
{
	struct span bytes = information(m);
	struct file_standard_information standard;

	(void)in;
	if (bytes.len && file_standard_information_decode(bytes, &standard))
		note_links(call->inquiry, &standard);
	settle(bridge, call, m);
}

/* Servers may leave the name out, [MS-SMB2] 3.3.5.20.1: an empty one is none. */
static void
answered_all(struct bridge *bridge, struct call *call, struct inbound *in, struct message *m)
{
	struct span bytes = information(m), name;
	struct file_standard_information standard;

	(void)in;
	if (bytes.len && file_all_information_decode(bytes, &standard, &name)) {
		note_links(call->inquiry, &standard);
		if (name.len)
			note_name(call->inquiry, name);
	}
	settle(bridge, call, m);
}

/* --- the questions --- */

/* A compound in the making. */
struct draft {
	struct bridge *bridge;
	const struct call *about;
	struct inquiry *inquiry; /* NULL: nobody waits */
	struct frame *frame;
	struct call *head, *last;
	size_t last_at; /* where the last message begins */
	bool broken;
};

static void
draft_start(struct draft *draft, struct bridge *bridge, const struct call *about, unsigned step,
	size_t extra)
{
	*draft = (struct draft){.bridge = bridge, .about = about};
	draft->frame = frame_new(INQUIRY_MESSAGES_MAX * INQUIRY_MESSAGE_ROOM + extra);
	draft->inquiry = calloc(1, sizeof *draft->inquiry);
	draft->broken = !draft->frame || !draft->inquiry;
	if (draft->inquiry) {
		draft->inquiry->members = 1; /* the draft itself */
		draft->inquiry->ticket = about->ticket;
		draft->inquiry->step = step;
	}
}

/* A writer for the body of the next message; compounds are aligned, [MS-SMB2] 3.2.4.1.4. */
static struct writer
draft_message(struct draft *draft)
{
	struct frame *frame = draft->frame;
	struct writer w = {.broken = true};

	if (draft->broken)
		return w;
	while (frame->len % 8)
		frame->data[frame->len++] = 0;
	w = writer_over(frame->data + frame->len, frame->cap - frame->len);
	writer_zero(&w, SMB2_HEADER_SIZE);
	return w;
}

/* Its call: of the tree, session and protection that CALL has. */
static struct call *
draft_call(struct draft *draft, uint16_t command, on_answer *answered)
{
	const struct call *about = draft->about;
	struct call *call = call_new_own(draft->bridge, about->back, answered);

	if (!call)
		return NULL;
	call->tree = about->tree;
	call->back_tree_id = about->back_tree_id;
	call->session = about->tree->backing->session;
	call->seals = about->tree->paths_private;
	call->charge = 1;
	call->front.command = command;
	call->inquiry = draft->inquiry;
	if (call->inquiry) {
		call->inquiry->members++;
		call->inquiry->unanswered++;
	}
	return call;
}

/* W has written the body. IS_RELATED: to what the message before it has opened. */
static void
draft_add(struct draft *draft, uint16_t command, bool is_related, on_answer *answered,
	const struct writer *w)
{
	struct frame *frame = draft->frame;
	struct call *call;

	if (draft->broken || !writer_ok(w) || !(call = draft_call(draft, command, answered))) {
		draft->broken = true;
		return;
	}
	call->bytes = w->data;
	call->front.flags = is_related ? SMB2_FLAG_RELATED : 0;
	if (draft->last) {
		draft->last->front.next = (uint32_t)(frame->len - draft->last_at);
		draft->last->compounded = call;
	} else {
		draft->head = call;
	}
	draft->last = call;
	draft->last_at = frame->len;
	frame->len += w->at;
}

/* Sends what has been drafted; false where memory was out. */
static bool
draft_send(struct draft *draft)
{
	bool broken = draft->broken;

	if (!broken) {
		draft->head->frame = frame_take(&draft->frame);
		outbox_put(draft->bridge, &draft->head);
	}
	call_free_all(draft->bridge, draft->head);
	frame_free(&draft->frame);
	inquiry_leave(&draft->inquiry);
	return !broken;
}

static void
ask_information(struct draft *draft, uint8_t information_class, uint32_t room, struct file_id file,
	on_answer *answered)
{
	struct writer w = draft_message(draft);
	struct smb2_query_info_request request = {
		.info_type = SMB2_INFO_FILE,
		.information_class = information_class,
		.output_length = room,
		.file = file,
	};

	smb2_query_info_request_encode(&w, &request);
	draft_add(draft, SMB2_QUERY_INFO, file_id_is_all_ones(file), answered, &w);
}

/* What FILE (all ones: what has just been opened) is called. */
static void
ask_name(struct draft *draft, struct file_id file)
{
	const struct back *back = draft->about->back;

	if (back->leg.terms.has_normalized_names && !back->lacks_names) {
		ask_information(draft, FILE_NORMALIZED_NAME_INFORMATION, INQUIRY_NAME_MAX, file,
			answered_name);
		ask_information(draft, FILE_STANDARD_INFORMATION, 64, file, answered_standard);
		return;
	}
	if (draft->inquiry)
		draft->inquiry->may_be_short = true;
	ask_information(draft, FILE_ALL_INFORMATION, INQUIRY_NAME_MAX, file, answered_all);
}

bool
inquiry_open(struct bridge *bridge, struct call *call, unsigned step, struct file_id file)
{
	struct draft draft;

	draft_start(&draft, bridge, call, step, 0);
	ask_name(&draft, file);
	return draft_send(&draft);
}

/* The one context that says which file is meant: the time of a previous version. */
static struct span
version_of(const struct smb2_create_request *request, uint8_t *room, size_t size)
{
	struct smb2_create_context context;
	struct writer w = writer_over(room, size);

	if (!smb2_create_context_find(request->contexts, "TWrp", &context))
		return (struct span){0};
	smb2_create_contexts_encode(&w, &context, 1);
	return writer_span(&w);
}

static void
ask_open(struct draft *draft, const struct smb2_create_request *like, struct span name)
{
	uint8_t contexts[64];
	struct writer w = draft_message(draft);
	struct smb2_create_request request = {
		.impersonation_level = like->impersonation_level,
		.desired_access = ACCESS_READ_ATTRIBUTES | ACCESS_SYNCHRONIZE,
		.share_access = SHARE_ALL,
		.create_disposition = DISPOSITION_OPEN,
		.create_options = like->create_options & OPTIONS_KEPT,
		.name = name,
		.contexts = version_of(like, contexts, sizeof contexts),
	};

	smb2_create_request_encode(&w, &request);
	draft_add(draft, SMB2_CREATE, false, answered_open, &w);
}

static void
ask_close(struct draft *draft, struct file_id file)
{
	struct writer w = draft_message(draft);
	struct smb2_close_request request = {.file = file};

	smb2_close_request_encode(&w, &request);
	draft_add(draft, SMB2_CLOSE, file_id_is_all_ones(file), answered_close, &w);
}

bool
inquiry_path(struct bridge *bridge, struct call *call, unsigned step,
	const struct smb2_create_request *like, struct span name)
{
	static const struct file_id just_opened = {
		.persistent = UINT64_MAX, .volatile_ = UINT64_MAX};
	struct draft draft;

	draft_start(&draft, bridge, call, step, name.len + 128);
	ask_open(&draft, like, name);
	ask_name(&draft, just_opened);
	ask_close(&draft, just_opened);
	return draft_send(&draft);
}

void
inquiry_close(struct bridge *bridge, const struct call *call, struct file_id file)
{
	struct draft draft;

	draft_start(&draft, bridge, call, 0, 0);
	if (draft.inquiry)
		draft.inquiry->ticket = 0; /* nobody waits for it */
	ask_close(&draft, file);
	(void)draft_send(&draft); /* where memory is out it goes with its session */
}
