/* smb2_session_setup.h: tokens and flags. */
#include "golden.h"
#include "wire/smb2_session_setup.h"

#include <criterion/criterion.h>

Test(smb2_session_setup, captured_request)
{
	struct smb2_session_setup_request out;

	cr_assert(smb2_session_setup_request_decode(golden_message("session_setup_request"), &out));
	cr_assert_eq(out.flags, 0);
	cr_assert_eq(out.security_mode, 1);
	cr_assert_eq(out.previous_session_id, 0);
	cr_assert_eq(out.token.len, 66);
	cr_assert_eq(out.token.data[0], 0x60, "SPNEGO");
}

Test(smb2_session_setup, captured_responses)
{
	struct smb2_session_setup_response out;

	cr_assert(smb2_session_setup_response_decode(golden_message("session_setup_more"), &out));
	cr_assert_eq(out.token.len, 183);
	cr_assert(
		smb2_session_setup_response_decode(golden_message("session_setup_response"), &out));
	cr_assert_eq(out.session_flags, 0);
	cr_assert_eq(out.token.len, 9);
}

Test(smb2_session_setup, request_round_trip)
{
	struct smb2_session_setup_request out, in = {.flags = SMB2_SESSION_FLAG_BINDING,
						       .security_mode = 3,
						       .capabilities = 0x01020304,
						       .previous_session_id = 0x1112131415161718,
						       .token = span_of_text("token")};
	struct draft draft;

	draft_begin(&draft);
	smb2_session_setup_request_encode(&draft.w, &in);
	cr_assert(smb2_session_setup_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.flags, in.flags);
	cr_assert_eq(out.security_mode, in.security_mode);
	cr_assert_eq(out.capabilities, in.capabilities);
	cr_assert_eq(out.previous_session_id, in.previous_session_id);
	cr_assert(span_equal(out.token, in.token));
}

Test(smb2_session_setup, response_round_trip)
{
	struct smb2_session_setup_response out, in = {.token = span_of_text("token")};
	struct draft draft;

	in.session_flags = SMB2_SESSION_IS_GUEST | SMB2_SESSION_ENCRYPT_DATA;
	draft_begin(&draft);
	smb2_session_setup_response_encode(&draft.w, &in);
	cr_assert(smb2_session_setup_response_decode(draft_end(&draft), &out));
	cr_assert_eq(out.session_flags, in.session_flags);
	cr_assert(span_equal(out.token, in.token));
}

Test(smb2_session_setup, no_token_may_point_anywhere)
{
	struct smb2_session_setup_response out;
	struct span message = golden_message("session_setup_response");

	message = golden_patched(message, SMB2_HEADER_SIZE + 6, 0, 2);
	message = golden_patched(message, SMB2_HEADER_SIZE + 4, 0xffff, 2);
	cr_assert(smb2_session_setup_response_decode(golden_cut(message, 72), &out));
	cr_assert_eq(out.token.len, 0);
}

Test(smb2_session_setup, tokens_keep_to_the_body)
{
	struct span message = golden_message("session_setup_request");
	struct smb2_session_setup_request out;

	cr_assert_not(smb2_session_setup_request_decode(golden_patched(message, 76, 87, 2), &out));
	cr_assert_not(smb2_session_setup_request_decode(golden_patched(message, 76, 89, 2), &out));
	cr_assert_not(smb2_session_setup_request_decode(golden_patched(message, 76, 0, 2), &out));
	cr_assert_not(smb2_session_setup_request_decode(golden_patched(message, 78, 67, 2), &out));
	cr_assert_not(
		smb2_session_setup_request_decode(golden_patched(message, 78, 0xffff, 2), &out));
}

Test(smb2_session_setup, a_token_too_long_for_its_field_is_not_written)
{
	static uint8_t bytes[0x10000 + 256], token[0x10000];
	struct smb2_session_setup_request in = {.token = span_of(token, sizeof(token))};
	struct writer w = writer_over(bytes, sizeof(bytes));

	w.at = SMB2_HEADER_SIZE;
	smb2_session_setup_request_encode(&w, &in);
	cr_assert_not(writer_ok(&w));
	w = writer_over(bytes, sizeof(bytes));
	w.at = SMB2_HEADER_SIZE;
	in.token.len--;
	smb2_session_setup_request_encode(&w, &in);
	cr_assert(writer_ok(&w));
}
