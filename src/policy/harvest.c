/* Sorts out which of the values that were found hold in the end, and writes them down as YAML. */
#include "policy/harvest.h"

#include "base/utf16.h"
#include "base/utf8.h"
#include "policy/pattern.h"
#include "policy/sections.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* YAML takes a key of one line up to 1024 characters, its quotes included. */
#define KEY_MAX 1000

/* A comment shows no more than this of what it is about. */
#define SHOWN_MAX 400

/* The key's path below SOFTWARE of HKEY_LOCAL_MACHINE, [KB3000483]. */
#define HARDENED_PATHS "\\Policies\\Microsoft\\Windows\\NetworkProvider\\HardenedPaths"

enum finding_kind { FINDING_SET, FINDING_DELETE, FINDING_WIPE, FINDING_LEFT };

struct finding {
	enum finding_kind kind;
	unsigned number; /* of the line or entry */
	size_t turn;     /* which finding it is */
	char *line;      /* to be shown, or NULL */
	char *name;      /* of a value; of what is left, its text; or NULL */
	char *folded;    /* name, as it is compared; NULL for what has no name */
	char *text;      /* of a value that is set */
	char *why;       /* it does not come through; NULL: it does, or there is nothing to come */
	char *host, *share; /* of a value that is taken, the pattern as rules have it */
};

struct harvest {
	const char *file;
	struct diagnostics *diagnostics;
	struct finding *findings;
	size_t count, room;
	bool by_lines; /* origins are lines */
	bool failed;
};

struct harvest *
harvest_new(const char *file, struct diagnostics *diagnostics)
{
	struct harvest *harvest = calloc(1, sizeof *harvest);

	if (!harvest)
		return NULL;
	harvest->file = file;
	harvest->diagnostics = diagnostics;
	return harvest;
}

static void
finding_clear(struct finding *finding)
{
	free(finding->line);
	free(finding->name);
	free(finding->folded);
	free(finding->text);
	free(finding->why);
	free(finding->host);
	free(finding->share);
}

void
harvest_free(struct harvest **harvest)
{
	if (!*harvest)
		return;
	for (size_t i = 0; i < (*harvest)->count; i++)
		finding_clear(&(*harvest)->findings[i]);
	free((*harvest)->findings);
	free(*harvest);
	*harvest = NULL;
}

enum kinship
harvest_kinship(const char *key)
{
	static const char wanted[] = "SOFTWARE" HARDENED_PATHS, tail[] = HARDENED_PATHS;
	size_t len = strlen(key), most = sizeof wanted - 1, end = sizeof tail - 1;

	if (strcasecmp(key, wanted) == 0)
		return KINSHIP_SAME;
	if (len < most && strncasecmp(key, wanted, len) == 0 && (len == 0 || wanted[len] == '\\'))
		return KINSHIP_ABOVE;
	if (len > most && strncasecmp(key, wanted, most) == 0 && key[most] == '\\')
		return KINSHIP_BELOW;
	if (len >= end && strcasecmp(key + len - end, tail) == 0)
		return KINSHIP_FOREIGN;
	return KINSHIP_NONE;
}

