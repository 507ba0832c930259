/* Messages out of a stream of the direct TCP transport. */
#include "net/inflow.h"

void
inflow_clear(struct inflow *in)
{
	frame_free(&in->frame);
	*in = (struct inflow){0};
}

bool
inflow_under_way(const struct inflow *in)
{
	return in->have > 0;
}

size_t
inflow_room(const struct inflow *in, uint8_t **at)
{
	if (!in->frame)
		return 0;
	*at = in->frame->data + in->frame->len;
	return in->announced - in->frame->len;
}

enum inflow_step
inflow_filled(struct inflow *in, size_t n)
{
	in->frame->len += n;
	return in->frame->len < in->announced ? INFLOW_MORE : INFLOW_WHOLE;
}

/* Takes up to N bytes off the front of *BYTES and writes them to OUT; says how many. */
static size_t
move(struct span *bytes, uint8_t *out, size_t n)
{
	if (n > bytes->len)
		n = bytes->len;
	if (n > 0)
		memcpy(out, bytes->data, n);
	*bytes = span_of(bytes->data + n, bytes->len - n);
	return n;
}

static size_t
length_of(const uint8_t header[TRANSPORT_HEADER])
{
	return (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 |
	       header[3];
}

/* The header is whole: makes room for the message. */
static enum inflow_step
begin(struct inflow *in, size_t limit)
{
	in->announced = length_of(in->header);
	if (in->announced > limit || in->header[0] != 0)
		return INFLOW_TOO_LONG;
	in->frame = frame_new(in->announced);
	return in->frame ? INFLOW_MORE : INFLOW_NO_MEMORY;
}

enum inflow_step
inflow_feed(struct inflow *in, struct span *bytes, size_t limit)
{
	enum inflow_step step;
	uint8_t *at;
	size_t room;

	if (!in->frame) {
		in->have += move(bytes, in->header + in->have, sizeof in->header - in->have);
		if (in->have < sizeof in->header)
			return INFLOW_MORE;
		step = begin(in, limit);
		if (step != INFLOW_MORE)
			return step;
	}
	room = inflow_room(in, &at);
	return inflow_filled(in, move(bytes, at, room));
}

struct frame *
inflow_take(struct inflow *in)
{
	struct frame *frame = frame_take(&in->frame);

	*in = (struct inflow){0};
	return frame;
}
