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

/* The next line as it stands, without its end; NULL at the end of the file. */
static char *
raw_line(struct script *script)
{
	char *line = script->at, *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	script->at = end ? end + 1 : line + strlen(line);
	script->number++;
	return line;
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
	size_t at = 0;
	char *raw;

	script->heredoc[0] = '\0';
	while ((raw = raw_line(script)) != NULL && strcmp(raw, "END") != 0)
		at += (size_t)snprintf(
			script->heredoc + at, sizeof script->heredoc - at, "%s\n", raw);
	line->heredoc = script->heredoc;
}

bool
script_next(struct script *script, struct line *line)
{
	char *raw;

	memset(line, 0, sizeof *line);
	do {
		raw = raw_line(script);
		if (!raw)
			return false;
		raw += strspn(raw, " \t");
	} while (!*raw || *raw == '#');
	line->file = script->file;
	line->number = script->number;
	snprintf(line->text, sizeof line->text, "%s", raw);
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
