/* smb2_tree_connect.h: the path, the share's answer, and the two fields changed in place. */
#include "golden.h"
#include "wire/smb2_tree_connect.h"

#include <criterion/criterion.h>

Test(smb2_tree_connect, captured_request)
{
	static const char path[] = "\\\0\\\0"
				   "1\0"
				   "2\0"
				   "7\0.\0"
				   "0\0.\0"
				   "0\0.\0"
				   "1\0\\\0I\0P\0C\0$";
	struct smb2_tree_connect_request out;

	cr_assert(smb2_tree_connect_request_decode(golden_message("tree_connect_request"), &out));
	cr_assert_eq(out.flags, 0);
	cr_assert(span_equal(out.path, span_of(path, sizeof(path))));
}

Test(smb2_tree_connect, captured_response)
{
	struct smb2_tree_connect_response out;

	cr_assert(smb2_tree_connect_response_decode(golden_message("tree_connect_response"), &out));
	cr_assert_eq(out.share_type, SMB2_SHARE_TYPE_PIPE);
	cr_assert_eq(out.maximal_access, 0x001f00a9);
}

Test(smb2_tree_connect, request_round_trip)
{
	struct smb2_tree_connect_request out, in = {.flags = SMB2_TREE_CONNECT_CLUSTER_RECONNECT};
	struct draft draft;

	in.path = span_of("\\\0\\\0s\0", 6);
	draft_begin(&draft);
	smb2_tree_connect_request_encode(&draft.w, &in);
	cr_assert(smb2_tree_connect_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.flags, in.flags);
	cr_assert(span_equal(out.path, in.path));
}

static struct smb2_tree_connect_response
sample(void)
{
	return (struct smb2_tree_connect_response){.share_type = SMB2_SHARE_TYPE_DISK,
		.share_flags = SMB2_SHAREFLAG_ENCRYPT_DATA | 0x30,
		.capabilities = SMB2_SHARE_CAP_DFS,
		.maximal_access = 0x001f01ff};
}

Test(smb2_tree_connect, response_round_trip)
{
	struct smb2_tree_connect_response in = sample(), out;
	struct draft draft;

	draft_begin(&draft);
	smb2_tree_connect_response_encode(&draft.w, &in);
	cr_assert(smb2_tree_connect_response_decode(draft_end(&draft), &out));
	cr_assert_eq(out.share_type, in.share_type);
	cr_assert_eq(out.share_flags, in.share_flags);
	cr_assert_eq(out.capabilities, in.capabilities);
	cr_assert_eq(out.maximal_access, in.maximal_access);
}

Test(smb2_tree_connect, setters_touch_their_field_alone)
{
	struct smb2_tree_connect_response in = sample(), out;
	struct draft draft;

	draft_begin(&draft);
	smb2_tree_connect_response_encode(&draft.w, &in);
	smb2_tree_connect_share_flags_set(draft.bytes, 0x01020304);
	cr_assert(smb2_tree_connect_response_decode(draft_end(&draft), &out));
	cr_assert_eq(out.share_flags, 0x01020304);
	cr_assert_eq(out.capabilities, in.capabilities);
	smb2_tree_connect_capabilities_set(draft.bytes, 0x11121314);
	cr_assert(smb2_tree_connect_response_decode(draft_end(&draft), &out));
	cr_assert_eq(out.share_type, in.share_type);
	cr_assert_eq(out.share_flags, 0x01020304);
	cr_assert_eq(out.capabilities, 0x11121314);
	cr_assert_eq(out.maximal_access, in.maximal_access);
}

Test(smb2_tree_connect, the_path_keeps_to_the_body)
{
	struct span message = golden_message("tree_connect_request");
	struct smb2_tree_connect_request out;

	cr_assert_not(smb2_tree_connect_request_decode(golden_patched(message, 68, 71, 2), &out));
	cr_assert_not(smb2_tree_connect_request_decode(golden_patched(message, 68, 73, 2), &out));
	cr_assert_not(smb2_tree_connect_request_decode(golden_patched(message, 70, 33, 2), &out));
}

Test(smb2_tree_connect, the_extension_is_told_and_never_written)
{
	struct span message = golden_message("tree_connect_request");
	struct smb2_tree_connect_request out;
	struct draft draft;

	message = golden_patched(message, 66, SMB2_TREE_CONNECT_EXTENSION_PRESENT, 2);
	cr_assert(smb2_tree_connect_request_decode(message, &out));
	cr_assert_eq(out.flags, SMB2_TREE_CONNECT_EXTENSION_PRESENT);
	draft_begin(&draft);
	smb2_tree_connect_request_encode(&draft.w, &out);
	cr_assert_not(writer_ok(&draft.w));
}
