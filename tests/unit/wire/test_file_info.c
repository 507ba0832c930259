/* What is looked for inside of information on files, [MS-FSCC] 2.4; and every truncation of it. */
#include "wire/file_info.h"

#include <criterion/criterion.h>
#include <string.h>

#define NAME "\\\0a\0\xe4\0"

/* Links 2, DeletePending, Directory. */
#define STANDARD "\0\x10\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x02\0\0\0\x01\x01"

Test(file_info, standard)
{
	struct file_standard_information info;

	cr_assert(file_standard_information_decode(span_of(STANDARD, 22), &info));
	cr_expect_eq(info.links, 2);
	cr_expect(info.is_directory);
	cr_expect(file_standard_information_decode(span_of(STANDARD "\0\0", 24), &info));
	for (size_t len = 0; len < 22; len++)
		cr_expect_not(file_standard_information_decode(span_of(STANDARD, len), &info));
}

Test(file_info, name)
{
	struct span name;

	cr_assert(file_name_information_decode(span_of("\x06\0\0\0" NAME, 10), &name));
	cr_expect(span_equal(name, span_of(NAME, 6)));
	for (size_t len = 0; len < 10; len++)
		cr_expect_not(file_name_information_decode(span_of("\x06\0\0\0" NAME, len), &name));
	cr_expect_not(file_name_information_decode(span_of("\xff\xff\xff\xff" NAME, 10), &name));
}

Test(file_info, all)
{
	struct file_standard_information info;
	uint8_t bytes[106] = {0};
	struct span name;

	memcpy(bytes + 40, STANDARD, 22);
	memcpy(bytes + 96, "\x06\0\0\0" NAME, 10);
	cr_assert(file_all_information_decode(span_of(bytes, sizeof bytes), &info, &name));
	cr_expect_eq(info.links, 2);
	cr_expect(info.is_directory);
	cr_expect(span_equal(name, span_of(NAME, 6)));
	for (size_t len = 0; len < sizeof bytes; len++)
		cr_expect_not(file_all_information_decode(span_of(bytes, len), &info, &name));
}

Test(file_info, rename)
{
	static const char bytes[] = "\x01\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\x06\0\0\0" NAME;
	struct file_rename_information info;

	cr_assert(file_rename_information_decode(span_of(bytes, 26), &info));
	cr_expect_eq(info.root, 7);
	cr_expect(span_equal(info.name, span_of(NAME, 6)));
	for (size_t len = 0; len < 26; len++)
		cr_expect_not(file_rename_information_decode(span_of(bytes, len), &info));
}
