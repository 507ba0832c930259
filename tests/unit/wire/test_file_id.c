/* file_id.h: sixteen bytes, their two halves, and the id that is no id. */
#include "wire/file_id.h"

#include <criterion/criterion.h>

Test(file_id, round_trip)
{
	struct file_id in = {0x0102030405060708, 0x1112131415161718}, out;
	uint8_t bytes[FILE_ID_SIZE];
	struct writer w = writer_over(bytes, sizeof(bytes));
	struct reader r = reader_over(span_of(bytes, sizeof(bytes)));

	file_id_encode(&w, in);
	cr_assert(writer_ok(&w));
	cr_assert_eq(bytes[0], 8, "the persistent half comes first, little-endian");
	out = file_id_decode(&r);
	cr_assert(reader_ok(&r));
	cr_assert(file_id_equal(in, out));
	file_id_decode(&r);
	cr_assert_not(reader_ok(&r));
}

Test(file_id, all_ones_means_both_halves)
{
	cr_assert(file_id_is_all_ones((struct file_id){UINT64_MAX, UINT64_MAX}));
	cr_assert_not(file_id_is_all_ones((struct file_id){UINT64_MAX, 0}));
	cr_assert_not(file_id_is_all_ones((struct file_id){0, UINT64_MAX}));
}

Test(file_id, equality_looks_at_both_halves)
{
	struct file_id id = {1, 2};

	cr_assert(file_id_equal(id, (struct file_id){1, 2}));
	cr_assert_not(file_id_equal(id, (struct file_id){1, 3}));
	cr_assert_not(file_id_equal(id, (struct file_id){3, 2}));
}
