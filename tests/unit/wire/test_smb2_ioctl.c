/* smb2_ioctl.h: two buffers each way. */
#include "golden.h"
#include "wire/smb2_ioctl.h"

#include <criterion/criterion.h>

Test(smb2_ioctl, captured_pipe_transaction)
{
	struct smb2_ioctl_request out;

	cr_assert(smb2_ioctl_request_decode(golden_message("ioctl_request_transceive"), &out));
	cr_assert_eq(out.ctl_code, FSCTL_PIPE_TRANSCEIVE);
	cr_assert_eq(out.flags, SMB2_IOCTL_IS_FSCTL);
	cr_assert_eq(out.input.len, 72);
	cr_assert_eq(out.input.data[0], 5, "DCE/RPC version");
	cr_assert_eq(out.output.len, 0);
	cr_assert_gt(out.max_output_response, 0);
}

Test(smb2_ioctl, captured_copychunk)
{
	struct smb2_ioctl_response out;

	cr_assert(smb2_ioctl_response_decode(golden_message("ioctl_response_copychunk"), &out));
	cr_assert_eq(out.ctl_code, FSCTL_SRV_COPYCHUNK);
	cr_assert_eq(out.input.len, 0);
	cr_assert_eq(out.output.len, 12);
	cr_assert_eq(out.output.data[8], 64, "bytes copied");
}

Test(smb2_ioctl, request_round_trip)
{
	struct smb2_ioctl_request out, in = {.ctl_code = FSCTL_VALIDATE_NEGOTIATE_INFO,
					       .file = {UINT64_MAX, UINT64_MAX},
					       .input = span_of_text("input"),
					       .output = span_of_text("output"),
					       .max_input_response = 1,
					       .max_output_response = 2,
					       .flags = SMB2_IOCTL_IS_FSCTL};
	struct draft draft;

	draft_begin(&draft);
	smb2_ioctl_request_encode(&draft.w, &in);
	cr_assert(smb2_ioctl_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.ctl_code, in.ctl_code);
	cr_assert(file_id_is_all_ones(out.file));
	cr_assert(span_equal(out.input, in.input));
	cr_assert(span_equal(out.output, in.output));
	cr_assert_eq(out.max_input_response, in.max_input_response);
	cr_assert_eq(out.max_output_response, in.max_output_response);
	cr_assert_eq(out.flags, in.flags);
}

Test(smb2_ioctl, response_round_trip)
{
	struct smb2_ioctl_response out, in = {.ctl_code = 1,
						.file = {2, 3},
						.input = span_of_text("input"),
						.output = span_of_text("output"),
						.flags = 4};
	struct draft draft;

	draft_begin(&draft);
	smb2_ioctl_response_encode(&draft.w, &in);
	cr_assert(smb2_ioctl_response_decode(draft_end(&draft), &out));
	cr_assert_eq(out.ctl_code, in.ctl_code);
	cr_assert(file_id_equal(out.file, in.file));
	cr_assert(span_equal(out.input, in.input));
	cr_assert(span_equal(out.output, in.output));
	cr_assert_eq(out.flags, in.flags);
}

Test(smb2_ioctl, buffers_keep_to_the_body)
{
	struct span request = golden_message("ioctl_request_transceive");
	struct span response = golden_message("ioctl_response_copychunk");
	struct smb2_ioctl_request in;
	struct smb2_ioctl_response out;

	cr_assert_not(smb2_ioctl_request_decode(golden_patched(request, 88, 119, 4), &in));
	cr_assert_not(smb2_ioctl_request_decode(golden_patched(request, 88, 121, 4), &in));
	cr_assert_not(smb2_ioctl_request_decode(golden_patched(request, 92, UINT32_MAX, 4), &in));
	request = golden_patched(request, 104, 1, 4); /* one byte of output, at the input's place */
	cr_assert(smb2_ioctl_request_decode(request, &in));
	cr_assert_not(smb2_ioctl_request_decode(golden_patched(request, 100, 64, 4), &in));
	cr_assert_not(smb2_ioctl_response_decode(golden_patched(response, 96, 111, 4), &out));
	cr_assert_not(smb2_ioctl_response_decode(golden_patched(response, 100, 13, 4), &out));
	cr_assert_not(smb2_ioctl_response_decode(golden_patched(response, 92, 13, 4), &out));
}