/* Complains of what stands at NUMBER, whose text is LINE. */
__attribute__((format(printf, 5, 6))) static void
complain(const struct harvest *harvest, enum severity severity, unsigned number, const char *line,
	const char *format, ...)
{
	struct place place = {
		.file = harvest->file, .line = line ? number : 0, .column = line ? 1 : 0};
	char sentence[DIAGNOSTIC_SENTENCE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	if (line || number == 0)
		diagnostics_add(harvest->diagnostics, severity, &place, line, "%s", sentence);
	else
		diagnostics_add(harvest->diagnostics, severity, &place, NULL, "entry %u: %s",
			number, sentence);
}

void
harvest_fail(struct harvest *harvest, struct origin origin, const char *why)
{
	if (!harvest->failed)
		complain(harvest, SEVERITY_ERROR, origin.number, origin.line, "%s", why);
	harvest->failed = true;
}

static void
run_out(struct harvest *harvest)
{
	struct place place = {.file = harvest->file};

	if (!harvest->failed)
		diagnostics_add(
			harvest->diagnostics, SEVERITY_FAILURE, &place, NULL, "memory is out");
	harvest->failed = true;
}

/* Room for one more finding; NULL where there is none, which has been said. */
static struct finding *
make_room(struct harvest *harvest, struct origin origin)
{
	size_t room = harvest->room ? harvest->room * 2 : 64;
	struct finding *more;

	if (harvest->failed)
		return NULL;
	if (harvest->count == HARVEST_MAX) {
		harvest_fail(harvest, origin, "more than 20000 values are not taken");
		return NULL;
	}
	if (harvest->count == harvest->room) {
		more = realloc(harvest->findings, room * sizeof *more);
		if (!more) {
			run_out(harvest);
			return NULL;
		}
		harvest->findings = more;
		harvest->room = room;
	}
	return &harvest->findings[harvest->count];
}

/* A copy of TEXT, which may be NULL; *OUT stays NULL then. False when memory is out. */
static bool
copy(const char *text, size_t most, char **out)
{
	*out = text ? strndup(text, most) : NULL;
	return !text || *out;
}

static void
add(struct harvest *harvest, enum finding_kind kind, struct origin origin, const char *name,
	const char *text, const char *why)
{
	struct finding *finding = make_room(harvest, origin);
	bool named = kind == FINDING_SET || kind == FINDING_DELETE;

	if (!finding)
		return;
	*finding = (struct finding){.kind = kind, .number = origin.number, .turn = harvest->count};
	harvest->count++;
	harvest->by_lines = origin.line != NULL;
	if (named)
		finding->folded = utf8_fold(name);
	if (!copy(origin.line, SHOWN_MAX, &finding->line) ||
		!copy(name, SIZE_MAX, &finding->name) || !copy(text, SIZE_MAX, &finding->text) ||
		!copy(why, SIZE_MAX, &finding->why) || (named && !finding->folded))
		run_out(harvest);
}

void
harvest_set(struct harvest *harvest, struct origin origin, const char *name, const char *text)
{
	add(harvest, FINDING_SET, origin, name, text, NULL);
}

void
harvest_delete(struct harvest *harvest, struct origin origin, const char *name)
{
	add(harvest, FINDING_DELETE, origin, name, NULL, NULL);
}

void
harvest_wipe(struct harvest *harvest, struct origin origin)
{
	add(harvest, FINDING_WIPE, origin, NULL, NULL, NULL);
}

void
harvest_leave(struct harvest *harvest, struct origin origin, const char *text, const char *why)
{
	add(harvest, FINDING_LEFT, origin, text, NULL, why);
	complain(harvest, SEVERITY_ERROR, origin.number, origin.line, "not taken over: %s", why);
}

/* FINDING does not come through, because of the sentence. */
__attribute__((format(printf, 4, 5))) static void
leave(struct harvest *harvest, struct finding *finding, enum severity severity, const char *format,
	...)
{
	char why[DIAGNOSTIC_SENTENCE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	finding->why = strdup(why);
	if (!finding->why)
		run_out(harvest);
	complain(harvest, severity, finding->number, finding->line, "not taken over: %s", why);
}

static const char *
origin_word(const struct harvest *harvest)
{
	return harvest->by_lines ? "line" : "entry";
}

/* What comes before a wipe is gone. */
static void
settle_wipes(struct harvest *harvest)
{
	const struct finding *wipe = NULL;

	for (size_t i = harvest->count; i-- > 0;) {
		struct finding *finding = &harvest->findings[i];

		if (finding->kind == FINDING_WIPE && !wipe)
			wipe = finding;
		else if (finding->kind == FINDING_SET && wipe)
			leave(harvest, finding, SEVERITY_WARNING,
				"%s %u takes all values away that were said before it",
				origin_word(harvest), wipe->number);
	}
}

static int
compare_turns(const struct finding *a, const struct finding *b)
{
	return (a->turn > b->turn) - (a->turn < b->turn);
}

static int
compare_names(const void *left, const void *right)
{
	const struct finding *a = *(struct finding *const *)left;
	const struct finding *b = *(struct finding *const *)right;
	int order = strcmp(a->folded, b->folded);

	return order ? order : compare_turns(a, b);
}

static int
same_pattern(const struct finding *a, const struct finding *b)
{
	int order = pattern_compare_parts(a->host, b->host);

	return order ? order : pattern_compare_parts(a->share, b->share);
}

static int
compare_patterns(const void *left, const void *right)
{
	const struct finding *a = *(struct finding *const *)left;
	const struct finding *b = *(struct finding *const *)right;
	int order = same_pattern(a, b);

	return order ? order : compare_turns(a, b);
}

/* Those that PICKED wants, in the order of COMPARE; *COUNT of them. NULL when memory is out. */
static struct finding **
pick(struct harvest *harvest, bool (*picked)(const struct finding *),
	int (*compare)(const void *, const void *), size_t *count)
{
	struct finding **all = calloc(harvest->count + 1, sizeof(struct finding *));

	*count = 0;
	for (size_t i = 0; all && i < harvest->count; i++)
		if (picked(&harvest->findings[i]))
			all[(*count)++] = &harvest->findings[i];
	if (*count)
		qsort(all, *count, sizeof(struct finding *), compare);
	if (!all)
		run_out(harvest);
	return all;
}

static bool
is_named(const struct finding *finding)
{
	return finding->folded != NULL;
}

static bool
is_taken(const struct finding *finding)
{
	return finding->kind == FINDING_SET && !finding->why;
}

/* Of one name the last word counts; names differ in more than case. */
static void
settle_names(struct harvest *harvest)
{
	size_t count;
	struct finding **sorted = pick(harvest, is_named, compare_names, &count);

	for (size_t i = 0; sorted && i + 1 < count; i++) {
		const struct finding *next = sorted[i + 1];

		if (!is_taken(sorted[i]) || strcmp(sorted[i]->folded, next->folded) != 0)
			continue;
		leave(harvest, sorted[i], SEVERITY_WARNING, "%s %u %s", origin_word(harvest),
			next->number,
			next->kind == FINDING_DELETE ? "takes it away again" : "says it anew");
	}
	free(sorted);
}

/* Whether YAML takes TEXT in single quotes on one line and gives it back as it is. */
static bool
is_printable(const char *text)
{
	uint32_t c;
	size_t len;

	for (; *text; text += len) {
		len = utf8_decode(text, &c);
		if (len == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
			c == 0xfeff || c == 0xfffe || c == 0xffff)
			return false;
	}
	return true;
}

/* How long TEXT is in single quotes. */
static size_t
quoted_len(const char *text)
{
	size_t len = 2;

	for (; *text; text++)
		len += *text == '\'' ? 2 : 1;
	return len;
}

static void
judge(struct harvest *harvest, struct finding *finding)
{
	char why[DIAGNOSTIC_SENTENCE_SIZE], *path = NULL;

	if (!is_printable(finding->name) || !is_printable(finding->text))
		leave(harvest, finding, SEVERITY_ERROR,
			"control characters and line breaks have no place here");
	else if (quoted_len(finding->name) > KEY_MAX)
		leave(harvest, finding, SEVERITY_ERROR, "no name is as long as this one");
	else if (!rule_judge(finding->name, finding->text, why, sizeof why))
		leave(harvest, finding, SEVERITY_ERROR, "%s", why);
	else if (pattern_parse(finding->name, &finding->host, &finding->share, &path))
		run_out(harvest);
	else if (path)
		leave(harvest, finding, SEVERITY_ERROR,
			"Windows knows no paths below a share and does not heed it: if that "
			"directory alone is meant, write the rule yourself");
	free(path);
}

/* Two spellings of one pattern would be one rule said twice. */
static void
settle_patterns(struct harvest *harvest)
{
	const struct finding *first = NULL;
	size_t count;
	struct finding **sorted = pick(harvest, is_taken, compare_patterns, &count);

	for (size_t i = 0; sorted && i < count; i++) {
		if (!first || same_pattern(first, sorted[i]) != 0)
			first = sorted[i];
		else
			leave(harvest, sorted[i], SEVERITY_ERROR,
				"this is the pattern of %s %u in another spelling: add to that one "
				"what this one demands",
				origin_word(harvest), first->number);
	}
	free(sorted);
}

bool
harvest_settle(struct harvest *harvest)
{
	if (harvest->failed)
		return false;
	settle_wipes(harvest);
	settle_names(harvest);
	for (size_t i = 0; i < harvest->count && !harvest->failed; i++)
		if (is_taken(&harvest->findings[i]))
			judge(harvest, &harvest->findings[i]);
	if (!harvest->failed)
		settle_patterns(harvest);
	return !harvest->failed;
}

/* TEXT for a comment: one line, of which nothing harms a terminal or ends the comment. */
static void
write_shown(const char *text, FILE *stream)
{
	char one[UTF8_MAX + 1] = "";
	size_t len, left = SHOWN_MAX;
	uint32_t c;

	for (; *text && left; text += len ? len : 1, left--) {
		len = utf8_decode(text, &c);
		memcpy(one, text, len);
		one[len] = '\0';
		(void)fputs(len && is_printable(one) ? one : "?", stream);
	}
	if (*text)
		(void)fputs("...", stream);
}

static void
write_quoted(const char *text, FILE *stream)
{
	(void)fputc('\'', stream);
	for (; *text; text++) {
		if (*text == '\'')
			(void)fputc('\'', stream);
		(void)fputc(*text, stream);
	}
	(void)fputc('\'', stream);
}

static void
write_comment(const struct harvest *harvest, const struct finding *finding, FILE *stream)
{
	(void)fprintf(stream, "  # %s %u", origin_word(harvest), finding->number);
	if (finding->kind == FINDING_WIPE)
		(void)fputs(" takes all values away that were said before it", stream);
	else if (finding->kind == FINDING_DELETE)
		(void)fputs(" takes away: ", stream);
	if (finding->kind == FINDING_DELETE)
		write_shown(finding->name, stream);
	if (finding->why) {
		(void)fputs(", not taken over: ", stream);
		write_shown(finding->why, stream);
	}
	(void)fputc('\n', stream);
}

/* What a finding was, commented out. */
static void
write_left(const struct finding *finding, FILE *stream)
{
	(void)fputs("  # ", stream);
	write_shown(finding->name, stream);
	if (finding->text) {
		(void)fputs(": ", stream);
		write_shown(finding->text, stream);
	}
	(void)fputc('\n', stream);
}

size_t
harvest_taken(const struct harvest *harvest)
{
	size_t taken = 0;

	for (size_t i = 0; i < harvest->count; i++)
		taken += is_taken(&harvest->findings[i]);
	return taken;
}

void
harvest_write(const struct harvest *harvest, FILE *stream)
{
	(void)fputs("# HardenedPaths of ", stream);
	write_shown(harvest->file, stream);
	(void)fprintf(stream, "\nhardened_paths:%s\n", harvest_taken(harvest) ? "" : " {}");
	for (size_t i = 0; i < harvest->count; i++) {
		const struct finding *finding = &harvest->findings[i];

		write_comment(harvest, finding, stream);
		if (is_taken(finding)) {
			(void)fputs("  ", stream);
			write_quoted(finding->name, stream);
			(void)fputs(": ", stream);
			write_quoted(finding->text, stream);
			(void)fputc('\n', stream);
		} else if (finding->why && finding->name) {
			write_left(finding, stream);
		}
	}
}
