/* smb2_lock.h: one or more ranges. */
#include "golden.h"
#include "wire/smb2_lock.h"

#include <criterion/criterion.h>

Test(smb2_lock, captured_ranges)
{
	struct smb2_lock_element element;
	struct smb2_lock_request out;

	cr_assert(smb2_lock_request_decode(golden_message("lock_request_two"), &out));
	cr_assert(smb2_lock_element_next(&out.locks, &element));
	cr_assert_eq(element.offset, 0);
	cr_assert_eq(element.length, 10);
	cr_assert_eq(element.flags, SMB2_LOCK_EXCLUSIVE | SMB2_LOCK_FAIL_IMMEDIATELY);
	cr_assert(smb2_lock_element_next(&out.locks, &element));
	cr_assert_eq(element.offset, 20);
	cr_assert_eq(element.length, 5);
	cr_assert_not(smb2_lock_element_next(&out.locks, &element));
}

Test(smb2_lock, round_trip)
{
	struct smb2_lock_element element = {1, 2, SMB2_LOCK_UNLOCK}, back;
	struct smb2_lock_request in = {.lock_sequence = 0x01020304, .file = {5, 6}}, out;
	uint8_t bytes[2 * SMB2_LOCK_ELEMENT_SIZE];
	struct writer w = writer_over(bytes, sizeof(bytes));
	struct draft draft;

	smb2_lock_element_encode(&w, &element);
	smb2_lock_element_encode(&w, &element);
	in.locks = writer_span(&w);
	draft_begin(&draft);
	smb2_lock_request_encode(&draft.w, &in);
	cr_assert(smb2_lock_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.lock_sequence, in.lock_sequence);
	cr_assert(file_id_equal(out.file, in.file));
	cr_assert(span_equal(out.locks, in.locks));
	cr_assert(smb2_lock_element_next(&out.locks, &back));
	cr_assert_eq(back.offset, 1);
	cr_assert_eq(back.length, 2);
	cr_assert_eq(back.flags, SMB2_LOCK_UNLOCK);
}

Test(smb2_lock, counts_that_do_not_fit_are_refused)
{
	struct span message = golden_message("lock_request_two");
	struct smb2_lock_request out;

	cr_assert_not(smb2_lock_request_decode(golden_patched(message, 66, 0, 2), &out));
	cr_assert(smb2_lock_request_decode(golden_patched(message, 66, 1, 2), &out));
	cr_assert_not(smb2_lock_request_decode(golden_patched(message, 66, 3, 2), &out));
	cr_assert_not(smb2_lock_request_decode(golden_patched(message, 66, 0xffff, 2), &out));
}

Test(smb2_lock, no_lock_and_half_a_lock_are_not_written)
{
	struct smb2_lock_request in = {0};
	uint8_t bytes[SMB2_LOCK_ELEMENT_SIZE] = {0};
	struct draft draft;

	draft_begin(&draft);
	smb2_lock_request_encode(&draft.w, &in);
	cr_assert_not(writer_ok(&draft.w));
	in.locks = span_of(bytes, sizeof(bytes) - 1);
	draft_begin(&draft);
	smb2_lock_request_encode(&draft.w, &in);
	cr_assert_not(writer_ok(&draft.w));
}
