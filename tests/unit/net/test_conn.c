/* conn.h: one socket, over a socket pair, with a test as its owner. */
#include "net/conn.h"

#include "base/frame.h"
#include "support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the owner was told. */
struct told {
	struct loop *loop;
	struct conns *conns;
	struct conn *conn;
	int peer; /* the other end */
	size_t limit;
	unsigned frames, rests, losses, too_longs;
	size_t bytes;  /* of all messages */
	uint32_t sum;  /* over them, order included */
	size_t length; /* of the one that was too long */
	char why[128];
	unsigned free_after; /* frees the connection in the callback of this message; 0: never */
	unsigned pause_after;
	bool inside; /* one of our own calls is under way */
};

static size_t
limit(void *owner, unsigned link)
{
	cr_assert_eq(link, 7);
	return ((struct told *)owner)->limit;
}

static uint32_t
add_to(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

static void
frame_came(void *owner, unsigned link, struct frame **frame)
{
	struct told *told = owner;

	cr_assert_eq(link, 7);
	told->frames++;
	told->bytes += (*frame)->len;
	told->sum = add_to(told->sum, (*frame)->data, (*frame)->len);
	if (told->free_after == told->frames)
		conn_free(&told->conn);
	if (told->pause_after == told->frames)
		conn_pause(told->conn);
	frame_free(frame);
}

static void
too_long(void *owner, unsigned link, size_t length)
{
	struct told *told = owner;

	cr_assert_eq(link, 7);
	told->too_longs++;
	told->length = length;
}

static void
lost(void *owner, unsigned link, const char *why)
{
	struct told *told = owner;

	cr_assert_eq(link, 7);
	cr_assert_not(told->inside, "nothing is told from inside a call");
	told->losses++;
	snprintf(told->why, sizeof told->why, "%s", why);
}

static void
rest(void *owner)
{
	((struct told *)owner)->rests++;
}

static void
no_memory(void *owner, unsigned link, size_t length)
{
	(void)owner;
	(void)link;
	cr_assert(false, "no memory for %zu bytes", length);
}

static const struct conn_calls calls = {limit, frame_came, too_long, no_memory, lost, rest};

static struct told *
begin_with(struct conn_times times)
{
	struct told *told = calloc(1, sizeof *told);
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	told->limit = 16 << 20;
	told->peer = fds[1];
	told->loop = loop_new();
	told->conns = conns_new(told->loop, times);
	told->conn = conn_new(told->conns, fds[0], &calls, told, 7);
	cr_assert_not_null(told->conn);
	return told;
}

static struct told *
begin(void)
{
	return begin_with(CONN_TIMES_USUAL);
}

static void
end(struct told *told)
{
	conn_free(&told->conn);
	conns_free(&told->conns);
	loop_free(&told->loop);
	if (told->peer >= 0)
		close(told->peer);
	free(told);
}

/* The peer writes all of BYTES, while the loop runs. */
static void
peer_writes(struct told *told, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len > 0) {
		ssize_t n = write(told->peer, at, len);

		cr_assert(n > 0 || errno == EAGAIN);
		at += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
		run_for(told->loop, 1);
	}
}

static void
peer_closes(struct told *told)
{
	close(told->peer);
	told->peer = -1;
}

/* LEN bytes of message behind its header, on the heap; their sum in *SUM, carried on. */
static uint8_t *
message_of(size_t len, uint32_t *sum)
{
	uint8_t *bytes = malloc(len + 4);

	bytes[0] = 0;
	bytes[1] = (uint8_t)(len >> 16);
	bytes[2] = (uint8_t)(len >> 8);
	bytes[3] = (uint8_t)len;
	for (size_t i = 0; i < len; i++)
		bytes[4 + i] = (uint8_t)(i * 7 + i / 251);
	*sum = add_to(*sum, bytes + 4, len);
	return bytes;
}

static void
send_message(struct told *told, size_t len, uint8_t fill)
{
	struct frame *frame = frame_new(len);

	memset(frame->data, fill, len);
	frame->len = len;
	conn_send(told->conn, &frame);
	cr_assert_null(frame);
}

Test(conn, delivers_a_message_that_comes_byte_by_byte)
{
	struct told *told = begin();
	uint32_t sum = 0;
	uint8_t *message = message_of(9, &sum);

	for (size_t i = 0; i < 12; i++)
		peer_writes(told, message + i, 1);
	cr_assert_eq(told->frames, 0);
	peer_writes(told, message + 12, 1);
	cr_assert_eq(told->frames, 1);
	cr_assert_eq(told->sum, sum);
	free(message);
	end(told);
}

Test(conn, delivers_all_messages_of_one_read_before_it_rests)
{
	static const uint8_t three[] = {0, 0, 0, 1, 'a', 0, 0, 0, 1, 'b', 0, 0, 0, 1, 'c'};
	struct told *told = begin();

	peer_writes(told, three, sizeof three);
	cr_assert_eq(told->frames, 3);
	cr_assert_eq(told->sum, add_to(0, (const uint8_t *)"abc", 3));
	cr_assert_eq(told->rests, 1);
	end(told);
}

