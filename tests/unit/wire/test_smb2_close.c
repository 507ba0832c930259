/* smb2_close.h: the open, and the attributes that may come back. */
#include "golden.h"
#include "wire/smb2_close.h"

#include <criterion/criterion.h>

Test(smb2_close, request_round_trip)
{
	struct smb2_close_request in = {.flags = SMB2_CLOSE_POSTQUERY_ATTRIB, .file = {1, 2}}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_close_request_encode(&draft.w, &in);
	cr_assert(smb2_close_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.flags, in.flags);
	cr_assert(file_id_equal(out.file, in.file));
}

Test(smb2_close, response_round_trip)
{
	struct smb2_close_response in = {1, 2, 3, 4, 5, 6, 7, 8}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_close_response_encode(&draft.w, &in);
	cr_assert(smb2_close_response_decode(draft_end(&draft), &out));
	cr_assert_eq(out.flags, 1);
	cr_assert_eq(out.creation_time, 2);
	cr_assert_eq(out.last_access_time, 3);
	cr_assert_eq(out.last_write_time, 4);
	cr_assert_eq(out.change_time, 5);
	cr_assert_eq(out.allocation_size, 6);
	cr_assert_eq(out.end_of_file, 7);
	cr_assert_eq(out.file_attributes, 8);
}

Test(smb2_close, captured_file_id)
{
	struct span message = golden_message("close_request");
	struct smb2_close_request out;
	struct reader r = reader_over(message);

	reader_seek(&r, SMB2_HEADER_SIZE + 8);
	cr_assert(smb2_close_request_decode(message, &out));
	cr_assert(file_id_equal(out.file, file_id_decode(&r)));
}
