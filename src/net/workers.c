/* The worker pool: one queue, one lock, threads that wait at it. */
#include "net/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* Enough for name lookups and GSSAPI, small enough not to be noticed. */
#define WORKERS_STACK (1024 * 1024)

struct workers {
	pthread_mutex_t lock;  /* over all below */
	pthread_cond_t wanted; /* there is a task, or no more will come */
	pthread_cond_t ended;  /* a thread has left */
	struct task *first, **end;
	size_t waiting, limit;
	unsigned threads; /* that have not left */
	bool stopping;
	unsigned started;
	pthread_t ids[]; /* of those started */
};

/* The next task; NULL once none will come. Called with the lock held. */
static struct task *
next_task(struct workers *workers)
{
	struct task *task;

	while (!workers->first && !workers->stopping)
		pthread_cond_wait(&workers->wanted, &workers->lock);
	task = workers->first;
	if (!task)
		return NULL;
	workers->first = task->next;
	if (!workers->first)
		workers->end = &workers->first;
	workers->waiting--;
	return task;
}

static void *
work(void *arg)
{
	struct workers *workers = arg;
	struct task *task;

	pthread_mutex_lock(&workers->lock);
	while ((task = next_task(workers)) != NULL) {
		pthread_mutex_unlock(&workers->lock);
		task->kind->run(task);
		pthread_mutex_lock(&workers->lock);
	}
	workers->threads--;
	pthread_cond_signal(&workers->ended);
	pthread_mutex_unlock(&workers->lock);
	return NULL;
}

static bool
start_thread(struct workers *workers)
{
	pthread_attr_t attributes;
	pthread_t *thread = &workers->ids[workers->started];
	int error;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	pthread_attr_setstacksize(&attributes, WORKERS_STACK);
	error = pthread_create(thread, &attributes, work, workers);
	pthread_attr_destroy(&attributes);
	if (error)
		return false;
	pthread_setname_np(*thread, "worker");
	workers->started++;
	return true;
}

/* As many threads as can be had, up to THREADS. */
static void
start_threads(struct workers *workers, unsigned threads)
{
	sigset_t all, before;

	/* Signals are for the thread that waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&workers->lock);
	while (workers->threads < threads && start_thread(workers))
		workers->threads++;
	pthread_mutex_unlock(&workers->lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct workers *
workers_new(unsigned threads, size_t limit)
{
	struct workers *workers = calloc(1, sizeof *workers + threads * sizeof *workers->ids);
	pthread_condattr_t steady;

	if (!workers)
		return NULL;
	workers->end = &workers->first;
	workers->limit = limit;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->wanted, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&workers->ended, &steady);
	pthread_condattr_destroy(&steady);
	start_threads(workers, threads);
	if (workers->threads == 0)
		(void)workers_free(&workers, 0);
	return workers;
}

bool
workers_add(struct workers *workers, struct task *task)
{
	bool taken;

	task->next = NULL;
	pthread_mutex_lock(&workers->lock);
	taken = !workers->stopping && workers->waiting < workers->limit;
	if (taken) {
		*workers->end = task;
		workers->end = &task->next;
		workers->waiting++;
		pthread_cond_signal(&workers->wanted);
	}
	pthread_mutex_unlock(&workers->lock);
	return taken;
}

/* Waits until every thread has left, MS milliseconds at most. Called with the lock held. */
static bool
all_left(struct workers *workers, unsigned ms)
{
	struct timespec until;
	int error = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (workers->threads > 0 && error == 0)
		error = pthread_cond_timedwait(&workers->ended, &workers->lock, &until);
	return workers->threads == 0;
}

bool
workers_free(struct workers **workers, unsigned ms)
{
	struct workers *all = *workers;
	bool gone;

	if (!all)
		return true;
	pthread_mutex_lock(&all->lock);
	all->stopping = true;
	while (all->first) {
		struct task *task = next_task(all);

		task->kind->drop(task);
	}
	pthread_cond_broadcast(&all->wanted);
	gone = all_left(all, ms);
	pthread_mutex_unlock(&all->lock);
	if (!gone)
		return false;
	/* They have nothing more to do, but libraries tidy up after a thread as it ends. */
	for (unsigned i = 0; i < all->started; i++)
		pthread_join(all->ids[i], NULL);
	pthread_mutex_destroy(&all->lock);
	pthread_cond_destroy(&all->wanted);
	pthread_cond_destroy(&all->ended);
	free(all);
	*workers = NULL;
	return true;
}
