/* smb2_change_notify.h: what is watched, what changed. */
#include "golden.h"
#include "wire/smb2_change_notify.h"

#include <criterion/criterion.h>

Test(smb2_change_notify, captured)
{
	struct smb2_change_notify_response response;
	struct smb2_change_notify_request request;

	cr_assert(smb2_change_notify_request_decode(
		golden_message("change_notify_request"), &request));
	cr_assert_eq(request.output_length, 1024);
	cr_assert_eq(request.completion_filter, 0x17);
	cr_assert(smb2_change_notify_response_decode(
		golden_message("change_notify_response"), &response));
	cr_assert_eq(response.output.len, 28);
}

Test(smb2_change_notify, request_round_trip)
{
	struct smb2_change_notify_request in = {1, 2, {3, 4}, 5}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_change_notify_request_encode(&draft.w, &in);
	cr_assert(smb2_change_notify_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.flags, in.flags);
	cr_assert_eq(out.output_length, in.output_length);
	cr_assert(file_id_equal(out.file, in.file));
	cr_assert_eq(out.completion_filter, in.completion_filter);
}

Test(smb2_change_notify, response_round_trip)
{
	struct smb2_change_notify_response in = {span_of_text("changes")}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_change_notify_response_encode(&draft.w, &in);
	cr_assert(smb2_change_notify_response_decode(draft_end(&draft), &out));
	cr_assert(span_equal(out.output, in.output));
}
