/*
 * .reg files. A line is a key in brackets, a value of the key above it, a comment or nothing. What
 * belongs to other keys is passed over, but read: their strings may go on over lines that look like
 * ours.
 */
#include "policy/reg_export.h"

#include "base/span.h"
#include "base/utf16.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"
#define LOCAL_MACHINE "HKEY_LOCAL_MACHINE"

/* What stands for what is no character. */
#define REPLACEMENT 0xfffdu

/* The lines of the file that are still to come. */
struct lines {
	struct span rest; /* a NUL follows it */
	bool wide;        /* UTF-16LE, else UTF-8 */
	unsigned number;  /* of the line that was taken last */
};

/* A line, or a value's line with those that continue it. */
struct text {
	unsigned number; /* of the first line */
	char *first;     /* that line, for people */
	char *all;
	size_t len;
	const char *why; /* it cannot be read; NULL: it can */
	bool in_string;  /* what has been read so far ends inside of quotes */
};

struct reading {
	struct lines lines;
	struct harvest *harvest;
	enum kinship kinship; /* of the key that values belong to */
	bool ansi;            /* REGEDIT4: bytes of a value are in a code page, not UTF-16 */
};

/* The next character of a UTF-16 line; REPLACEMENT for half a pair or half a character. */
static uint32_t
take_wide(struct span *line)
{
	uint32_t c = REPLACEMENT, low;
	size_t taken = line->len < 2 ? line->len : 2;

	if (taken == 2)
		c = line->data[0] | (uint32_t)line->data[1] << 8;
	if (c >= 0xd800 && c < 0xdc00 && line->len >= 4) {
		low = line->data[2] | (uint32_t)line->data[3] << 8;
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			taken = 4;
		}
	}
	*line = span_of(line->data + taken, line->len - taken);
	return c >= 0xd800 && c < 0xe000 ? REPLACEMENT : c;
}

static uint32_t
take_narrow(struct span *line)
{
	uint32_t c;
	size_t taken = utf8_decode((const char *)line->data, &c);

	if (taken == 0) {
		c = REPLACEMENT;
		taken = 1;
	}
	*line = span_of(line->data + taken, line->len - taken);
	return c;
}

/* The bytes of the next line, without its end. */
static struct span
take_bytes(struct lines *lines)
{
	const uint8_t *data = lines->rest.data;
	size_t step = lines->wide ? 2 : 1, len = lines->rest.len, at = 0;

	while (at + step <= len && !(data[at] == '\n' && (!lines->wide || data[at + 1] == 0)))
		at += step;
	if (at + step > len) { /* no line's end: all of it, be it half a character more */
		lines->rest = span_of(data + len, 0);
		return span_of(data, len);
	}
	lines->rest = span_of(data + at + step, len - at - step);
	return span_of(data, at);
}

/*
 * The next line as UTF-8 on the heap; NULL when memory is out. What is no character, or none that a
 * text may have, is replaced, and *VALID false.
 */
static char *
lines_take(struct lines *lines, bool *valid)
{
	struct span line = take_bytes(lines);
	char *text = calloc(line.len * 3 + 1, 1);
	size_t len = 0;

	*valid = true;
	lines->number++;
	while (text && line.len) {
		uint32_t c = lines->wide ? take_wide(&line) : take_narrow(&line);

		if (c == 0)
			c = REPLACEMENT;
		*valid = *valid && c != REPLACEMENT;
		len += utf8_encode(c, text + len);
	}
	if (len && text[len - 1] == '\r')
		text[len - 1] = '\0';
	return text;
}

/* The lines of SOURCE, behind its byte order mark. */
static struct lines
lines_of(const struct source *source)
{
	struct lines lines = {.rest = span_of(source->text, source->len)};
	size_t mark = 0;

	if (source->len >= 2 && memcmp(source->text, "\xff\xfe", 2) == 0) {
		lines.wide = true;
		mark = 2;
	} else if (source->len >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0) {
		mark = 3;
	}
	lines.rest = span_of(source->text + mark, source->len - mark);
	return lines;
}

/* Reads the first line, and whether the file is an old one; false where it is no .reg file. */
static bool
read_head(struct lines *lines, bool *ansi)
{
	bool valid, known;
	char *head = lines_take(lines, &valid);
	size_t len = head ? strlen(head) : 0;

	while (len && strchr(BLANKS, head[len - 1]))
		head[--len] = '\0';
	*ansi = head && strcmp(head, "REGEDIT4") == 0;
	known = *ansi || (head && strcmp(head, "Windows Registry Editor Version 5.00") == 0);
	free(head);
	return known;
}

bool
reg_export_is(const struct source *source)
{
	struct lines lines = lines_of(source);
	bool ansi;

	return read_head(&lines, &ansi);
}

static void
text_clear(struct text *text)
{
	free(text->first);
	free(text->all);
}

