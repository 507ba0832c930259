/*
 * One message in one buffer. In front of the bytes there is headroom for the transport header and the
 * TRANSFORM_HEADER, so that sealing and framing never move the payload. A frame is a baton: a
 * function that takes `struct frame **` takes it over and leaves NULL behind.
 */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include "base/span.h"

/* Transport header (4) and SMB2 TRANSFORM_HEADER (52), rounded up to keep the message aligned. */
#define FRAME_HEADROOM 64

struct frame {
	uint8_t *data;	    /* first byte of the message */
	size_t len;	    /* bytes in use from data on */
	size_t cap;	    /* bytes that fit from data on */
	struct frame *next; /* for whoever holds the frame: queues */
	uint8_t block[];    /* headroom, then the message */
};

/* A new empty frame with room for CAP message bytes; NULL when memory is out. The caller owns it. */
struct frame *frame_new(size_t cap);

/* Frees *FRAME (which may be NULL) and leaves NULL behind. Contents are not wiped: they are file data. */
void frame_free(struct frame **frame);

/* Moves the baton: returns *FRAME and leaves NULL behind. */
struct frame *frame_take(struct frame **frame);

/* Bytes of headroom still free in front of the message. */
size_t frame_headroom(const struct frame *frame);

/* Grows the message by N bytes at its front, out of the headroom; NULL where that is used up. */
uint8_t *frame_push(struct frame *frame, size_t n);

/* Shrinks the message by N <= len bytes at its front; they become headroom. */
void frame_pull(struct frame *frame, size_t n);

/* A view of the whole message. */
struct span frame_span(const struct frame *frame);

#endif
