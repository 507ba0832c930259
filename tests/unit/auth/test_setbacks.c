/* setbacks.h: the ladder of tries, by a clock of our own; what is another key, and what is
 * forgotten. */
#include "auth/setbacks.h"
#include "base/ntstatus.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define MINUTE (60u * 1000)

static struct auth_time
clock_read(void *context)
{
	return *(struct auth_time *)context;
}

/* A memory and its clock. */
static struct auth_time now;

static struct setbacks *
fresh(void)
{
	struct setbacks *setbacks;

	now = (struct auth_time){.ms = 5, .filetime = 133500000000000000};
	setbacks = setbacks_new(clock_read, &now);
	cr_assert(setbacks);
	return setbacks;
}

static void
pass_time(uint64_t ms)
{
	now.ms += ms;
	now.filetime += ms * 10000;
}

static enum setbacks_word
begin(struct setbacks *setbacks, const char *who, const char *secret, struct setbacks_try *try)
{
	struct span parts[] = {span_of_text(who), span_of_text(secret)};
	struct setback why;

	return setbacks_begin(setbacks, parts, 2, try, &why);
}

static void
refuse(struct setbacks *setbacks, const char *who)
{
	struct setbacks_try try;

	cr_assert_eq(begin(setbacks, who, "old", &try), SETBACKS_GO);
	setbacks_refused(&try, "no", STATUS_LOGON_FAILURE);
	cr_assert_null(try.setbacks);
}

static enum setbacks_word
ask(struct setbacks *setbacks, const char *who, const char *secret)
{
	struct setbacks_try try;
	enum setbacks_word word = begin(setbacks, who, secret, &try);

	setbacks_dropped(&try);
	return word;
}

Test(setbacks, three_are_free_then_it_is_quiet_for_ten_minutes_and_thirty)
{
	struct setbacks *setbacks = fresh();

	for (int i = 0; i < 3; i++)
		refuse(setbacks, "amy");
	cr_assert_eq(ask(setbacks, "amy", "old"), SETBACKS_QUIET);
	pass_time(10 * MINUTE - 1);
	cr_assert_eq(ask(setbacks, "amy", "old"), SETBACKS_QUIET);
	pass_time(1);
	for (int i = 0; i < 3; i++) {
		refuse(setbacks, "amy");
		cr_assert_eq(ask(setbacks, "amy", "old"), SETBACKS_QUIET);
		pass_time(30 * MINUTE - 1);
		cr_assert_eq(ask(setbacks, "amy", "old"), SETBACKS_QUIET);
		pass_time(1);
	}
	setbacks_free(&setbacks);
}

Test(setbacks, no_half_hour_has_five_tries)
{
	struct setbacks *setbacks = fresh();
	uint64_t tried[64];
	size_t count = 0;

	for (int second = 0; second < 6 * 3600; second++, pass_time(1000)) {
		struct setbacks_try try;

		if (begin(setbacks, "amy", "old", &try) != SETBACKS_GO)
			continue;
		cr_assert_lt(count, 64);
		tried[count++] = now.ms;
		setbacks_refused(&try, "no", STATUS_LOGON_FAILURE);
	}
	cr_assert_gt(count, 10);
	for (size_t i = 4; i < count; i++)
		cr_assert_geq(tried[i] - tried[i - 4], 30 * MINUTE, "the %zuth", i);
	setbacks_free(&setbacks);
}

Test(setbacks, only_as_many_are_under_way_as_are_free)
{
	struct setbacks *setbacks = fresh();
	struct setbacks_try tries[4];

	for (int i = 0; i < 3; i++)
		cr_assert_eq(begin(setbacks, "amy", "old", &tries[i]), SETBACKS_GO);
	cr_assert_eq(begin(setbacks, "amy", "old", &tries[3]), SETBACKS_WAIT);
	setbacks_refused(&tries[0], "no", 0);
	cr_assert_eq(begin(setbacks, "amy", "old", &tries[3]), SETBACKS_WAIT);
	setbacks_dropped(&tries[1]);
	cr_assert_eq(begin(setbacks, "amy", "old", &tries[3]), SETBACKS_GO);
	setbacks_refused(&tries[2], "no", 0);
	setbacks_refused(&tries[3], "no", 0);
	cr_assert_eq(ask(setbacks, "amy", "old"), SETBACKS_QUIET);
	pass_time(SETBACKS_FIRST_MS);
	cr_assert_eq(begin(setbacks, "amy", "old", &tries[0]), SETBACKS_GO);
	cr_assert_eq(begin(setbacks, "amy", "old", &tries[1]), SETBACKS_WAIT);
	setbacks_passed(&tries[0]);
	cr_assert_eq(ask(setbacks, "amy", "old"), SETBACKS_GO);
	setbacks_free(&setbacks);
}

