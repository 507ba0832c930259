/* Reading scenes. */
#include "script.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
script_open(struct script *script, const char *file)
{
	FILE *in = fopen(file, "r");
	long size;

	memset(script, 0, sizeof *script);
	script->file = file;
	if (!in || fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0 ||
		!(script->text = calloc(1, (size_t)size + 1))) {
		perror(file);
		if (in)
			fclose(in);
		return false;
	}
	rewind(in);
	if (fread(script->text, 1, (size_t)size, in) != (size_t)size)
		perror(file);
	fclose(in);
	script->at = script->text;
	return true;
}

void
script_close(struct script *script)
{
	free(script->text);
	script->text = NULL;
}

/* Copies the next line, without its end, to OUT; false at the end of the file. */
static bool
raw_line(struct script *script, char out[LINE_TEXT_MAX])
{
	size_t len = strcspn(script->at, "\n");

	if (!*script->at)
		return false;
	snprintf(out, LINE_TEXT_MAX, "%.*s", (int)len, script->at);
	script->at += len + (script->at[len] == '\n');
	script->number++;
	return true;
}

/* The variable that TEXT, behind its $, begins with; NULL: none. */
static const struct variable *
find_variable(const struct script *script, const char *text)
{
	for (size_t i = 0; i < script->variable_count; i++) {
		const struct variable *variable = &script->variables[i];

		if (strncmp(text, variable->name, strlen(variable->name)) == 0)
			return variable;
	}
	return NULL;
}

static void
substitute(const struct script *script, const char *in, char out[LINE_TEXT_MAX])
{
	const struct variable *variable;
	size_t at = 0;

	for (; *in && at + 1 < LINE_TEXT_MAX; in++) {
		variable = *in == '$' ? find_variable(script, in + 1) : NULL;
		if (!variable) {
			out[at++] = *in;
			continue;
		}
		at += (size_t)snprintf(out + at, LINE_TEXT_MAX - at, "%s", variable->value);
		in += strlen(variable->name);
	}
	out[at < LINE_TEXT_MAX ? at : LINE_TEXT_MAX - 1] = '\0';
}

static void
split(struct line *line)
{
	char *in = line->cut_up, *out = line->cut_up;
	bool quoted = false, inside = false;

	line->count = 0;
	for (; *in; in++) {
		bool blank = isspace((unsigned char)*in) && !quoted;

		if (blank && inside)
			*out++ = '\0';
		if (blank) {
			inside = false;
			continue;
		}
		if (!inside && line->count < LINE_WORDS_MAX)
			line->words[line->count++] = out;
		inside = true;
		if (*in == '"')
			quoted = !quoted;
		else
			*out++ = *in;
	}
	*out = '\0';
	line->words[line->count] = NULL;
}

static void
read_heredoc(struct script *script, struct line *line)
{
	char raw[LINE_TEXT_MAX];
	size_t at = 0;

	script->heredoc[0] = '\0';
	while (raw_line(script, raw) && strcmp(raw, "END") != 0)
		at += (size_t)snprintf(
			script->heredoc + at, sizeof script->heredoc - at, "%s\n", raw);
	line->heredoc = script->heredoc;
}

bool
script_next(struct script *script, struct line *line)
{
	char raw[LINE_TEXT_MAX];
	const char *text;

	memset(line, 0, sizeof *line);
	do {
		if (!raw_line(script, raw))
			return false;
		text = raw + strspn(raw, " \t");
	} while (!*text || *text == '#');
	line->file = script->file;
	line->number = script->number;
	substitute(script, text, line->text);
	memcpy(line->cut_up, line->text, sizeof line->cut_up);
	split(line);
	line->rest = line->text + strcspn(line->text, " \t");
	line->rest += strspn(line->rest, " \t");
	if (line->count && strcmp(line->words[line->count - 1], "<<END") == 0)
		read_heredoc(script, line);
	return true;
}

static void
add(struct ask *ask, char *word)
{
	char *equals = strchr(word, '=');

	if (ask->count == LINE_WORDS_MAX)
		return;
	if (word[0] == '\\') {
		ask->list[ask->count].key = "path";
		ask->list[ask->count].value = word;
	} else if (equals) {
		*equals = '\0';
		ask->list[ask->count].key = word;
		ask->list[ask->count].value = equals + 1;
	} else {
		ask->list[ask->count].key = word;
		ask->list[ask->count].value = "yes";
	}
	ask->list[ask->count++].used = false;
}

size_t
asks_read(struct line *line, size_t first, struct ask asks[ASKS_MAX])
{
	size_t count = 0;
	char link = 0;

	for (size_t i = first; i < line->count && count < ASKS_MAX; i++) {
		char *word = line->words[i];

		if (strcmp(word, "+") == 0 || strcmp(word, "|") == 0) {
			link = *word;
		} else if (count == 0 || link) {
			memset(&asks[count], 0, sizeof asks[count]);
			asks[count].command = word;
			asks[count++].link = link;
			link = 0;
		} else {
			add(&asks[count - 1], word);
		}
	}
	return count;
}

const char *
ask_get(struct ask *ask, const char *key)
{
	for (size_t i = 0; i < ask->count; i++)
		if (strcmp(ask->list[i].key, key) == 0) {
			ask->list[i].used = true;
			return ask->list[i].value;
		}
	return NULL;
}

bool
ask_has(struct ask *ask, const char *key)
{
	return ask_get(ask, key) != NULL;
}

unsigned long long
ask_number(struct ask *ask, const char *key, unsigned long long otherwise)
{
	const char *value = ask_get(ask, key);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

const char *
ask_unused(const struct ask *ask)
{
	for (size_t i = 0; i < ask->count; i++)
		if (!ask->list[i].used)
			return ask->list[i].key;
	return NULL;
}

bool
line_says(const struct line *line, const char *words)
{
	char text[LINE_TEXT_MAX];

	snprintf(text, sizeof text, "%s", line->rest);
	return strcmp(text, words) == 0 ||
	       (strncmp(text, words, strlen(words)) == 0 && text[strlen(words)] == ' ');
}

bool
span_read(const char *text, uint64_t *ms)
{
	char *unit = NULL;
	unsigned long long n = strtoull(text, &unit, 10);

	*ms = strcmp(unit, "ms") == 0 ? n : *unit == 's' ? n * 1000 : n * 60000;
	return strcmp(unit, "ms") == 0 || strcmp(unit, "s") == 0 || strcmp(unit, "m") == 0;
}
