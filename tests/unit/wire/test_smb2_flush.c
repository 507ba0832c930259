/* smb2_flush.h: one FileId there, nothing back. */
#include "golden.h"
#include "wire/smb2_flush.h"

#include <criterion/criterion.h>

Test(smb2_flush, round_trip)
{
	struct smb2_flush_request in = {{0x0102030405060708, 0x1112131415161718}}, out;
	struct draft draft;

	draft_begin(&draft);
	smb2_flush_request_encode(&draft.w, &in);
	cr_assert(smb2_flush_request_decode(draft_end(&draft), &out));
	cr_assert(file_id_equal(out.file, in.file));
	draft_begin(&draft);
	smb2_flush_response_encode(&draft.w);
	cr_assert(smb2_flush_response_decode(draft_end(&draft)));
}