/* Sizes around the scratch that small messages are read into, and far beyond it, back to back. */
Test(conn, delivers_messages_of_every_size_unharmed)
{
	static const size_t sizes[] = {
		0, 1, 4096, 8187, 8188, 8189, 8192, 65536, 1 << 20, 3, 8 << 20, 0, 77};
	struct told *told = begin();
	uint32_t sum = 0;
	size_t total = 0;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uint8_t *message = message_of(sizes[i], &sum);

		peer_writes(told, message, sizes[i] + 4);
		total += sizes[i];
		free(message);
	}
	run_until(told->loop, &told->frames, sizeof sizes / sizeof *sizes);
	cr_assert_eq(told->bytes, total);
	cr_assert_eq(told->sum, sum);
	cr_assert_eq(told->losses, 0);
	end(told);
}

Test(conn, announces_what_is_too_long_and_reads_no_more)
{
	static const uint8_t bytes[] = {0, 0, 0, 1, 'a', 0, 0, 0, 11, 0, 0, 0, 1, 'b'};
	struct told *told = begin();

	told->limit = 10;
	peer_writes(told, bytes, sizeof bytes);
	peer_writes(told, bytes, 5);
	peer_closes(told);
	run_for(told->loop, 5);
	cr_assert_eq(told->frames, 1);
	cr_assert_eq(told->too_longs, 1);
	cr_assert_eq(told->length, 11);
	cr_assert_eq(told->losses, 0);
	end(told);
}

Test(conn, still_writes_the_answer_to_what_is_too_long)
{
	static const uint8_t bytes[] = {'G', 'E', 'T', ' '};
	struct told *told = begin();
	char got[16];

	peer_writes(told, bytes, sizeof bytes);
	cr_assert_eq(told->too_longs, 1);
	send_message(told, 1, 'n');
	conn_finish(&told->conn);
	cr_assert_eq(read(told->peer, got, sizeof got), 5);
	cr_assert_eq(read(told->peer, got, sizeof got), 0);
	end(told);
}

Test(conn, tells_an_end_between_messages_from_one_within)
{
	static const uint8_t bytes[] = {0, 0, 0, 1, 'a', 0, 0};
	struct told *told = begin();

	peer_writes(told, bytes, 5);
	shutdown(told->peer, SHUT_WR);
	run_until(told->loop, &told->losses, 1);
	cr_assert_eq(told->frames, 1);
	cr_assert_str_eq(told->why, "the peer closed the connection");
	cr_assert_eq(told->rests, 2);
	end(told);

	told = begin();
	peer_writes(told, bytes, sizeof bytes);
	peer_closes(told);
	run_until(told->loop, &told->losses, 1);
	cr_assert_eq(told->frames, 1);
	cr_assert_str_eq(told->why, "the peer closed in the middle of a message");
	run_for(told->loop, 5);
	cr_assert_eq(told->losses, 1, "once");
	end(told);
}

Test(conn, may_be_freed_while_it_delivers)
{
	static const uint8_t three[] = {0, 0, 0, 1, 'a', 0, 0, 0, 1, 'b', 0, 0, 0, 1, 'c'};
	struct told *told = begin();

	told->free_after = 2;
	peer_writes(told, three, sizeof three);
	cr_assert_eq(told->frames, 2);
	cr_assert_eq(told->rests, 1);
	cr_assert_eq(told->losses, 0);
	end(told);
}

Test(conn, reads_nothing_while_it_is_paused)
{
	static const uint8_t one[] = {0, 0, 0, 1, 'a'};
	struct told *told = begin();

	told->pause_after = 1;
	peer_writes(told, one, sizeof one);
	peer_writes(told, one, sizeof one);
	cr_assert_eq(told->frames, 1);
	conn_pause(told->conn);
	conn_resume(told->conn);
	run_until(told->loop, &told->frames, 2);
	end(told);
}

Test(conn, ends_a_message_that_is_never_finished)
{
	static const uint8_t part[] = {0, 0, 0};
	struct told *told = begin_with((struct conn_times){.frame = 30, .stall = 60000});

	run_for(told->loop, 60);
	cr_assert_eq(told->losses, 0, "an idle connection may be idle");
	peer_writes(told, part, sizeof part);
	run_until(told->loop, &told->losses, 1);
	cr_assert_str_eq(told->why, "a message was begun and not finished in time");
	end(told);
}

Test(conn, gives_a_long_message_its_time_anew_as_it_comes)
{
	struct told *told = begin_with((struct conn_times){.frame = 150, .stall = 60000});
	uint32_t sum = 0;
	uint8_t *message = message_of(4 * CONN_FRAME_STEP, &sum);

	for (int i = 0; i < 4; i++) {
		peer_writes(told, message + i * CONN_FRAME_STEP, CONN_FRAME_STEP);
		run_for(told->loop, 75);
	}
	cr_assert_eq(told->losses, 0);
	peer_writes(told, message + 4 * CONN_FRAME_STEP, 4);
	cr_assert_eq(told->frames, 1);
	cr_assert_eq(told->sum, sum);
	free(message);
	end(told);
}

