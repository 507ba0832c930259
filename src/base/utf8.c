/* Single characters of UTF-8, strictly: RFC 3629 section 4. */
#include "base/utf8.h"

/* The number of continuation bytes that LEAD announces, its payload in *C; 0 for none or an invalid
 * one. */
static size_t
lead_of(uint8_t lead, uint32_t *c)
{
	if (lead >= 0xc2 && lead <= 0xdf) {
		*c = lead & 0x1f;
		return 1;
	}
	if (lead >= 0xe0 && lead <= 0xef) {
		*c = lead & 0x0f;
		return 2;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		*c = lead & 0x07;
		return 3;
	}
	return 0;
}

size_t
utf8_decode(const char *text, uint32_t *c)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	const uint8_t *bytes = (const uint8_t *)text;
	uint32_t v = 0;
	size_t more;

	if (bytes[0] < 0x80) {
		*c = bytes[0];
		return 1;
	}
	more = lead_of(bytes[0], &v);
	if (more == 0)
		return 0;
	/* The terminating NUL is no continuation byte: the loop never runs past it. */
	for (size_t i = 1; i <= more; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (bytes[i] & 0x3f);
	}
	if (v < least[more] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*c = v;
	return more + 1;
}

size_t
utf8_encode(uint32_t c, char *out)
{
	static const uint8_t marks[] = {0, 0xc0, 0xe0, 0xf0};
	size_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

	for (size_t i = more; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(marks[more] | c);
	return more + 1;
}
