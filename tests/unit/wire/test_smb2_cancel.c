/* smb2_cancel.h: four bytes. (No capture has one: the others of this shape are among the golden
 * messages.) */
#include "golden.h"
#include "wire/smb2_cancel.h"

#include <criterion/criterion.h>

Test(smb2_cancel, round_trip_and_truncations)
{
	struct draft draft;
	struct span message;

	draft_begin(&draft);
	smb2_cancel_request_encode(&draft.w);
	message = draft_end(&draft);
	cr_assert_eq(message.len, SMB2_HEADER_SIZE + 4);
	cr_assert(smb2_cancel_request_decode(message));
	for (size_t len = 0; len < message.len; len++)
		cr_assert_not(smb2_cancel_request_decode(golden_cut(message, len)));
	cr_assert_not(smb2_cancel_request_decode(golden_patched(message, 64, 5, 2)));
}
