/* window.h: every id once, none that was not granted, and never a window without end. */
#include "leg/window.h"

#include <criterion/criterion.h>

static struct window window;

static void
start(void)
{
	window_start(&window, 100);
}

TestSuite(window, .init = start);

Test(window, begins_with_one_credit_for_message_zero)
{
	cr_assert_eq(window_take(&window, 1, 1), &fault_message_outside_window);
	cr_assert_null(window_take(&window, 0, 1));
	cr_assert_eq(window_take(&window, 0, 1), &fault_message_replayed);
	cr_assert_eq(window_take(&window, 1, 1), &fault_message_outside_window);
	cr_assert_eq(window.available, 0);
}

Test(window, grants_what_is_wanted_up_to_the_limit)
{
	cr_assert_eq(window_grant(&window, 10), 10);
	cr_assert_eq(window_grant(&window, 1000), 89);
	cr_assert_eq(window_grant(&window, 1), 0);
	cr_assert_null(window_take(&window, 99, 1));
	cr_assert_eq(window_take(&window, 100, 1), &fault_message_outside_window);
}

Test(window, never_leaves_a_client_without_credits)
{
	cr_assert_null(window_take(&window, 0, 1));
	cr_assert_eq(window_grant(&window, 0), 1);
	cr_assert_eq(window_grant(&window, 0), 0);
	cr_assert_null(window_take(&window, 1, 1));
}

Test(window, takes_ids_in_any_order_but_once)
{
	cr_assert_eq(window_grant(&window, 9), 9);
	for (uint64_t id = 10; id > 0; id--)
		cr_assert_null(window_take(&window, id - 1, 1));
	for (uint64_t id = 0; id < 10; id++)
		cr_assert_eq(window_take(&window, id, 1), &fault_message_replayed);
	cr_assert_eq(window.low, 10);
}

Test(window, a_charge_takes_as_many_ids)
{
	cr_assert_eq(window_grant(&window, 20), 20);
	cr_assert_null(window_take(&window, 5, 4));
	cr_assert_eq(window.available, 17);
	cr_assert_eq(window_take(&window, 2, 4), &fault_message_replayed);
	cr_assert_eq(window_take(&window, 8, 1), &fault_message_replayed);
	cr_assert_null(window_take(&window, 1, 4));
	cr_assert_eq(window_take(&window, 20, 2), &fault_message_outside_window);
	cr_assert_eq(window_take(&window, 20, UINT16_MAX), &fault_message_outside_window);
	/* what is refused has taken nothing */
	cr_assert_null(window_take(&window, 20, 1));
	cr_assert_null(window_take(&window, 0, 1));
	cr_assert_eq(window.low, 9);
}

Test(window, a_charge_of_zero_is_one)
{
	cr_assert_null(window_take(&window, 0, 0));
	cr_assert_eq(window_take(&window, 0, 0), &fault_message_replayed);
}

Test(window, ids_at_the_end_of_the_range_are_outside)
{
	cr_assert_eq(window_take(&window, UINT64_MAX, 1), &fault_message_outside_window);
	cr_assert_eq(window_take(&window, UINT64_MAX, UINT16_MAX), &fault_message_outside_window);
}

Test(window, a_gap_stops_a_client_before_the_window_turns_round)
{
	uint64_t id = 1;

	window_start(&window, 100);
	(void)window_grant(&window, 99);
	/* message 0 is never sent: the rest goes on for one span and no further */
	while (!window_take(&window, id, 1)) {
		id++;
		(void)window_grant(&window, 1);
		cr_assert_leq(window.high - window.low, WINDOW_SPAN);
	}
	cr_assert_eq(id, WINDOW_SPAN);
	cr_assert_null(window_take(&window, 0, 1));
	cr_assert_eq(window.low, id);
	cr_assert_eq(window_grant(&window, 5), 5);
	cr_assert_null(window_take(&window, id, 1));
}

/* The same against a plain array, far beyond one turn of the bits. */
Test(window, agrees_with_an_array_that_cannot_be_wrong)
{
	static bool used[100000];
	uint64_t state = 88172645463325252u, high = 1, lowest = 0;

	for (unsigned i = 0; i < 200000; i++) {
		uint64_t id, low = high > 200 ? high - 200 : 0;
		uint16_t charge;
		bool free = true;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		/* every other time the lowest that is free, or a gap would end it all */
		id = low + state % (high - low + 3);
		while (i % 2 && lowest < high && used[lowest])
			lowest++;
		if (i % 2)
			id = lowest;
		charge = 1 + (uint16_t)(state >> 32) % 3;
		if (id + charge >= sizeof used)
			break;
		for (uint64_t k = id; k < id + charge; k++)
			free = free && k < high && !used[k];
		cr_assert_eq(window_take(&window, id, charge) == NULL, free, "id %lu",
			(unsigned long)id);
		for (uint64_t k = id; free && k < id + charge; k++)
			used[k] = true;
		high += window_grant(&window, (uint16_t)(state >> 48) % 4);
		cr_assert_eq(window.high, high);
	}
	cr_assert_gt(high, WINDOW_SPAN * 2);
}
