/* random.h: that it fills what it was given, all of it and nothing else. */
#include "crypto/random.h"
#include "hex.h"

#include <criterion/criterion.h>

Test(random, fills_every_byte_and_no_other)
{
	uint8_t bytes[64] = {0};
	uint8_t seen[64] = {0};

	for (int round = 0; round < 32; round++) {
		cr_assert(random_bytes(bytes + 1, 62));
		for (size_t i = 0; i < sizeof(bytes); i++)
			seen[i] |= bytes[i];
	}
	for (size_t i = 1; i < 63; i++)
		cr_assert_neq(seen[i], 0, "byte %zu was never filled", i);
	cr_assert_eq(seen[0], 0);
	cr_assert_eq(seen[63], 0);
}

Test(random, differs_from_call_to_call)
{
	uint8_t a[16];
	uint8_t b[16];

	cr_assert(random_bytes(a, sizeof(a)));
	cr_assert(random_bytes(b, sizeof(b)));
	cr_assert_neq(memcmp(a, b, sizeof(a)), 0);
	cr_assert(random_bytes(a, 0));
}
