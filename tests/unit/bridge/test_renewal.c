/* renewal.h: in good time, spread, and neither for ever nor in vain. */
#include "bridge/renewal.h"

#include <criterion/criterion.h>

#define MINUTE 60000u
#define HOUR (60 * MINUTE)

static struct renewal renewal;

static void
start(void)
{
	renewal_clear(&renewal);
}

TestSuite(renewal, .init = start);

Test(renewal, nothing_is_renewed_that_does_not_end)
{
	cr_expect_eq(renewal.at, RENEWAL_NEVER);
	cr_expect(renewal_begin(&renewal, HOUR, 0, 7));
	cr_expect_eq(renewal.at, RENEWAL_NEVER);
	cr_expect_eq(renewal.end, RENEWAL_NEVER);
}

Test(renewal, five_minutes_ahead_of_a_long_life_or_half_as_many_more)
{
	cr_assert(renewal_begin(&renewal, HOUR, 36000, 0));
	cr_expect_eq(renewal.end, 11 * HOUR);
	cr_expect_eq(renewal.at, 11 * HOUR - 5 * MINUTE);
	start();
	cr_assert(renewal_begin(&renewal, HOUR, 36000, UINT8_MAX));
	cr_expect_eq(renewal.at, 11 * HOUR - 7 * MINUTE - MINUTE / 2);
}

Test(renewal, a_tenth_ahead_of_a_short_one)
{
	cr_assert(renewal_begin(&renewal, HOUR, 600, 0));
	cr_expect_eq(renewal.at, HOUR + 9 * MINUTE);
}

Test(renewal, tickets_that_end_with_those_before_are_the_last)
{
	cr_assert(renewal_begin(&renewal, 0, 600, 0));
	cr_expect_not(renewal_begin(&renewal, 9 * MINUTE, 60, 0));
	cr_expect_eq(renewal.at, RENEWAL_NEVER);
	cr_expect_eq(renewal.end, 10 * MINUTE);
}

Test(renewal, but_not_where_those_before_are_over)
{
	cr_assert(renewal_begin(&renewal, 0, 600, 0));
	cr_expect(renewal_begin(&renewal, 10 * MINUTE, 60, 0));
	cr_expect_eq(renewal.at, 11 * MINUTE - 6000);
}

Test(renewal, is_tried_at_growing_intervals_until_the_end)
{
	uint64_t now = 55 * MINUTE;

	cr_assert(renewal_begin(&renewal, 0, 3600, 0));
	for (uint64_t wait = 10000; wait <= 160000; wait *= 2) {
		renewal_fail(&renewal, now, true);
		if (now + wait >= HOUR)
			break;
		cr_expect_eq(renewal.at, now + wait);
		now += wait;
	}
	renewal_fail(&renewal, now, true);
	cr_expect_eq(renewal.at, RENEWAL_NEVER);
}

Test(renewal, what_cannot_pass_is_not_tried_again_before_there_is_hope)
{
	cr_assert(renewal_begin(&renewal, 0, 3600, 0));
	renewal_hope(&renewal, MINUTE);
	cr_expect_eq(renewal.at, 55 * MINUTE, "nothing has failed");
	renewal_fail(&renewal, 55 * MINUTE, false);
	cr_expect_eq(renewal.at, RENEWAL_NEVER);
	renewal_hope(&renewal, 56 * MINUTE);
	cr_expect_eq(renewal.at, 56 * MINUTE);
	renewal_fail(&renewal, 56 * MINUTE, true);
	cr_expect_eq(renewal.at, 56 * MINUTE + 10000, "and it begins anew");
	renewal_hope(&renewal, HOUR);
	cr_expect_eq(renewal.at, 56 * MINUTE + 10000, "it is over");
}
