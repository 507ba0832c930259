/* UTF-16LE as SMB carries it, UTF-8 as we keep it, and case as Windows ignores it. */
#include "base/utf16.h"

#include "base/reader.h"
#include "base/utf8.h"
#include "base/writer.h"

#include <locale.h>
#include <stdlib.h>
#include <wctype.h>

static bool
is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c <= 0xdfff;
}

/* The next character; a lone surrogate or a NUL breaks the reader. */
static uint32_t
next_utf16(struct reader *r)
{
	uint32_t high = reader_u16(r);
	uint32_t low;

	reader_require(r, high != 0);
	if (!is_surrogate(high))
		return high;
	low = reader_u16(r);
	reader_require(r, high < 0xdc00 && low >= 0xdc00 && low <= 0xdfff);
	return 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
}

char *
utf16_to_utf8(struct span utf16)
{
	struct reader r = reader_over(utf16);
	char *text, *end;

	/* Two bytes of UTF-16 become three of UTF-8 at most, four become four. */
	if (utf16.len % 2 != 0 || utf16.len > SIZE_MAX / 4)
		return NULL;
	text = malloc(utf16.len / 2 * 3 + 1);
	if (!text)
		return NULL;
	end = text;
	while (reader_left(&r) > 0) {
		uint32_t c = next_utf16(&r);

		if (reader_ok(&r))
			end += utf8_encode(c, end);
	}
	if (!reader_ok(&r)) {
		free(text);
		return NULL;
	}
	*end = '\0';
	return text;
}

static void
put_utf16(struct writer *w, uint32_t c)
{
	if (c < 0x10000) {
		writer_u16(w, (uint16_t)c);
		return;
	}
	c -= 0x10000;
	writer_u16(w, (uint16_t)(0xd800 | c >> 10));
	writer_u16(w, (uint16_t)(0xdc00 | (c & 0x3ff)));
}

uint8_t *
utf16_from_utf8(const char *text, size_t *len)
{
	/* One byte of UTF-8 becomes two of UTF-16 at most; the empty name is not NULL. */
	size_t cap = strlen(text) * 2;
	uint8_t *utf16 = malloc(cap + 1);
	struct writer w = writer_over(utf16, cap);

	if (!utf16)
		return NULL;
	while (*text) {
		uint32_t c;
		size_t n = utf8_decode(text, &c);

		if (n == 0) {
			free(utf16);
			return NULL;
		}
		put_utf16(&w, c);
		text += n;
	}
	*len = writer_span(&w).len;
	return utf16;
}

/* Unicode's own tables, whatever locale the process runs in. Opened per call: there is no global to
 * keep it in. */
static locale_t
unicode_new(void)
{
	return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/*
 * Lower case of the upper case, so that characters that share either are one (final sigma, long s).
 * Wider than Unicode's simple folding by the Turkish i's, which some servers take for i: a name
 * that matches more rules is held to more.
 */
static uint32_t
fold(uint32_t c, locale_t unicode)
{
	return towlower_l(towupper_l(c, unicode), unicode);
}

static uint32_t
upper(uint32_t c, locale_t unicode)
{
	return towupper_l(c, unicode);
}

/* TEXT with MAP applied to each character, on the heap; NULL for invalid UTF-8. */
static char *
map_text(const char *text, uint32_t (*map)(uint32_t, locale_t))
{
	locale_t unicode = unicode_new();
	char *out, *end;
	size_t n = 1;

	if (!unicode)
		return NULL;
	/* A character's other case may take up to four bytes where it took one. */
	out = end = calloc(strlen(text) + 1, UTF8_MAX);
	while (out && *text && n > 0) {
		uint32_t c;

		n = utf8_decode(text, &c);
		if (n > 0)
			end += utf8_encode(map(c, unicode), end);
		text += n;
	}
	freelocale(unicode);
	if (n == 0) {
		free(out);
		return NULL;
	}
	return out;
}

char *
utf8_upper(const char *text)
{
	return map_text(text, upper);
}

char *
utf8_fold(const char *text)
{
	return map_text(text, fold);
}

bool
utf8_same(const char *a, const char *b)
{
	char *x = utf8_fold(a);
	char *y = utf8_fold(b);
	bool same = x && y && strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}
