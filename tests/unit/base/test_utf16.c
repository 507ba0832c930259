/* utf16.h and utf8.h: exact conversions, refusals, and case. */
#include "base/utf16.h"
#include "base/utf8.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static void
assert_pair(const char *utf8, const char *utf16, size_t len)
{
	char *text = utf16_to_utf8(span_of(utf16, len));
	size_t back_len = 0;
	uint8_t *back = utf16_from_utf8(utf8, &back_len);

	cr_assert_not_null(text, "%s", utf8);
	cr_assert_str_eq(text, utf8);
	cr_assert_not_null(back, "%s", utf8);
	cr_assert(span_equal(span_of(back, back_len), span_of(utf16, len)), "%s", utf8);
	free(text);
	free(back);
}

#define PAIR(utf8, utf16) assert_pair(utf8, utf16, sizeof(utf16) - 1)

Test(utf16, converts_both_ways)
{
	assert_pair("", "", 0);
	PAIR("a", "a\0");
	PAIR("\\\\fs1\\hr", "\\\0\\\0f\0s\0001\0\\\0h\0r\0");
	PAIR("\x7f", "\x7f\0");
	PAIR("\xc2\x80", "\x80\0");
	PAIR("\xdf\xbf", "\xff\x07");
	PAIR("\xe0\xa0\x80", "\0\x08");
	PAIR("\xed\x9f\xbf", "\xff\xd7");
	PAIR("\xee\x80\x80", "\0\xe0");
	PAIR("\xef\xbf\xbf", "\xff\xff");
	PAIR("\xf0\x90\x80\x80", "\0\xd8\0\xdc");
	PAIR("\xf0\x9f\x98\x80x", "\x3d\xd8\0\xdex\0");
	PAIR("\xf4\x8f\xbf\xbf", "\xff\xdb\xff\xdf");
}

Test(utf16, nothing_at_all_is_the_empty_name)
{
	char *text = utf16_to_utf8((struct span){0});

	cr_assert_str_eq(text, "");
	free(text);
}

Test(utf16, every_scalar_value_survives)
{
	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		char text[UTF8_MAX + 1] = "";
		uint32_t again = 0;
		size_t n;

		if (c == 0xd800)
			c = 0xe000;
		n = utf8_encode(c, text);
		cr_assert_eq(utf8_decode(text, &again), n, "U+%04x", c);
		cr_assert_eq(again, c, "U+%04x", c);
		if (c % 97 == 0) {
			size_t len = 0;
			uint8_t *utf16 = utf16_from_utf8(text, &len);
			char *back = utf16_to_utf8(span_of(utf16, len));

			cr_assert_str_eq(back, text, "U+%04x", c);
			free(utf16);
			free(back);
		}
	}
}

Test(utf16, what_cannot_be_written_down_is_refused)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{"a", 1}, {"a\0b", 3},                          /* half a unit */
		{"\0\0", 2}, {"a\0\0\0b\0", 6}, {"a\0\0\0", 4}, /* NUL */
		{"\0\xd8", 2}, {"\0\xd8?\0", 4},                /* a lone high surrogate */
		{"\0\xdc", 2}, {"a\0\0\xdc", 4},                /* a lone low one */
		{"\0\xdc\0\xd8", 4}, {"\0\xdc\0\xdc", 4},
		{"\0\xd8\0\xd8\0\xdc", 6}, /* in the wrong order */
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_null(utf16_to_utf8(span_of(bad[i].bytes, bad[i].len)), "case %zu", i);
}

static const char *const bad_utf8[] = {
	"\x80", "\xbf", "a\xff", "\xfe", "\xc2", "\xc2?", "\xe2\x82",
	"\xf0\x9f\x98",                                                             /* cut, stray */
	"\xc0\x80", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf", /* overlong */
	"\xed\xa0\x80", "\xed\xbf\xbf",                                             /* surrogates */
	"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80",             /* too large */
};

Test(utf16, invalid_utf8_is_refused)
{
	for (size_t i = 0; i < sizeof bad_utf8 / sizeof bad_utf8[0]; i++) {
		size_t len;

		cr_assert_null(utf16_from_utf8(bad_utf8[i], &len), "case %zu", i);
		cr_assert_null(utf8_upper(bad_utf8[i]), "case %zu", i);
		cr_assert_null(utf8_fold(bad_utf8[i]), "case %zu", i);
		cr_assert_not(utf8_same(bad_utf8[i], bad_utf8[i]), "case %zu", i);
	}
}

static void
assert_upper(const char *text, const char *want)
{
	char *upper = utf8_upper(text);

	cr_assert_str_eq(upper, want);
	free(upper);
}

Test(utf16, upper_case_is_one_to_one)
{
	assert_upper("", "");
	assert_upper("Scanner7", "SCANNER7");
	assert_upper("m\xc3\xbcller", "M\xc3\x9cLLER");
	assert_upper("stra\xc3\x9f"
		     "e",
		"STRA\xc3\x9f"
		"E"); /* not STRASSE */
	assert_upper("\xd0\xb6", "\xd0\x96");
	assert_upper("\xf0\x90\x90\xa8", "\xf0\x90\x90\x80"); /* Deseret, beyond the BMP */
	assert_upper("\xc9\x90", "\xe2\xb1\xaf");             /* grows from two bytes to three */
}

Test(utf16, same_ignores_case_and_nothing_else)
{
	cr_assert(utf8_same("SysVol", "SYSVOL"));
	cr_assert(utf8_same("M\xc3\x9cLLER", "m\xc3\xbcller"));
	cr_assert(utf8_same("\xce\xa3\xcf\x82", "\xcf\x83\xcf\x83"), "both small sigmas are one");
	cr_assert(utf8_same("\xc5\xbf", "s"), "long s");
	cr_assert(utf8_same("\xe2\x84\xaa", "k"), "the Kelvin sign");
	cr_assert(utf8_same("\xf0\x90\x90\x80", "\xf0\x90\x90\xa8"));
	cr_assert_not(utf8_same("hr", "hr "));
	cr_assert_not(utf8_same("hr", "hrx"));
	cr_assert_not(utf8_same("u", "\xc3\xbc"), "an umlaut is a letter of its own");
	cr_assert_not(utf8_same("ss", "\xc3\x9f"));
	cr_assert(utf8_same("", ""));
}
