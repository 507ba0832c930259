/*
 * One socket that speaks the direct TCP transport.
 *
 *	OPEN       reads (unless paused) and writes
 *	  | the stream broke, ended, or announced too much
 *	  v
 *	DEAF       reads no more; what waits is written as long as the socket takes it
 *	  | conn_finish(), also from OPEN
 *	  v
 *	LINGERING  has no owner; ends when all is written, when that fails, or when time is up
 *	  | conn_free(), also from OPEN and DEAF
 *	  v
 *	DEAD       has no socket; the memory goes when none of our functions is on the stack
 */
#include "net/conn.h"

#include "net/inflow.h"
#include "net/outflow.h"
#include "net/watch.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * One read asks for the rest of the message under way and for this much more: several small
 * messages come with one call, and of a large one no more than this is copied.
 */
#define CONN_SCRATCH 8192

/* After so many reads, or so many bytes, others get their turn, however much more is there. */
#define CONN_READS 16
#define CONN_BURST (256u * 1024)

enum state { OPEN, DEAF, LINGERING, DEAD };

struct conns {
	struct loop *loop;
	struct conn_times times;
	struct conn *lingering;
	atomic_uint lingering_count;
	uint8_t scratch[CONN_SCRATCH];
};

struct conn {
	struct conns *conns;
	const struct conn_calls *calls;
	void *owner;
	unsigned link;
	enum state state;
	int fd;
	bool paused;
	bool blocked;       /* waits for the socket to take more */
	bool timed;         /* the message under way has a deadline */
	bool busy;          /* one of our handlers is on the stack */
	const char *broken; /* why it is of no more use; the owner is told once, from a handler */
	size_t progress;    /* bytes since the deadline was set */
	struct inflow in;
	struct outflow out;
	struct watch *readable, *writable;
	struct watch *timer;      /* OPEN: the deadline; DEAF: tells ->broken; LINGERING: the end */
	struct conn *prev, *next; /* among the lingering */
};

struct conns *
conns_new(struct loop *loop, struct conn_times times)
{
	struct conns *conns = calloc(1, sizeof *conns);

	if (!conns)
		return NULL;
	conns->loop = loop;
	conns->times = times;
	return conns;
}

void
conns_free(struct conns **conns)
{
	if (!*conns)
		return;
	while ((*conns)->lingering) {
		struct conn *conn = (*conns)->lingering;

		conn_free(&conn);
	}
	free(*conns);
	*conns = NULL;
}

unsigned
conns_lingering(const struct conns *conns)
{
	return atomic_load(&conns->lingering_count);
}

static void
list_lingering(struct conn *conn)
{
	struct conns *conns = conn->conns;

	conn->next = conns->lingering;
	if (conn->next)
		conn->next->prev = conn;
	conns->lingering = conn;
	atomic_fetch_add(&conns->lingering_count, 1);
}

static void
unlist_lingering(struct conn *conn)
{
	struct conns *conns = conn->conns;

	if (conn->prev)
		conn->prev->next = conn->next;
	else
		conns->lingering = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	atomic_fetch_sub(&conns->lingering_count, 1);
}

static void
stop_reading(struct conn *conn)
{
	watch_stop(conn->readable);
	if (conn->timed)
		watch_stop(conn->timer);
	conn->timed = false;
}

/* The one place that changes the state; an arrow points downward only. */
static void
enter(struct conn *conn, enum state state)
{
	if (conn->state == OPEN)
		stop_reading(conn);
	if (conn->state == LINGERING)
		unlist_lingering(conn);
	if (state == LINGERING)
		list_lingering(conn);
	conn->state = state;
}

static void
free_watches(struct conn *conn)
{
	watch_free(&conn->readable);
	watch_free(&conn->writable);
	watch_free(&conn->timer);
}

void
conn_free(struct conn **conn)
{
	struct conn *gone = *conn;

	*conn = NULL;
	if (!gone)
		return;
	if (gone->state != DEAD) {
		enter(gone, DEAD);
		free_watches(gone);
		close(gone->fd);
		inflow_clear(&gone->in);
		outflow_clear(&gone->out);
	}
	if (!gone->busy)
		free(gone);
}

