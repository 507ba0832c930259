/* What is neither the client's nor the server's: the policy, the log, time, and other connections.
 */
#include "base/ntstatus.h"
#include "domain.h"
#include "policy/memory.h"
#include "told.h"
#include "verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the policy --- */

static void
append(struct stage *stage, char *to, const char *indent, const char *text)
{
	size_t at = strlen(to);

	if (stage->bridge)
		stage_complain(stage, "the policy is settled before anybody speaks");
	snprintf(to + at, STAGE_YAML_MAX - at, "%s%s\n", indent, text);
}

static void
say_policy(struct run *run, struct line *line)
{
	snprintf(run->stage.whole, STAGE_YAML_MAX, "%s", line->heredoc ? line->heredoc : "");
}

static void
say_accounts(struct run *run, struct line *line)
{
	snprintf(run->stage.accounts, STAGE_YAML_MAX, "%s", line->heredoc ? line->heredoc : "");
}

static void
say_listener(struct run *run, struct line *line)
{
	append(&run->stage, run->stage.listener, "      ", line->rest);
}

static void
say_fs1(struct run *run, struct line *line)
{
	append(&run->stage, run->stage.server, "    ", line->rest);
}

static void
say_hardened(struct run *run, struct line *line)
{
	append(&run->stage, run->stage.hardened, "  ", line->rest);
}

static void
say_top(struct run *run, struct line *line)
{
	append(&run->stage, run->stage.top, "", line->rest);
}

/* --- the log --- */

static void
hear_log(struct run *run, struct line *line)
{
	struct ask asks[ASKS_MAX];

	if (asks_read(line, 1, asks) != 1 ||
		told_claim(&run->stage, asks[0].command, NULL, &asks[0]))
		return;
	stage_complain(&run->stage, "the log has no such line; it has");
	if (!stage_hunger())
		told_show(&run->stage);
}

/* log has no EVENT key=value…: but for what has been asked for. */
static void
miss_log(struct run *run, struct line *line)
{
	struct ask asks[ASKS_MAX];

	if (asks_read(line, 3, asks) == 1 &&
		told_claim(&run->stage, asks[0].command, NULL, &asks[0]))
		stage_complain(&run->stage, "the log has such a line");
}

/* fault NAME key=value…: a line "refused", "server-down" or "renewal-failed" with that fault's
 * words and reason. */
static void
hear_fault(struct run *run, struct line *line)
{
	struct ask asks[ASKS_MAX];
	fault what;

	if (asks_read(line, 1, asks) != 1)
		return;
	for (unsigned i = 0; (what = fault_at(i)) != NULL; i++) {
		if (strcmp(what->name, asks[0].command) != 0)
			continue;
		if (told_claim(&run->stage, "refused", what->words, &asks[0]) ||
			told_claim(&run->stage, "server-down", what->words, &asks[0]) ||
			told_claim(&run->stage, "renewal-failed", what->words, &asks[0])) {
			run->shown[i] = true;
			return;
		}
		stage_complain(
			&run->stage, "nothing has been refused as %s; the log has", what->name);
		if (!stage_hunger())
			told_show(&run->stage);
		return;
	}
	stage_complain(&run->stage, "faults.def has no %s", asks[0].command);
}

/* --- all the rest --- */

/* Passes up to MS, second by second, until the server has been asked something or a worker been
 * given a job. */
static void
pass_until(struct stage *stage, uint64_t ms)
{
	uint64_t end = stage->now.ms + ms;

	while (stage->now.ms < end && !stage->server_player.inbox && !stage->job_count)
		stage_pass(stage, 1000);
}

/* clock +TIME [until something is asked] */
static void
pass_time(struct run *run, struct line *line)
{
	uint64_t ms;

	if (!line->words[1] || *line->words[1] != '+' || !span_read(line->words[1] + 1, &ms))
		stage_complain(&run->stage, "clock +30s, +500ms or +15m");
	else if (line->count > 2)
		pass_until(&run->stage, ms);
	else
		stage_pass(&run->stage, ms);
}

static void
jobs(struct run *run, struct line *line)
{
	run->stage.jobs_wait = line_says(line, "wait");
	if (!run->stage.jobs_wait)
		stage_run_jobs(&run->stage);
}

static void
count_dials(struct run *run, struct line *line)
{
	if (run->stage.dials != strtoul(line->rest, NULL, 0))
		stage_complain(&run->stage, "the server was dialled %u times", run->stage.dials);
}

