/*
 * Plays scenes: scene [--starve] FOLDER FILE.scene...
 *
 * Each scene of each file is a bridge between a client and a server that the script plays; see
 * README.md beside this file for the language. FOLDER is for scratch files, and holds nothing else.
 * With --starve each scene is played again and again while one allocation after the other fails:
 * nothing but a crash is wrong then.
 */
#include "body.h"
#include "told.h"
#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct verb *
verb_find(const struct verb *table, const struct line *line)
{
	for (; table->subject; table++)
		if (strcmp(table->subject, line->words[0]) == 0 &&
			(!*table->words || line_says(line, table->words)))
			return table;
	return NULL;
}

static void
play_line(struct run *run, struct line *line)
{
	const struct verb *verb = verb_find(verbs_of_players, line);

	run->stage.file = line->file;
	run->stage.line = line->number;
	if (!verb)
		verb = verb_find(verbs_around, line);
	if (verb)
		verb->play(run, line);
	else
		stage_complain(&run->stage, "no verb is spelled like that: %s", line->text);
}

static void
begin(struct run *run, const struct line *line)
{
	snprintf(run->name, sizeof run->name, "%s", line->words[1] ? line->words[1] : "?");
	stage_open(&run->stage);
	run->stage.legacy = run->legacy;
	run->stage.folder = run->folder;
	run->stage.file = line->file;
	run->stage.line = line->number;
}

/* What came and was not read, and what was refused and not asked for, are mistakes of somebody. */
static void
check_rest(struct stage *stage)
{
	struct player *const players[] = {&stage->client_player, &stage->server_player};
	struct ask any = {.command = "refused"};

	for (size_t i = 0; i < 2; i++)
		if (players[i]->inbox)
			stage_complain(stage, "at the end the %s has not read a %s (%s)",
				players[i]->name,
				attrs_get(&players[i]->inbox->messages[0], "command"),
				attrs_get(&players[i]->inbox->messages[0], "status"));
	if (told_claim(stage, "refused", NULL, &any)) {
		stage_complain(stage, "at the end something is refused that nobody spoke of:");
		memset(stage->told, 0, sizeof stage->told);
		if (!stage_hunger())
			told_show(stage);
	}
}

static void
end(struct run *run)
{
	check_rest(&run->stage);
	if (run->stage.failed && !stage_hunger())
		fprintf(stderr, "FAILED: %s: %s\n", run->stage.file, run->name);
	run->played++;
	run->failed += run->stage.failed;
	stage_close(&run->stage);
}

/* A scene with `for NAME=a,b,c …` is played for each value, and for each combination of several. */
static size_t
combinations(const struct line *line)
{
	size_t all = 1;

	for (size_t i = 3; i < line->count; i++) {
		size_t values = 1;

		for (const char *at = line->words[i]; *at; at++)
			values += *at == ',';
		all *= values;
	}
	return all;
}

/* Sets the variables of LINE, the scene's first, to combination NUMBER, and names the scene. */
static void
choose(struct run *run, struct script *script, const struct line *line, size_t number)
{
	script->variable_count = 0;
	for (size_t i = 3; i < line->count && script->variable_count < VARIABLES_MAX; i++) {
		struct variable *variable = &script->variables[script->variable_count++];
		char copy[LINE_TEXT_MAX], *rest, *values[64];
		size_t count = 0;

		snprintf(copy, sizeof copy, "%s", line->words[i]);
		rest = strchr(copy, '=');
		if (!rest)
			continue;
		*rest++ = '\0';
		while (count < 64 && (values[count] = strsep(&rest, ",")) != NULL)
			count++;
		snprintf(variable->name, sizeof variable->name, "%.15s", copy);
		snprintf(variable->value, sizeof variable->value, "%.63s", values[number % count]);
		number /= count;
		snprintf(run->name + strlen(run->name), sizeof run->name - strlen(run->name),
			", %s=%s", variable->name, variable->value);
	}
}

/* Plays the lines up to the next scene, which goes to LINE; false at the end of the file. */
static bool
play_one(struct run *run, struct script *script, const struct line *head, size_t combination,
	struct line *line)
{
	bool more;

	begin(run, head);
	choose(run, script, head, combination);
	while ((more = script_next(script, line)) && strcmp(line->words[0], "scene") != 0)
		if (!(run->stage.failed && stage_hunger()))
			play_line(run, line);
	end(run);
	return more;
}

