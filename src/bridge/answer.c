/* Answers of our own to the client ([MS-SMB2] 3.3.4.1), and how any frame leaves for it. */
#include "bridge/answer.h"

#include "base/ntstatus.h"
#include "bridge/call.h"
#include "bridge/refuse.h"
#include "wire/smb2_echo.h"
#include "wire/smb2_error.h"

struct frame *
answer_frame(size_t body, struct writer *writer)
{
	struct frame *frame = frame_new(SMB2_HEADER_SIZE + body);

	if (!frame)
		return NULL;
	*writer = writer_over(frame->data, frame->cap);
	writer_zero(writer, SMB2_HEADER_SIZE);
	return frame;
}

void
answer_complete(struct bridge *bridge, struct call *call, struct leg_session *session,
	uint32_t status, struct frame *frame, const struct writer *w)
{
	struct smb2_header header = {
		.credit_charge = call->front.credit_charge,
		.status = status,
		.command = call->front.command,
		.flags = SMB2_FLAG_RESPONSE,
		.message_id = call->front.message_id,
		.process_id = call->front.process_id,
		.tree_id = call->front.tree_id,
		.session_id = session ? session->id : call->front.session_id,
	};

	if (call->interim || status == STATUS_PENDING) {
		header.flags |= SMB2_FLAG_ASYNC;
		header.async_id = call->ticket;
	}
	if (!call->interim) /* its credits were granted with the interim answer */
		header.credits = window_grant(&bridge->front.window, call->front.credits);
	smb2_header_encode(&header, frame->data);
	frame->len = w->at;
}

void
answer_frame_protect(struct bridge *bridge, struct leg_session *session, enum protection how,
	struct frame **frame)
{
	fault found = leg_protect(&bridge->front, session, *frame, how);

	if (found) {
		frame_free(frame);
		refuse_all(bridge, found, NULL);
		return;
	}
	bridge_send(bridge, LINK_FRONT, frame);
}

void
answer_frame_send(struct bridge *bridge, struct leg_session *session, bool was_signed,
	bool was_sealed, struct frame **frame)
{
	enum protection how = PROTECT_NOTHING;

	if (session && session->state == SESSION_VALID && !session->keyless) {
		if (was_sealed || session->sealing_required)
			how = PROTECT_SEAL;
		else if (was_signed || session->signing_required)
			how = PROTECT_SIGN;
	}
	answer_frame_protect(bridge, session, how, frame);
}

void
answer_send(struct bridge *bridge, struct call **call, uint32_t status, struct frame **frame,
	const struct writer *w)
{
	struct leg_session *session = (*call)->login ? (*call)->login->front : NULL;

	if (!writer_ok(w)) {
		frame_free(frame);
		refuse_all(bridge, &fault_internal_error, NULL);
	} else {
		answer_complete(bridge, *call, session, status, *frame, w);
		answer_frame_send(bridge, session, (*call)->is_signed, (*call)->is_sealed, frame);
	}
	call_free(bridge, call);
}

void
answer_interim(struct bridge *bridge, struct call *call)
{
	struct leg_session *session = call->login->front;
	struct writer w;
	struct frame *frame;

	/* It gives back the credits that bound what is under way: for as many again, and no more.
	 */
	if (call->interim || bridge->interim >= bridge->policy->limits.requests_in_flight)
		return;
	frame = answer_frame(16, &w);
	if (!frame) {
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	smb2_error_response_encode(&w, &(struct smb2_error_response){0});
	answer_complete(bridge, call, session, STATUS_PENDING, frame, &w);
	answer_frame_send(bridge, session, call->is_signed, call->is_sealed, &frame);
	call->interim = true;
	bridge->interim++;
}

/* Servers that seal are often late by a moment, and there are clients that take the interim answer
 * to a READ for its failure. */
static bool
is_likely_soon(const struct call *call)
{
	return call->front.command == SMB2_READ || call->front.command == SMB2_WRITE;
}

void
answer_interim_meant(struct bridge *bridge, struct call *call)
{
	if (!is_likely_soon(call)) {
		answer_interim(bridge, call);
		return;
	}
	call->interim_at = bridge->now.ms + INTERIM_DELAY_MS;
	if (!bridge->interim_at) /* the delay is the same for all: the first is due first */
		bridge->interim_at = call->interim_at;
}

void
answer_tick(struct bridge *bridge)
{
	struct call *call;
	size_t at = 0;

	if (!bridge->interim_at || bridge->now.ms < bridge->interim_at)
		return;
	bridge->interim_at = 0;
	while (!bridge->cut && (call = idmap_next(&bridge->calls, &at)) != NULL) {
		uint64_t due = call->interim_at;

		if (!due)
			continue;
		if (due <= bridge->now.ms) {
			call->interim_at = 0;
			answer_interim(bridge, call);
		} else if (!bridge->interim_at || due < bridge->interim_at) {
			bridge->interim_at = due;
		}
	}
}

void
answer_status(struct bridge *bridge, struct call **call, uint32_t status)
{
	struct writer w;
	struct frame *frame = answer_frame(16, &w);

	if (!frame) {
		call_free(bridge, call);
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	/* ECHO, LOGOFF and TREE_DISCONNECT all answer with four bytes that say nothing. */
	if (status == STATUS_SUCCESS)
		smb2_echo_response_encode(&w);
	else
		smb2_error_response_encode(&w, &(struct smb2_error_response){0});
	answer_send(bridge, call, status, &frame, &w);
}