/* domain says NAME: an NTSTATUS, to whoever is asked about now; domain asked N times since */
static void
domain(struct run *run, struct line *line)
{
	const char *word = line->count > 2 ? line->words[2] : "";
	uint32_t status = STATUS_PENDING;

	if (line->count > 1 && strcmp(line->words[1], "asked") == 0) {
		if (domain_asked() != strtoul(word, NULL, 0))
			stage_complain(&run->stage, "it was asked %u times", domain_asked());
		return;
	}
	if (!word_status(word, &status))
		stage_complain(&run->stage, "domain says NTSTATUS");
	domain_say(status);
}

/* summons wait | summons go on: whether the former session's end is found out about at once */
static void
summons(struct run *run, struct line *line)
{
	run->stage.summons_wait = line_says(line, "wait");
	if (!run->stage.summons_wait)
		stage_summoned(&run->stage);
}

/* summoned 0x…: the former session that a logon has asked to be ended */
static void
be_summoned(struct run *run, struct line *line)
{
	if (run->stage.summoned != strtoull(line->rest, NULL, 0))
		stage_complain(
			&run->stage, "session 0x%" PRIx64 " is summoned", run->stage.summoned);
}

/* supersede SESSION USER [waits]: USER has come back on another connection */
static void
supersede(struct run *run, struct line *line)
{
	const struct member *member =
		player_member(&run->stage.client_player, line->words[1] ? line->words[1] : "");
	bool due = line->count > 3;

	if (line->count < 3)
		stage_complain(&run->stage, "supersede SESSION USER [waits]");
	else if (stage_supersede(&run->stage,
			 member ? member->leg->id : strtoull(line->words[1], NULL, 0),
			 line->words[2]) != due)
		stage_complain(&run->stage, due ? "nobody has to wait" : "somebody has to wait");
}

/* left SESSION: it has been said to have ended */
static void
have_left(struct run *run, struct line *line)
{
	const struct member *member = player_member(&run->stage.client_player, line->rest);

	if (!member || run->stage.left != member->leg->id)
		stage_complain(&run->stage, "that has not been said");
}

/* remembered FACT: as a line of the state file says it, without its date; or nothing */
static void
be_remembered(struct run *run, struct line *line)
{
	struct stage *stage = &run->stage;
	char text[512];
	struct source *source;
	struct memory *memory;

	if (strcmp(line->rest, "nothing") == 0) {
		stage->known = (struct seen){0};
		return;
	}
	snprintf(text, sizeof text,
		"smbwarden-state 1\nserver fs1\n%s since 2026-01-31T12:00:00Z\nend 2\n",
		line->rest);
	source = source_of_text("remembered", SOURCE_PUBLIC, text, strlen(text));
	memory = source ? memory_parse(source, NULL) : NULL;
	if (memory)
		(void)seen_add(&stage->known, memory_find(memory, "fs1"));
	else
		stage_complain(stage, "that is nothing to remember");
	memory_free(&memory);
	source_free(&source);
}

/* learned WORDS: what was learned of the server last, as memory_words() has it; or nothing */
static void
have_learned(struct run *run, struct line *line)
{
	struct stage *stage = &run->stage;
	char words[MEMORY_WORDS_SIZE] = "nothing";

	if (stage->has_learned)
		(void)memory_words(&stage->learned, words, sizeof words);
	stage->has_learned = false;
	if (strcmp(words, line->rest) != 0)
		stage_complain(stage, "learned: %s", words);
}

static void
stop(struct run *run, struct line *line)
{
	(void)line;
	stage_stop(&run->stage);
}

static void
change_policy(struct run *run, struct line *line)
{
	(void)line;
	stage_change_policy(&run->stage);
}

const struct verb verbs_around[] = {
	{"policy", "changes", change_policy},
	{"policy", "", say_policy},
	{"accounts", "", say_accounts},
	{"listener", "", say_listener},
	{"fs1", "", say_fs1},
	{"hardened", "", say_hardened},
	{"top", "", say_top},
	{"log", "has no", miss_log},
	{"log", "", hear_log},
	{"fault", "", hear_fault},
	{"clock", "", pass_time},
	{"jobs", "", jobs},
	{"dials", "", count_dials},
	{"domain", "", domain},
	{"stop", "", stop},
	{"remembered", "", be_remembered},
	{"learned", "", have_learned},
	{"summons", "", summons},
	{"summoned", "", be_summoned},
	{"supersede", "", supersede},
	{"left", "", have_left},
	{0},
};
