/* Messages into a stream of the direct TCP transport. */
#include "net/outflow.h"

#include "net/transport.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* How many messages one call writes. */
#define OUTFLOW_GATHER 16

/* After so many bytes others get their turn, whatever more the socket would take. */
#define OUTFLOW_BURST (256u * 1024)

void
outflow_init(struct outflow *out)
{
	*out = (struct outflow){.end = &out->first};
}

/* Takes the first message off the queue and frees it. */
static void
drop_first(struct outflow *out)
{
	struct frame *frame = out->first;

	out->first = frame->next;
	if (!out->first)
		out->end = &out->first;
	out->bytes -= frame->len;
	frame_free(&frame);
}

void
outflow_clear(struct outflow *out)
{
	while (out->first)
		drop_first(out);
}

bool
outflow_add(struct outflow *out, struct frame **frame)
{
	struct frame *taken = frame_take(frame);
	size_t len = taken->len;
	uint8_t *header = len > TRANSPORT_MAX ? NULL : frame_push(taken, TRANSPORT_HEADER);

	if (!header) {
		frame_free(&taken);
		return false;
	}
	header[0] = 0;
	header[1] = (uint8_t)(len >> 16);
	header[2] = (uint8_t)(len >> 8);
	header[3] = (uint8_t)len;
	taken->next = NULL;
	*out->end = taken;
	out->end = &taken->next;
	out->bytes += taken->len;
	return true;
}

/* N bytes from the front of the queue are written. */
static void
written(struct outflow *out, size_t n)
{
	while (n > 0 && n >= out->first->len) {
		n -= out->first->len;
		drop_first(out);
	}
	if (n > 0) {
		frame_pull(out->first, n);
		out->bytes -= n;
	}
}

/* Writes MOST bytes at most. */
static ssize_t
write_some(const struct outflow *out, int fd, size_t most)
{
	struct iovec parts[OUTFLOW_GATHER];
	struct msghdr message = {.msg_iov = parts};

	for (struct frame *at = out->first; at && most > 0 && message.msg_iovlen < OUTFLOW_GATHER;
		at = at->next) {
		size_t len = at->len < most ? at->len : most;

		parts[message.msg_iovlen++] = (struct iovec){at->data, len};
		most -= len;
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

enum outflow_step
outflow_write(struct outflow *out, int fd)
{
	size_t left = OUTFLOW_BURST;

	while (out->first) {
		ssize_t n = left > 0 ? write_some(out, fd, left) : 0;

		if (left == 0)
			return OUTFLOW_BLOCKED;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? OUTFLOW_BLOCKED
								       : OUTFLOW_BROKEN;
		written(out, (size_t)n);
		left -= (size_t)n;
	}
	return OUTFLOW_EMPTY;
}