/* Ends a handler: what was freed meanwhile goes now. */
static void
leave(struct conn *conn)
{
	conn->busy = false;
	if (conn->state == DEAD)
		free(conn);
}

/* Tells the owner, from a handler, that the connection is of no more use; who has none just ends.
 */
static void
lose(struct conn *conn, const char *why)
{
	if (conn->state == LINGERING) {
		conn_free(&(struct conn *){conn});
	} else if (conn->state != DEAD) {
		enter(conn, DEAF);
		conn->broken = why;
		watch_stop(conn->writable);
		watch_stop(conn->timer);
		outflow_clear(&conn->out);
		conn->calls->lost(conn->owner, conn->link, why);
	}
}

/* The same where the owner is calling us: it will be told from the event loop. */
static void
lose_later(struct conn *conn, const char *why)
{
	enter(conn, DEAF);
	conn->broken = why;
	watch_fire(conn->timer);
}

/* Writes what the socket takes. NULL, or why it takes nothing any more. */
static const char *
write_out(struct conn *conn)
{
	enum outflow_step step = outflow_write(&conn->out, conn->fd);

	if (step == OUTFLOW_BROKEN)
		return strerrordesc_np(errno);
	conn->blocked = step == OUTFLOW_BLOCKED;
	if (conn->blocked && !watch_start(conn->writable, conn->conns->times.stall))
		return "memory is out";
	return NULL;
}

static void
on_writable(void *arg, enum watch_cause cause)
{
	struct conn *conn = arg;
	const struct conn_calls *calls = conn->calls;
	void *owner = conn->owner;
	bool owned = conn->state != LINGERING;
	const char *error;

	conn->busy = true;
	conn->blocked = false;
	error = cause == WATCH_TIME_UP ? "the peer takes nothing of what is sent" : write_out(conn);
	if (error)
		lose(conn, error);
	else if (conn->state == LINGERING && conn->out.bytes == 0)
		conn_free(&(struct conn *){conn});
	if (owned)
		calls->rest(owner);
	leave(conn);
}

/* Sees to it that no message takes for ever, while reading, and that none under way takes no time.
 */
static void
set_deadline(struct conn *conn)
{
	bool under_way = inflow_under_way(&conn->in);

	if (conn->state != OPEN || conn->paused)
		return;
	if (!under_way && conn->timed)
		watch_stop(conn->timer);
	if (under_way && (!conn->timed || conn->progress >= CONN_FRAME_STEP)) {
		(void)watch_start(conn->timer, conn->conns->times.frame);
		conn->progress = 0;
	}
	conn->timed = under_way;
}

/* Hands over what STEP says; false where nothing more is to be read from this stream. */
static bool
deliver(struct conn *conn, enum inflow_step step)
{
	struct frame *frame;

	switch (step) {
	case INFLOW_MORE:
		break;
	case INFLOW_WHOLE:
		frame = inflow_take(&conn->in);
		conn->calls->frame(conn->owner, conn->link, &frame);
		frame_free(&frame);
		break;
	case INFLOW_TOO_LONG:
		enter(conn, DEAF);
		conn->calls->too_long(conn->owner, conn->link, conn->in.announced);
		break;
	case INFLOW_NO_MEMORY:
		enter(conn, DEAF);
		conn->calls->no_memory(conn->owner, conn->link, conn->in.announced);
		break;
	}
	return conn->state == OPEN;
}

/* N bytes were read: DIRECT of them at most into the message under way, the others into the
 * scratch. */
static void
digest(struct conn *conn, size_t n, size_t direct)
{
	struct span rest = span_of(conn->conns->scratch, n > direct ? n - direct : 0);

	conn->progress += n;
	if (direct > 0 && !deliver(conn, inflow_filled(&conn->in, n < direct ? n : direct)))
		return;
	while (rest.len > 0) {
		size_t limit = conn->calls->limit(conn->owner, conn->link);

		if (!deliver(conn, inflow_feed(&conn->in, &rest, limit)))
			return;
	}
}

