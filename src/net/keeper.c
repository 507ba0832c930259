/*
 * Keeps what servers were seen to be capable of. What loops ask for is under a lock that is never
 * held while the disk is waited for; what they have learned waits in `news` until the thread has
 * written it.
 */
#include "net/keeper.h"

#include "base/event.h"
#include "net/log.h"
#include "policy/policy.h"
#include "policy/store.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

/* When what could not be written is tried again. */
#define KEEPER_RETRY_MS 10000

struct keeper {
	struct store *store;
	struct log *log;
	pthread_t thread;
	bool started;
	int bell;             /* there are news, or it is to stop */
	int watch;            /* inotify: somebody has changed the directory */
	bool failing;         /* the log says so already; the thread's own */
	pthread_mutex_t lock; /* over what follows */
	struct memory *memory;
	struct memory *news; /* in memory already, not yet in the store */
	bool stopping;
};

void
keeper_recall(struct keeper *keeper, const struct upstream *upstream, struct seen *out)
{
	const struct seen *seen = NULL;

	if (keeper) {
		pthread_mutex_lock(&keeper->lock);
		seen = memory_find(keeper->memory, upstream->folded[0]);
		*out = seen ? *seen : (struct seen){0};
		pthread_mutex_unlock(&keeper->lock);
	} else {
		*out = (struct seen){0};
	}
}

static void
say_learned(const struct keeper *keeper, const struct upstream *upstream, const struct seen *seen)
{
	struct event *event = event_new(LEVEL_INFO, "server-learned");
	char words[MEMORY_WORDS_SIZE];

	event_text(event, "server", upstream->key);
	event_text(event, "detail", memory_words(seen, words, sizeof words));
	log_write(keeper->log, &event);
}

void
keeper_learn(struct keeper *keeper, const struct upstream *upstream, const struct seen *seen)
{
	const char *server;
	bool is_new = false, kept;

	if (!keeper)
		return;
	server = upstream->folded[0];
	pthread_mutex_lock(&keeper->lock);
	/* What cannot be had for want of memory is learned another time. */
	kept = memory_add(keeper->memory, server, seen, &is_new) &&
	       memory_add(keeper->news, server, seen, NULL);
	pthread_mutex_unlock(&keeper->lock);
	if (!kept || !is_new)
		return;
	say_learned(keeper, upstream, seen);
	(void)eventfd_write(keeper->bell, 1);
}

/* Says what is wrong with the store, once until it is well again. */
static void
say_failure(struct keeper *keeper, struct diagnostics *diagnostics)
{
	const struct diagnostic *first = diagnostics_at(diagnostics, 0);
	struct event *event;

	if (keeper->failing)
		return;
	keeper->failing = true;
	event = event_new(LEVEL_ERROR, "state-failed");
	event_text(event, "file", first ? first->file : store_path(keeper->store));
	if (first && first->line)
		event_number(event, "line", first->line);
	event_text(event, "words", first ? first->sentence : "memory is out");
	event_text(event, "remedy",
		"What servers were seen to be capable of is remembered until this process ends; "
		"mend the store before that.");
	log_write(keeper->log, &event);
}

static void
say_loaded(struct keeper *keeper, size_t count)
{
	struct event *event = event_new(LEVEL_INFO, "state-loaded");

	keeper->failing = false;
	event_text(event, "file", store_path(keeper->store));
	event_number(event, "servers", count);
	log_write(keeper->log, &event);
}

/* All that is remembered now, of which the file may have lost some. */
static bool
add_own(struct keeper *keeper, struct memory *to)
{
	bool added, is_new;

	pthread_mutex_lock(&keeper->lock);
	added = memory_add_all(to, keeper->memory, &is_new);
	pthread_mutex_unlock(&keeper->lock);
	return added;
}

/* Whether any of what inotify tells is about the file. */
static bool
was_touched(const struct keeper *keeper)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool touched = false;
	ssize_t len;

	while ((len = read(keeper->watch, buffer, sizeof buffer)) > 0)
		for (ssize_t at = 0; at < len;) {
			const struct inotify_event *event = (const void *)(buffer + at);

			touched |= event->mask & IN_Q_OVERFLOW ||
				   (event->len && strcmp(event->name, STORE_FILE) == 0);
			at += (ssize_t)(sizeof *event + event->len);
		}
	return touched && store_has_changed(keeper->store); /* not by us */
}

/* The store's lock is held: what the file says now, with NEWS added and written. NULL: it failed.
 */
static struct memory *
renew(struct keeper *keeper, const struct memory *news, struct diagnostics *diagnostics)
{
	bool absent = false, is_new = false, whole;
	struct memory *memory = store_read(keeper->store, &absent, diagnostics);

	if (!memory)
		return NULL;
	whole = memory_add_all(memory, news, &is_new) && (!absent || add_own(keeper, memory));
	/* A file that has vanished was not `forget`: that leaves one behind. */
	if (!whole || ((is_new || absent) && !store_write(keeper->store, memory, diagnostics)))
		memory_free(&memory);
	return memory;
}

