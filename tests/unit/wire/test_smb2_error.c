/* smb2_error.h: bare data, and the contexts of 3.1.1. */
#include "golden.h"
#include "wire/smb2_error.h"

#include <criterion/criterion.h>

Test(smb2_error, captured)
{
	struct smb2_error_response out;

	cr_assert(smb2_error_response_decode(golden_message("create_not_found"), &out));
	cr_assert_eq(out.context_count, 0);
	cr_assert_eq(out.data.len, 0);
}

/* Samba's client and Windows' want nine bytes, [MS-SMB2] 2.2.2. */
Test(smb2_error, an_empty_one_has_its_one_byte)
{
	struct smb2_error_response in = {0}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_error_response_encode(&draft.w, &in);
	cr_assert_eq(draft.w.at, SMB2_HEADER_SIZE + 9);
	cr_assert(smb2_error_response_decode(draft_end(&draft), &out));
}

Test(smb2_error, bare_data_round_trip)
{
	struct smb2_error_response in = {0, span_of_text("symlink")}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_error_response_encode(&draft.w, &in);
	cr_assert(smb2_error_response_decode(draft_end(&draft), &out));
	cr_assert(span_equal(out.data, in.data));
}

/* Two contexts: four bytes and their padding, then one that ends the message. */
static const uint8_t contexts[] = {4, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c', 'd', 0, 0, 0, 0, 2, 0, 0,
	0, 'S', 'R', 'd', 'r', 'y', 'z'};

static bool
takes(struct span data, uint8_t count, struct smb2_error_response *out)
{
	struct smb2_error_response in = {count, data};
	struct draft draft;

	draft_begin(&draft);
	smb2_error_response_encode(&draft.w, &in);
	return smb2_error_response_decode(draft_end(&draft), out);
}

Test(smb2_error, contexts_are_walked)
{
	struct smb2_error_context context;
	struct smb2_error_response out;
	struct span rest;

	cr_assert(takes(span_of(contexts, sizeof(contexts)), 2, &out));
	rest = out.data;
	cr_assert(smb2_error_context_next(&rest, &context));
	cr_assert_eq(context.id, SMB2_ERROR_ID_DEFAULT);
	cr_assert(span_equal(context.data, span_of_text("abcd")));
	cr_assert(smb2_error_context_next(&rest, &context));
	cr_assert_eq(context.id, SMB2_ERROR_ID_SHARE_REDIRECT);
	cr_assert(span_equal(context.data, span_of_text("yz")));
	cr_assert_not(smb2_error_context_next(&rest, &context));
}

Test(smb2_error, contexts_that_do_not_fit_are_refused)
{
	struct span data = span_of(contexts, sizeof(contexts));
	struct smb2_error_response out;

	cr_assert_not(takes(data, 3, &out));
	cr_assert_not(takes(span_of(contexts, sizeof(contexts) - 1), 2, &out));
	cr_assert_not(takes(golden_patched(data, 0, UINT32_MAX, 4), 2, &out));
	cr_assert_not(takes(golden_patched(data, 0, 19, 4), 1, &out));
}