/* One read; returns how many bytes came, 0 where there is no point in reading on at once. */
static size_t
read_once(struct conn *conn)
{
	uint8_t *at = NULL;
	size_t room = inflow_room(&conn->in, &at);
	size_t direct = room < CONN_BURST ? room : CONN_BURST;
	size_t spare = direct < room ? 0 : CONN_SCRATCH;
	struct iovec parts[] = {{at, direct}, {conn->conns->scratch, spare}};
	ssize_t n;

	do
		n = readv(conn->fd, parts, 2);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n < 0)
		lose(conn, strerrordesc_np(errno));
	else if (n == 0)
		lose(conn, inflow_under_way(&conn->in)
				   ? "the peer closed in the middle of a message"
				   : "the peer closed the connection");
	if (n <= 0)
		return 0;
	digest(conn, (size_t)n, direct);
	if ((size_t)n < direct + spare || conn->state != OPEN || conn->paused)
		return 0;
	return (size_t)n;
}

static void
on_readable(void *arg, enum watch_cause cause)
{
	struct conn *conn = arg;
	const struct conn_calls *calls = conn->calls;
	void *owner = conn->owner;
	size_t burst = 0, n = 1;

	(void)cause;
	conn->busy = true;
	for (int reads = 0; reads < CONN_READS && n > 0 && burst < CONN_BURST; reads++) {
		n = read_once(conn);
		burst += n;
	}
	set_deadline(conn);
	calls->rest(owner);
	leave(conn);
}

static void
on_timer(void *arg, enum watch_cause cause)
{
	struct conn *conn = arg;
	const struct conn_calls *calls = conn->calls;
	void *owner = conn->owner;
	bool owned = conn->state != LINGERING;

	(void)cause;
	conn->busy = true;
	conn->timed = false;
	lose(conn, conn->broken ? conn->broken : "a message was begun and not finished in time");
	if (owned)
		calls->rest(owner);
	leave(conn);
}

/* Makes the watches and begins to read; false when memory is out. */
static bool
begin(struct conn *conn)
{
	struct loop *loop = conn->conns->loop;

	conn->readable = watch_new(loop, conn->fd, WATCH_READABLE, on_readable, conn);
	conn->writable = watch_new(loop, conn->fd, WATCH_WRITABLE, on_writable, conn);
	conn->timer = watch_new(loop, -1, WATCH_TIMER, on_timer, conn);
	return conn->readable && conn->writable && conn->timer &&
	       watch_start(conn->readable, WATCH_FOREVER);
}

struct conn *
conn_new(struct conns *conns, int fd, const struct conn_calls *calls, void *owner, unsigned link)
{
	struct conn *conn = calloc(1, sizeof *conn);

	if (conn) {
		conn->conns = conns;
		conn->calls = calls;
		conn->owner = owner;
		conn->link = link;
		conn->fd = fd;
		outflow_init(&conn->out);
	}
	if (!conn || !begin(conn)) {
		if (conn)
			free_watches(conn);
		close(fd);
		free(conn);
		return NULL;
	}
	return conn;
}

void
conn_finish(struct conn **conn)
{
	struct conn *last = *conn;

	if (!last)
		return;
	conn_flush(last);
	if (last->broken || last->out.bytes == 0) {
		conn_free(conn);
		return;
	}
	*conn = NULL;
	enter(last, LINGERING);
	last->owner = NULL;
	if (!watch_start(last->timer, last->conns->times.linger))
		conn_free(&last);
}

void
conn_send(struct conn *conn, struct frame **frame)
{
	if (conn->broken || conn->state == DEAD)
		frame_free(frame);
	else if (!outflow_add(&conn->out, frame))
		lose_later(conn, "a message does not fit the transport");
}

void
conn_flush(struct conn *conn)
{
	const char *error;

	if (conn->blocked || conn->broken || conn->out.bytes == 0)
		return;
	error = write_out(conn);
	if (error)
		lose_later(conn, error);
}

size_t
conn_queued(const struct conn *conn)
{
	return conn->out.bytes;
}

void
conn_pause(struct conn *conn)
{
	if (conn->state != OPEN || conn->paused)
		return;
	stop_reading(conn);
	conn->paused = true;
}

void
conn_resume(struct conn *conn)
{
	if (conn->state != OPEN || !conn->paused)
		return;
	conn->paused = false;
	if (!watch_start(conn->readable, WATCH_FOREVER))
		lose_later(conn, "memory is out");
	set_deadline(conn);
}
