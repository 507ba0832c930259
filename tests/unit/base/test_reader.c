/* reader.h: what is read, and that nothing is read past the end. */
#include "base/reader.h"

#include <criterion/criterion.h>

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

Test(reader, integers_are_little_endian_unless_asked)
{
	struct reader r = reader_over(span_of(bytes, sizeof bytes));

	cr_assert_eq(reader_u8(&r), 0x01);
	cr_assert_eq(reader_u16(&r), 0x0302);
	cr_assert_eq(reader_u32(&r), 0x07060504);
	cr_assert_eq(reader_u64(&r), 0x0f0e0d0c0b0a0908);
	cr_assert(reader_ok(&r));
	cr_assert_eq(reader_left(&r), 0);

	r = reader_over(span_of(bytes, sizeof bytes));
	cr_assert_eq(reader_be(&r, 3), 0x010203);
}

Test(reader, every_integer_cut_short_is_zero_and_sticks)
{
	for (size_t width = 1; width <= 8; width++)
		for (size_t len = 0; len < width; len++) {
			struct reader r = reader_over(span_of(bytes, len));

			cr_assert_eq(reader_le(&r, width), 0);
			cr_assert_not(reader_ok(&r));
			cr_assert_eq(reader_left(&r), 0);
			cr_assert_eq(reader_bytes(&r, 0).len, 0);
			cr_assert_eq(reader_le(&r, 1), 0, "a broken reader went on");
			cr_assert_not(reader_ok(&r));
		}
}

Test(reader, seek_reaches_the_end_and_no_further)
{
	struct reader r = reader_over(span_of(bytes, sizeof bytes));

	reader_seek(&r, sizeof bytes);
	cr_assert(reader_ok(&r));
	cr_assert_eq(reader_left(&r), 0);
	reader_seek(&r, 3);
	cr_assert_eq(reader_u8(&r), 4);
	reader_seek(&r, sizeof bytes + 1);
	cr_assert_not(reader_ok(&r));
	reader_seek(&r, 0);
	cr_assert_not(reader_ok(&r), "a seek mended a broken reader");
}

Test(reader, range_is_bounded_and_leaves_the_cursor)
{
	struct reader r = reader_over(span_of(bytes, sizeof bytes));
	struct span s = reader_range(&r, 2, 3);

	cr_assert_eq(s.data, bytes + 2);
	cr_assert_eq(s.len, 3);
	cr_assert_eq(reader_range(&r, sizeof bytes - 1, 1).len, 1);
	cr_assert_eq(r.at, 0);
	cr_assert(reader_ok(&r));

	cr_assert_eq(reader_range(&r, SIZE_MAX, 0).len, 0);
	cr_assert(reader_ok(&r), "an empty range may have any offset");
}

Test(reader, range_out_of_bounds_breaks)
{
	static const struct {
		size_t offset, len;
	} out[] = {{sizeof bytes, 1}, {0, sizeof bytes + 1}, {SIZE_MAX, 1}, {1, SIZE_MAX},
		{SIZE_MAX, SIZE_MAX}, {sizeof bytes + 1, 1}};

	for (size_t i = 0; i < sizeof out / sizeof out[0]; i++) {
		struct reader r = reader_over(span_of(bytes, sizeof bytes));

		cr_assert_eq(reader_range(&r, out[i].offset, out[i].len).len, 0, "case %zu", i);
		cr_assert_not(reader_ok(&r), "case %zu", i);
	}
}

Test(reader, skip_and_require)
{
	struct reader r = reader_over(span_of(bytes, 4));

	reader_skip(&r, 3);
	reader_require(&r, true);
	cr_assert(reader_ok(&r));
	cr_assert_eq(reader_left(&r), 1);
	reader_require(&r, false);
	reader_require(&r, true);
	cr_assert_not(reader_ok(&r));

	r = reader_over(span_of(bytes, 4));
	reader_skip(&r, SIZE_MAX);
	cr_assert_not(reader_ok(&r));
}

Test(reader, nothing_at_all)
{
	struct reader r = reader_over((struct span){0});

	cr_assert_eq(reader_left(&r), 0);
	cr_assert(reader_ok(&r));
	cr_assert_eq(reader_u8(&r), 0);
	cr_assert_not(reader_ok(&r));
}

Test(span, equality_is_of_length_and_bytes)
{
	cr_assert(span_equal(span_of_text("abc"), span_of("abcd", 3)));
	cr_assert_not(span_equal(span_of_text("abc"), span_of_text("abcd")));
	cr_assert_not(span_equal(span_of_text("abc"), span_of_text("abd")));
	cr_assert(span_equal((struct span){0}, span_of_text("")));
}
