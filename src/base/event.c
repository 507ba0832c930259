/*
 * One line of the log. Text is kept as it came and made harmless where it is written: what a client
 * says can neither end a string, nor a line, nor move a terminal's cursor.
 */
#include "base/event.h"

#include "base/ntstatus.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a text that are written; a name longer than that is cut, and shows it. */
#define EVENT_TEXT_MAX 2048

struct field {
	const char *group; /* the nested object it belongs to, or NULL */
	const char *key;
	char *text;
	bool bare; /* a number or a flag: no quotes */
};

struct event {
	enum level level;
	const char *name;
	const char *group; /* the one that is open, or NULL */
	struct field *fields;
	size_t count;
};

static const char *const level_words[] = {
	[LEVEL_ERROR] = "error",
	[LEVEL_WARNING] = "warning",
	[LEVEL_INFO] = "info",
	[LEVEL_DEBUG] = "debug",
};

#define LEVEL_COUNT (sizeof level_words / sizeof level_words[0])

struct event *
event_new(enum level level, const char *name)
{
	struct event *event = calloc(1, sizeof *event);

	if (!event)
		return NULL;
	event->level = level;
	event->name = name;
	return event;
}

void
event_free(struct event **event)
{
	if (!*event)
		return;
	for (size_t i = 0; i < (*event)->count; i++)
		free((*event)->fields[i].text);
	free((*event)->fields);
	free(*event);
	*event = NULL;
}

