/*
 * Connecting to a server of the policy.
 *
 *	NEXT     begins with the next of the server's addresses, as the policy lists them
 *	  | a name                         | a number
 *	  v                                |
 *	LOOKUP   a worker asks for it      |
 *	  | answer                         |
 *	  v                                v
 *	CONNECT  tries what was found, one after another; none works: back to NEXT
 *
 * One timer serves all: it starts the first step, ends an attempt that has had its share of the
 * time, and ends all when the time is up.
 */
#include "net/dial.h"

#include "net/address.h"
#include "net/clock.h"
#include "net/loop.h"
#include "net/sock.h"
#include "net/watch.h"
#include "net/workers.h"
#include "policy/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Addresses of one name that are tried. */
#define DIAL_ADDRESSES 8

/* An attempt is given this long, though more addresses wait, as far as there is time at all. */
#define DIAL_ATTEMPT_MS 250

/* What a worker finds out; owns itself, and knows the dial by its id only. */
struct lookup {
	struct task task;
	struct letter letter;
	struct loop *loop;
	uint64_t dial;
	size_t next; /* the dial's, when it asked */
	uint16_t port;
	const char *error;
	size_t count;
	struct address found[DIAL_ADDRESSES];
	char host[];
};

struct dial {
	struct loop *loop;
	struct workers *workers;
	const struct upstream *upstream;
	dial_done *done;
	void *owner;
	unsigned link;
	uint64_t id;
	uint64_t until; /* clock_ms() when time is up */
	size_t next;    /* of the upstream's addresses */
	struct address found[DIAL_ADDRESSES];
	size_t count, at; /* of what was found */
	int fd;           /* being connected, or -1 */
	struct watch *connected, *timer;
	char error[256]; /* why the last attempt failed */
};

static void step(struct dial *dial);

static uint64_t
time_left(const struct dial *dial)
{
	uint64_t now = clock_ms();

	return now < dial->until ? dial->until - now : 0;
}

static void
hang_up(struct dial *dial)
{
	if (dial->fd < 0)
		return;
	watch_free(&dial->connected);
	close(dial->fd);
	dial->fd = -1;
}

void
dial_free(struct dial **dial)
{
	if (!*dial)
		return;
	hang_up(*dial);
	watch_free(&(*dial)->timer);
	if ((*dial)->id)
		loop_strike((*dial)->loop, (*dial)->id);
	free(*dial);
	*dial = NULL;
}

/* Ends the dial: with the socket where there is one, else with its last error. */
static void
finish(struct dial *dial, int fd)
{
	dial_done *done = dial->done;
	void *owner = dial->owner;
	unsigned link = dial->link;
	char error[sizeof dial->error];

	memcpy(error, dial->error, sizeof error);
	dial_free(&dial);
	done(owner, link, fd, fd < 0 ? error : NULL);
}

/* The address under way is of no use. */
static void
failed(struct dial *dial, const char *why)
{
	char text[ADDRESS_TEXT_SIZE];

	snprintf(dial->error, sizeof dial->error, "%s: %s",
		address_text(&dial->found[dial->at], text), why);
	hang_up(dial);
	dial->at++;
}

static void
on_connected(void *arg, enum watch_cause cause)
{
	struct dial *dial = arg;
	int fd = dial->fd;
	int error = sock_error(fd);

	(void)cause;
	if (error) {
		failed(dial, strerrordesc_np(error));
		step(dial);
		return;
	}
	watch_free(&dial->connected);
	dial->fd = -1;
	finish(dial, fd);
}

static void
on_timer(void *arg, enum watch_cause cause)
{
	struct dial *dial = arg;

	(void)cause;
	if (dial->fd >= 0)
		failed(dial, "no answer in time");
	else if (dial->next > 0)
		snprintf(dial->error, sizeof dial->error, "%s: the name was not found in time",
			dial->upstream->addresses[dial->next - 1].host);
	step(dial);
}

