/* What all servers were seen to be capable of: the table, and its text. */
#include "policy/memory.h"

#include "base/date.h"
#include "policy/pattern.h"
#include "policy/policy.h"
#include "policy/sections.h"
#include "policy/value.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY_HEAD "smbwarden-state 1"

#define MEMORY_COMMENT                                                                             \
	"# What servers were seen to be capable of. smbwarden keeps this file; who wants it to\n"  \
	"# forget a server says `smbwarden forget SERVER`.\n"

struct remembered {
	char *server;
	struct seen seen;
};

struct memory {
	struct remembered *servers;
	size_t count;
};

struct memory *
memory_new(void)
{
	return calloc(1, sizeof(struct memory));
}

void
memory_free(struct memory **memory)
{
	if (!*memory)
		return;
	for (size_t i = 0; i < (*memory)->count; i++)
		free((*memory)->servers[i].server);
	free((*memory)->servers);
	free(*memory);
	*memory = NULL;
}

size_t
memory_count(const struct memory *memory)
{
	return memory->count;
}

static struct remembered *
find(const struct memory *memory, const char *server)
{
	for (size_t i = 0; i < memory->count; i++)
		if (strcmp(memory->servers[i].server, server) == 0)
			return &memory->servers[i];
	return NULL;
}

const struct seen *
memory_find(const struct memory *memory, const char *server)
{
	const struct remembered *found = find(memory, server);

	return found ? &found->seen : NULL;
}

static bool
is_name(const char *server)
{
	const char *at = server;

	while ((unsigned char)*at >= 0x20 && *at != 0x7f)
		at++;
	return *server && *at == '\0' && at - server <= VALUE_TEXT_MAX;
}

/* SERVER's place in the table, made if need be; NULL when memory is out. */
static struct remembered *
want(struct memory *memory, const char *server)
{
	struct remembered *found = find(memory, server), *grown;

	if (found || !is_name(server))
		return found;
	grown = reallocarray(memory->servers, memory->count + 1, sizeof *grown);
	if (!grown)
		return NULL;
	memory->servers = grown;
	grown[memory->count] = (struct remembered){.server = strdup(server)};
	return grown[memory->count].server ? &grown[memory->count++] : NULL;
}

bool
memory_add(struct memory *memory, const char *server, const struct seen *seen, bool *is_new)
{
	struct remembered *place = want(memory, server);
	bool learned = place && seen_add(&place->seen, seen);

	if (is_new)
		*is_new = learned;
	return place != NULL;
}

bool
memory_add_all(struct memory *memory, const struct memory *more, bool *is_new)
{
	bool one;

	*is_new = false;
	for (size_t i = 0; i < more->count; i++) {
		if (!memory_add(memory, more->servers[i].server, &more->servers[i].seen, &one))
			return false;
		*is_new |= one;
	}
	return true;
}

bool
memory_remove(struct memory *memory, const char *server)
{
	struct remembered *found = find(memory, server);

	if (!found)
		return false;
	free(found->server);
	*found = memory->servers[--memory->count];
	return true;
}

/* --- words --- */

/* The words of a table are in the order of what is wanted most. */
static void
add_words(FILE *out, const struct choice *choices, const struct word *words)
{
	for (; words->text; words++)
		if (choices[words->value].since)
			(void)fprintf(out, ", %s", words->text);
}

const char *
memory_words(const struct seen *seen, char *buffer, size_t size)
{
	FILE *out = fmemopen(buffer, size, "w");

	*buffer = '\0';
	if (!out)
		return buffer;
	(void)fputs(policy_dialect_word(seen->dialect), out);
	add_words(out, seen->signing, signing_words);
	add_words(out, seen->ciphers, cipher_words);
	(void)fclose(out);
	return buffer;
}

/* --- writing --- */