static bool
same_group(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The field KEY of GROUP, or any of GROUP where KEY is NULL; NULL if there is none. */
static struct field *
field_find(const struct event *event, const char *group, const char *key)
{
	for (size_t i = 0; i < event->count; i++) {
		struct field *field = &event->fields[i];

		if (same_group(field->group, group) && (!key || strcmp(field->key, key) == 0))
			return field;
	}
	return NULL;
}

/* A new field, all zero but for its place: the end, or behind the others of its group. NULL when
 * memory is out. */
static struct field *
field_new(struct event *event, const char *key)
{
	struct field *fields = realloc(event->fields, (event->count + 1) * sizeof *fields);
	size_t at = event->count;

	if (!fields)
		return NULL;
	event->fields = fields;
	if (event->group && field_find(event, event->group, NULL))
		while (!same_group(fields[at - 1].group, event->group))
			at--;
	memmove(fields + at + 1, fields + at, (event->count - at) * sizeof *fields);
	event->count++;
	fields[at] = (struct field){.group = event->group, .key = key};
	return &fields[at];
}

/* Says a key twice: the last word counts, for a line with one key twice is read differently by each
 * reader. */
static void
field_set(struct event *event, const char *key, const char *text, bool bare)
{
	char *copy = strdup(text);
	struct field *field;

	if (!copy)
		return;
	field = field_find(event, event->group, key);
	if (!field)
		field = field_new(event, key);
	if (!field) {
		free(copy);
		return;
	}
	free(field->text);
	field->text = copy;
	field->bare = bare;
}

void
event_text(struct event *event, const char *key, const char *text)
{
	if (event && text)
		field_set(event, key, text, false);
}

void
event_number(struct event *event, const char *key, uint64_t number)
{
	char digits[sizeof "18446744073709551615"];

	if (!event)
		return;
	snprintf(digits, sizeof digits, "%" PRIu64, number);
	field_set(event, key, digits, true);
}

void
event_flag(struct event *event, const char *key, bool flag)
{
	if (event)
		field_set(event, key, flag ? "true" : "false", true);
}

void
event_open(struct event *event, const char *key)
{
	if (event)
		event->group = key;
}

void
event_close(struct event *event)
{
	if (event)
		event->group = NULL;
}

/* The status by its name, or as [MS-ERREF] writes it where the table has no name for it. */
static void
add_status(struct event *event, uint32_t status)
{
	char hex[sizeof "0x00000000"];

	snprintf(hex, sizeof hex, "0x%08" PRIx32, status);
	event_text(event, "status", ntstatus_name(status) ? ntstatus_name(status) : hex);
}

void
event_fault(struct event *event, fault what)
{
	if (!event || !what)
		return;
	event_text(event, "reason", reason_word(what->reason));
	if (what->status != STATUS_SUCCESS) /* else nobody is told a status */
		add_status(event, what->status);
	event_text(event, "words", what->words);
	if (*what->remedy)
		event_text(event, "remedy", what->remedy);
}

enum level
event_level(const struct event *event)
{
	return event ? event->level : LEVEL_DEBUG;
}

const char *
event_name(const struct event *event)
{
	return event ? event->name : "";
}

const char *
event_field(const struct event *event, const char *key)
{
	for (size_t i = 0; event && i < event->count; i++) {
		const struct field *field = &event->fields[i];
		size_t n = field->group ? strlen(field->group) : 0;

		if (n == 0 && strcmp(field->key, key) == 0)
			return field->text;
		if (n > 0 && strncmp(field->group, key, n) == 0 && key[n] == '.' &&
			strcmp(field->key, key + n + 1) == 0)
			return field->text;
	}
	return NULL;
}

/*
 * Characters that are never written as they are: controls of ASCII and Latin-1, and what breaks
 * lines (U+2028, U+2029) or turns the direction of what follows, which would let a name rearrange a
 * line.
 */
static bool
is_unruly(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* One character of TEXT; returns the bytes it took. */
static size_t
put_character(FILE *out, const char *text)
{
	uint32_t c;
	size_t n = utf8_decode(text, &c);

	if (n == 0) {
		fputs("\xef\xbf\xbd", out); /* U+FFFD */
		return 1;
	}
	if (c == '"' || c == '\\')
		fputc('\\', out);
	if (is_unruly(c))
		fprintf(out, "\\u%04" PRIx32, c);
	else
		fwrite(text, 1, n, out);
	return n;
}

/* TEXT as a JSON string, RFC 8259 section 7. */
static void
put_string(FILE *out, const char *text)
{
	size_t at = 0;

	fputc('"', out);
	while (text[at] && at < EVENT_TEXT_MAX)
		at += put_character(out, text + at);
	if (text[at])
		fputs("\xe2\x80\xa6", out); /* an ellipsis */
	fputc('"', out);
}

/* Whether TEXT can stand in a plain line without quotes. */
static bool
is_plain(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				"0123456789-_.,:;/@+*%~()[]");

	return n > 0 && n < EVENT_TEXT_MAX && text[n] == '\0';
}

static void
put_value(FILE *out, const struct field *field)
{
	if (field->bare)
		fputs(field->text, out);
	else
		put_string(out, field->text);
}

static void
write_json(FILE *out, const struct event *event, const char *time)
{
	const char *group = NULL;

	fputs("{\"time\":", out);
	put_string(out, time);
	fprintf(out, ",\"level\":\"%s\",\"event\":", level_word(event->level));
	put_string(out, event->name);
	for (size_t i = 0; i < event->count; i++) {
		const struct field *field = &event->fields[i];
		bool same = same_group(field->group, group);

		if (group && !same)
			fputc('}', out);
		fputc(',', out);
		if (field->group && !same) {
			put_string(out, field->group);
			fputs(":{", out);
		}
		put_string(out, field->key);
		fputc(':', out);
		put_value(out, field);
		group = field->group;
	}
	fputs(group ? "}}\n" : "}\n", out);
}

static void
write_plain(FILE *out, const struct event *event, const char *time)
{
	fprintf(out, "%s %s %s", time, level_word(event->level), event->name);
	for (size_t i = 0; i < event->count; i++) {
		const struct field *field = &event->fields[i];

		fprintf(out, " %s%s%s=", field->group ? field->group : "", field->group ? "." : "",
			field->key);
		if (is_plain(field->text))
			fputs(field->text, out);
		else
			put_value(out, field);
	}
	fputc('\n', out);
}

/* What WRITE writes, on the heap; NULL when memory ran out on the way: half a line is no line. */
static char *
line_of(const struct event *event, const char *time,
	void (*write)(FILE *, const struct event *, const char *))
{
	char *line = NULL;
	size_t len = 0;
	FILE *out = event ? open_memstream(&line, &len) : NULL;
	bool failed;

	if (!out)
		return NULL;
	write(out, event, time);
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		free(line);
		return NULL;
	}
	return line;
}

char *
event_json(const struct event *event, const char *time)
{
	return line_of(event, time, write_json);
}

char *
event_plain(const struct event *event, const char *time)
{
	return line_of(event, time, write_plain);
}

const char *
level_word(enum level level)
{
	return level_words[(unsigned)level < LEVEL_COUNT ? level : LEVEL_ERROR];
}

bool
level_parse(const char *word, enum level *level)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (strcmp(word, level_words[i]) == 0) {
			*level = (enum level)i;
			return true;
		}
	return false;
}
