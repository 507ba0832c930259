/* Steps of logons, for the worker pool. */
#include "bridge/job.h"

#include <stdlib.h>

struct job *
job_new(struct acceptance **acceptance, struct initiator **initiator, struct span token)
{
	struct job *job = calloc(1, sizeof *job);

	if (!job)
		return NULL;
	if (!auth_token_copy(&job->in, token)) {
		free(job);
		return NULL;
	}
	job->step = AUTH_REFUSED;
	if (acceptance) {
		job->acceptance = *acceptance;
		*acceptance = NULL;
	}
	if (initiator) {
		job->initiator = *initiator;
		*initiator = NULL;
	}
	return job;
}

bool
job_may_ask(const struct job *job)
{
	return job->initiator || acceptance_may_ask(job->acceptance);
}

void
job_run(struct job *job)
{
	struct span token = span_of(job->in.bytes, job->in.len);

	if (job->acceptance) {
		job->step = acceptance_step(job->acceptance, token, job->filetime, &job->out);
		job->life = acceptance_result(job->acceptance)->life;
	} else {
		job->step = initiator_step(job->initiator, token, job->filetime, &job->out);
		job->life = initiator_result(job->initiator)->life;
	}
}

void
job_free(struct job **job)
{
	struct job *j = *job;

	if (!j)
		return;
	acceptance_free(&j->acceptance);
	initiator_free(&j->initiator);
	auth_token_free(&j->in);
	auth_token_free(&j->out);
	free(j);
	*job = NULL;
}
