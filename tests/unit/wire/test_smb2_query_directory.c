/* smb2_query_directory.h: a pattern there, entries back. */
#include "golden.h"
#include "wire/smb2_query_directory.h"

#include <criterion/criterion.h>

Test(smb2_query_directory, captured)
{
	struct smb2_query_directory_response response;
	struct smb2_query_directory_request request;

	cr_assert(smb2_query_directory_request_decode(
		golden_message("query_directory_request"), &request));
	cr_assert(span_equal(request.pattern, span_of("*\0", 2)));
	cr_assert_gt(request.output_length, 0);
	cr_assert(smb2_query_directory_response_decode(
		golden_message("query_directory_response"), &response));
	cr_assert_eq(response.output.len, 114);
}

Test(smb2_query_directory, request_round_trip)
{
	struct smb2_query_directory_request in = {1, 2, 3, {4, 5}, span_of("*\0", 2), 6}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_query_directory_request_encode(&draft.w, &in);
	cr_assert(smb2_query_directory_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.information_class, in.information_class);
	cr_assert_eq(out.flags, in.flags);
	cr_assert_eq(out.file_index, in.file_index);
	cr_assert(file_id_equal(out.file, in.file));
	cr_assert(span_equal(out.pattern, in.pattern));
	cr_assert_eq(out.output_length, in.output_length);
}

Test(smb2_query_directory, response_round_trip)
{
	struct smb2_query_directory_response in = {span_of_text("entries")}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_query_directory_response_encode(&draft.w, &in);
	cr_assert(smb2_query_directory_response_decode(draft_end(&draft), &out));
	cr_assert(span_equal(out.output, in.output));
}

Test(smb2_query_directory, buffers_keep_to_the_body)
{
	struct span request = golden_message("query_directory_request");
	struct span response = golden_message("query_directory_response");
	struct smb2_query_directory_response out;
	struct smb2_query_directory_request in;

	cr_assert_not(smb2_query_directory_request_decode(golden_patched(request, 88, 95, 2), &in));
	cr_assert_not(smb2_query_directory_request_decode(golden_patched(request, 90, 3, 2), &in));
	cr_assert_not(
		smb2_query_directory_response_decode(golden_patched(response, 66, 71, 2), &out));
	cr_assert_not(
		smb2_query_directory_response_decode(golden_patched(response, 68, 115, 4), &out));
}
