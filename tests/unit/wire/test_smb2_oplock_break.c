/* smb2_oplock_break.h: oplocks and leases, told apart by their size. */
#include "golden.h"
#include "wire/smb2_oplock_break.h"
#include "wire/smb2_create.h"

#include <criterion/criterion.h>

Test(smb2_oplock_break, captured_oplock)
{
	struct smb2_oplock_break_notification notification;
	struct smb2_oplock_break_request request;

	cr_assert(smb2_oplock_break_notification_decode(
		golden_message("oplock_break_notification"), &notification));
	cr_assert_eq(notification.kind, SMB2_BREAK_OPLOCK);
	cr_assert_eq(notification.oplock_level, SMB2_OPLOCK_II);
	cr_assert(
		smb2_oplock_break_request_decode(golden_message("oplock_break_request"), &request));
	cr_assert_eq(request.kind, SMB2_BREAK_OPLOCK);
	cr_assert_eq(request.oplock_level, SMB2_OPLOCK_II);
	cr_assert(file_id_equal(request.file, notification.file));
	cr_assert(smb2_oplock_break_response_decode(
		golden_message("oplock_break_response"), &request));
	cr_assert(file_id_equal(request.file, notification.file));
}

Test(smb2_oplock_break, captured_lease)
{
	struct smb2_oplock_break_notification notification;
	struct smb2_oplock_break_request request;

	cr_assert(smb2_oplock_break_notification_decode(
		golden_message("lease_break_notification"), &notification));
	cr_assert_eq(notification.kind, SMB2_BREAK_LEASE);
	cr_assert_eq(notification.flags, SMB2_BREAK_ACK_REQUIRED);
	cr_assert_arr_eq(notification.lease_key, "KEYKEYKEYKEYKEY1", 16);
	cr_assert_eq(notification.current_state, 7);
	cr_assert_eq(notification.new_state, 3);
	cr_assert(
		smb2_oplock_break_request_decode(golden_message("lease_break_request"), &request));
	cr_assert_eq(request.kind, SMB2_BREAK_LEASE);
	cr_assert_arr_eq(request.lease_key, "KEYKEYKEYKEYKEY1", 16);
	cr_assert_eq(request.lease_state, 3);
	cr_assert(smb2_oplock_break_response_decode(
		golden_message("lease_break_response"), &request));
	cr_assert_eq(request.lease_state, 3);
}

Test(smb2_oplock_break, lease_notification_round_trip)
{
	struct smb2_oplock_break_notification out, in = {.kind = SMB2_BREAK_LEASE,
							   .new_epoch = 1,
							   .flags = 2,
							   .lease_key = "key-of-16-bytes",
							   .current_state = 3,
							   .new_state = 4};
	struct draft draft;

	draft_begin(&draft);
	smb2_oplock_break_notification_encode(&draft.w, &in);
	cr_assert(smb2_oplock_break_notification_decode(draft_end(&draft), &out));
	cr_assert_eq(out.kind, in.kind);
	cr_assert_eq(out.new_epoch, in.new_epoch);
	cr_assert_eq(out.flags, in.flags);
	cr_assert_arr_eq(out.lease_key, in.lease_key, 16);
	cr_assert_eq(out.current_state, in.current_state);
	cr_assert_eq(out.new_state, in.new_state);
}

Test(smb2_oplock_break, lease_request_round_trip)
{
	struct smb2_oplock_break_request out, in = {.kind = SMB2_BREAK_LEASE,
						      .flags = 1,
						      .lease_key = "key-of-16-bytes",
						      .lease_state = 5};
	struct draft draft;

	draft_begin(&draft);
	smb2_oplock_break_request_encode(&draft.w, &in);
	cr_assert(smb2_oplock_break_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.kind, in.kind);
	cr_assert_eq(out.flags, in.flags);
	cr_assert_arr_eq(out.lease_key, in.lease_key, 16);
	cr_assert_eq(out.lease_state, in.lease_state);
}

Test(smb2_oplock_break, oplock_round_trip)
{
	struct smb2_oplock_break_request in = {.oplock_level = SMB2_OPLOCK_NONE, .file = {1, 2}},
					 out;
	struct smb2_oplock_break_notification told = {
		.oplock_level = SMB2_OPLOCK_II, .file = {3, 4}};
	struct smb2_oplock_break_notification heard;
	struct draft draft;

	draft_begin(&draft);
	smb2_oplock_break_response_encode(&draft.w, &in);
	cr_assert(smb2_oplock_break_response_decode(draft_end(&draft), &out));
	cr_assert_eq(out.kind, SMB2_BREAK_OPLOCK);
	cr_assert(file_id_equal(out.file, in.file));
	draft_begin(&draft);
	smb2_oplock_break_notification_encode(&draft.w, &told);
	cr_assert(smb2_oplock_break_notification_decode(draft_end(&draft), &heard));
	cr_assert_eq(heard.oplock_level, told.oplock_level);
	cr_assert(file_id_equal(heard.file, told.file));
}

Test(smb2_oplock_break, a_notification_is_no_acknowledgment)
{
	struct smb2_oplock_break_notification notification;
	struct smb2_oplock_break_request request;

	cr_assert_not(smb2_oplock_break_request_decode(
		golden_message("lease_break_notification"), &request));
	cr_assert_not(smb2_oplock_break_notification_decode(
		golden_message("lease_break_request"), &notification));
}
