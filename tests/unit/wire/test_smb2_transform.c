/* smb2_transform.h: the header in front of what is sealed. */
#include "golden.h"
#include "wire/smb2_transform.h"

#include <criterion/criterion.h>

static struct smb2_transform
sample(void)
{
	struct smb2_transform transform = {.original_size = 0x01020304,
		.flags = SMB2_TRANSFORM_ENCRYPTED,
		.session_id = 0x1112131415161718};

	memcpy(transform.signature, "0123456789abcdef", 16);
	memcpy(transform.nonce, "nonce-of-16-byte", 16);
	return transform;
}

Test(smb2_transform, round_trip)
{
	struct smb2_transform in = sample(), out;
	uint8_t bytes[SMB2_TRANSFORM_SIZE];

	smb2_transform_encode(&in, bytes);
	cr_assert(smb2_transform_decode(span_of(bytes, sizeof(bytes)), &out));
	cr_assert_arr_eq(out.signature, in.signature, 16);
	cr_assert_arr_eq(out.nonce, in.nonce, 16);
	cr_assert_eq(out.original_size, in.original_size);
	cr_assert_eq(out.flags, in.flags);
	cr_assert_eq(out.session_id, in.session_id);
}

/* Field by field as [MS-SMB2] 2.2.41 draws it. */
Test(smb2_transform, layout)
{
	static const uint8_t drawn[SMB2_TRANSFORM_SIZE] = {0xfd, 'S', 'M', 'B', '0', '1', '2', '3',
		'4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'n', 'o', 'n', 'c', 'e',
		'-', 'o', 'f', '-', '1', '6', '-', 'b', 'y', 't', 'e', 4, 3, 2, 1, 0, 0, 1, 0, 0x18,
		0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11};
	struct smb2_transform in = sample();
	uint8_t bytes[SMB2_TRANSFORM_SIZE];

	smb2_transform_encode(&in, bytes);
	cr_assert_arr_eq(bytes, drawn, sizeof(bytes));
	cr_assert_eq(smb2_transform_signature(bytes), bytes + 4);
}

Test(smb2_transform, aad_is_all_behind_the_signature)
{
	struct smb2_transform in = sample();
	uint8_t bytes[SMB2_TRANSFORM_SIZE + 8] = {0};
	struct span aad;

	smb2_transform_encode(&in, bytes);
	aad = smb2_transform_aad(span_of(bytes, sizeof(bytes)));
	cr_assert_eq(aad.data, bytes + 20);
	cr_assert_eq(aad.len, 32);
	cr_assert_eq(smb2_transform_aad(span_of(bytes, SMB2_TRANSFORM_SIZE - 1)).len, 0);
}

Test(smb2_transform, what_is_none_is_refused)
{
	struct smb2_transform in = sample(), out;
	uint8_t bytes[SMB2_TRANSFORM_SIZE];

	smb2_transform_encode(&in, bytes);
	for (size_t len = 0; len < sizeof(bytes); len++)
		cr_assert_not(smb2_transform_decode(golden_cut(span_of(bytes, len), len), &out));
	bytes[0] = 0xfe;
	cr_assert_not(smb2_transform_decode(span_of(bytes, sizeof(bytes)), &out));
}
