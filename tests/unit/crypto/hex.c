/* Published vectors are published in hex: bytes from text, and comparison with text. */
#include "hex.h"

#include <criterion/criterion.h>
#include <ctype.h>

static uint8_t
digit(char c)
{
	cr_assert(isxdigit((unsigned char)c), "not a hex digit: %c", c);
	return (uint8_t)(isdigit((unsigned char)c) ? c - '0'
						   : tolower((unsigned char)c) - 'a' + 10);
}

struct hex
hex_of(const char *text)
{
	struct hex hex = {0};

	for (; *text; text++) {
		if (*text == ' ')
			continue;
		cr_assert_lt(hex.len, HEX_MAX);
		hex.data[hex.len++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text++;
	}
	return hex;
}

struct span
hex_span(const struct hex *hex)
{
	return span_of(hex->data, hex->len);
}

bool
hex_same(const void *data, size_t len, const char *text)
{
	struct hex hex = hex_of(text);

	return span_equal(span_of(data, len), hex_span(&hex));
}

bool
hex_zero(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint8_t any = 0;

	for (size_t i = 0; i < len; i++)
		any |= bytes[i];
	return any == 0;
}

void
hex_fill(uint8_t *data, size_t len, size_t seed)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(7 * i + seed);
}
