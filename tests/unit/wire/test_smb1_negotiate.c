/* smb1_negotiate.h: the dialects of a multi-protocol NEGOTIATE. */
#include "golden.h"
#include "wire/smb1_negotiate.h"

#include <criterion/criterion.h>

/* As smbclient sends it when it may still speak SMB1. */
#define CAPTURED                                                                                   \
	"\xffSMBr\0\0\0\0\x18\x43\xc8\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xfe\xff\0\0\0\0"                 \
	"\0\x31\0\2NT LANMAN 1.0\0\2NT LM 0.12\0\2SMB 2.002\0\2SMB 2.???\0"

static struct span
captured(void)
{
	return golden_cut(span_of(CAPTURED, sizeof(CAPTURED) - 1), sizeof(CAPTURED) - 1);
}

/* A request with TEXT as the whole of its dialect strings, LEN bytes. */
static struct span
request(const void *text, size_t len)
{
	uint8_t bytes[2048] = {0xff, 'S', 'M', 'B', 0x72};

	memcpy(bytes + SMB1_HEADER_SIZE + 3, text, len);
	bytes[SMB1_HEADER_SIZE + 1] = (uint8_t)len;
	bytes[SMB1_HEADER_SIZE + 2] = (uint8_t)(len >> 8);
	return golden_cut(span_of(bytes, sizeof(bytes)), SMB1_HEADER_SIZE + 3 + len);
}

Test(smb1_negotiate, captured_dialects)
{
	struct smb1_negotiate out;

	cr_assert(smb1_negotiate_decode(captured(), &out));
	cr_assert_eq(out.dialect_count, 4);
	cr_assert(span_equal(out.dialects[0], span_of_text("NT LANMAN 1.0")));
	cr_assert(span_equal(out.dialects[3], span_of_text("SMB 2.???")));
	cr_assert(out.has_nt_lm && out.has_smb2_002 && out.has_smb2_wild);
}

Test(smb1_negotiate, each_flag_has_its_own_string)
{
	struct smb1_negotiate out;

	cr_assert(smb1_negotiate_decode(request("\2SMB 2.002", 11), &out));
	cr_assert(out.has_smb2_002 && !out.has_smb2_wild && !out.has_nt_lm);
	cr_assert(smb1_negotiate_decode(request("\2SMB 2.???", 11), &out));
	cr_assert(!out.has_smb2_002 && out.has_smb2_wild && !out.has_nt_lm);
	cr_assert(smb1_negotiate_decode(request("\2NT LM 0.12", 12), &out));
	cr_assert(!out.has_smb2_002 && !out.has_smb2_wild && out.has_nt_lm);
	cr_assert(smb1_negotiate_decode(request("\2SMB 2.0022\0\2nt lm 0.12", 24), &out));
	cr_assert(!out.has_smb2_002 && !out.has_smb2_wild && !out.has_nt_lm);
}

Test(smb1_negotiate, truncations_are_refused)
{
	struct span message = captured();
	struct smb1_negotiate out;

	for (size_t len = 0; len < message.len; len++)
		cr_assert_not(smb1_negotiate_decode(golden_cut(message, len), &out));
}

Test(smb1_negotiate, other_messages_are_refused)
{
	struct span message = captured();
	struct smb1_negotiate out;

	cr_assert_not(smb1_negotiate_decode(golden_patched(message, 0, 0xfe, 1), &out));
	cr_assert_not(smb1_negotiate_decode(golden_patched(message, 4, 0x73, 1), &out));
	cr_assert_not(smb1_negotiate_decode(golden_patched(message, 9, 0x98, 1), &out), "a reply");
	cr_assert_not(smb1_negotiate_decode(golden_patched(message, 32, 1, 1), &out), "WordCount");
	cr_assert_not(
		smb1_negotiate_decode(golden_patched(message, 33, 0x32, 2), &out), "ByteCount");
	cr_assert_not(smb1_negotiate_decode(golden_patched(message, 33, 0x30, 2), &out), "no NUL");
	cr_assert_not(smb1_negotiate_decode(golden_patched(message, 35, 4, 1), &out), "format");
}

Test(smb1_negotiate, the_list_is_bounded)
{
	uint8_t text[3 * (SMB1_DIALECTS_MAX + 1)];
	struct smb1_negotiate out;

	for (size_t i = 0; i < sizeof(text); i += 3)
		memcpy(text + i, "\2X", 3);
	cr_assert(smb1_negotiate_decode(request(text, sizeof(text) - 3), &out));
	cr_assert_eq(out.dialect_count, SMB1_DIALECTS_MAX);
	cr_assert_not(smb1_negotiate_decode(request(text, sizeof(text)), &out));
}