/*
 * Whether the value goes on behind PART: it ends inside of quotes, or with a backslash outside of
 * them, which is cut off. From a comment on nothing counts.
 */
static bool
goes_on(struct text *text, char *part)
{
	char *last = NULL;

	for (; *part; part++) {
		if (text->in_string && *part == '\\' && part[1])
			part++;
		else if (*part == '"')
			text->in_string = !text->in_string;
		else if (!text->in_string && *part == ';')
			return false;
		if (!strchr(BLANKS, *part))
			last = part;
	}
	if (text->in_string || !last || *last != '\\')
		return text->in_string;
	*last = '\0';
	return true;
}

/* Adds PART, which may be NULL when memory is out, to what the text is. */
static void
append(struct text *text, const char *part)
{
	size_t more = part ? strlen(part) : 0;
	char *all;

	if (text->len + more > REG_EXPORT_VALUE_MAX) {
		text->why = "it is longer than 64 KiB";
		more = REG_EXPORT_VALUE_MAX - text->len;
	}
	all = part ? realloc(text->all, text->len + more + 1) : NULL;
	if (!all) {
		text->why = "memory is out";
		return;
	}
	memcpy(all + text->len, part, more);
	all[text->len + more] = '\0';
	text->all = all;
	text->len += more;
}

/* Takes the next line in; whether it is continued. */
static bool
take_part(struct lines *lines, struct text *text)
{
	bool valid, more, inside = text->in_string;
	char *part = lines_take(lines, &valid);
	const char *start = part && !inside ? part + strspn(part, BLANKS) : part;
	bool is_value = inside || text->all || (start && (*start == '"' || *start == '@'));

	if (!text->first)
		text->first = part ? strdup(part) : NULL;
	more = part && is_value && goes_on(text, part);
	if (!valid)
		text->why = "it has bytes that are no text in the file's encoding";
	append(text, start);
	if (text->in_string)
		append(text, "\n");
	free(part);
	return more;
}

/* The next line, with those that continue it. */
static struct text
take_text(struct lines *lines)
{
	struct text text = {.number = lines->number + 1};

	while (take_part(lines, &text) && lines->rest.len)
		;
	return text;
}

static struct origin
origin_of(const struct text *text)
{
	return (struct origin){.number = text->number, .line = text->first ? text->first : ""};
}

static void
leave(struct reading *reading, const struct text *text, const char *why)
{
	harvest_leave(reading->harvest, origin_of(text), text->first, why);
}

/*
 * The string in quotes at *AT, unescaped in place; *AT moves behind it. NULL where it is none, and
 * *WHY says why.
 */
static char *
take_string(char **at, const char **why)
{
	char *string = *at + 1, *to = string, *from = string;

	for (; *from && *from != '"'; from++) {
		if (*from == '\\' && from[1] != '\\' && from[1] != '"') {
			*why = "a backslash in quotes is written twice in a .reg file";
			return NULL;
		}
		from += *from == '\\';
		*to++ = *from;
	}
	if (!*from) {
		*why = "the quotes are not closed";
		return NULL;
	}
	*to = '\0';
	*at = from + 1;
	return string;
}

