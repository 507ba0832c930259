/* smb2_create.h: the many fixed fields, the name, and the chain of contexts. */
#include "golden.h"
#include "wire/smb2_create.h"

#include <criterion/criterion.h>

#define CONTEXTS_OFFSET_AT (SMB2_HEADER_SIZE + 48)
#define CONTEXTS_LENGTH_AT (SMB2_HEADER_SIZE + 52)

Test(smb2_create, captured_request_with_a_lease)
{
	struct smb2_create_context context;
	struct smb2_create_request out;

	cr_assert(smb2_create_request_decode(golden_message("create_request_contexts"), &out));
	cr_assert_eq(out.oplock_level, SMB2_OPLOCK_LEASE);
	cr_assert_eq(out.impersonation_level, 2);
	cr_assert_eq(out.desired_access, 0x12019f);
	cr_assert_eq(out.share_access, 7);
	cr_assert_eq(out.create_disposition, 3);
	cr_assert_eq(out.create_options, 0x40);
	cr_assert_eq(out.name.len, 18);
	cr_assert_arr_eq(out.name.data, "l\0e\0a\0s\0e\0", 10);
	cr_assert(smb2_create_context_find(out.contexts, "RqLs", &context));
	cr_assert_eq(context.data.len, 32);
	cr_assert_not(smb2_create_context_find(out.contexts, "DHnQ", &context));
}

Test(smb2_create, captured_response_with_a_lease)
{
	struct smb2_create_context context;
	struct smb2_create_response out;

	cr_assert(smb2_create_response_decode(golden_message("create_response_contexts"), &out));
	cr_assert_eq(out.oplock_level, SMB2_OPLOCK_LEASE);
	cr_assert_eq(out.create_action, 1);
	cr_assert_eq(out.file_attributes, 0x20);
	cr_assert_neq(out.file.volatile_, 0);
	cr_assert(smb2_create_context_find(out.contexts, "RqLs", &context));
	cr_assert_arr_eq(context.data.data, "KEYKEYKEYKEYKEY1", 16);
}

Test(smb2_create, request_round_trip)
{
	struct smb2_create_request out, in = {.oplock_level = SMB2_OPLOCK_BATCH,
						.impersonation_level = 1,
						.desired_access = 2,
						.file_attributes = 3,
						.share_access = 4,
						.create_disposition = 5,
						.create_options = 6,
						.name = span_of("n\0", 2)};
	struct draft draft;

	draft_begin(&draft);
	smb2_create_request_encode(&draft.w, &in);
	cr_assert(smb2_create_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.oplock_level, in.oplock_level);
	cr_assert_eq(out.impersonation_level, in.impersonation_level);
	cr_assert_eq(out.desired_access, in.desired_access);
	cr_assert_eq(out.file_attributes, in.file_attributes);
	cr_assert_eq(out.share_access, in.share_access);
	cr_assert_eq(out.create_disposition, in.create_disposition);
	cr_assert_eq(out.create_options, in.create_options);
	cr_assert(span_equal(out.name, in.name));
	cr_assert_eq(out.contexts.len, 0);
}

Test(smb2_create, response_round_trip)
{
	struct smb2_create_response out, in = {.oplock_level = SMB2_OPLOCK_II,
						 .flags = 1,
						 .create_action = 2,
						 .creation_time = 3,
						 .last_access_time = 4,
						 .last_write_time = 5,
						 .change_time = 6,
						 .allocation_size = 7,
						 .end_of_file = UINT64_MAX,
						 .file_attributes = 9,
						 .file = {10, 11}};
	struct draft draft;

	draft_begin(&draft);
	smb2_create_response_encode(&draft.w, &in);
	cr_assert(smb2_create_response_decode(draft_end(&draft), &out));
	cr_assert_eq(out.oplock_level, in.oplock_level);
	cr_assert_eq(out.flags, in.flags);
	cr_assert_eq(out.create_action, in.create_action);
	cr_assert_eq(out.creation_time, in.creation_time);
	cr_assert_eq(out.last_access_time, in.last_access_time);
	cr_assert_eq(out.last_write_time, in.last_write_time);
	cr_assert_eq(out.change_time, in.change_time);
	cr_assert_eq(out.allocation_size, in.allocation_size);
	cr_assert_eq(out.end_of_file, in.end_of_file);
	cr_assert_eq(out.file_attributes, in.file_attributes);
	cr_assert(file_id_equal(out.file, in.file));
	cr_assert_eq(out.contexts.len, 0);
}

/* Three contexts: with data, without, and with data again; returns how many bytes they take. */
static struct span
chain(uint8_t *bytes, size_t cap)
{
	const struct smb2_create_context list[] = {
		{span_of_text("MxAc"), span_of_text("12345678")},
		{span_of_text("QFid"), {0}},
		{span_of_text("0123456789abcdef"), span_of_text("xyz")},
	};
	struct writer w = writer_over(bytes, cap);

	smb2_create_contexts_encode(&w, list, 3);
	cr_assert(writer_ok(&w));
	return writer_span(&w);
}

