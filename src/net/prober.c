/* Asks servers questions. One loop, which runs while an answer is waited for. */
#include "net/prober.h"

#include "base/frame.h"
#include "bridge/sounding.h"
#include "net/clock.h"
#include "net/conn.h"
#include "net/dial.h"
#include "net/loop.h"
#include "net/watch.h"
#include "net/workers.h"
#include "policy/policy.h"

#include <stdio.h>
#include <stdlib.h>

/* How long a name lookup that nobody waits for any more may still take. */
#define PROBER_WORKERS_MS 100

/* The longest answer that is taken: nothing but NEGOTIATE and SESSION_SETUP is asked. */
#define PROBER_FRAME_MAX (128u * 1024)

struct prober {
	struct loop *loop;
	struct workers *workers;
	struct conns *conns;
	struct watch *timer;
	/* of the question under way */
	struct sounding *sounding;
	struct dial *dial;
	struct conn *conn;
	bool connected;
	uint64_t patience_ms; /* for the connection, and for each answer */
	char *error;
	size_t size;
};

static size_t
limit(void *owner, unsigned link)
{
	(void)owner;
	(void)link;
	return PROBER_FRAME_MAX;
}

/* Sends FRAME, or ends the question where there is none. Time that a KDC took is not the server's.
 */
static void
go_on(struct prober *prober, struct frame *frame)
{
	if (frame && watch_start(prober->timer, prober->patience_ms))
		conn_send(prober->conn, &frame);
	else
		loop_stop(prober->loop);
	frame_free(&frame);
}

static void
frame_came(void *owner, unsigned link, struct frame **frame)
{
	struct prober *prober = owner;

	(void)link;
	go_on(prober, sounding_take(prober->sounding, *frame, clock_moment().filetime));
	frame_free(frame);
}

/* Beyond the limit, or more than there is memory for. */
static void
unread(void *owner, unsigned link, size_t length)
{
	struct prober *prober = owner;

	(void)link;
	(void)length;
	loop_stop(prober->loop);
}

static void
lost(void *owner, unsigned link, const char *why)
{
	struct prober *prober = owner;

	(void)link;
	(void)why;
	conn_free(&prober->conn);
	loop_stop(prober->loop);
}

static void
rest(void *owner)
{
	struct prober *prober = owner;

	if (prober->conn)
		conn_flush(prober->conn);
}

static void
on_timer(void *arg, enum watch_cause cause)
{
	struct prober *prober = arg;

	(void)cause;
	loop_stop(prober->loop);
}

static void
dialled(void *owner, unsigned link, int fd, const char *error)
{
	static const struct conn_calls calls = {.limit = limit,
		.frame = frame_came,
		.too_long = unread,
		.no_memory = unread,
		.lost = lost,
		.rest = rest};
	struct prober *prober = owner;

	prober->dial = NULL;
	if (!error) {
		prober->conn = conn_new(prober->conns, fd, &calls, prober, link);
		error = prober->conn ? NULL : "memory is out";
	}
	prober->connected = !error;
	if (error) {
		snprintf(prober->error, prober->size, "%s", error);
		loop_stop(prober->loop);
		return;
	}
	go_on(prober, sounding_begin(prober->sounding));
	conn_flush(prober->conn);
}

struct prober *
prober_new(void)
{
	struct prober *prober = calloc(1, sizeof *prober);

	if (!prober)
		return NULL;
	prober->loop = loop_new();
	prober->workers = workers_new(1, 4);
	if (prober->loop) {
		prober->conns = conns_new(prober->loop, CONN_TIMES_USUAL);
		prober->timer = watch_new(prober->loop, -1, WATCH_TIMER, on_timer, prober);
	}
	if (!prober->workers || !prober->conns || !prober->timer)
		prober_free(&prober);
	return prober;
}

void
prober_free(struct prober **prober)
{
	struct prober *gone = *prober;

	*prober = NULL;
	if (!gone || !workers_free(&gone->workers, PROBER_WORKERS_MS))
		return; /* a lookup hangs, and uses what would be freed */
	watch_free(&gone->timer);
	conns_free(&gone->conns);
	loop_free(&gone->loop);
	free(gone);
}

bool
prober_ask(struct prober *prober, const struct upstream *upstream, struct sounding *sounding,
	char *error, size_t size)
{
	prober->sounding = sounding;
	prober->connected = false;
	prober->error = error;
	prober->size = size;
	prober->patience_ms = 2 * upstream->connect_timeout_ms;
	snprintf(error, size, "it did not answer within connect_timeout");
	prober->dial = dial_new(prober->loop, prober->workers, upstream, dialled, prober, 1);
	if (prober->dial && watch_start(prober->timer, prober->patience_ms))
		loop_run(prober->loop);
	watch_stop(prober->timer);
	dial_free(&prober->dial);
	conn_free(&prober->conn);
	sounding_end(sounding);
	return prober->connected;
}
