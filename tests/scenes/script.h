/*
 * Scenes as text: files of lines, lines of words, and what a line says about one message.
 * The language is described in README.md; this file knows its grammar and none of its words.
 */
#ifndef SCENES_SCRIPT_H
#define SCENES_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_WORDS_MAX 64
#define LINE_TEXT_MAX 1024
#define ASKS_MAX 80

/* One line, split at blanks; "a quoted part" keeps its blanks. */
struct line {
	const char *file;
	unsigned number;
	const char *rest;                /* behind the first word, as it stands */
	const char *heredoc;             /* the lines between "<<END" and "END", or NULL */
	char text[LINE_TEXT_MAX];        /* as it stands */
	char cut_up[LINE_TEXT_MAX];      /* the words */
	char *words[LINE_WORDS_MAX + 1]; /* the one after the last is NULL */
	size_t count;
};

#define VARIABLES_MAX 8

/* $NAME stands for VALUE in what is read. */
struct variable {
	char name[16], value[64];
};

/* A file being read; a copy of it is a place to come back to. */
struct script {
	const char *file;
	char *text;
	const char *at;
	unsigned number;
	struct variable variables[VARIABLES_MAX];
	size_t variable_count;
	char heredoc[4096];
};

/* False, having said why, where FILE cannot be read. */
bool script_open(struct script *script, const char *file);
void script_close(struct script *script);

/* The next line that is neither empty nor a comment; false at the end. */
bool script_next(struct script *script, struct line *line);

/* Whether what is behind the first word of LINE begins with WORDS. */
bool line_says(const struct line *line, const char *words);

/* TEXT, which is 500ms, 30s or 15m, in milliseconds; false: it is none of these. */
bool span_read(const char *text, uint64_t *ms);

/*
 * What a line says about one message: a command, and attributes `key=value` or `key` ("yes").
 * Each must be looked at by somebody: what nobody knows is a mistake in the script.
 */
struct ask {
	const char *command;
	char link; /* how it joins the one before: '+' related, '|' unrelated, 0 first */
	size_t count;
	struct {
		const char *key, *value;
		bool used;
	} list[LINE_WORDS_MAX];
};

/* Splits the words of LINE from FIRST on at "+" and "|"; how many there are. Words borrow LINE. */
size_t asks_read(struct line *line, size_t first, struct ask asks[ASKS_MAX]);

/* The value of KEY, or NULL; marks it as used. */
const char *ask_get(struct ask *ask, const char *key);
bool ask_has(struct ask *ask, const char *key);

/* The number that KEY says, decimal or 0x…, else OTHERWISE. */
unsigned long long ask_number(struct ask *ask, const char *key, unsigned long long otherwise);

/* An attribute that nobody has looked at, or NULL. */
const char *ask_unused(const struct ask *ask);

#endif
