/* smb2_read.h: what is asked, what comes back, and where it may stand. */
#include "golden.h"
#include "wire/smb2_read.h"

#include <criterion/criterion.h>

Test(smb2_read, captured)
{
	struct smb2_read_response response;
	struct smb2_read_request request;

	cr_assert(smb2_read_request_decode(golden_message("read_request"), &request));
	cr_assert_geq(request.length, 11);
	cr_assert_eq(request.channel, 0);
	cr_assert(smb2_read_response_decode(golden_message("read_response"), &response));
	cr_assert(span_equal(response.data, span_of_text("hello wire\n")));
}

Test(smb2_read, request_round_trip)
{
	struct smb2_read_request in = {1, 2, 3, 0x0102030405060708, {4, 5}, 6, 7, 8}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_read_request_encode(&draft.w, &in);
	cr_assert(smb2_read_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.padding, in.padding);
	cr_assert_eq(out.flags, in.flags);
	cr_assert_eq(out.length, in.length);
	cr_assert_eq(out.offset, in.offset);
	cr_assert(file_id_equal(out.file, in.file));
	cr_assert_eq(out.minimum_count, in.minimum_count);
	cr_assert_eq(out.channel, in.channel);
	cr_assert_eq(out.remaining_bytes, in.remaining_bytes);
}

Test(smb2_read, response_round_trip)
{
	struct smb2_read_response in = {span_of_text("payload"), 0x01020304, 1}, out;
	struct draft draft;
	struct span message;

	draft_begin(&draft);
	smb2_read_response_encode(&draft.w, &in);
	message = draft_end(&draft);
	cr_assert(smb2_read_response_decode(message, &out));
	cr_assert(span_equal(out.data, in.data));
	cr_assert_eq(out.data.data, message.data + SMB2_READ_RESPONSE_DATA_AT);
	cr_assert_eq(out.data_remaining, in.data_remaining);
	cr_assert_eq(out.flags, in.flags);
}

Test(smb2_read, channel_information_is_refused)
{
	struct span message = golden_message("read_request");
	struct smb2_read_request out;

	cr_assert_not(smb2_read_request_decode(golden_patched(message, 110, 1, 2), &out));
	cr_assert(smb2_read_request_decode(golden_patched(message, 108, 0x70, 2), &out),
		"an offset to nothing");
}

Test(smb2_read, data_keeps_to_the_body)
{
	struct span message = golden_message("read_response");
	struct smb2_read_response out;

	cr_assert_not(smb2_read_response_decode(golden_patched(message, 66, 79, 1), &out));
	cr_assert_not(smb2_read_response_decode(golden_patched(message, 66, 81, 1), &out));
	cr_assert_not(smb2_read_response_decode(golden_patched(message, 66, 0, 1), &out));
	cr_assert_not(smb2_read_response_decode(golden_patched(message, 68, 12, 4), &out));
	cr_assert_not(smb2_read_response_decode(golden_patched(message, 68, UINT32_MAX, 4), &out));
	cr_assert(smb2_read_response_decode(golden_patched(message, 68, 0, 4), &out));
	cr_assert_eq(out.data.len, 0);
}
