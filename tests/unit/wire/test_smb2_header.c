/* smb2_header.h: sync and async headers, both ways, and what is no header. */
#include "golden.h"

#include <criterion/criterion.h>

static struct smb2_header
sample(uint32_t flags)
{
	struct smb2_header header = {.credit_charge = 0x1122,
		.status = 0xc0000022,
		.command = SMB2_IOCTL,
		.credits = 0x3344,
		.flags = flags,
		.next = 0x55667788,
		.message_id = 0x0102030405060708,
		.session_id = 0x1112131415161718};

	memcpy(header.signature, "0123456789abcdef", 16);
	return header;
}

static void
assert_same(const struct smb2_header *a, const struct smb2_header *b)
{
	cr_assert_eq(a->credit_charge, b->credit_charge);
	cr_assert_eq(a->status, b->status);
	cr_assert_eq(a->command, b->command);
	cr_assert_eq(a->credits, b->credits);
	cr_assert_eq(a->flags, b->flags);
	cr_assert_eq(a->next, b->next);
	cr_assert_eq(a->message_id, b->message_id);
	cr_assert_eq(a->async_id, b->async_id);
	cr_assert_eq(a->process_id, b->process_id);
	cr_assert_eq(a->tree_id, b->tree_id);
	cr_assert_eq(a->session_id, b->session_id);
	cr_assert_arr_eq(a->signature, b->signature, 16);
}

Test(smb2_header, sync_round_trip)
{
	struct smb2_header in = sample(SMB2_FLAG_RESPONSE | SMB2_FLAG_SIGNED), out;
	uint8_t bytes[SMB2_HEADER_SIZE];

	in.process_id = 0xfeff;
	in.tree_id = 0x99aabbcc;
	smb2_header_encode(&in, bytes);
	cr_assert(smb2_header_decode(span_of(bytes, sizeof(bytes)), &out));
	assert_same(&in, &out);
	cr_assert_eq(bytes[36], 0xcc, "TreeId stands at 36");
}

Test(smb2_header, async_round_trip)
{
	struct smb2_header in = sample(SMB2_FLAG_RESPONSE | SMB2_FLAG_ASYNC), out;
	uint8_t bytes[SMB2_HEADER_SIZE];

	in.async_id = 0x2122232425262728;
	smb2_header_encode(&in, bytes);
	cr_assert(smb2_header_decode(span_of(bytes, sizeof(bytes)), &out));
	assert_same(&in, &out);
}

Test(smb2_header, captured_fields)
{
	struct smb2_header header;

	cr_assert(smb2_header_decode(golden_message("create_pending"), &header));
	cr_assert_eq(header.status, 0x103);
	cr_assert_eq(header.flags & SMB2_FLAG_ASYNC, SMB2_FLAG_ASYNC);
	cr_assert_neq(header.async_id, 0);
	cr_assert_eq(header.tree_id, 0);
	cr_assert(smb2_header_decode(golden_message("oplock_break_notification"), &header));
	cr_assert_eq(header.message_id, SMB2_MESSAGE_ID_UNASKED);
}

Test(smb2_header, every_captured_header_comes_back)
{
	const struct golden *golden;

	for (unsigned i = 0; (golden = golden_at(i)); i++) {
		struct span message = golden_bytes(golden);
		uint8_t bytes[SMB2_HEADER_SIZE];
		struct smb2_header header;

		cr_assert(smb2_header_decode(message, &header));
		smb2_header_encode(&header, bytes);
		cr_assert_arr_eq(bytes, message.data, SMB2_HEADER_SIZE, "%s", golden->name);
	}
}

Test(smb2_header, what_is_no_header_is_refused)
{
	struct span message = golden_message("echo_request");
	struct smb2_header header;

	for (size_t len = 0; len < SMB2_HEADER_SIZE; len++)
		cr_assert_not(smb2_header_decode(golden_cut(message, len), &header));
	cr_assert(smb2_header_decode(golden_cut(message, SMB2_HEADER_SIZE), &header));
	cr_assert_not(smb2_header_decode(golden_patched(message, 0, 0xfd, 1), &header));
	cr_assert_not(smb2_header_decode(golden_patched(message, 4, 65, 2), &header));
	cr_assert_not(smb2_header_decode(golden_patched(message, 4, 0, 2), &header));
}

Test(smb2_header, signature_is_where_the_standard_puts_it)
{
	struct smb2_header in = sample(0);
	uint8_t bytes[SMB2_HEADER_SIZE];

	smb2_header_encode(&in, bytes);
	cr_assert_eq(smb2_header_signature(bytes), bytes + 48);
	cr_assert_arr_eq(smb2_header_signature(bytes), "0123456789abcdef", 16);
}

Test(smb2_header, words)
{
	cr_assert_str_eq(smb2_command_word(SMB2_NEGOTIATE), "NEGOTIATE");
	cr_assert_str_eq(smb2_command_word(SMB2_TREE_CONNECT), "TREE_CONNECT");
	cr_assert_str_eq(smb2_command_word(SMB2_OPLOCK_BREAK), "OPLOCK_BREAK");
	for (uint16_t i = 0; i < SMB2_COMMAND_COUNT; i++)
		cr_assert_str_neq(smb2_command_word(i), "UNKNOWN");
	cr_assert_str_eq(smb2_command_word(SMB2_COMMAND_COUNT), "UNKNOWN");
	cr_assert_str_eq(smb2_command_word(0xffff), "UNKNOWN");
	cr_assert_str_eq(smb2_dialect_word(0x0202), "2.0.2");
	cr_assert_str_eq(smb2_dialect_word(0x0210), "2.1");
	cr_assert_str_eq(smb2_dialect_word(0x0300), "3.0");
	cr_assert_str_eq(smb2_dialect_word(0x0302), "3.0.2");
	cr_assert_str_eq(smb2_dialect_word(0x0311), "3.1.1");
	cr_assert_str_eq(smb2_dialect_word(0x02ff), "2.???");
	cr_assert_str_eq(smb2_dialect_word(0x0310), "unknown");
}
