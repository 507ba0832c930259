/* One task for those who wait for the domain, and nobody waits for it. */
#include "net/study.h"

#include "auth/commons.h"
#include "net/workers.h"

#include <stdlib.h>

struct study {
	struct task task; /* first */
	struct commons *commons;
};

static void
run(struct task *task)
{
	struct study *study = (struct study *)task;

	commons_learn(study->commons);
	free(study);
}

static void
drop(struct task *task)
{
	free(task);
}

bool
study_begin(struct workers *workers, struct commons *commons)
{
	static const struct task_kind kind = {run, drop};
	struct study *study = calloc(1, sizeof *study);

	if (!study)
		return false;
	study->task.kind = &kind;
	study->commons = commons;
	if (workers_add(workers, &study->task))
		return true;
	free(study);
	return false;
}
