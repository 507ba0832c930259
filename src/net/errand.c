/* A job on its way to a worker and back to whoever wants to know, if they are still there. */
#include "net/errand.h"

#include "bridge/job.h"
#include "net/loop.h"
#include "net/workers.h"

#include <stddef.h>
#include <stdlib.h>

struct errand {
	struct task task;     /* first: an errand is found by its task … */
	struct letter letter; /* … or by its letter */
	struct loop *loop;
	uint64_t id;
	errand_done *done;
	struct job *job;
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
run(struct task *task)
{
	static const struct letter_kind kind = {deliver, drop_letter};
	struct errand *errand = (struct errand *)task;

	job_run(errand->job);
	errand->letter.kind = &kind;
	loop_post(errand->loop, &errand->letter);
}

static void
drop_task(struct task *task)
{
	errand_free((struct errand *)task);
}

bool
errand_send(struct loop *loop, struct workers *workers, uint64_t id, errand_done *done,
	struct job **job)
{
	static const struct task_kind kind = {run, drop_task};
	struct errand *errand = malloc(sizeof *errand);

	if (!errand) {
		job_free(job);
		return false;
	}
	*errand = (struct errand){
		.task.kind = &kind,
		.loop = loop,
		.id = id,
		.done = done,
		.job = *job,
	};
	*job = NULL;
	if (workers_add(workers, &errand->task))
		return true;
	errand_free(errand);
	return false;
}
