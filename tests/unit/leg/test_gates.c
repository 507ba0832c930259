/* gates.h: the order of the checks, and that nothing that was changed comes past them. */
#include "leg/gates.h"

#include "base/ntstatus.h"
#include "wire/smb2_echo.h"
#include "wire/smb2_error.h"
#include "wire/smb2_flush.h"

#include <criterion/criterion.h>

static struct leg client, server;
static struct leg_session *ours, *theirs;
static struct inbound in;

static void
start(void)
{
	struct terms terms = {.dialect = SMB2_DIALECT_0311,
		.signs_with = SIGNING_AES_GMAC,
		.seals_with = CIPHER_AES_128_GCM,
		.has_preauth = true,
		.has_multi_credit = true};
	struct leg *legs[] = {&client, &server};

	leg_start(&client, LEG_BACK, 0);
	leg_start(&server, LEG_FRONT, 100);
	for (size_t i = 0; i < 2; i++) {
		struct leg_session *session = leg_session_new(legs[i], 9);

		legs[i]->terms = terms;
		leg_enter(legs[i], LEG_NEGOTIATED);
		cr_assert_null(session_establish(session, &terms, span_of("sixteen letters.", 16)));
		session->signing_required = true;
		*(i ? &theirs : &ours) = session;
	}
}

static void
stop(void)
{
	leg_clear(&client);
	leg_clear(&server);
}

TestSuite(gates, .init = start, .fini = stop);

/* A FLUSH of the client's; its record in the match is to be answered. */
static struct frame *
request(enum protection how)
{
	struct asked *asked = match_ask(&client.match, 1);
	struct smb2_header header = {
		.command = SMB2_FLUSH, .credits = 5, .tree_id = 3, .session_id = 9};
	struct frame *frame = frame_new(200);
	struct writer w = writer_over(frame->data, frame->cap);

	asked->command = SMB2_FLUSH;
	asked->session = ours;
	asked->tree_id = 3;
	asked->sealed = how == PROTECT_SEAL;
	asked->is_signed = how == PROTECT_SIGN;
	header.message_id = asked->message_id;
	writer_zero(&w, SMB2_HEADER_SIZE);
	smb2_flush_request_encode(&w, &(struct smb2_flush_request){.file = {1, 2}});
	smb2_header_encode(&header, frame->data);
	frame->len = w.at;
	cr_assert_null(leg_protect(&client, ours, frame, how));
	return frame;
}

/* The server's answer to it. */
static struct frame *
answer(uint64_t message_id, uint32_t status, enum protection how)
{
	struct smb2_header header = {.command = SMB2_FLUSH,
		.status = status,
		.flags = SMB2_FLAG_RESPONSE,
		.message_id = message_id,
		.tree_id = 3,
		.session_id = 9};
	struct frame *frame = frame_new(200);
	struct writer w = writer_over(frame->data, frame->cap);

	if (status == STATUS_PENDING) {
		header.flags |= SMB2_FLAG_ASYNC;
		header.async_id = 77;
	}
	writer_zero(&w, SMB2_HEADER_SIZE);
	if (status == STATUS_SUCCESS)
		smb2_flush_response_encode(&w);
	else
		smb2_error_response_encode(&w, &(struct smb2_error_response){0});
	smb2_header_encode(&header, frame->data);
	frame->len = w.at;
	cr_assert_null(leg_protect(&server, theirs, frame, how));
	return frame;
}

/* What the leg says to a copy of FRAME, of which LEN bytes have come and byte AT has been changed.
 */
static fault
receive(struct leg *leg, const struct frame *frame, size_t len, size_t at)
{
	struct frame *copy = frame_new(frame->len);
	fault found;

	memcpy(copy->data, frame->data, frame->len);
	copy->len = len;
	if (at < len)
		copy->data[at] ^= 0x40;
	found = leg_receive(leg, copy, &in);
	if (!found)
		found = in.messages[0].fault;
	frame_free(&copy);
	return found;
}

static void
assert_order(enum leg_role role, const char *const *names)
{
	const struct gate *gate = gates_of(role);

	for (; *names; names++, gate++) {
		cr_assert_not_null(gate->name);
		cr_assert_str_eq(gate->name, *names);
	}
	cr_assert_null(gate->name);
}

Test(gates, stand_in_this_order)
{
	assert_order(LEG_FRONT,
		(const char *const[]){"header", "window", "session", "signature", "body", NULL});
	assert_order(LEG_BACK,
		(const char *const[]){"header", "match", "session", "signature", "body", NULL});
}