Test(conn, gives_no_time_for_single_bytes)
{
	static const uint8_t header[] = {0, 0, 1, 0};
	struct told *told = begin_with((struct conn_times){.frame = 50, .stall = 60000});

	peer_writes(told, header, sizeof header);
	for (int i = 0; i < 20 && told->losses == 0; i++) {
		peer_writes(told, "x", 1);
		run_for(told->loop, 10);
	}
	cr_assert_eq(told->losses, 1);
	end(told);
}

Test(conn, sets_no_deadline_where_it_is_paused_with_a_message_begun)
{
	static const uint8_t bytes[] = {0, 0, 0, 1, 'a', 0, 0};
	struct told *told = begin_with((struct conn_times){.frame = 30, .stall = 60000});

	told->pause_after = 1;
	peer_writes(told, bytes, sizeof bytes);
	run_for(told->loop, 60);
	cr_assert_eq(told->losses, 0);
	end(told);
}

Test(conn, sets_no_deadline_to_what_it_does_not_read)
{
	static const uint8_t part[] = {0, 0, 0};
	struct told *told = begin_with((struct conn_times){.frame = 30, .stall = 60000});

	peer_writes(told, part, sizeof part);
	conn_pause(told->conn);
	run_for(told->loop, 60);
	cr_assert_eq(told->losses, 0);
	conn_resume(told->conn);
	run_until(told->loop, &told->losses, 1);
	end(told);
}

Test(conn, ends_a_peer_that_takes_nothing)
{
	struct told *told = begin_with((struct conn_times){.frame = 30000, .stall = 30});

	send_message(told, 4 << 20, 'x');
	conn_flush(told->conn);
	cr_assert_gt(conn_queued(told->conn), 0);
	run_until(told->loop, &told->losses, 1);
	cr_assert_str_eq(told->why, "the peer takes nothing of what is sent");
	end(told);
}

Test(conn, writes_what_was_sent_in_order_as_the_peer_takes_it)
{
	static uint8_t got[1 << 20];
	struct told *told = begin();
	size_t at = 0;

	send_message(told, 3, 'a');
	send_message(told, 1000000, 'b');
	cr_assert_eq(conn_queued(told->conn), 1000011);
	conn_flush(told->conn);
	while (at < 1000011) {
		ssize_t n = read(told->peer, got + at, sizeof got - at);

		at += n > 0 ? (size_t)n : 0;
		run_for(told->loop, 1);
	}
	cr_assert_eq(conn_queued(told->conn), 0);
	cr_assert_arr_eq(got, "\0\0\0\3aaa\0\x0f\x42\x40", 11);
	for (size_t i = 11; i < at; i++)
		cr_assert_eq(got[i], 'b');
	cr_assert_gt(told->rests, 0, "room in the queue is told");
	end(told);
}

Test(conn, tells_a_failed_write_later_and_once)
{
	struct told *told = begin();

	peer_closes(told);
	told->inside = true;
	send_message(told, 3, 'a');
	conn_flush(told->conn);
	send_message(told, 3, 'b');
	conn_flush(told->conn);
	told->inside = false;
	run_until(told->loop, &told->losses, 1);
	run_for(told->loop, 5);
	cr_assert_eq(told->losses, 1);
	cr_assert_str_eq(told->why, "Broken pipe");
	end(told);
}

Test(conn, finishes_what_waits_without_its_owner)
{
	static uint8_t got[1 << 21];
	struct told *told = begin();
	size_t at = 0;
	ssize_t n;

	send_message(told, 2000000, 'x');
	conn_finish(&told->conn);
	cr_assert_null(told->conn);
	cr_assert_eq(conns_lingering(told->conns), 1);
	do {
		run_for(told->loop, 1);
		n = read(told->peer, got, sizeof got);
		at += n > 0 ? (size_t)n : 0;
	} while (n != 0);
	cr_assert_eq(at, 2000004);
	cr_assert_eq(conns_lingering(told->conns), 0);
	cr_assert_eq(told->losses + told->rests, 0, "its owner hears no more of it");
	end(told);
}

Test(conn, lingers_for_its_time_only)
{
	struct told *told =
		begin_with((struct conn_times){.frame = 30000, .stall = 60000, .linger = 30});

	send_message(told, 4 << 20, 'x');
	conn_finish(&told->conn);
	run_for(told->loop, 60);
	cr_assert_eq(conns_lingering(told->conns), 0);
	end(told);
}

Test(conn, leaves_nothing_behind_where_all_ends_while_it_lingers)
{
	struct told *told = begin();

	send_message(told, 4 << 20, 'x');
	conn_finish(&told->conn);
	cr_assert_eq(conns_lingering(told->conns), 1);
	end(told); /* AddressSanitizer watches */
}
