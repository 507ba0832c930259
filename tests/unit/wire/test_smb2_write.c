/* smb2_write.h: the data and where it may stand, and the count that comes back. */
#include "golden.h"
#include "wire/smb2_write.h"

#include <criterion/criterion.h>

Test(smb2_write, captured)
{
	struct smb2_write_response response;
	struct smb2_write_request request;

	cr_assert(smb2_write_request_decode(golden_message("write_request"), &request));
	cr_assert(span_equal(request.data, span_of_text("hello wire\n")));
	cr_assert_eq(request.offset, 0);
	cr_assert(smb2_write_response_decode(golden_message("write_response"), &response));
	cr_assert_eq(response.count, 11);
	cr_assert_eq(response.remaining, 0);
}

Test(smb2_write, request_round_trip)
{
	struct smb2_write_request in = {span_of_text("data"), 0x0102030405060708, {1, 2}, 3, 4, 5},
				  out;
	struct draft draft;
	struct span message;

	draft_begin(&draft);
	smb2_write_request_encode(&draft.w, &in);
	message = draft_end(&draft);
	cr_assert(smb2_write_request_decode(message, &out));
	cr_assert(span_equal(out.data, in.data));
	cr_assert_eq(out.data.data, message.data + SMB2_WRITE_REQUEST_DATA_AT);
	cr_assert_eq(out.offset, in.offset);
	cr_assert(file_id_equal(out.file, in.file));
	cr_assert_eq(out.channel, in.channel);
	cr_assert_eq(out.remaining_bytes, in.remaining_bytes);
	cr_assert_eq(out.flags, in.flags);
}

Test(smb2_write, response_round_trip)
{
	struct smb2_write_response in = {0x01020304, 0x11121314}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_write_response_encode(&draft.w, &in);
	cr_assert(smb2_write_response_decode(draft_end(&draft), &out));
	cr_assert_eq(out.count, in.count);
	cr_assert_eq(out.remaining, in.remaining);
}

Test(smb2_write, channel_information_is_refused)
{
	struct smb2_write_response response;
	struct smb2_write_request request;

	cr_assert_not(smb2_write_request_decode(
		golden_patched(golden_message("write_request"), 106, 1, 2), &request));
	cr_assert_not(smb2_write_response_decode(
		golden_patched(golden_message("write_response"), 78, 1, 2), &response));
}

Test(smb2_write, data_keeps_to_the_body)
{
	struct span message = golden_message("write_request");
	struct smb2_write_request out;

	cr_assert_not(smb2_write_request_decode(golden_patched(message, 66, 111, 2), &out));
	cr_assert_not(smb2_write_request_decode(golden_patched(message, 66, 113, 2), &out));
	cr_assert_not(smb2_write_request_decode(golden_patched(message, 68, 12, 4), &out));
	cr_assert_not(smb2_write_request_decode(golden_patched(message, 68, UINT32_MAX, 4), &out));
}

/* [MS-SMB2] 3.3.5.13 wants no DataOffset past 0x100, whatever the length. */
Test(smb2_write, a_far_offset_is_refused)
{
	struct span message = golden_patched(golden_message("write_request"), 68, 0, 4);
	struct smb2_write_request out;

	cr_assert(smb2_write_request_decode(golden_patched(message, 66, 0, 2), &out));
	cr_assert(smb2_write_request_decode(golden_patched(message, 66, 0x100, 2), &out));
	cr_assert_not(smb2_write_request_decode(golden_patched(message, 66, 0x101, 2), &out));
}
