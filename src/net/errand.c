/* A job on its way to a worker and back to whoever wants to know, if they are still there. */
#include "net/errand.h"

#include "bridge/job.h"
#include "net/clock.h"
#include "net/loop.h"
#include "net/pools.h"
#include "net/workers.h"

#include <stddef.h>
#include <stdlib.h>

/* How soon a job comes back that waits for others of its kind, at first and in the end. */
#define ERRAND_AGAIN_MS 10u
#define ERRAND_AGAIN_MAX_MS 80u

struct errand {
	struct task task;     /* first: an errand is found by its task … */
	struct letter letter; /* … or by its letter */
	struct loop *loop;
	struct pools *pools;
	uint64_t id;
	errand_done *done;
	struct job *job;
	unsigned again_ms; /* when it comes back next; doubled each time */
};

static void
errand_free(struct errand *errand)
{
	job_free(&errand->job);
	free(errand);
}

static struct errand *
errand_of(struct letter *letter)
{
	return (struct errand *)((char *)letter - offsetof(struct errand, letter));
}

static void
deliver(struct letter *letter)
{
	struct errand *errand = errand_of(letter);
	void *who = loop_find(errand->loop, errand->id);

	if (who)
		errand->done(who, &errand->job);
	errand_free(errand);
}

static void
drop_letter(struct letter *letter)
{
	errand_free(errand_of(letter));
}

static void
post(struct errand *errand)
{
	static const struct letter_kind kind = {deliver, drop_letter};

	errand->letter.kind = &kind;
	loop_post(errand->loop, &errand->letter);
}

/* Who may wait for whom the job asks. */
static struct workers *
workers_of(const struct errand *errand)
{
	switch (errand->job->asks) {
	case JOB_ASKS_DOMAIN:
		return errand->pools->domain;
	case JOB_ASKS_KDC:
		return errand->pools->kdc;
	case JOB_ASKS_NOBODY:
		break;
	}
	return errand->pools->judges;
}

/* Gives the errand to those workers, at once or in a moment; once they have it, it is theirs.
 * Nobody is to wait for a domain that answers nobody. */
static fault
hand_over(struct errand *errand)
{
	struct workers *workers = workers_of(errand);
	unsigned again_ms;

	if (errand->job->asks == JOB_ASKS_DOMAIN && workers_hang(workers, POOLS_DOMAIN_MS))
		return &fault_domain_silent;
	if (errand->job->step != AUTH_WAIT)
		return workers_add(workers, &errand->task) ? NULL : &fault_logon_queue_full;
	again_ms = errand->again_ms;
	errand->again_ms = again_ms < ERRAND_AGAIN_MAX_MS ? 2 * again_ms : again_ms;
	return workers_add_later(workers, &errand->task, again_ms) ? NULL : &fault_stopping;
}

static void
run(struct task *task)
{
	struct errand *errand = (struct errand *)task;
	struct job *job = errand->job;
	fault found = NULL;

	if (clock_ms() >= job->due) {
		found = &fault_logon_overdue;
	} else if (job_run(job)) {
		workers_heard(workers_of(errand));
	} else {
		found = hand_over(errand);
		if (!found)
			return;
	}
	job->undone = found;
	post(errand);
}

static void
drop_task(struct task *task)
{
	errand_free((struct errand *)task);
}

fault
errand_send(
	struct loop *loop, struct pools *pools, uint64_t id, errand_done *done, struct job **job)
{
	static const struct task_kind kind = {run, drop_task};
	struct errand *errand = malloc(sizeof *errand);
	fault found;

	if (!errand)
		return &fault_out_of_memory;
	*errand = (struct errand){
		.task.kind = &kind,
		.loop = loop,
		.pools = pools,
		.id = id,
		.done = done,
		.job = *job,
		.again_ms = ERRAND_AGAIN_MS,
	};
	found = hand_over(errand);
	if (found)
		free(errand);
	else
		*job = NULL;
	return found;
}
