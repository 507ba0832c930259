/* log.h: one line an event, no finer than wanted, and no standstill where nobody reads. */
#include "net/log.h"

#include "net/clock.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct sink {
	struct log *log;
	int fds[2];
};

static struct sink
sink_new(enum log_format format, enum level level)
{
	struct sink sink;

	cr_assert_eq(pipe(sink.fds), 0);
	cr_assert_eq(fcntl(sink.fds[0], F_SETFL, O_NONBLOCK), 0);
	sink.log = log_new(sink.fds[1], (struct log_config){format, level});
	return sink;
}

static void
sink_free(struct sink *sink)
{
	log_free(&sink->log);
	close(sink->fds[0]);
	close(sink->fds[1]);
}

static void
say(struct sink *sink, enum level level, const char *text)
{
	struct event *event = event_new(level, "greeting");

	event_text(event, "text", text);
	log_write(sink->log, &event);
	cr_assert_null(event);
}

/* Everything that was written so far. */
static const char *
heard(struct sink *sink)
{
	static char buffer[1 << 18];
	ssize_t n = read(sink->fds[0], buffer, sizeof buffer - 1);

	buffer[n > 0 ? n : 0] = '\0';
	return buffer;
}

Test(log, writes_json_and_plain_lines_with_the_time_in_front)
{
	struct sink json = sink_new(LOG_FORMAT_JSON, LEVEL_INFO);
	struct sink plain = sink_new(LOG_FORMAT_TEXT, LEVEL_INFO);
	unsigned year, millisecond;
	char rest[64];

	say(&json, LEVEL_INFO, "hello");
	cr_assert_eq(sscanf(heard(&json), "{\"time\":\"%4u-%*2u-%*2uT%*2u:%*2u:%*2u.%3uZ\",%63s",
			     &year, &millisecond, rest),
		3);
	cr_assert_geq(year, 2024);
	cr_assert_str_eq(rest, "\"level\":\"info\",\"event\":\"greeting\",\"text\":\"hello\"}");
	say(&plain, LEVEL_ERROR, "hello");
	cr_assert_str_eq(strchr(heard(&plain), ' '), " error greeting text=hello\n");
	sink_free(&json);
	sink_free(&plain);
}

Test(log, leaves_out_what_is_finer_than_wanted)
{
	struct sink sink = sink_new(LOG_FORMAT_TEXT, LEVEL_WARNING);
	struct event *none = NULL;

	say(&sink, LEVEL_INFO, "no");
	say(&sink, LEVEL_DEBUG, "no");
	cr_assert_str_eq(heard(&sink), "");
	say(&sink, LEVEL_WARNING, "yes");
	cr_assert(strstr(heard(&sink), "text=yes\n"));
	log_write(sink.log, &none);
	sink_free(&sink);
}

Test(log, does_not_wait_for_a_reader_that_stalls_and_owns_up_to_the_gap)
{
	struct sink sink = sink_new(LOG_FORMAT_TEXT, LEVEL_INFO);
	uint64_t before = clock_ms();
	unsigned lines = 0, dropped = 0;
	const char *at;

	for (int i = 0; i < 3000; i++)
		say(&sink, LEVEL_INFO, "a line of some length, so that a pipe is full before long");
	cr_assert_lt(clock_ms() - before, 3000);
	for (at = heard(&sink); *at; at++)
		lines += *at == '\n';
	cr_assert(lines > 100 && lines < 3000, "%u", lines);
	say(&sink, LEVEL_INFO, "again");
	at = heard(&sink);
	cr_assert_eq(sscanf(strstr(at, "log-gap lines="), "log-gap lines=%u ", &dropped), 1);
	cr_assert_eq(lines + dropped, 3000);
	cr_assert(strstr(at, "text=again\n"));
	sink_free(&sink);
}
