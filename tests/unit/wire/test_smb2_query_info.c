/* smb2_query_info.h: what is asked for, and the buffer that comes back. */
#include "golden.h"
#include "wire/smb2_query_info.h"

#include <criterion/criterion.h>

Test(smb2_query_info, captured)
{
	struct smb2_query_info_response response;
	struct smb2_query_info_request request;

	cr_assert(smb2_query_info_request_decode(golden_message("query_info_request"), &request));
	cr_assert_geq(request.info_type, SMB2_INFO_FILE);
	cr_assert_leq(request.info_type, SMB2_INFO_FILESYSTEM);
	cr_assert_gt(request.output_length, 0);
	cr_assert_eq(request.input.len, 0);
	cr_assert(
		smb2_query_info_response_decode(golden_message("query_info_response"), &response));
	cr_assert_eq(response.output.len, 14);
}

Test(smb2_query_info, request_round_trip)
{
	struct smb2_query_info_request in = {1, 2, 3, span_of_text("sids"), 4, 5, {6, 7}}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_query_info_request_encode(&draft.w, &in);
	cr_assert(smb2_query_info_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.info_type, in.info_type);
	cr_assert_eq(out.information_class, in.information_class);
	cr_assert_eq(out.output_length, in.output_length);
	cr_assert(span_equal(out.input, in.input));
	cr_assert_eq(out.additional_information, in.additional_information);
	cr_assert_eq(out.flags, in.flags);
	cr_assert(file_id_equal(out.file, in.file));
}

Test(smb2_query_info, response_round_trip)
{
	struct smb2_query_info_response in = {span_of_text("info")}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_query_info_response_encode(&draft.w, &in);
	cr_assert(smb2_query_info_response_decode(draft_end(&draft), &out));
	cr_assert(span_equal(out.output, in.output));
}

Test(smb2_query_info, input_keeps_to_the_body)
{
	struct span message = golden_patched(golden_message("query_info_request"), 76, 1, 4);
	struct smb2_query_info_request out;

	cr_assert_not(smb2_query_info_request_decode(golden_patched(message, 72, 103, 2), &out));
	cr_assert(smb2_query_info_request_decode(golden_patched(message, 72, 104, 2), &out));
	cr_assert_not(smb2_query_info_request_decode(golden_patched(message, 72, 105, 2), &out));
}
