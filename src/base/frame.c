/* One message in one buffer, with room in front of it. */
#include "base/frame.h"

#include <stdlib.h>

struct frame *
frame_new(size_t cap)
{
	struct frame *frame;

	if (cap > SIZE_MAX - sizeof *frame - FRAME_HEADROOM)
		return NULL;
	frame = malloc(sizeof *frame + FRAME_HEADROOM + cap);
	if (!frame)
		return NULL;
	frame->data = frame->block + FRAME_HEADROOM;
	frame->len = 0;
	frame->cap = cap;
	frame->next = NULL;
	return frame;
}

void
frame_free(struct frame **frame)
{
	free(*frame);
	*frame = NULL;
}

struct frame *
frame_take(struct frame **frame)
{
	struct frame *taken = *frame;

	*frame = NULL;
	return taken;
}

size_t
frame_headroom(const struct frame *frame)
{
	return (size_t)(frame->data - frame->block);
}

uint8_t *
frame_push(struct frame *frame, size_t n)
{
	if (n > frame_headroom(frame))
		return NULL;
	frame->data -= n;
	frame->len += n;
	frame->cap += n;
	return frame->data;
}

void
frame_pull(struct frame *frame, size_t n)
{
	/* A caller that miscounts empties the frame; it never steps out of it. */
	if (n > frame->len)
		n = frame->len;
	frame->data += n;
	frame->len -= n;
	frame->cap -= n;
}

struct span
frame_span(const struct frame *frame)
{
	return span_of(frame->data, frame->len);
}
