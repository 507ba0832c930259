/* secret.h: wiping and comparing. */
#include "base/secret.h"

#include <criterion/criterion.h>

Test(secret, wipe_clears_exactly_its_bytes)
{
	uint8_t bytes[] = {1, 2, 3, 4};

	secret_wipe(bytes + 1, 2);
	cr_assert_arr_eq(bytes, ((uint8_t[]){1, 0, 0, 4}), 4);
	secret_wipe(NULL, 0);
}

Test(secret, equal_sees_every_bit_of_every_byte)
{
	uint8_t a[16], b[16];

	memset(a, 0x3c, sizeof a);
	memcpy(b, a, sizeof b);
	cr_assert(secret_equal(a, b, sizeof a));
	for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert_not(secret_equal(a, b, sizeof a), "bit %zu", bit);
		b[bit / 8] = a[bit / 8];
	}
	b[15] ^= 1;
	cr_assert(secret_equal(a, b, 15), "only LEN bytes count");
	cr_assert(secret_equal(a, b, 0));
}

Test(secret, text_is_copied_and_freed)
{
	char original[] = "correct horse";
	char *copy = secret_copy_text(original);

	original[0] = 'C';
	cr_assert_str_eq(copy, "correct horse");
	secret_free_text(&copy);
	cr_assert_null(copy);
	secret_free_text(&copy);
}