Test(setbacks, success_forgets_and_so_does_an_hour)
{
	struct setbacks *setbacks = fresh();
	struct setbacks_try try;

	refuse(setbacks, "amy");
	refuse(setbacks, "amy");
	cr_assert_eq(begin(setbacks, "amy", "old", &try), SETBACKS_GO);
	setbacks_passed(&try);
	refuse(setbacks, "amy");
	refuse(setbacks, "amy");
	pass_time(SETBACKS_LIFE_MS);
	refuse(setbacks, "amy");
	refuse(setbacks, "amy");
	cr_assert_eq(ask(setbacks, "amy", "old"), SETBACKS_GO);
	setbacks_free(&setbacks);
}

Test(setbacks, another_secret_or_another_name_is_another_matter)
{
	struct setbacks *setbacks = fresh();

	for (int i = 0; i < 3; i++)
		refuse(setbacks, "amy");
	cr_expect_eq(ask(setbacks, "amy", "old"), SETBACKS_QUIET);
	cr_expect_eq(ask(setbacks, "amy", "new"), SETBACKS_GO);
	cr_expect_eq(ask(setbacks, "ben", "old"), SETBACKS_GO);
	cr_expect_eq(ask(setbacks, "amyo", "ld"), SETBACKS_GO);
	setbacks_free(&setbacks);
	setbacks = fresh();
	cr_expect_eq(ask(setbacks, "amy", "old"), SETBACKS_GO, "nothing outlives the memory");
	setbacks_free(&setbacks);
}

Test(setbacks, what_was_tried_longest_ago_goes_first)
{
	struct setbacks *setbacks = fresh();
	struct setbacks_try held;
	char name[16];

	for (int i = 0; i < 3; i++)
		refuse(setbacks, "first");
	cr_assert_eq(begin(setbacks, "held", "old", &held), SETBACKS_GO);
	for (unsigned i = 0; i < SETBACKS_MAX - 2; i++) {
		snprintf(name, sizeof(name), "%u", i);
		refuse(setbacks, name);
	}
	cr_assert_eq(ask(setbacks, "first", "old"), SETBACKS_QUIET, "it is the newest now");
	refuse(setbacks, "one more");
	refuse(setbacks, "and one");
	cr_assert_eq(ask(setbacks, "first", "old"), SETBACKS_QUIET);
	setbacks_refused(&held, "no", 0);
	for (unsigned i = 0; i < SETBACKS_MAX; i++) {
		snprintf(name, sizeof(name), "other %u", i);
		refuse(setbacks, name);
	}
	cr_assert_eq(ask(setbacks, "first", "old"), SETBACKS_GO);
	setbacks_free(&setbacks);
}

Test(setbacks, says_how_often_what_and_until_when)
{
	struct setbacks *setbacks = fresh();
	struct span who = span_of_text("amy");
	struct setbacks_try try;
	struct setback why;
	char *text;

	for (int i = 0; i < 3; i++) {
		cr_assert_eq(setbacks_begin(setbacks, &who, 1, &try, &why), SETBACKS_GO);
		setbacks_refused(&try, "never heard of her", STATUS_LOGON_FAILURE);
	}
	cr_assert_eq(setbacks_begin(setbacks, &who, 1, &try, &why), SETBACKS_QUIET);
	cr_expect_eq(why.status, STATUS_LOGON_FAILURE);
	text = setback_text(&why);
	cr_expect_str_eq(text,
		"not asked again until 2024-01-17T21:30:00Z after 3 refusals in a row, "
		"the last: never heard of her");
	free(text);
	setbacks_free(&setbacks);
}

Test(setbacks, without_a_memory_everything_is_tried)
{
	struct setbacks_try try;
	struct setback why;

	cr_assert_eq(setbacks_begin(NULL, NULL, 0, &try, &why), SETBACKS_GO);
	setbacks_refused(&try, "no", 0);
	setbacks_passed(&try);
	setbacks_dropped(&try);
}