static int
digit_of(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Bytes in hexadecimal with commas between them, from TEXT on and in its place: how many, or -1. */
static ptrdiff_t
read_bytes(char *text)
{
	uint8_t *out = (uint8_t *)text;
	ptrdiff_t count = 0;

	while (*text && *text != ';') {
		int high = digit_of(*text), low = high < 0 ? -1 : digit_of(text[1]);

		if (low < 0)
			return -1;
		out[count++] = (uint8_t)(high << 4 | low);
		text += 2;
		text += strspn(text, BLANKS);
		if (*text == ',')
			text++;
		else if (*text && *text != ';')
			return -1;
		text += strspn(text, BLANKS);
	}
	return count;
}

/* The text that LEN bytes of a value are, on the heap; NULL: *WHY says why. */
static char *
text_of_bytes(const uint8_t *bytes, size_t len, bool ansi, const char **why)
{
	size_t step = ansi ? 1 : 2;
	char *text;

	while (len >= step && bytes[len - 1] == 0 && bytes[len - step] == 0)
		len -= step;
	for (size_t i = 0; ansi && i < len; i++)
		if (bytes[i] < 0x20 || bytes[i] > 0x7e) {
			*why = "its bytes are in a code page that the file does not name: export "
			       "it "
			       "as Version 5.00";
			return NULL;
		}
	text = ansi ? strndup((const char *)bytes, len) : utf16_to_utf8(span_of(bytes, len));
	if (!text)
		*why = "its bytes are no UTF-16 without NUL";
	return text;
}

/* A value in bytes: hex(1) is a text, hex(2) a text in which variables would be expanded. */
static void
read_hex(struct reading *reading, const struct text *text, const char *name, char *bytes, char type)
{
	ptrdiff_t count = read_bytes(bytes);
	const char *why = "its bytes are not written in hexadecimal";
	char *value = count < 0
			      ? NULL
			      : text_of_bytes((uint8_t *)bytes, (size_t)count, reading->ansi, &why);

	if (!value)
		leave(reading, text, why);
	else if (type == '2' && strchr(value, '%'))
		leave(reading, text, "environment variables are not expanded");
	else
		harvest_set(reading->harvest, origin_of(text), name, value);
	free(value);
}

/* Whether nothing but a comment is at AT. */
static bool
is_end(const char *at)
{
	at += strspn(at, BLANKS);
	return *at == '\0' || *at == ';';
}

/* What is behind the = of NAME. */
static void
read_data(struct reading *reading, const struct text *text, const char *name, char *at)
{
	const char *why = "something stands behind the closing quotes";
	char *value;

	if (*at == '"') {
		value = take_string(&at, &why);
		if (value && is_end(at))
			harvest_set(reading->harvest, origin_of(text), name, value);
		else
			leave(reading, text, why);
	} else if (*at == '-' && is_end(at + 1)) {
		harvest_delete(reading->harvest, origin_of(text), name);
	} else if (strncasecmp(at, "hex(1):", 7) == 0 || strncasecmp(at, "hex(2):", 7) == 0) {
		read_hex(reading, text, name, at + 7, at[4]);
	} else {
		leave(reading, text,
			"Windows reads texts only, and this is a value of another type");
	}
}

/* A value of the key HardenedPaths. */
static void
read_value(struct reading *reading, const struct text *text)
{
	const char *why = NULL;
	char *at = text->all, *name;

	if (*at == '@') {
		leave(reading, text, "a key's default value names no path");
		return;
	}
	name = *at == '"' ? take_string(&at, &why) : NULL;
	if (name)
		at += strspn(at, BLANKS);
	if (!name || *at != '=')
		leave(reading, text, why ? why : "it is no line of a .reg file");
	else
		read_data(reading, text, name, at + 1 + strspn(at + 1, BLANKS));
}

/* What the key of LEN bytes at KEY is to HardenedPaths. */
static enum kinship
key_kinship(const char *key, size_t len)
{
	char *copy = strndup(key, len), *rest = copy ? strchr(copy, '\\') : NULL;
	size_t root = rest ? (size_t)(rest - copy) : len;
	enum kinship kinship = copy ? harvest_kinship(rest ? rest + 1 : "") : KINSHIP_NONE;
	bool local =
		(root == strlen(LOCAL_MACHINE) && strncasecmp(key, LOCAL_MACHINE, root) == 0) ||
		(root == 4 && strncasecmp(key, "HKLM", 4) == 0);

	free(copy);
	if (!local)
		return kinship == KINSHIP_SAME      ? KINSHIP_FOREIGN
		       : kinship == KINSHIP_FOREIGN ? kinship
						    : KINSHIP_NONE;
	return kinship;
}

/* [key], or [-key], which takes it away with all that is below it. */
static void
read_key(struct reading *reading, const struct text *text)
{
	const char *key = text->all + 1, *end = strrchr(key, ']');
	bool gone = *key == '-';

	reading->kinship = KINSHIP_NONE;
	if (!end) {
		leave(reading, text, "the key's bracket is not closed");
		return;
	}
	key += gone;
	reading->kinship = end > key ? key_kinship(key, (size_t)(end - key)) : KINSHIP_NONE;
	if (gone && (reading->kinship == KINSHIP_SAME || reading->kinship == KINSHIP_ABOVE))
		harvest_wipe(reading->harvest, origin_of(text));
	if (gone)
		reading->kinship = KINSHIP_NONE;
}

static void
take_in(struct reading *reading, const struct text *text)
{
	static const char *const elsewhere[] = {
		[KINSHIP_BELOW] = "Windows does not look below HardenedPaths",
		[KINSHIP_FOREIGN] =
			"Windows looks below HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies only",
	};
	const char *why = elsewhere[reading->kinship];

	if (!text->all)
		harvest_fail(reading->harvest, origin_of(text), text->why);
	else if (text->in_string)
		harvest_fail(reading->harvest, origin_of(text),
			"the quotes are never closed: nothing behind them can be read");
	else if (*text->all == '[')
		read_key(reading, text);
	else if (reading->kinship == KINSHIP_NONE || reading->kinship == KINSHIP_ABOVE ||
		 !*text->all || *text->all == ';')
		return;
	else if (text->why || why)
		leave(reading, text, why ? why : text->why);
	else
		read_value(reading, text);
}

void
reg_export_read(const struct source *source, struct harvest *harvest)
{
	struct reading reading = {.lines = lines_of(source), .harvest = harvest};

	if (!read_head(&reading.lines, &reading.ansi)) {
		harvest_fail(harvest, (struct origin){0}, "this is no .reg file");
		return;
	}
	while (reading.lines.rest.len) {
		struct text text = take_text(&reading.lines);

		take_in(&reading, &text);
		text_clear(&text);
	}
}
