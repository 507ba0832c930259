/* frame.h: headroom, the baton, and the borders of both. */
#include "base/frame.h"

#include <criterion/criterion.h>

Test(frame, starts_empty_with_all_its_headroom)
{
	struct frame *frame = frame_new(100);

	cr_assert_not_null(frame);
	cr_assert_eq(frame->len, 0);
	cr_assert_eq(frame->cap, 100);
	cr_assert_null(frame->next);
	cr_assert_eq(frame_headroom(frame), FRAME_HEADROOM);
	cr_assert_eq((uintptr_t)frame->data % 8, 0, "SMB2 fields are aligned to 8");
	memset(frame->data, 0x5a, frame->cap); /* AddressSanitizer watches */
	frame_free(&frame);
	cr_assert_null(frame);
	frame_free(&frame);
}

Test(frame, push_and_pull_move_the_front_and_not_the_payload)
{
	struct frame *frame = frame_new(8);
	uint8_t *payload = frame->data;

	memcpy(payload, "payload!", 8);
	frame->len = 8;
	cr_assert_eq(frame_push(frame, 52), payload - 52);
	cr_assert_eq(frame_push(frame, 4), payload - 56);
	cr_assert_eq(frame->len, 64);
	cr_assert_eq(frame->cap, 64);
	cr_assert_eq(frame_headroom(frame), FRAME_HEADROOM - 56);
	memset(frame->data, 0, 56);
	frame_pull(frame, 56);
	cr_assert(span_equal(frame_span(frame), span_of_text("payload!")));
	cr_assert_eq(frame->data, payload);
	cr_assert_eq(frame->cap, 8);
	frame_free(&frame);
}

Test(frame, headroom_ends)
{
	struct frame *frame = frame_new(0);

	cr_assert_not_null(frame_push(frame, FRAME_HEADROOM));
	cr_assert_eq(frame->data, frame->block);
	cr_assert_null(frame_push(frame, 1));
	cr_assert_eq(frame->len, FRAME_HEADROOM, "a refused push changes nothing");
	frame_pull(frame, FRAME_HEADROOM);
	cr_assert_null(frame_push(frame, SIZE_MAX));
	frame_free(&frame);
}

Test(frame, pull_never_leaves_the_message)
{
	struct frame *frame = frame_new(16);

	frame->len = 10;
	frame_pull(frame, 11);
	cr_assert_eq(frame->len, 0);
	cr_assert_eq(frame->cap, 6);
	frame_free(&frame);
}

Test(frame, take_leaves_null_behind)
{
	struct frame *frame = frame_new(1);
	struct frame *same = frame;
	struct frame *taken = frame_take(&frame);

	cr_assert_null(frame);
	cr_assert_eq(taken, same);
	frame_free(&taken);
}

Test(frame, sizes_that_wrap_are_refused)
{
	cr_assert_null(frame_new(SIZE_MAX));
	cr_assert_null(frame_new(SIZE_MAX - FRAME_HEADROOM));
}
