/* match.h: what is asked, what it costs, and who still waits. */
#include "leg/match.h"

#include <criterion/criterion.h>

static struct match match;

static void
start(void)
{
	match_start(&match);
}

static void
stop(void)
{
	match_clear(&match);
}

TestSuite(match, .init = start, .fini = stop);

Test(match, begins_with_one_credit)
{
	struct asked *asked;

	cr_assert(match_can_ask(&match, 1));
	cr_assert_not(match_can_ask(&match, 2));
	cr_assert_null(match_ask(&match, 2));
	asked = match_ask(&match, 1);
	cr_assert_not_null(asked);
	cr_assert_eq(asked->message_id, 0);
	cr_assert_not(match_can_ask(&match, 1));
	cr_assert_null(match_ask(&match, 1));
}

Test(match, a_charge_takes_as_many_ids)
{
	match_granted(&match, 10);
	cr_assert_eq(match_ask(&match, 4)->message_id, 0);
	cr_assert_eq(match_ask(&match, 1)->message_id, 4);
	cr_assert_eq(match_ask(&match, 1)->message_id, 5);
	cr_assert_eq(match.credits, 5);
	cr_assert_not_null(match_find(&match, 0));
	cr_assert_null(match_find(&match, 1));
}

Test(match, an_answer_belongs_to_one_request_and_once)
{
	struct asked *asked = match_ask(&match, 1);

	cr_assert_eq(match_find(&match, 0), asked);
	match_close(&match, &asked);
	cr_assert_null(asked);
	cr_assert_null(match_find(&match, 0));
}

Test(match, credits_have_an_end)
{
	for (unsigned i = 0; i < 5; i++)
		match_granted(&match, UINT16_MAX);
	cr_assert_eq(match.credits, MATCH_CREDITS_MAX);
}

Test(match, knows_whose_session_is_owed_an_answer)
{
	struct leg_session *const one = (void *)&match, *const two = (void *)&start;
	struct asked *first, *second;

	match_granted(&match, 10);
	first = match_ask(&match, 1);
	first->session = one;
	second = match_ask(&match, 1);
	second->session = two;
	cr_assert(match_has_session(&match, one));
	match_drop_session(&match, one);
	cr_assert_null(first->session);
	cr_assert_not(match_has_session(&match, one));
	cr_assert(match_has_session(&match, two));
	match_close(&match, &second);
	cr_assert_not(match_has_session(&match, two));
}
