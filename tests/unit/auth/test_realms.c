/* realms.h: who may ask a KDC, by a clock of our own. */
#include "auth/realms.h"

#include <criterion/criterion.h>
#include <stdio.h>

static uint64_t now;

static struct auth_time
clock_read(void *context)
{
	return (struct auth_time){.ms = *(uint64_t *)context};
}

static struct realms *
fresh(void)
{
	struct realms *realms;

	now = 7;
	realms = realms_new(clock_read, &now);
	cr_assert(realms);
	return realms;
}

static enum realms_word
enter(struct realms *realms, const char *name)
{
	uint64_t since;

	return realms_enter(realms, name, &since);
}

Test(realms, one_that_answers_takes_a_few_at_once)
{
	struct realms *realms = fresh();

	for (unsigned i = 0; i < REALMS_VISITS; i++)
		cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO);
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_WAIT);
	cr_assert_eq(enter(realms, "B.TEST"), REALMS_GO);
	realms_leave(realms, "A.TEST", now, true);
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO);
	realms_free(&realms);
}

Test(realms, one_that_keeps_people_waiting_is_not_waited_for)
{
	struct realms *realms = fresh();

	cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO);
	now += REALMS_PATIENCE_MS - 1;
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO);
	now++;
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_SILENT);
	cr_assert_eq(enter(realms, "B.TEST"), REALMS_GO);
	realms_leave(realms, "A.TEST", now, true);
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO, "it was only slow");
	now += REALMS_PATIENCE_MS - 1;
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO, "who came before its answer says nothing");
	now++;
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_SILENT);
	realms_free(&realms);
}

Test(realms, one_that_is_silent_is_left_alone_and_then_asked_by_one)
{
	struct realms *realms = fresh();

	cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO);
	realms_leave(realms, "A.TEST", now, false);
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_SILENT);
	now += REALMS_SILENCE_MS - 1;
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_SILENT);
	now++;
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO);
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_SILENT, "one is enough");
	realms_leave(realms, "A.TEST", now, true);
	for (unsigned i = 0; i < REALMS_VISITS; i++)
		cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO);
	realms_free(&realms);
}

Test(realms, one_that_keeps_everybody_waiting_is_looked_at_again_and_again)
{
	struct realms *realms = fresh();
	unsigned there = 1;
	uint64_t first = now;

	cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO);
	for (unsigned i = 0; i < 40; i++) {
		now += REALMS_SILENCE_MS - 1;
		cr_assert_eq(enter(realms, "A.TEST"), REALMS_SILENT);
		now++;
		if (enter(realms, "A.TEST") == REALMS_GO)
			there++;
	}
	cr_assert_eq(there, REALMS_PROBES, "but not without end");
	realms_leave(realms, "A.TEST", now, true);
	now += 10;
	realms_leave(realms, "A.TEST", first, false);
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_WAIT, "who came first knows less");
	realms_free(&realms);
}

Test(realms, who_withdraws_has_not_been_there)
{
	struct realms *realms = fresh();
	uint64_t since;

	for (unsigned i = 0; i < 3 * REALMS_VISITS; i++) {
		cr_assert_eq(realms_enter(realms, "A.TEST", &since), REALMS_GO);
		realms_withdraw(realms, "A.TEST", since);
	}
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO);
	now += REALMS_SILENCE_MS;
	cr_assert_eq(realms_enter(realms, "A.TEST", &since), REALMS_GO, "a look at it");
	realms_withdraw(realms, "A.TEST", since);
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_SILENT, "the next has to wait");
	realms_withdraw(NULL, "A.TEST", since);
	realms_free(&realms);
}

Test(realms, more_than_can_be_remembered)
{
	struct realms *realms = fresh();
	char name[16];

	for (unsigned i = 0; i < REALMS_MAX; i++) {
		snprintf(name, sizeof(name), "%u.TEST", i);
		cr_assert_eq(enter(realms, name), REALMS_GO);
	}
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_WAIT, "somebody is at each of them");
	realms_leave(realms, "5.TEST", now, false);
	cr_assert_eq(enter(realms, "A.TEST"), REALMS_GO);
	cr_assert_eq(enter(NULL, "A.TEST"), REALMS_GO, "without a memory everybody may");
	realms_leave(NULL, "A.TEST", now, false);
	realms_free(&realms);
}
