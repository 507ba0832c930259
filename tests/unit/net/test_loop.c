/* loop.h: letters arrive, in order, from any thread; ids do not outlive what they stand for. */
#include "net/loop.h"

#include "support.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>

#define LETTERS 1000

struct note {
	struct letter letter; /* first */
	unsigned number;
	unsigned *arrived; /* counts up; notes of one thread come in the order of their numbers */
	unsigned *dropped;
};

static void
deliver(struct letter *letter)
{
	struct note *note = (struct note *)letter;

	cr_assert_eq(note->number, *note->arrived);
	(*note->arrived)++;
	free(note);
}

static void
drop(struct letter *letter)
{
	struct note *note = (struct note *)letter;

	(*note->dropped)++;
	free(note);
}

static const struct letter_kind kind = {deliver, drop};

struct writer {
	struct loop *loop;
	unsigned arrived, dropped;
};

static void
post(struct writer *writer, unsigned number)
{
	struct note *note = malloc(sizeof *note);

	*note = (struct note){{.kind = &kind}, number, &writer->arrived, &writer->dropped};
	loop_post(writer->loop, &note->letter);
}

static void *
write_letters(void *arg)
{
	for (unsigned i = 0; i < LETTERS; i++)
		post(arg, i);
	return NULL;
}

Test(loop, delivers_letters_of_several_threads_each_in_its_order)
{
	struct loop *loop = loop_new();
	struct writer writers[3] = {{.loop = loop}, {.loop = loop}, {.loop = loop}};
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, write_letters, &writers[i]);
	for (int i = 0; i < 3; i++)
		run_until(loop, &writers[i].arrived, LETTERS);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		cr_assert_eq(writers[i].arrived, LETTERS);
		cr_assert_eq(writers[i].dropped, 0);
	}
	loop_free(&loop);
}

Test(loop, runs_in_a_thread_of_its_own_and_stops_when_told)
{
	struct writer writer = {.loop = loop_new()};

	cr_assert(loop_start(writer.loop, "test"));
	for (unsigned i = 0; i < LETTERS; i++)
		post(&writer, i);
	loop_stop(writer.loop);
	loop_join(writer.loop);
	cr_assert_eq(writer.arrived, LETTERS, "what was posted before the stop is delivered");
	post(&writer, 0);
	loop_free(&writer.loop);
	cr_assert_eq(writer.dropped, 1, "what comes after it is dropped, not leaked");
	cr_assert_null(writer.loop);
}

Test(loop, finds_what_is_enlisted_until_it_is_struck_off)
{
	struct loop *loop = loop_new();
	int a, b;
	uint64_t first = loop_enlist(loop, &a), second = loop_enlist(loop, &b), third;

	cr_assert(first && second && first != second);
	cr_assert_eq(loop_find(loop, first), &a);
	cr_assert_eq(loop_find(loop, second), &b);
	loop_strike(loop, first);
	cr_assert_null(loop_find(loop, first));
	third = loop_enlist(loop, &a);
	cr_assert_neq(third, first, "an id is never used twice");
	cr_assert_null(loop_find(loop, first));
	cr_assert_null(loop_find(loop, 0));
	loop_free(&loop);
}
