/* The worker pool: one queue, one lock, threads that wait at it. */
#include "net/workers.h"

#include "net/clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* Enough for name lookups and GSSAPI, small enough not to be noticed. */
#define WORKERS_STACK (1024 * 1024)

/* A thread, and since when it has been at its task, in clock_ms(); 0: it has none. */
struct worker {
	struct workers *workers;
	pthread_t id;
	uint64_t since;
};

struct workers {
	pthread_mutex_t lock;  /* over all below */
	pthread_cond_t wanted; /* there is a task, or no more will come */
	pthread_cond_t ended;  /* a thread has left */
	struct task *first, **end;
	struct task *later; /* not to be taken yet; in no order */
	size_t waiting, limit;
	uint64_t heard_at; /* of workers_heard(), in clock_ms() */
	unsigned threads;  /* that have not left */
	bool stopping;
	unsigned started;
	struct worker each[]; /* of those started */
};

/* Puts TASK at the end of the queue. Called with the lock held, as all that follow. */
static void
queue(struct workers *workers, struct task *task)
{
	task->next = NULL;
	*workers->end = task;
	workers->end = &task->next;
	workers->waiting++;
}

/* Queues what was put off until now; when the next of the others is due, or UINT64_MAX. */
static uint64_t
queue_due(struct workers *workers)
{
	struct task **at = &workers->later, *task;
	uint64_t next = UINT64_MAX, now = *at ? clock_ms() : 0;

	while ((task = *at) != NULL) {
		if (task->not_before <= now || workers->stopping) {
			*at = task->next;
			queue(workers, task);
			continue;
		}
		if (task->not_before < next)
			next = task->not_before;
		at = &task->next;
	}
	return next;
}

/* Waits until something is WANTED, or until AT on the steady clock. */
static int
wait_until(struct workers *workers, pthread_cond_t *wanted, uint64_t at)
{
	struct timespec until = {
		.tv_sec = (time_t)(at / 1000), .tv_nsec = (long)(at % 1000) * 1000000};

	if (at == UINT64_MAX)
		return pthread_cond_wait(wanted, &workers->lock);
	return pthread_cond_timedwait(wanted, &workers->lock, &until);
}

/* The next task; NULL once none will come. */
static struct task *
next_task(struct workers *workers)
{
	struct task *task;
	uint64_t due = queue_due(workers);

	while (!workers->first && !workers->stopping) {
		wait_until(workers, &workers->wanted, due);
		due = queue_due(workers);
	}
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
	struct worker *self = arg;
	struct workers *workers = self->workers;
	struct task *task;

	pthread_mutex_lock(&workers->lock);
	while ((task = next_task(workers)) != NULL) {
		self->since = clock_ms();
		pthread_mutex_unlock(&workers->lock);
		task->kind->run(task);
		pthread_mutex_lock(&workers->lock);
		self->since = 0;
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
	struct worker *worker = &workers->each[workers->started];
	int error;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	pthread_attr_setstacksize(&attributes, WORKERS_STACK);
	worker->workers = workers;
	error = pthread_create(&worker->id, &attributes, work, worker);
	pthread_attr_destroy(&attributes);
	if (error)
		return false;
	pthread_setname_np(worker->id, "worker");
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
	struct workers *workers = calloc(1, sizeof *workers + threads * sizeof *workers->each);
	pthread_condattr_t steady;

	if (!workers)
		return NULL;
	workers->end = &workers->first;
	workers->limit = limit;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&workers->wanted, &steady);
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

	pthread_mutex_lock(&workers->lock);
	taken = !workers->stopping && workers->waiting < workers->limit;
	if (taken) {
		queue(workers, task);
		pthread_cond_signal(&workers->wanted);
	}
	pthread_mutex_unlock(&workers->lock);
	return taken;
}

bool
workers_add_later(struct workers *workers, struct task *task, unsigned ms)
{
	bool taken;

	task->not_before = clock_ms() + ms;
	pthread_mutex_lock(&workers->lock);
	taken = !workers->stopping;
	if (taken) {
		task->next = workers->later;
		workers->later = task;
		pthread_cond_signal(&workers->wanted);
	}
	pthread_mutex_unlock(&workers->lock);
	return taken;
}

void
workers_heard(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	workers->heard_at = clock_ms();
	pthread_mutex_unlock(&workers->lock);
}

bool
workers_hang(struct workers *workers, unsigned ms)
{
	bool hang = false;
	uint64_t now;

	pthread_mutex_lock(&workers->lock);
	now = clock_ms(); /* not before that: none has begun later */
	for (unsigned i = 0; i < workers->started; i++) {
		uint64_t since = workers->each[i].since;

		hang = hang || (since && now - since > ms && workers->heard_at <= since);
	}
	pthread_mutex_unlock(&workers->lock);
	return hang;
}

/* Waits until every thread has left, MS milliseconds at most. */
static bool
all_left(struct workers *workers, unsigned ms)
{
	uint64_t until = clock_ms() + ms;
	int error = 0;

	while (workers->threads > 0 && error == 0)
		error = wait_until(workers, &workers->ended, until);
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
	queue_due(all);
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
		pthread_join(all->each[i].id, NULL);
	pthread_mutex_destroy(&all->lock);
	pthread_cond_destroy(&all->wanted);
	pthread_cond_destroy(&all->ended);
	free(all);
	*workers = NULL;
	return true;
}
