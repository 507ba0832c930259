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
		job->asks = initiator_may_ask(*initiator) ? JOB_ASKS_KDC : JOB_ASKS_NOBODY;
		*initiator = NULL;
	}
	return job;
}

bool
job_run(struct job *job)
{
	struct span token = span_of(job->in.bytes, job->in.len);

	if (job->acceptance && job->asks != JOB_ASKS_NOBODY)
		acceptance_let_ask(job->acceptance);
	if (job->acceptance) {
		job->step = acceptance_step(job->acceptance, token, job->filetime, &job->out);
		job->life = acceptance_result(job->acceptance)->life;
	} else {
		job->step = initiator_step(job->initiator, token, job->filetime, &job->out);
		job->life = initiator_result(job->initiator)->life;
	}
	if (job->step == AUTH_ASK_DOMAIN)
		job->asks = JOB_ASKS_DOMAIN;
	if (job->step == AUTH_ASK_KDC)
		job->asks = JOB_ASKS_KDC;
	return !auth_step_is_put_off(job->step);
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
