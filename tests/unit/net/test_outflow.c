/* outflow.h: messages into a stream, in order, whole, whatever the socket takes at a time. */
#include "net/outflow.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct frame *
frame_of(size_t len, uint8_t fill)
{
	struct frame *frame = frame_new(len);

	memset(frame->data, fill, len);
	frame->len = len;
	return frame;
}

static void
pair(int fds[2])
{
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
}

Test(outflow, puts_the_length_before_each_message)
{
	static const uint8_t wanted[] = {0, 0, 0, 2, 'a', 'a', 0, 0, 0, 0, 0, 0, 0, 1, 'b'};
	struct frame *frames[] = {frame_of(2, 'a'), frame_of(0, 0), frame_of(1, 'b')};
	uint8_t got[64];
	struct outflow out;
	int fds[2];

	pair(fds);
	outflow_init(&out);
	for (int i = 0; i < 3; i++) {
		cr_assert(outflow_add(&out, &frames[i]));
		cr_assert_null(frames[i]);
	}
	cr_assert_eq(out.bytes, sizeof wanted);
	cr_assert_eq(outflow_write(&out, fds[0]), OUTFLOW_EMPTY);
	cr_assert_eq(out.bytes, 0);
	cr_assert_eq(read(fds[1], got, sizeof got), (ssize_t)sizeof wanted);
	cr_assert_arr_eq(got, wanted, sizeof wanted);
	close(fds[0]);
	close(fds[1]);
}

/* Sixty messages of odd sizes, more than the socket and one call take, read in pieces. */
Test(outflow, goes_on_where_the_socket_stopped)
{
	size_t total = 0, got = 0, at = 0;
	struct outflow out;
	uint8_t *all;
	int fds[2];

	pair(fds);
	outflow_init(&out);
	for (size_t i = 0; i < 60; i++) {
		struct frame *frame = frame_of(i * 997, (uint8_t)i);

		total += 4 + i * 997;
		cr_assert(outflow_add(&out, &frame));
	}
	all = malloc(total);
	cr_assert_eq(outflow_write(&out, fds[0]), OUTFLOW_BLOCKED);
	while (got < total) {
		ssize_t n = read(fds[1], all + got, total - got < 7777 ? total - got : 7777);

		cr_assert_gt(n, 0);
		got += (size_t)n;
		cr_assert_neq(outflow_write(&out, fds[0]), OUTFLOW_BROKEN);
	}
	cr_assert_eq(out.bytes, 0);
	for (size_t i = 0; i < 60; at += 4 + i * 997, i++) {
		size_t len = (size_t)all[at + 1] << 16 | (size_t)all[at + 2] << 8 | all[at + 3];

		cr_assert_eq(len, i * 997, "message %zu", i);
		for (size_t k = 0; k < len; k++)
			cr_assert_eq(all[at + 4 + k], (uint8_t)i);
	}
	free(all);
	close(fds[0]);
	close(fds[1]);
}

Test(outflow, tells_when_the_peer_is_gone)
{
	struct frame *frame = frame_of(10, 'x');
	struct outflow out;
	int fds[2];

	pair(fds);
	close(fds[1]);
	outflow_init(&out);
	cr_assert(outflow_add(&out, &frame));
	cr_assert_eq(outflow_write(&out, fds[0]), OUTFLOW_BROKEN);
	cr_assert_eq(errno, EPIPE);
	outflow_clear(&out);
	cr_assert_eq(out.bytes, 0);
	close(fds[0]);
}

Test(outflow, refuses_what_three_bytes_cannot_say_and_what_has_no_headroom)
{
	struct frame *longest = frame_of(0xffffff, 0), *longer = frame_of(0x1000000, 0);
	struct frame *tight = frame_of(1, 0);
	struct outflow out;

	outflow_init(&out);
	cr_assert(outflow_add(&out, &longest));
	cr_assert_not(outflow_add(&out, &longer));
	cr_assert_null(longer);
	cr_assert_not_null(frame_push(tight, FRAME_HEADROOM - 3));
	cr_assert_not(outflow_add(&out, &tight));
	cr_assert_null(tight);
	cr_assert_eq(out.bytes, 0xffffff + 4);
	outflow_clear(&out);
}
