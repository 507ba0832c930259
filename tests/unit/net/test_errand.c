/* errand.h: a job goes to those who may wait for whom it asks, and comes back, done or not. */
#include "net/errand.h"

#include "bridge/job.h"
#include "net/clock.h"
#include "net/loop.h"
#include "net/pools.h"
#include "net/workers.h"
#include "policy/policy.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* Workers with something to do that has no end until the gate is open. */
struct hold {
	struct task task; /* first */
	atomic_bool *gate;
	atomic_bool begun;
};

static void
hold(struct task *task)
{
	struct hold *h = (struct hold *)task;

	atomic_store(&h->begun, true);
	while (!atomic_load(h->gate))
		usleep(1000);
}

static void
forget(struct task *task)
{
	(void)task;
}

static const struct task_kind holding = {hold, forget};

static void
occupy(struct workers *workers, struct hold *with, atomic_bool *gate)
{
	*with = (struct hold){.task.kind = &holding, .gate = gate};
	cr_assert(workers_add(workers, &with->task));
	while (!atomic_load(&with->begun))
		usleep(1000);
}

/* What came back. */
struct told {
	struct loop *loop;
	struct pools pools;
	uint64_t id;
	unsigned jobs;
	fault undone;
	enum auth_step step;
};

static void
done(void *who, struct job **job)
{
	struct told *told = who;

	told->jobs++;
	told->undone = (*job)->undone;
	told->step = (*job)->step;
}

static struct told
set_out(void)
{
	struct told told = {.loop = loop_new()};

	told.pools.judges = workers_new(1, 1);
	told.pools.namers = workers_new(1, 1);
	told.pools.domain = workers_new(1, 1);
	told.pools.kdc = workers_new(1, 1);
	return told;
}

static void
come_home(struct told *told)
{
	cr_assert(pools_close(&told->pools, 5000));
	loop_free(&told->loop);
}

/* A first step by NTLM, which takes nobody, or by Kerberos, which takes a KDC (that nobody is). */
static struct job *
job_of(struct legacy *legacy, bool kerberos)
{
	struct initiator_config config = {
		.legacy = legacy,
		.user = "amy",
		.password = "Secret.1",
		.service = "cifs/fs1",
		.client = kerberos ? "amy@NOWHERE.TEST" : NULL,
		.principal = "cifs/fs1",
		.kerberos = kerberos,
		.ntlmv2 = !kerberos,
	};
	struct initiator *initiator = initiator_new(&config);
	struct job *job = job_new(NULL, &initiator, (struct span){0});

	cr_assert(job);
	job->due = clock_ms() + 60000;
	return job;
}

Test(errand, goes_to_whom_the_job_needs_and_to_nobody_who_is_held)
{
	struct legacy *legacy = legacy_new();
	struct told told = set_out();
	struct job *plain = job_of(legacy, false), *asking = job_of(legacy, true);
	atomic_bool gate = false;
	struct hold domain, kdc;

	told.id = loop_enlist(told.loop, &told);
	occupy(told.pools.domain, &domain, &gate);
	occupy(told.pools.kdc, &kdc, &gate);
	cr_assert_null(errand_send(told.loop, &told.pools, told.id, done, &asking));
	cr_assert_null(asking);
	cr_assert_null(errand_send(told.loop, &told.pools, told.id, done, &plain));
	run_until(told.loop, &told.jobs, 1);
	cr_expect_eq(told.step, AUTH_MORE, "NTLM waits for nobody");
	cr_expect_null(told.undone);
	run_for(told.loop, 50);
	cr_expect_eq(told.jobs, 1);
	atomic_store(&gate, true);
	run_until(told.loop, &told.jobs, 2);
	cr_expect_eq(told.step, AUTH_REFUSED);
	loop_strike(told.loop, told.id);
	come_home(&told);
	legacy_free(&legacy);
}

Test(errand, is_refused_where_the_queue_is_full)
{
	struct legacy *legacy = legacy_new();
	struct told told = set_out();
	struct job *first = job_of(legacy, true), *second = job_of(legacy, true);
	atomic_bool gate = false;
	struct hold kdc;

	told.id = loop_enlist(told.loop, &told);
	occupy(told.pools.kdc, &kdc, &gate);
	cr_assert_null(errand_send(told.loop, &told.pools, told.id, done, &first));
	cr_expect_eq(errand_send(told.loop, &told.pools, told.id, done, &second),
		&fault_logon_queue_full);
	cr_assert(second, "it stays the caller's");
	job_free(&second);
	atomic_store(&gate, true);
	run_until(told.loop, &told.jobs, 1);
	loop_strike(told.loop, told.id);
	come_home(&told);
	legacy_free(&legacy);
}

Test(errand, that_waited_too_long_is_not_done)
{
	struct legacy *legacy = legacy_new();
	struct told told = set_out();
	struct job *job = job_of(legacy, false);

	told.id = loop_enlist(told.loop, &told);
	job->due = clock_ms();
	cr_assert_null(errand_send(told.loop, &told.pools, told.id, done, &job));
	run_until(told.loop, &told.jobs, 1);
	cr_expect_eq(told.undone, &fault_logon_overdue);
	loop_strike(told.loop, told.id);
	come_home(&told);
	legacy_free(&legacy);
}