/* Every byte of a signed or sealed request counts, and so does its length. */
Test(gates, a_changed_request_is_refused)
{
	static const enum protection ways[] = {PROTECT_SIGN, PROTECT_SEAL};

	for (size_t w = 0; w < 2; w++) {
		struct frame *frame;

		stop();
		start();
		frame = request(ways[w]);
		for (size_t at = 0; at < frame->len; at++) {
			struct window before = server.window;

			cr_assert_not_null(receive(&server, frame, frame->len, at), "byte %zu", at);
			server.window = before;
		}
		for (size_t len = 0; len < frame->len; len++) {
			struct window before = server.window;

			cr_assert_not_null(receive(&server, frame, len, len), "%zu bytes", len);
			server.window = before;
		}
		cr_assert_null(receive(&server, frame, frame->len, frame->len));
		cr_assert_eq(in.messages[0].session, theirs);
		cr_assert_eq(in.messages[0].is_signed, ways[w] == PROTECT_SIGN);
		cr_assert_eq(in.messages[0].is_sealed, ways[w] == PROTECT_SEAL);
		cr_assert_eq(
			receive(&server, frame, frame->len, frame->len), &fault_message_replayed);
		frame_free(&frame);
	}
}

Test(gates, a_changed_answer_is_refused)
{
	static const enum protection ways[] = {PROTECT_SIGN, PROTECT_SEAL};

	for (size_t w = 0; w < 2; w++) {
		struct frame *asked, *frame;

		stop();
		start();
		asked = request(ways[w]);
		frame = answer(0, STATUS_SUCCESS, ways[w]);
		for (size_t at = 0; at < frame->len; at++)
			cr_assert_not_null(receive(&client, frame, frame->len, at), "byte %zu", at);
		for (size_t len = 0; len < frame->len; len++)
			cr_assert_not_null(receive(&client, frame, len, len), "%zu bytes", len);
		cr_assert_null(receive(&client, frame, frame->len, frame->len));
		frame_free(&frame);
		frame_free(&asked);
	}
}

Test(gates, an_answer_is_protected_as_its_request_was)
{
	struct frame *asked = request(PROTECT_SEAL), *frame;

	frame = answer(0, STATUS_SUCCESS, PROTECT_SIGN);
	cr_assert_eq(receive(&client, frame, frame->len, SIZE_MAX), &fault_answer_unsealed);
	frame_free(&frame);
	frame = answer(0, STATUS_PENDING, PROTECT_NOTHING);
	cr_assert_eq(receive(&client, frame, frame->len, SIZE_MAX), &fault_answer_unsealed);
	frame_free(&frame);
	frame_free(&asked);
	match_granted(&client.match, 1);
	asked = request(PROTECT_SIGN);
	frame = answer(1, STATUS_SUCCESS, PROTECT_NOTHING);
	cr_assert_eq(receive(&client, frame, frame->len, SIZE_MAX), &fault_answer_unsigned);
	frame_free(&frame);
	frame = answer(1, STATUS_ACCESS_DENIED, PROTECT_NOTHING);
	cr_assert_eq(receive(&client, frame, frame->len, SIZE_MAX), &fault_answer_unsigned);
	frame_free(&frame);
	frame = answer(1, STATUS_PENDING, PROTECT_NOTHING);
	cr_assert_null(receive(&client, frame, frame->len, SIZE_MAX));
	frame_free(&frame);
	frame_free(&asked);
}

Test(gates, an_unsigned_request_is_refused_where_one_is_due)
{
	struct frame *frame = request(PROTECT_NOTHING);

	cr_assert_eq(receive(&server, frame, frame->len, SIZE_MAX), &fault_request_unsigned);
	frame_free(&frame);
	match_granted(&client.match, 5);
	theirs->sealing_required = true;
	cr_assert_eq(window_grant(&server.window, 5), 5);
	frame = request(PROTECT_SIGN);
	cr_assert_eq(receive(&server, frame, frame->len, SIZE_MAX), &fault_request_unsealed);
	frame_free(&frame);
	frame = request(PROTECT_SEAL);
	cr_assert_null(receive(&server, frame, frame->len, SIZE_MAX));
	frame_free(&frame);
}

Test(gates, a_session_that_is_being_set_up_carries_nothing)
{
	struct frame *frame = request(PROTECT_NOTHING);

	theirs->state = SESSION_SETTING_UP;
	cr_assert_eq(receive(&server, frame, frame->len, SIZE_MAX), &fault_session_unknown);
	frame_free(&frame);
}

/* What is related takes over its predecessor's session, and with it that session's want of keys. */
Test(gates, what_is_related_to_a_refused_message_is_not_in_its_session)
{
	struct frame *frame = frame_new(400);

	theirs->state = SESSION_SETTING_UP;
	cr_assert_eq(window_grant(&server.window, 5), 5);
	for (uint64_t i = 0; i < 2; i++) {
		struct smb2_header header = {.command = SMB2_FLUSH,
			.message_id = i,
			.session_id = 9,
			.next = i ? 0 : 88,
			.flags = i ? SMB2_FLAG_RELATED : 0};
		struct writer w = writer_over(frame->data + frame->len, 200);

		writer_zero(&w, SMB2_HEADER_SIZE);
		smb2_flush_request_encode(&w, &(struct smb2_flush_request){.file = {1, 2}});
		smb2_header_encode(&header, frame->data + frame->len);
		frame->len += w.at;
	}
	cr_assert_null(leg_receive(&server, frame, &in));
	cr_assert_eq(in.count, 2);
	cr_assert_eq(in.messages[0].fault, &fault_session_unknown);
	cr_assert_not_null(in.messages[1].fault);
	frame_free(&frame);
}
