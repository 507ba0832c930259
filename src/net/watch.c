/* What an event loop waits for, as libevent has it. */
#include "net/watch.h"

#include "net/loop.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

struct watch {
	struct event event;
	watch_call *call;
	void *arg;
};

static const short event_kind[] = {
	[WATCH_READABLE] = EV_READ | EV_PERSIST,
	[WATCH_WRITABLE] = EV_WRITE,
	[WATCH_TIMER] = 0,
	[WATCH_SIGNAL] = EV_SIGNAL | EV_PERSIST,
};

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	const struct watch *watch = arg;

	(void)fd;
	watch->call(watch->arg, what & EV_TIMEOUT ? WATCH_TIME_UP : WATCH_READY);
}

struct watch *
watch_new(struct loop *loop, int fd, enum watch_kind kind, watch_call *call, void *arg)
{
	struct watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		return NULL;
	watch->call = call;
	watch->arg = arg;
	if (event_assign(&watch->event, loop_base(loop), fd, event_kind[kind], on_event, watch) <
		0) {
		free(watch);
		return NULL;
	}
	return watch;
}

void
watch_free(struct watch **watch)
{
	if (!*watch)
		return;
	event_del(&(*watch)->event);
	free(*watch);
	*watch = NULL;
}

bool
watch_start(struct watch *watch, uint64_t ms)
{
	struct timeval time = {
		.tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000),
	};

	return event_add(&watch->event, ms == WATCH_FOREVER ? NULL : &time) == 0;
}

void
watch_stop(struct watch *watch)
{
	event_del(&watch->event);
}

void
watch_fire(struct watch *timer)
{
	event_active(&timer->event, EV_TIMEOUT, 0);
}
