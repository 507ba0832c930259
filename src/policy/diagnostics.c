/* Collects what is wrong with a policy, and prints it as compilers do. */
#include "policy/diagnostics.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Characters of a source line that are shown; of a longer one, the part around the caret. */
#define SHOWN_WIDTH 120u

struct entry {
	struct diagnostic diagnostic;
	size_t file_order; /* of its file's first mention */
	size_t order;      /* of its own arrival: keeps the sort stable */
};

struct diagnostics {
	struct entry entries[DIAGNOSTICS_KEPT];
	size_t kept;
	size_t total, failures, warnings;
};

struct diagnostics *
diagnostics_new(void)
{
	return calloc(1, sizeof(struct diagnostics));
}

static void
entry_clear(struct entry *entry)
{
	free(entry->diagnostic.file);
	free(entry->diagnostic.source);
	free(entry->diagnostic.sentence);
	*entry = (struct entry){0};
}

void
diagnostics_free(struct diagnostics **diagnostics)
{
	if (!*diagnostics)
		return;
	for (size_t i = 0; i < (*diagnostics)->kept; i++)
		entry_clear(&(*diagnostics)->entries[i]);
	free(*diagnostics);
	*diagnostics = NULL;
}

static size_t
file_order(const struct diagnostics *diagnostics, const char *file)
{
	for (size_t i = 0; i < diagnostics->kept; i++)
		if (strcmp(diagnostics->entries[i].diagnostic.file, file) == 0)
			return diagnostics->entries[i].file_order;
	return diagnostics->kept;
}

static void
diagnostics_keep(struct diagnostics *diagnostics, enum severity severity, const struct place *place,
	const char *source, const char *sentence)
{
	struct entry entry = {
		.diagnostic = {.severity = severity, .line = place->line, .column = place->column},
		.file_order = file_order(diagnostics, place->file),
		.order = diagnostics->kept,
	};

	entry.diagnostic.file = strdup(place->file);
	entry.diagnostic.sentence = strdup(sentence);
	entry.diagnostic.source = source ? strdup(source) : NULL;
	if (entry.diagnostic.file && entry.diagnostic.sentence)
		diagnostics->entries[diagnostics->kept++] = entry;
	else
		entry_clear(&entry);
}

void
diagnostics_add(struct diagnostics *diagnostics, enum severity severity, const struct place *place,
	const char *source, const char *format, ...)
{
	char sentence[DIAGNOSTIC_SENTENCE_SIZE];
	va_list arguments;

	if (!diagnostics)
		return;
	diagnostics->total++;
	diagnostics->failures += severity == SEVERITY_FAILURE;
	diagnostics->warnings += severity == SEVERITY_WARNING;
	if (diagnostics->kept == DIAGNOSTICS_KEPT)
		return;
	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	diagnostics_keep(diagnostics, severity, place, source, sentence);
}

bool
diagnostics_full(const struct diagnostics *diagnostics)
{
	return !diagnostics || diagnostics->kept == DIAGNOSTICS_KEPT;
}

size_t
diagnostics_errors(const struct diagnostics *diagnostics)
{
	return diagnostics->total - diagnostics->warnings;
}

size_t
diagnostics_warnings(const struct diagnostics *diagnostics)
{
	return diagnostics->warnings;
}

int
diagnostics_exit_status(const struct diagnostics *diagnostics)
{
	if (diagnostics_errors(diagnostics) > diagnostics->failures)
		return 1;
	return diagnostics->failures ? 3 : 0;
}

static int
compare_sizes(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int
entry_compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = compare_sizes(a->file_order, b->file_order);

	if (!order)
		order = compare_sizes(a->diagnostic.line, b->diagnostic.line);
	if (!order)
		order = compare_sizes(a->diagnostic.column, b->diagnostic.column);
	return order ? order : compare_sizes(a->order, b->order);
}

void
diagnostics_sort(struct diagnostics *diagnostics)
{
	if (diagnostics->kept)
		qsort(diagnostics->entries, diagnostics->kept, sizeof diagnostics->entries[0],
			entry_compare);
}

const struct diagnostic *
diagnostics_at(const struct diagnostics *diagnostics, size_t i)
{
	return i < diagnostics->kept ? &diagnostics->entries[i].diagnostic : NULL;
}

/* Writes TEXT so that nothing in it can move a terminal's cursor; C1 controls are two bytes in
 * UTF-8. */
static void
print_harmless(const char *text, size_t len, FILE *stream)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned char next = i + 1 < len ? (unsigned char)text[i + 1] : 0;

		if (c == 0xc2 && next >= 0x80 && next < 0xa0)
			i++, c = 0;
		(void)fputc((c < 0x20 && c != '\t') || c == 0x7f ? '?' : c, stream);
	}
}

/* The byte at which character number COLUMN (from 1 on) of TEXT begins, or its end. */
static size_t
byte_of_column(const char *text, unsigned column)
{
	size_t at = 0;

	for (; column > 1 && text[at]; column--)
		for (at++; ((unsigned char)text[at] & 0xc0) == 0x80;)
			at++;
	return at;
}

/* The line, or its part around COLUMN, and the caret; tabs are kept in front of it so that both
 * align. */
static void
print_source(const char *source, unsigned column, FILE *stream)
{
	unsigned first = column > SHOWN_WIDTH ? column - SHOWN_WIDTH / 2 : 1;
	size_t begin = byte_of_column(source, first);
	size_t caret = byte_of_column(source, column);
	size_t end = byte_of_column(source, first + SHOWN_WIDTH);

	(void)fputs("    ", stream);
	print_harmless(source + begin, end - begin, stream);
	(void)fputs("\n    ", stream);
	for (size_t i = begin; i < caret; i++)
		if (((unsigned char)source[i] & 0xc0) != 0x80)
			(void)fputc(source[i] == '\t' ? '\t' : ' ', stream);
	(void)fputs("^\n", stream);
}

static void
print_one(const struct diagnostic *diagnostic, FILE *stream)
{
	print_harmless(diagnostic->file, strlen(diagnostic->file), stream);
	if (diagnostic->line)
		(void)fprintf(stream, ":%u:%u", diagnostic->line, diagnostic->column);
	(void)fputs(diagnostic->severity == SEVERITY_WARNING ? ": warning: " : ": error: ", stream);
	print_harmless(diagnostic->sentence, strlen(diagnostic->sentence), stream);
	(void)fputc('\n', stream);
	if (diagnostic->line && diagnostic->source)
		print_source(diagnostic->source, diagnostic->column, stream);
}

void
diagnostics_print(struct diagnostics *diagnostics, FILE *stream)
{
	diagnostics_sort(diagnostics);
	for (size_t i = 0; i < diagnostics->kept; i++)
		print_one(&diagnostics->entries[i].diagnostic, stream);
	if (diagnostics->total > diagnostics->kept)
		(void)fprintf(stream, "… and %zu more\n", diagnostics->total - diagnostics->kept);
}
