/* smb2_set_info.h: the buffer there, two bytes back. */
#include "golden.h"
#include "wire/smb2_set_info.h"

#include <criterion/criterion.h>

Test(smb2_set_info, captured_delete_on_close)
{
	struct smb2_set_info_request out;

	cr_assert(smb2_set_info_request_decode(golden_message("set_info_request"), &out));
	cr_assert_eq(out.info_type, 1);
	cr_assert_eq(out.information_class, 13);
	cr_assert(span_equal(out.input, span_of("\1", 1)));
}

Test(smb2_set_info, round_trip)
{
	struct smb2_set_info_request in = {1, 2, span_of_text("info"), 3, {4, 5}}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_set_info_request_encode(&draft.w, &in);
	cr_assert(smb2_set_info_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.info_type, in.info_type);
	cr_assert_eq(out.information_class, in.information_class);
	cr_assert(span_equal(out.input, in.input));
	cr_assert_eq(out.additional_information, in.additional_information);
	cr_assert(file_id_equal(out.file, in.file));
	draft_begin(&draft);
	smb2_set_info_response_encode(&draft.w);
	cr_assert_eq(draft.w.at, SMB2_HEADER_SIZE + 2);
	cr_assert(smb2_set_info_response_decode(draft_end(&draft)));
}

Test(smb2_set_info, input_keeps_to_the_body)
{
	struct span message = golden_message("set_info_request");
	struct smb2_set_info_request out;

	cr_assert_not(smb2_set_info_request_decode(golden_patched(message, 72, 95, 2), &out));
	cr_assert_not(smb2_set_info_request_decode(golden_patched(message, 72, 97, 2), &out));
	cr_assert_not(smb2_set_info_request_decode(golden_patched(message, 68, 2, 4), &out));
}
