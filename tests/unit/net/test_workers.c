/* workers.h: every task is run once or dropped once; the queue has an end; a task that hangs is
 * owned up to. */
#include "net/clock.h"
#include "net/workers.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct errand {
	struct task task; /* first */
	pthread_t thread;
	atomic_int runs, drops;
	atomic_bool *gate; /* waits until it is open; NULL: none */
};

static void
run(struct task *task)
{
	struct errand *errand = (struct errand *)task;

	errand->thread = pthread_self();
	while (errand->gate && !atomic_load(errand->gate))
		usleep(1000);
	atomic_fetch_add(&errand->runs, 1);
}

static void
drop(struct task *task)
{
	atomic_fetch_add(&((struct errand *)task)->drops, 1);
}

static const struct task_kind kind = {run, drop};

/* Waits until *COUNT is WANTED. */
static void
wait_for(atomic_int *count, int wanted)
{
	for (int i = 0; i < 5000 && atomic_load(count) < wanted; i++)
		usleep(1000);
	cr_assert_eq(atomic_load(count), wanted);
}

Test(workers, run_every_task_once_on_another_thread)
{
	struct workers *workers = workers_new(3, 1000);
	static struct errand errands[200];

	for (int i = 0; i < 200; i++) {
		errands[i].task.kind = &kind;
		cr_assert(workers_add(workers, &errands[i].task));
	}
	for (int i = 0; i < 200; i++) {
		wait_for(&errands[i].runs, 1);
		cr_assert_not(pthread_equal(errands[i].thread, pthread_self()));
	}
	cr_assert(workers_free(&workers, 5000));
	cr_assert_null(workers);
	for (int i = 0; i < 200; i++)
		cr_assert(errands[i].runs == 1 && errands[i].drops == 0);
}

Test(workers, work_side_by_side)
{
	struct workers *workers = workers_new(2, 10);
	atomic_bool gate = false;
	struct errand stuck = {.task.kind = &kind, .gate = &gate}, quick = {.task.kind = &kind};

	cr_assert(workers_add(workers, &stuck.task));
	cr_assert(workers_add(workers, &quick.task));
	wait_for(&quick.runs, 1);
	cr_assert_eq(stuck.runs, 0);
	atomic_store(&gate, true);
	cr_assert(workers_free(&workers, 5000));
	cr_assert_eq(stuck.runs, 1);
}

Test(workers, refuse_a_task_too_many_and_drop_what_waits_at_the_end)
{
	struct workers *workers = workers_new(1, 2);
	atomic_bool gate = false;
	struct errand stuck = {.task.kind = &kind, .gate = &gate};
	struct errand waits[2] = {{.task.kind = &kind}, {.task.kind = &kind}};
	struct errand extra = {.task.kind = &kind};

	cr_assert(workers_add(workers, &stuck.task));
	usleep(50000); /* until it runs */
	cr_assert(workers_add(workers, &waits[0].task));
	cr_assert(workers_add(workers, &waits[1].task));
	cr_assert_not(workers_add(workers, &extra.task));
	cr_assert_not(workers_free(&workers, 10), "one hangs");
	cr_assert_not_null(workers);
	cr_assert_eq(waits[0].drops + waits[1].drops, 2);
	cr_assert_not(workers_add(workers, &extra.task), "nothing new comes in at the end");
	atomic_store(&gate, true);
	cr_assert(workers_free(&workers, 5000));
	cr_assert_eq(waits[0].runs + waits[1].runs + extra.runs + extra.drops, 0);
}

Test(workers, take_what_is_to_be_done_later_no_sooner)
{
	struct workers *workers = workers_new(1, 10);
	struct errand late = {.task.kind = &kind}, soon = {.task.kind = &kind};
	uint64_t begun = clock_ms();

	cr_assert(workers_add_later(workers, &late.task, 200));
	cr_assert(workers_add_later(workers, &soon.task, 20));
	wait_for(&soon.runs, 1);
	cr_assert_eq(late.runs, 0);
	wait_for(&late.runs, 1);
	cr_assert_geq(clock_ms() - begun, 200);
	late.runs = 0;
	cr_assert(workers_add_later(workers, &late.task, 60000));
	cr_assert(workers_free(&workers, 5000));
	cr_assert(late.runs == 0 && late.drops == 1, "what has yet to come is dropped");
}

Test(workers, say_when_whoever_they_ask_has_stopped_answering)
{
	struct workers *workers = workers_new(2, 10);
	atomic_bool gate = false;
	struct errand stuck = {.task.kind = &kind, .gate = &gate}, quick = {.task.kind = &kind};

	cr_assert(workers_add(workers, &stuck.task));
	usleep(50000);
	cr_expect_not(workers_hang(workers, 60000), "it may take that long");
	cr_expect(workers_hang(workers, 10));
	cr_assert(workers_add(workers, &quick.task));
	wait_for(&quick.runs, 1);
	cr_expect(workers_hang(workers, 10), "which says nothing of whoever is asked");
	workers_heard(workers);
	cr_expect_not(workers_hang(workers, 10), "another has been answered meanwhile");
	atomic_store(&gate, true);
	wait_for(&stuck.runs, 1);
	cr_expect_not(workers_hang(workers, 0));
	cr_assert(workers_free(&workers, 5000));
}