Test(smb2_create, chains_round_trip)
{
	struct smb2_create_request in = {.name = span_of("n\0", 2)}, out;
	struct smb2_create_context context;
	uint8_t bytes[256];
	struct draft draft;
	struct span rest;

	in.contexts = chain(bytes, sizeof(bytes));
	draft_begin(&draft);
	smb2_create_request_encode(&draft.w, &in);
	cr_assert(smb2_create_request_decode(draft_end(&draft), &out));
	cr_assert(span_equal(out.contexts, in.contexts));
	rest = out.contexts;
	cr_assert(smb2_create_context_next(&rest, &context));
	cr_assert(span_equal(context.name, span_of_text("MxAc")));
	cr_assert(span_equal(context.data, span_of_text("12345678")));
	cr_assert(smb2_create_context_next(&rest, &context));
	cr_assert(span_equal(context.name, span_of_text("QFid")));
	cr_assert_eq(context.data.len, 0);
	cr_assert(smb2_create_context_next(&rest, &context));
	cr_assert(span_equal(context.name, span_of_text("0123456789abcdef")));
	cr_assert(span_equal(context.data, span_of_text("xyz")));
	cr_assert_not(smb2_create_context_next(&rest, &context));
}

/* Whether a request with the chain, the N-byte field at AT changed, is still taken. */
static bool
takes_chain(size_t at, uint64_t value, size_t n)
{
	struct smb2_create_request in = {0}, out;
	uint8_t bytes[256];
	struct draft draft;

	in.contexts = golden_patched(chain(bytes, sizeof(bytes)), at, value, n);
	draft_begin(&draft);
	smb2_create_request_encode(&draft.w, &in);
	return smb2_create_request_decode(draft_end(&draft), &out);
}

Test(smb2_create, damaged_chains_are_refused)
{
	cr_assert(takes_chain(0, 32, 4), "as it was");
	cr_assert_not(takes_chain(0, 28, 4), "unaligned");
	cr_assert_not(takes_chain(0, 8, 4), "into its own fields");
	cr_assert_not(takes_chain(0, UINT32_MAX - 7, 4), "far away");
	cr_assert_not(takes_chain(4, 8, 2), "name among the fields");
	cr_assert_not(takes_chain(4, 0xffff, 2), "name outside");
	cr_assert_not(takes_chain(6, 17, 2), "name into the next context");
	cr_assert_not(takes_chain(10, 12, 2), "data among the fields");
	cr_assert_not(takes_chain(12, 9, 4), "data into the next context");
	cr_assert_not(takes_chain(12, UINT32_MAX, 4), "data without end");
}

/* Two empty contexts, the second at 24 and then at 20: all else in order, [MS-SMB2] 3.3.5.9. */
Test(smb2_create, contexts_begin_at_multiples_of_eight)
{
	for (size_t at = 24; at >= 20; at -= 4) {
		struct smb2_create_request in = {0}, out;
		uint8_t bytes[64];
		struct writer w = writer_over(bytes, sizeof(bytes));
		struct draft draft;

		writer_u32(&w, (uint32_t)at);
		writer_zero(&w, at - 4 + 16);
		in.contexts = writer_span(&w);
		draft_begin(&draft);
		smb2_create_request_encode(&draft.w, &in);
		cr_assert_eq(smb2_create_request_decode(draft_end(&draft), &out), at == 24);
	}
}

Test(smb2_create, chains_are_bounded)
{
	uint8_t bytes[16 * (SMB2_CREATE_CONTEXTS_MAX + 1)];
	struct smb2_create_request in = {0}, out;
	uint8_t message[4096];
	struct writer w;

	for (size_t count = SMB2_CREATE_CONTEXTS_MAX; count <= SMB2_CREATE_CONTEXTS_MAX + 1;
		count++) {
		w = writer_over(bytes, sizeof(bytes));
		for (size_t i = 0; i < count; i++) {
			writer_u32(&w, i + 1 < count ? 16 : 0);
			writer_zero(&w, 12);
		}
		in.contexts = writer_span(&w);
		w = writer_over(message, sizeof(message));
		w.at = SMB2_HEADER_SIZE;
		smb2_create_request_encode(&w, &in);
		cr_assert(writer_ok(&w));
		cr_assert_eq(smb2_create_request_decode(writer_span(&w), &out),
			count == SMB2_CREATE_CONTEXTS_MAX);
	}
}

Test(smb2_create, buffers_keep_to_the_body)
{
	struct span message = golden_message("create_request_contexts");
	struct smb2_create_request out;

	cr_assert_not(
		smb2_create_request_decode(golden_patched(message, 108, 119, 2), &out), "name");
	cr_assert_not(smb2_create_request_decode(golden_patched(message, 110, 0xfffe, 2), &out));
	cr_assert_not(smb2_create_request_decode(
		golden_patched(message, CONTEXTS_OFFSET_AT, 64, 4), &out));
	cr_assert_not(smb2_create_request_decode(
		golden_patched(message, CONTEXTS_OFFSET_AT, UINT32_MAX, 4), &out));
	cr_assert_not(smb2_create_request_decode(
		golden_patched(message, CONTEXTS_LENGTH_AT, UINT32_MAX, 4), &out));
}

/* Both empty: whatever the offsets, and without the one byte of StructureSize. */
Test(smb2_create, the_root_of_a_share_has_no_name)
{
	struct span message = golden_message("create_request");
	struct smb2_create_request out;

	message = golden_patched(message, 108, 0, 2);
	cr_assert(smb2_create_request_decode(golden_cut(message, 120), &out));
	cr_assert_eq(out.name.len, 0);
}