/* Lines for what was chosen, and in place of what; returns how many. */
static unsigned
write_choices(FILE *out, const char *kind, const struct choice *choices, const struct word *words)
{
	char date[DATE_TEXT_SIZE];
	unsigned lines = 0;

	for (const struct word *word = words; word->text; word++) {
		const struct choice *choice = &choices[word->value];
		const char *before = " over ";

		if (!choice->since)
			continue;
		(void)fprintf(out, "%s %s", kind, word->text);
		for (const struct word *other = words; other->text; other++) {
			if (!(choice->over & 1u << other->value))
				continue;
			(void)fprintf(out, "%s%s", before, other->text);
			before = ",";
		}
		(void)fprintf(out, " since %s\n", date_text(choice->since, date));
		lines++;
	}
	return lines;
}

static unsigned
write_server(FILE *out, const struct remembered *server)
{
	const struct seen *seen = &server->seen;
	char date[DATE_TEXT_SIZE];
	unsigned lines = 1;

	(void)fprintf(out, "server %s\n", server->server);
	if (seen->dialect) {
		(void)fprintf(out, "dialect %s since %s\n", policy_dialect_word(seen->dialect),
			date_text(seen->dialect_since, date));
		lines++;
	}
	lines += write_choices(out, "signing", seen->signing, signing_words);
	return lines + write_choices(out, "cipher", seen->ciphers, cipher_words);
}