/* Plays the scenes of FILE; ONLY: the one that begins at that line, once. The lines at which they
 * begin go to STARTS, as many as fit; how many there are. */
static size_t
play_file(struct run *run, const char *file, unsigned only, unsigned *starts, size_t max)
{
	struct script script, mark;
	struct line head, next;
	size_t count = 0;
	bool more;

	if (!script_open(&script, file)) {
		run->failed++;
		return 0;
	}
	more = script_next(&script, &head);
	while (more) {
		size_t all = only ? 1 : combinations(&head);

		if (strcmp(head.words[0], "scene") != 0 || (only && head.number != only)) {
			more = script_next(&script, &head);
			continue;
		}
		if (count < max)
			starts[count++] = head.number;
		mark = script;
		for (size_t i = 0; i < all; i++) {
			script = mark;
			more = play_one(run, &script, &head, i, &next);
		}
		script.variable_count = 0;
		head = next;
		for (size_t i = 0; i < head.count; i++) /* the words are inside the line */
			head.words[i] = head.cut_up + (next.words[i] - next.cut_up);
	}
	script_close(&script);
	return count;
}

/* Every scene of FILE once for each allocation that may fail in it. */
static void
starve_file(struct run *run, const char *file)
{
	unsigned starts[256];
	size_t count = play_file(run, file, 0, starts, 256);

	for (size_t i = 0; i < count; i++)
		for (unsigned long n = 1; n < 3000; n++) {
			stage_starve(n);
			play_file(run, file, starts[i], NULL, 0);
			if (stage_hunger() > 1)
				break; /* fewer allocations than that: all have failed once */
		}
	stage_starve(0);
	run->failed = 0;
}

/* Rows of faults.def that no scene can produce, each with the test that does: NAME FILE. */
static void
read_elsewhere(struct run *run, const char *file)
{
	struct script script;
	struct line line;

	if (!script_open(&script, file)) {
		run->failed++;
		return;
	}
	while (script_next(&script, &line)) {
		bool known = false;
		fault what;

		for (unsigned i = 0; (what = fault_at(i)) != NULL; i++) {
			if (strcmp(what->name, line.words[0]) != 0)
				continue;
			known = true;
			if (run->shown[i]) {
				fprintf(stderr, "%s:%u: a scene shows %s: take it off the list\n",
					file, line.number, what->name);
				run->failed++;
			}
			run->shown[i] = true;
		}
		if (!known) {
			fprintf(stderr, "%s:%u: faults.def has no %s\n", file, line.number,
				line.words[0]);
			run->failed++;
		}
	}
	script_close(&script);
}

/* Every row of faults.def is shown by a scene or by a test that is named. */
static void
check_coverage(struct run *run, const char *elsewhere)
{
	fault what;

	read_elsewhere(run, elsewhere);
	for (unsigned i = 0; (what = fault_at(i)) != NULL; i++)
		if (i >= FAULTS_MAX || !run->shown[i]) {
			fprintf(stderr, "no test shows %s\n", what->name);
			run->failed++;
		}
	run->played++;
}

static const char usage[] = "usage: scene [--starve | --all-faults LIST] FOLDER FILE.scene...\n";

int
main(int argc, char **argv)
{
	static struct run run;
	const char *elsewhere = NULL;
	bool starving = false;
	int at = 1;

	if (argc > at && strcmp(argv[at], "--starve") == 0) {
		starving = true;
		at++;
	} else if (argc > at + 1 && strcmp(argv[at], "--all-faults") == 0) {
		elsewhere = argv[at + 1];
		at += 2;
	}
	/* Kerberos is the library's matter: here it knows no realm, and asks nobody. */
	setenv("KRB5_CONFIG", "/dev/null", 1);
	run.legacy = legacy_new();
	if (argc < at + 2 || !run.legacy) {
		fputs(usage, stderr);
		return 2;
	}
	run.folder = argv[at++];
	for (; at < argc; at++) {
		if (starving)
			starve_file(&run, argv[at]);
		else
			play_file(&run, argv[at], 0, NULL, 0);
	}
	if (elsewhere)
		check_coverage(&run, elsewhere);
	legacy_free(&run.legacy);
	/* the line that tests/run counts tests by */
	printf("[====] Synthesis: Tested: %u | Passing: %u | Failing: %u | Crashing: 0\n",
		run.played, run.failed > run.played ? 0 : run.played - run.failed, run.failed);
	return run.failed ? 1 : 0;
}
