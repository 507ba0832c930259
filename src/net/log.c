/*
 * The log sink. The descriptor is shared with whoever started us, so it is not ours to make
 * non-blocking; instead it is asked first whether it takes a line. A pipe that says yes takes
 * PIPE_BUF bytes without waiting; only a longer line could still wait for a reader that stalls just
 * then.
 */
#include "net/log.h"

#include "net/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long a line waits for a reader that was quick so far. */
#define LOG_PATIENCE_MS 100

struct log {
	pthread_mutex_t lock; /* over what follows and the descriptor: lines do not mix */
	struct log_config config;
	int fd;
	uint64_t dropped; /* lines since the reader stalled; 0: it does not */
};

struct log *
log_new(int fd, struct log_config config)
{
	struct log *log = calloc(1, sizeof *log);

	if (!log)
		return NULL;
	pthread_mutex_init(&log->lock, NULL);
	log->config = config;
	log->fd = fd;
	return log;
}

void
log_free(struct log **log)
{
	if (!*log)
		return;
	pthread_mutex_destroy(&(*log)->lock);
	free(*log);
	*log = NULL;
}

static bool
takes_a_line(const struct log *log)
{
	struct pollfd wanted = {.fd = log->fd, .events = POLLOUT};
	int ready;

	do
		ready = poll(&wanted, 1, log->dropped ? 0 : LOG_PATIENCE_MS);
	while (ready < 0 && errno == EINTR);
	return ready > 0 && (wanted.revents & POLLOUT);
}

/* One line, whole unless the descriptor itself refuses. */
static void
put_line(struct log *log, const struct event *event)
{
	char time[CLOCK_TEXT_SIZE];
	char *line = log->config.format == LOG_FORMAT_JSON ? event_json(event, clock_text(time))
							   : event_plain(event, clock_text(time));
	size_t len = line ? strlen(line) : 0;

	for (size_t at = 0; at < len;) {
		ssize_t n = write(log->fd, line + at, len - at);

		if (n < 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	free(line);
}

static void
put_or_drop(struct log *log, const struct event *event)
{
	if (!takes_a_line(log)) {
		log->dropped++;
		return;
	}
	if (log->dropped) {
		struct event *gap = event_new(LEVEL_WARNING, "log-gap");

		event_number(gap, "lines", log->dropped);
		event_text(gap, "words", "lines were dropped, for whoever reads this log did not");
		log->dropped = 0;
		put_line(log, gap);
		event_free(&gap);
		if (!takes_a_line(log)) {
			log->dropped++;
			return;
		}
	}
	put_line(log, event);
}

void
log_write(struct log *log, struct event **event)
{
	if (*event && event_level(*event) <= log->config.level) {
		pthread_mutex_lock(&log->lock);
		put_or_drop(log, *event);
		pthread_mutex_unlock(&log->lock);
	}
	event_free(event);
}
