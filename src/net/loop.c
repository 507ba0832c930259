/* One event loop: libevent's, with a letter box that other threads can reach. */
#include "net/loop.h"

#include "base/idmap.h"
#include "net/watch.h"

#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct loop {
	struct event_base *base;
	struct watch *bell; /* there may be letters */
	int bell_fd;
	atomic_bool stopping;
	pthread_t thread;
	struct idmap ids;
	uint64_t last_id;
	pthread_mutex_t lock; /* over the letter box */
	struct letter *first, **end;
};

/* All letters that have come, in order; the box is empty afterwards. */
static struct letter *
take_letters(struct loop *loop)
{
	struct letter *first;

	pthread_mutex_lock(&loop->lock);
	first = loop->first;
	loop->first = NULL;
	loop->end = &loop->first;
	pthread_mutex_unlock(&loop->lock);
	return first;
}

static void
on_bell(void *arg, enum watch_cause cause)
{
	struct loop *loop = arg;
	struct letter *letter;
	eventfd_t rung;
	bool stops;

	(void)cause;
	(void)eventfd_read(loop->bell_fd, &rung);
	/* Looked at first: what was posted before the stop is then in the box. */
	stops = atomic_exchange(&loop->stopping, false);
	letter = take_letters(loop);
	while (letter) {
		struct letter *next = letter->next;

		letter->kind->deliver(letter);
		letter = next;
	}
	if (stops)
		event_base_loopbreak(loop->base);
}

/* A base without locks: nobody but its own thread touches it. Timers need not be exact to the
 * microsecond. */
static struct event_base *
base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config && event_config_set_flag(config,
			      EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0)
		base = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	return base;
}

struct loop *
loop_new(void)
{
	struct loop *loop = calloc(1, sizeof *loop);

	if (!loop)
		return NULL;
	loop->end = &loop->first;
	pthread_mutex_init(&loop->lock, NULL);
	loop->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->base = loop->bell_fd < 0 ? NULL : base_new();
	if (loop->base)
		loop->bell = watch_new(loop, loop->bell_fd, WATCH_READABLE, on_bell, loop);
	if (!loop->bell || !watch_start(loop->bell, WATCH_FOREVER))
		loop_free(&loop);
	return loop;
}

void
loop_free(struct loop **loop)
{
	struct letter *letter;

	if (!*loop)
		return;
	letter = take_letters(*loop);
	while (letter) {
		struct letter *next = letter->next;

		letter->kind->drop(letter);
		letter = next;
	}
	watch_free(&(*loop)->bell);
	if ((*loop)->base)
		event_base_free((*loop)->base);
	if ((*loop)->bell_fd >= 0)
		close((*loop)->bell_fd);
	idmap_clear(&(*loop)->ids);
	pthread_mutex_destroy(&(*loop)->lock);
	free(*loop);
	*loop = NULL;
}

static void *
run(void *arg)
{
	loop_run(arg);
	return NULL;
}

bool
loop_start(struct loop *loop, const char *name)
{
	sigset_t all, before;
	int error;

	/* Signals are for the thread that waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&loop->thread, NULL, run, loop);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		return false;
	pthread_setname_np(loop->thread, name);
	return true;
}

void
loop_run(struct loop *loop)
{
	event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

static void
ring(struct loop *loop)
{
	/* Fails only where the count is full, and then the bell rings already. */
	(void)eventfd_write(loop->bell_fd, 1);
}

void
loop_stop(struct loop *loop)
{
	atomic_store(&loop->stopping, true);
	ring(loop);
}

void
loop_join(struct loop *loop)
{
	pthread_join(loop->thread, NULL);
}

void
loop_post(struct loop *loop, struct letter *letter)
{
	bool first;

	letter->next = NULL;
	pthread_mutex_lock(&loop->lock);
	first = !loop->first;
	*loop->end = letter;
	loop->end = &letter->next;
	pthread_mutex_unlock(&loop->lock);
	if (first)
		ring(loop);
}

struct event_base *
loop_base(struct loop *loop)
{
	return loop->base;
}

uint64_t
loop_enlist(struct loop *loop, void *what)
{
	uint64_t id = ++loop->last_id;

	return idmap_add(&loop->ids, id, what) ? id : 0;
}

void *
loop_find(const struct loop *loop, uint64_t id)
{
	return idmap_find(&loop->ids, id);
}

void
loop_strike(struct loop *loop, uint64_t id)
{
	(void)idmap_remove(&loop->ids, id);
}