/* Puts MEMORY in the place of what is remembered; what was learned meanwhile stays. */
static void
exchange(struct keeper *keeper, struct memory **memory)
{
	struct memory *old;
	bool is_new;

	pthread_mutex_lock(&keeper->lock);
	(void)memory_add_all(*memory, keeper->news, &is_new);
	old = keeper->memory;
	keeper->memory = *memory;
	*memory = NULL;
	pthread_mutex_unlock(&keeper->lock);
	memory_free(&old);
}

/* What has to be written; NULL when memory is out, and all stays where it is. */
static struct memory *
take_news(struct keeper *keeper)
{
	struct memory *fresh = memory_new(), *news = NULL;

	pthread_mutex_lock(&keeper->lock);
	if (fresh) {
		news = keeper->news;
		keeper->news = fresh;
	}
	pthread_mutex_unlock(&keeper->lock);
	return news;
}

/* NEWS could not be written: they wait for another time. */
static void
give_back(struct keeper *keeper, const struct memory *news)
{
	bool is_new;

	pthread_mutex_lock(&keeper->lock);
	(void)memory_add_all(keeper->news, news, &is_new);
	pthread_mutex_unlock(&keeper->lock);
}

/* Brings memory and store together. False: to be tried again. */
static bool
settle(struct keeper *keeper, bool is_changed)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct memory *news = diagnostics ? take_news(keeper) : NULL, *memory = NULL;
	bool done = news != NULL;
	size_t count = 0;

	if (news && (is_changed || memory_count(news))) {
		if (store_lock(keeper->store, diagnostics)) {
			memory = renew(keeper, news, diagnostics);
			store_unlock(keeper->store);
		}
		done = memory != NULL;
		count = done ? memory_count(memory) : 0;
		if (done)
			exchange(keeper, &memory);
		else
			give_back(keeper, news);
	}
	if (!done)
		say_failure(keeper, diagnostics);
	else if (is_changed || keeper->failing)
		say_loaded(keeper, count);
	memory_free(&news);
	if (diagnostics)
		diagnostics_free(&diagnostics);
	return done;
}

static bool
is_stopping(struct keeper *keeper)
{
	bool stopping;

	pthread_mutex_lock(&keeper->lock);
	stopping = keeper->stopping;
	pthread_mutex_unlock(&keeper->lock);
	return stopping;
}

static void *
run(void *arg)
{
	struct keeper *keeper = arg;
	struct pollfd wait[] = {
		{.fd = keeper->bell, .events = POLLIN}, {.fd = keeper->watch, .events = POLLIN}};
	bool done = true, stopping = false;

	while (!stopping) {
		eventfd_t rung;

		(void)poll(wait, 2, done ? -1 : KEEPER_RETRY_MS);
		(void)eventfd_read(keeper->bell, &rung);
		stopping = is_stopping(keeper); /* looked at first: news from before are written */
		done = settle(keeper, was_touched(keeper) || !done);
	}
	return NULL;
}

static bool
start(struct keeper *keeper)
{
	sigset_t all, before;
	int error;

	/* Signals are for the thread that waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&keeper->thread, NULL, run, keeper);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	keeper->started = !error;
	if (keeper->started)
		pthread_setname_np(keeper->thread, "keeper");
	return keeper->started;
}

struct keeper *
keeper_new(struct store **store, struct memory **memory, struct log *log)
{
	struct keeper *keeper = calloc(1, sizeof *keeper);

	if (!keeper) {
		store_free(store);
		memory_free(memory);
		return NULL;
	}
	pthread_mutex_init(&keeper->lock, NULL);
	keeper->log = log;
	keeper->store = *store;
	keeper->memory = *memory;
	*store = NULL;
	*memory = NULL;
	keeper->news = memory_new();
	keeper->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	keeper->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (!keeper->news || keeper->bell < 0 ||
		inotify_add_watch(keeper->watch, store_directory(keeper->store),
			IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE) < 0 ||
		!start(keeper))
		keeper_free(&keeper);
	return keeper;
}

void
keeper_free(struct keeper **keeper)
{
	struct keeper *gone = *keeper;

	if (!gone)
		return;
	*keeper = NULL;
	if (gone->started) {
		pthread_mutex_lock(&gone->lock);
		gone->stopping = true;
		pthread_mutex_unlock(&gone->lock);
		(void)eventfd_write(gone->bell, 1);
		pthread_join(gone->thread, NULL);
	}
	if (gone->bell >= 0)
		close(gone->bell);
	if (gone->watch >= 0)
		close(gone->watch);
	memory_free(&gone->memory);
	memory_free(&gone->news);
	store_free(&gone->store);
	pthread_mutex_destroy(&gone->lock);
	free(gone);
}