char *
memory_text(const struct memory *memory, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	unsigned lines = 0;

	if (!out)
		return NULL;
	(void)fputs(MEMORY_COMMENT MEMORY_HEAD "\n", out);
	for (size_t i = 0; i < memory->count; i++)
		lines += write_server(out, &memory->servers[i]);
	(void)fprintf(out, "end %u\n", lines);
	if (ferror(out) | fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* --- reading --- */

/* A text being read: the line it is at, and how far that has been looked at. */
struct reading {
	const struct source *source;
	struct diagnostics *diagnostics;
	struct memory *memory;
	struct remembered *server; /* whose facts follow; NULL: none was named */
	char *line;                /* without its end */
	unsigned number;
	size_t at;
	unsigned facts; /* lines so far that the last one counts */
	bool begun, ended;
};

static bool
complain(struct reading *r, size_t at, const char *words)
{
	source_complain(r->source, r->diagnostics, SEVERITY_ERROR, r->number, (unsigned)at + 1,
		"%s", words);
	return false;
}

/* The next word of the line, in place; NULL where it is at its end, or is no word. */
static const char *
take_word(struct reading *r, const char *ends)
{
	char *word = r->line + r->at;
	size_t len = strcspn(word, ends);

	if (len == 0)
		return NULL;
	r->at += len + (word[len] != '\0');
	word[len] = '\0';
	return word;
}

static bool
take_literal(struct reading *r, const char *literal)
{
	size_t len = strlen(literal);

	if (strncmp(r->line + r->at, literal, len) != 0)
		return false;
	r->at += len;
	return true;
}

/* A word out of WORDS, ended by one of ENDS. */
static bool
take_known(struct reading *r, const struct word *words, const char *ends, unsigned *value)
{
	size_t at = r->at;
	const char *text = take_word(r, ends);

	for (; text && words->text; words++)
		if (!words->refusal && strcmp(words->text, text) == 0) {
			*value = words->value;
			return true;
		}
	return complain(r, at, "this is no word that smbwarden writes here");
}

/* "since DATE", to the line's end. */
static bool
take_since(struct reading *r, uint64_t *seconds)
{
	if (!take_literal(r, "since "))
		return complain(r, r->at, "`since` and a date are wanted here");
	return date_parse(r->line + r->at, seconds) ||
	       complain(r, r->at, "a date such as 2026-01-31T12:00:00Z is wanted here");
}

static bool
take_server(struct reading *r)
{
	const char *name = r->line + r->at;
	char *folded = host_fold(name);
	bool is_folded = folded && strcmp(folded, name) == 0;

	free(folded);
	if (!is_folded || !is_name(name))
		return complain(r, r->at, "this is no server's name as smbwarden writes it");
	if (find(r->memory, name))
		return complain(r, r->at, "this server was named before");
	r->server = want(r->memory, name);
	return r->server || complain(r, r->at, "memory is out");
}

static bool
take_dialect(struct reading *r)
{
	size_t at = r->at;
	uint64_t since;
	unsigned value;

	if (!take_known(r, dialect_words, " ", &value) || !take_since(r, &since))
		return false;
	if (r->server->seen.dialect)
		return complain(r, at, "this server's dialect was said before");
	r->server->seen.dialect = (uint16_t)value;
	r->server->seen.dialect_since = since;
	return true;
}

static bool
take_choice(struct reading *r, struct choice *choices, const struct word *words)
{
	unsigned chosen, other, over = 0;
	bool has_more;
	size_t at = r->at;
	uint64_t since;

	if (!take_known(r, words, " ", &chosen))
		return false;
	for (has_more = take_literal(r, "over "); has_more;) {
		has_more = r->line[r->at + strcspn(r->line + r->at, " ,")] == ',';
		if (!take_known(r, words, " ,", &other))
			return false;
		over |= 1u << other;
	}
	if (!take_since(r, &since))
		return false;
	if (choices[chosen].since || over & 1u << chosen)
		return complain(r, at, "this algorithm is named already");
	choices[chosen] = (struct choice){.since = since, .over = (uint16_t)over};
	return true;
}

/* "end N": all is there. */
static bool
take_end(struct reading *r)
{
	char wanted[16];

	(void)snprintf(wanted, sizeof wanted, "%u", r->facts);
	r->ended = true;
	return strcmp(r->line + r->at, wanted) == 0 ||
	       complain(r, r->at,
		       "this is not how many lines there are: some are missing, or "
		       "were added by hand");
}

static bool
take_fact(struct reading *r)
{
	r->facts++;
	if (take_literal(r, "server "))
		return take_server(r);
	if (!r->server)
		return complain(r, 0, "no server was named whose this could be");
	if (take_literal(r, "dialect "))
		return take_dialect(r);
	if (take_literal(r, "signing "))
		return take_choice(r, r->server->seen.signing, signing_words);
	if (take_literal(r, "cipher "))
		return take_choice(r, r->server->seen.ciphers, cipher_words);
	return complain(r, 0, "this is no line that smbwarden writes");
}

static bool
take_line(struct reading *r)
{
	if (r->ended)
		return complain(r, 0, "something follows the end");
	if (!r->begun) {
		r->begun = strcmp(r->line, MEMORY_HEAD) == 0;
		return r->begun ||
		       complain(r, 0,
			       "`" MEMORY_HEAD "` is wanted here: this is no state file, or "
			       "that of another version");
	}
	return take_literal(r, "end ") ? take_end(r) : take_fact(r);
}

/* Line by line up to the first that is wrong: what follows it may mean anything. */
static bool
read_all(struct reading *r)
{
	const char *at = r->source->text, *end = at + r->source->len, *newline;
	bool is_right = true;

	while (is_right && at < end) {
		r->number++;
		r->at = 0;
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline || memchr(at, '\0', (size_t)(newline - at)))
			return complain(r, 0, "this is no line: it was cut, or is no text");
		r->line = strndup(at, (size_t)(newline - at));
		if (!r->line)
			return complain(r, 0, "memory is out");
		is_right = (*r->line == '#' && !r->begun) || take_line(r);
		free(r->line);
		at = newline + 1;
	}
	if (is_right && !r->ended) {
		r->number++;
		return complain(r, 0, "the file ends here, and should not: its end is missing");
	}
	return is_right;
}

struct memory *
memory_parse(const struct source *source, struct diagnostics *diagnostics)
{
	struct reading reading = {.source = source, .diagnostics = diagnostics};
	struct place place = {.file = source->path};

	reading.memory = memory_new();
	if (reading.memory && read_all(&reading))
		return reading.memory;
	if (!reading.memory)
		diagnostics_add(diagnostics, SEVERITY_FAILURE, &place, NULL, "memory is out");
	else
		diagnostics_add(diagnostics, SEVERITY_ERROR, &place, NULL,
			"nothing is forgotten by itself: put a sound copy of the file back, or "
			"remove it, which lets every server be weaker than it was seen to be");
	memory_free(&reading.memory);
	return NULL;
}