/* Begins to connect to the address at hand; false where that fails at once. */
static bool
attempt(struct dial *dial)
{
	uint64_t left = time_left(dial);
	size_t others = dial->count - dial->at - 1 + dial->upstream->address_count - dial->next;
	uint64_t share = left / (others + 1);

	dial->fd = sock_connect(&dial->found[dial->at]);
	if (dial->fd < 0) {
		failed(dial, strerrordesc_np(errno));
		return false;
	}
	dial->connected = watch_new(dial->loop, dial->fd, WATCH_WRITABLE, on_connected, dial);
	if (share < DIAL_ATTEMPT_MS)
		share = left < DIAL_ATTEMPT_MS ? left : DIAL_ATTEMPT_MS;
	if (dial->connected && watch_start(dial->connected, WATCH_FOREVER) &&
		watch_start(dial->timer, share))
		return true;
	failed(dial, "memory is out");
	return false;
}

static void
lookup_drop(struct letter *letter)
{
	free((char *)letter - offsetof(struct lookup, letter));
}

static void
lookup_deliver(struct letter *letter)
{
	struct lookup *lookup = (struct lookup *)((char *)letter - offsetof(struct lookup, letter));
	struct dial *dial = loop_find(lookup->loop, lookup->dial);

	if (dial && dial->next == lookup->next) {
		dial->count = lookup->count;
		memcpy(dial->found, lookup->found, sizeof dial->found);
		if (lookup->error)
			snprintf(dial->error, sizeof dial->error, "%s: %s", lookup->host,
				lookup->error);
		step(dial);
	}
	free(lookup);
}

static void
lookup_run(struct task *task)
{
	static const struct letter_kind answer = {lookup_deliver, lookup_drop};
	struct lookup *lookup = (struct lookup *)task; /* its first member */

	lookup->error = address_lookup(
		lookup->host, lookup->port, lookup->found, DIAL_ADDRESSES, &lookup->count);
	lookup->letter.kind = &answer;
	loop_post(lookup->loop, &lookup->letter);
}

static void
lookup_forget(struct task *task)
{
	free(task);
}

/* Lets a worker look the name of ADDRESS up; false where that cannot be. */
static bool
ask(struct dial *dial, const struct endpoint *address)
{
	static const struct task_kind kind = {lookup_run, lookup_forget};
	size_t len = strlen(address->host);
	struct lookup *lookup = calloc(1, sizeof *lookup + len + 1);

	if (lookup) {
		lookup->task.kind = &kind;
		lookup->loop = dial->loop;
		lookup->dial = dial->id;
		lookup->next = dial->next;
		lookup->port = address->port;
		memcpy(lookup->host, address->host, len);
	}
	if (!lookup || !workers_add(dial->workers, &lookup->task)) {
		snprintf(dial->error, sizeof dial->error, "%s: too many lookups are under way",
			address->host);
		free(lookup);
		return false;
	}
	return watch_start(dial->timer, time_left(dial));
}

/* Goes on until something is under way that will call back, or all is over. */
static void
step(struct dial *dial)
{
	while (time_left(dial) > 0) {
		const struct endpoint *address;

		while (dial->at < dial->count)
			if (attempt(dial))
				return;
		if (dial->next == dial->upstream->address_count)
			break;
		address = &dial->upstream->addresses[dial->next++];
		dial->at = 0;
		dial->count = 0;
		if (address_parse(&dial->found[0], address->host, address->port))
			dial->count = 1;
		else if (ask(dial, address))
			return;
	}
	finish(dial, -1);
}

struct dial *
dial_new(struct loop *loop, struct workers *workers, const struct upstream *upstream,
	dial_done *done, void *owner, unsigned link)
{
	struct dial *dial = calloc(1, sizeof *dial);

	if (!dial)
		return NULL;
	dial->loop = loop;
	dial->workers = workers;
	dial->upstream = upstream;
	dial->done = done;
	dial->owner = owner;
	dial->link = link;
	dial->fd = -1;
	dial->until = clock_ms() + upstream->connect_timeout_ms;
	snprintf(dial->error, sizeof dial->error, "no answer in time");
	dial->timer = watch_new(loop, -1, WATCH_TIMER, on_timer, dial);
	dial->id = loop_enlist(loop, dial);
	if (!dial->timer || !dial->id)
		dial_free(&dial);
	else
		watch_fire(dial->timer);
	return dial;
}
