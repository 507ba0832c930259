/* inflow.h: messages out of a stream, whatever the pieces. */
#include "net/inflow.h"

#include <criterion/criterion.h>

#define LIMIT 100

static const uint8_t two[] = {0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 2, 'd', 'e'};

/* Feeds LEN bytes in one piece and appends the messages that come out to TEXT, with a '.' behind
 * each. */
static void
feed(struct inflow *in, const uint8_t *bytes, size_t len, char *text)
{
	struct span rest = span_of(bytes, len);

	while (rest.len > 0) {
		struct frame *frame;

		if (inflow_feed(in, &rest, LIMIT) != INFLOW_WHOLE)
			continue;
		frame = inflow_take(in);
		cr_assert_eq(frame->cap, frame->len, "no more memory than the message takes");
		strncat(text, (const char *)frame->data, frame->len);
		strcat(text, ".");
		frame_free(&frame);
	}
}

Test(inflow, gives_the_same_messages_for_every_cut_of_the_stream)
{
	for (size_t i = 0; i <= sizeof two; i++)
		for (size_t j = i; j <= sizeof two; j++) {
			struct inflow in = {0};
			char text[32] = "";

			feed(&in, two, i, text);
			feed(&in, two + i, j - i, text);
			feed(&in, two + j, sizeof two - j, text);
			cr_assert_str_eq(text, "abc.de.", "cut at %zu and %zu", i, j);
			cr_assert_not(inflow_under_way(&in));
		}
}

Test(inflow, holds_nothing_between_messages_and_says_when_one_is_under_way)
{
	struct inflow in = {0};
	char text[32] = "";
	uint8_t *at;

	cr_assert_not(inflow_under_way(&in));
	feed(&in, two, 1, text);
	cr_assert(inflow_under_way(&in), "one byte of a header is under way");
	cr_assert_null(in.frame);
	feed(&in, two + 1, 4, text);
	cr_assert_eq(inflow_room(&in, &at), 2);
	feed(&in, two + 5, 2, text);
	cr_assert_not(inflow_under_way(&in));
	cr_assert_null(in.frame);
	cr_assert_eq(inflow_room(&in, &at), 0);
}

Test(inflow, takes_bytes_put_where_they_belong)
{
	struct inflow in = {0};
	char text[32] = "";
	struct frame *frame;
	uint8_t *at = NULL;

	feed(&in, two, 5, text);
	cr_assert_eq(inflow_room(&in, &at), 2);
	at[0] = 'x';
	cr_assert_eq(inflow_filled(&in, 1), INFLOW_MORE);
	cr_assert_eq(inflow_room(&in, &at), 1);
	at[0] = 'y';
	cr_assert_eq(inflow_filled(&in, 1), INFLOW_WHOLE);
	frame = inflow_take(&in);
	cr_assert(span_equal(frame_span(frame), span_of_text("axy")));
	frame_free(&frame);
}

Test(inflow, takes_an_empty_message)
{
	static const uint8_t empty[] = {0, 0, 0, 0};
	struct inflow in = {0};
	char text[32] = "";

	feed(&in, empty, sizeof empty, text);
	cr_assert_str_eq(text, ".");
}

Test(inflow, refuses_a_length_beyond_the_limit_before_it_takes_memory)
{
	static const uint8_t most[] = {0, 0, 0, LIMIT}, more[] = {0, 0, 0, LIMIT + 1};
	struct span rest = span_of(most, sizeof most);
	struct inflow in = {0};

	cr_assert_eq(inflow_feed(&in, &rest, LIMIT), INFLOW_MORE);
	inflow_clear(&in);
	rest = span_of(more, sizeof more);
	cr_assert_eq(inflow_feed(&in, &rest, LIMIT), INFLOW_TOO_LONG);
	cr_assert_null(in.frame);
	cr_assert_eq(in.announced, LIMIT + 1);
}

Test(inflow, refuses_what_does_not_begin_with_a_zero_byte_whatever_the_limit)
{
	static const uint8_t http[] = {'G', 'E', 'T', ' '}, keepalive[] = {0x85, 0, 0, 0};
	struct span rest = span_of(http, sizeof http);
	struct inflow in = {0};

	cr_assert_eq(inflow_feed(&in, &rest, SIZE_MAX), INFLOW_TOO_LONG);
	cr_assert_eq(in.announced, 0x47455420);
	inflow_clear(&in);
	rest = span_of(keepalive, sizeof keepalive);
	cr_assert_eq(inflow_feed(&in, &rest, SIZE_MAX), INFLOW_TOO_LONG);
}
