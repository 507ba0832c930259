/* writer.h: what is written, and that nothing is written past the end. */
#include "base/reader.h"
#include "base/writer.h"

#include <criterion/criterion.h>

#define GUARD 0xa5

Test(writer, integers_come_back_as_they_went)
{
	uint8_t buffer[32];
	struct writer w = writer_over(buffer, sizeof buffer);
	struct reader r;

	writer_u8(&w, 0xfe);
	writer_u16(&w, 0xfedc);
	writer_u32(&w, 0xfedcba98);
	writer_u64(&w, 0xfedcba9876543210);
	writer_be(&w, 0x010203, 3);
	writer_bytes(&w, span_of_text("tail"));
	cr_assert(writer_ok(&w));

	r = reader_over(writer_span(&w));
	cr_assert_eq(reader_u8(&r), 0xfe);
	cr_assert_eq(reader_u16(&r), 0xfedc);
	cr_assert_eq(reader_u32(&r), 0xfedcba98);
	cr_assert_eq(reader_u64(&r), 0xfedcba9876543210);
	cr_assert_eq(reader_u8(&r), 1, "big-endian begins with the highest byte");
	cr_assert_eq(reader_be(&r, 2), 0x0203);
	cr_assert(span_equal(reader_bytes(&r, 4), span_of_text("tail")));
	cr_assert_eq(reader_left(&r), 0);
}

Test(writer, what_does_not_fit_is_not_written_and_sticks)
{
	for (size_t cap = 0; cap < 8; cap++) {
		uint8_t buffer[16];
		struct writer w = writer_over(buffer, cap);

		memset(buffer, GUARD, sizeof buffer);
		writer_u64(&w, 0);
		cr_assert_not(writer_ok(&w));
		writer_bytes(&w, (struct span){0});
		if (cap > 0)
			writer_u8(&w, 0);
		cr_assert_eq(writer_span(&w).len, 0);
		for (size_t i = 0; i < sizeof buffer; i++)
			cr_assert_eq(buffer[i], GUARD, "byte %zu of %zu", i, cap);
	}
}

Test(writer, sizes_that_wrap_do_not_fit)
{
	uint8_t buffer[8];
	struct writer w = writer_over(buffer, sizeof buffer);

	writer_u8(&w, 1);
	cr_assert_null(writer_room(&w, SIZE_MAX));
	cr_assert_not(writer_ok(&w));
}

Test(writer, align_counts_from_the_start_and_writes_zero)
{
	uint8_t buffer[16];
	struct writer w = writer_over(buffer, sizeof buffer);

	memset(buffer, GUARD, sizeof buffer);
	writer_align(&w, 8);
	cr_assert_eq(w.at, 0);
	writer_u8(&w, 1);
	writer_align(&w, 8);
	cr_assert_eq(w.at, 8);
	for (size_t i = 1; i < 8; i++)
		cr_assert_eq(buffer[i], 0);
	writer_align(&w, 8);
	cr_assert_eq(w.at, 8);
	cr_assert_eq(buffer[8], GUARD);
}

Test(writer, patch_changes_only_what_was_written)
{
	uint8_t buffer[8] = {0};
	struct writer w = writer_over(buffer, sizeof buffer);

	writer_zero(&w, 4);
	writer_patch(&w, 1, 0x0201, 2);
	cr_assert_arr_eq(buffer, ((uint8_t[]){0, 1, 2, 0}), 4);
	cr_assert(writer_ok(&w));
	cr_assert_eq(w.at, 4);
	writer_patch(&w, 3, 0xffff, 2);
	cr_assert_not(writer_ok(&w));
	cr_assert_eq(buffer[3], 0);

	w = writer_over(buffer, sizeof buffer);
	writer_zero(&w, 4);
	writer_patch(&w, SIZE_MAX, 1, 1);
	cr_assert_not(writer_ok(&w));
}

Test(writer, require_sticks)
{
	uint8_t buffer[4];
	struct writer w = writer_over(buffer, sizeof buffer);

	writer_require(&w, true);
	cr_assert(writer_ok(&w));
	writer_require(&w, false);
	writer_require(&w, true);
	cr_assert_not(writer_ok(&w));
}
