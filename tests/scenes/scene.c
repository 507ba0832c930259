/*
 * Plays scenes: scene [--starve] FOLDER FILE.scene...
 *
 * Each scene of each file is a bridge between a client and a server that the script plays; see
 * README.md beside this file for the language. FOLDER is for scratch files, and holds nothing else.
 * With --starve each scene is played again and again while one allocation after the other fails:
 * nothing but a crash is wrong then.
 */
#include "body.h"
#include "base/ntstatus.h"
#include "domain.h"
#include "policy/memory.h"
#include "stage.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FAULTS_MAX 256

struct run {
	struct stage stage;
	struct legacy *legacy;
	const char *folder;
	char name[256]; /* of the scene being played */
	unsigned played, failed;
	bool shown[FAULTS_MAX]; /* faults that a scene has produced, by their row */
};

typedef void verb(struct run *run, struct line *line);

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

static bool
event_says(struct event *event, struct ask *ask)
{
	for (size_t i = 0; i < ask->count; i++) {
		const char *is = event_field(event, ask->list[i].key);
		const char *due = ask->list[i].value;
		const char *slash = is ? strrchr(is, '/') : NULL;

		/* a file's place without its folder, which no script can know */
		if (strcmp(ask->list[i].key, "rule") == 0 && slash)
			is = slash + 1;
		if (strcmp(due, "none") == 0 ? is && strcmp(is, "none") != 0
					     : !is || strcmp(is, due) != 0)
			return false;
	}
	return true;
}

/* The first line of the log that is called NAME (NULL: any), says ASK and WORDS, and that nobody
 * has asked for; it is asked for now. */
static bool
claim(struct stage *stage, const char *name, const char *words, struct ask *ask)
{
	for (size_t i = 0; i < stage->log_count; i++) {
		struct event *event = stage->log[i];
		const char *is = event_field(event, "words");

		if (stage->told[i] || (name && strcmp(event_name(event), name) != 0) ||
			(words && (!is || strcmp(is, words) != 0)) || !event_says(event, ask))
			continue;
		stage->told[i] = true;
		return true;
	}
	return false;
}

static void
show_log(const struct stage *stage)
{
	for (size_t i = 0; i < stage->log_count; i++) {
		char *text = stage->told[i] ? NULL : event_plain(stage->log[i], "    log");

		if (text)
			fputs(text, stderr);
		free(text);
	}
}

static void
hear_log(struct run *run, struct line *line)
{
	struct ask asks[ASKS_MAX];

	if (asks_read(line, 1, asks) != 1 || claim(&run->stage, asks[0].command, NULL, &asks[0]))
		return;
	stage_complain(&run->stage, "the log has no such line; it has");
	if (!stage_hunger())
		show_log(&run->stage);
}

/* log has no EVENT key=value…: but for what has been asked for. */
static void
miss_log(struct run *run, struct line *line)
{
	struct ask asks[ASKS_MAX];

	if (asks_read(line, 3, asks) == 1 && claim(&run->stage, asks[0].command, NULL, &asks[0]))
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
		if (claim(&run->stage, "refused", what->words, &asks[0]) ||
			claim(&run->stage, "server-down", what->words, &asks[0]) ||
			claim(&run->stage, "renewal-failed", what->words, &asks[0])) {
			run->shown[i] = true;
			return;
		}
		stage_complain(
			&run->stage, "nothing has been refused as %s; the log has", what->name);
		if (!stage_hunger())
			show_log(&run->stage);
		return;
	}
	stage_complain(&run->stage, "faults.def has no %s", asks[0].command);
}

/* --- both players --- */

static struct player *
player_of(struct run *run, const struct line *line)
{
	return strcmp(line->words[0], "client") == 0 ? &run->stage.client_player
						     : &run->stage.server_player;
}

static bool
says(const struct line *line, const char *words)
{
	char text[LINE_TEXT_MAX];

	snprintf(text, sizeof text, "%s", line->rest);
	return strcmp(text, words) == 0 ||
	       (strncmp(text, words, strlen(words)) == 0 && text[strlen(words)] == ' ');
}

static void
do_send(struct run *run, struct line *line)
{
	struct ask asks[ASKS_MAX];
	size_t count = asks_read(line, 2, asks);
	size_t times = count ? (size_t)ask_number(&asks[0], "times", 1) : 0;

	for (; count && count < times && count < ASKS_MAX; count++) {
		asks[count] = asks[0];
		asks[count].link = '|';
	}
	if (count && stage_begin(&run->stage))
		player_send(player_of(run, line), asks, count);
}

static void
do_expect(struct run *run, struct line *line)
{
	struct ask asks[ASKS_MAX];
	size_t count = asks_read(line, 2, asks);

	player_expect(player_of(run, line), asks, count);
}

static void
be_quiet(struct run *run, struct line *line)
{
	const struct arrival *arrival = player_of(run, line)->inbox;

	if (arrival)
		stage_complain(&run->stage, "a %s (%s) came to the %s",
			attrs_get(&arrival->messages[0], "command"),
			attrs_get(&arrival->messages[0], "status"), line->words[0]);
}

static void
set_dialects(struct run *run, struct line *line)
{
	struct offer *offer = &player_of(run, line)->offer;
	char *word = line->words[2], *dash = word ? strchr(word, '-') : NULL;

	if (dash)
		*dash = '\0';
	if (!word || !word_dialect(word, &offer->min_dialect) ||
		!word_dialect(dash ? dash + 1 : word, &offer->max_dialect))
		stage_complain(&run->stage, "these are no dialects");
}

static void
set_signing(struct run *run, struct line *line)
{
	struct offer *offer = &player_of(run, line)->offer;
	int count =
		line->words[2] ? word_list(line->words[2], word_signing, offer->signing, 3) : -1;

	if (count < 0)
		stage_complain(&run->stage, "these are no signing algorithms");
	else
		offer->signing_count = (size_t)count;
}

static void
set_ciphers(struct run *run, struct line *line)
{
	struct offer *offer = &player_of(run, line)->offer;
	int count = line->words[2] ? word_list(line->words[2], word_cipher, offer->ciphers, 4) : -1;

	if (count < 0)
		stage_complain(&run->stage, "these are no ciphers");
	else
		offer->cipher_count = (size_t)count;
}

static void
be_deaf(struct run *run, struct line *line)
{
	player_of(run, line)->deaf = true;
}

static void
require_signing(struct run *run, struct line *line)
{
	player_of(run, line)->offer.signing_required = true;
}

/* Sends bytes in hexadecimal, whatever they are. */
static void
send_bytes(struct run *run, struct line *line)
{
	struct frame *frame = frame_new(LINE_TEXT_MAX);

	for (size_t i = 2; i < line->count; i++)
		for (const char *at = line->words[i]; at[0] && at[1]; at += 2) {
			unsigned byte = 0;

			if (sscanf(at, "%2x", &byte) != 1)
				stage_complain(&run->stage, "%s is not hexadecimal", at);
			frame->data[frame->len++] = (uint8_t)byte;
		}
	stage_deliver(&run->stage, player_of(run, line), &frame);
}

static void
announce(struct run *run, struct line *line)
{
	stage_announce(&run->stage, strcmp(line->words[0], "server") == 0,
		line->words[2] ? strtoul(line->words[2], NULL, 0) : 0);
}

static void
be_closed(struct run *run, struct line *line)
{
	bool server = strcmp(line->words[0], "server") == 0;

	if (server ? !run->stage.server_closed : !run->stage.client_closed)
		stage_complain(
			&run->stage, "the connection of the %s is not closed", line->words[0]);
}

static void
be_open(struct run *run, struct line *line)
{
	bool server = strcmp(line->words[0], "server") == 0;

	if (server ? !run->stage.server_connected : run->stage.client_closed)
		stage_complain(&run->stage, "the connection of the %s is closed", line->words[0]);
}

static void
be_lost(struct run *run, struct line *line)
{
	stage_lose(&run->stage, strcmp(line->words[0], "server") == 0, "connection reset by peer");
}

/* --- the client --- */

static void
client_negotiates(struct run *run, struct line *line)
{
	struct ask asks[ASKS_MAX], hello = {.command = "NEGOTIATE"};

	if (!stage_begin(&run->stage) || asks_read(line, 1, asks) != 1)
		return;
	player_send(&run->stage.client_player, &hello, 1);
	asks[0].command = "NEGOTIATE";
	player_expect(&run->stage.client_player, asks, 1);
}

/* client logs on [again] user=… password=… as=… status=… */
static void
client_logs_on(struct run *run, struct line *line)
{
	bool again = line->count > 3 && strcmp(line->words[3], "again") == 0;
	struct ask asks[ASKS_MAX];

	if (!stage_begin(&run->stage) || asks_read(line, again ? 3 : 2, asks) != 1)
		return;
	(again ? player_log_on_again : player_log_on)(&run->stage.client_player, &asks[0]);
	if (ask_unused(&asks[0]))
		stage_complain(&run->stage, "nobody knows %s in a logon", ask_unused(&asks[0]));
}

/* client connects \\server\share [as=NAME] [status=…] …, with a logon before it if there was none
 */
static void
client_connects(struct run *run, struct line *line)
{
	struct player *client = &run->stage.client_player;
	struct ask send[ASKS_MAX], due = {.command = "TREE_CONNECT"}, logon = {.command = "on"};

	if (!stage_begin(&run->stage) || asks_read(line, 1, send) != 1)
		return;
	if (client->member_count == 0)
		player_log_on(client, &logon);
	send[0].command = "TREE_CONNECT";
	for (size_t i = 0; i < send[0].count; i++) {
		const char *key = send[0].list[i].key;
		bool as = strcmp(key, "as") == 0;

		if (!as && strcmp(key, "status") != 0 && strcmp(key, "share_seals") != 0)
			continue;
		due.list[due.count].key = as ? "tree" : key;
		due.list[due.count++].value = send[0].list[i].value;
		send[0].list[i].used = true;
	}
	player_send(client, send, 1);
	player_expect(client, &due, 1);
}

/* client opens NAME NUMBER [oplock=LEVEL]: a CREATE that the server answers with its file NUMBER */
static void
client_opens(struct run *run, struct line *line)
{
	struct player *client = &run->stage.client_player, *server = &run->stage.server_player;
	struct ask plain = {.command = "CREATE"}, numbered = plain, named = plain;

	if (line->count < 4) {
		stage_complain(&run->stage, "client opens NAME NUMBER [oplock=LEVEL]");
		return;
	}
	named.count = numbered.count = 1;
	named.list[0].key = numbered.list[0].key = "file";
	named.list[0].value = line->words[2];
	numbered.list[0].value = line->words[3];
	if (line->count > 4 && strncmp(line->words[4], "oplock=", 7) == 0) {
		numbered.list[1].key = "oplock";
		numbered.list[1].value = line->words[4] + 7;
		numbered.count = 2;
	}
	player_send(client, &plain, 1);
	player_expect(server, &plain, 1);
	player_send(server, &numbered, 1);
	player_expect(client, &named, 1);
}

static void
client_signs(struct run *run, struct line *line)
{
	(void)line;
	run->stage.client_player.signs = true;
}

/* client speaks SMB1 "NT LM 0.12" "SMB 2.002" …: a multi-protocol NEGOTIATE */
static void
client_speaks_smb1(struct run *run, struct line *line)
{
	struct player *client = &run->stage.client_player;
	struct frame *frame = frame_new(LINE_TEXT_MAX);
	struct writer w = writer_over(frame->data, frame->cap);
	struct asked *asked;

	writer_bytes(&w, span_of("\xffSMB\x72", 5));
	writer_zero(&w, 27);
	writer_u8(&w, 0);
	writer_u16(&w, 0);
	for (size_t i = 3; i < line->count; i++) {
		writer_u8(&w, 2);
		writer_bytes(&w, span_of(line->words[i], strlen(line->words[i]) + 1));
	}
	writer_patch(&w, 33, w.at - 35, 2);
	frame->len = w.at;
	asked = match_ask(&client->leg.match, 1);
	if (asked)
		asked->command = SMB2_NEGOTIATE;
	leg_enter(&client->leg, LEG_NEGOTIATING);
	/* what such a client would say of itself if it were asked, [MS-SMB2] 3.3.5.3.1 */
	negotiate_heard(&client->leg,
		&(struct smb2_negotiate_request){.security_mode = SMB2_SIGNING_ENABLED,
			.dialect_count = 1,
			.dialects = {SMB2_DIALECT_0202}});
	client->was_hello = true;
	stage_deliver(&run->stage, client, &frame);
}

/* --- the server --- */

static void
server_holds(struct run *run, struct line *line)
{
	uint32_t *holds = &run->stage.server_player.holds;
	uint16_t command;

	for (size_t i = 2; i < line->count; i++) {
		if (strcmp(line->words[i], "nothing") == 0)
			*holds = 0;
		else if (strcmp(line->words[i], "VALIDATE") == 0)
			*holds |= 1u << 31;
		else if (word_command(line->words[i], &command))
			*holds |= 1u << command;
		else
			stage_complain(&run->stage, "%s is no command", line->words[i]);
	}
}

static void
server_is(struct run *run, struct line *line)
{
	const char *how = line->words[2] ? line->words[2] : "";

	if (strcmp(how, "up") == 0)
		run->stage.dialling = DIAL_WORKS;
	else if (strcmp(how, "down") == 0)
		run->stage.dialling = DIAL_FAILS;
	else if (strcmp(how, "silent") == 0)
		run->stage.dialling = DIAL_HANGS;
	else
		stage_complain(&run->stage, "a server is up, down or silent");
}

static void
server_accepts(struct run *run, struct line *line)
{
	(void)line;
	stage_dialled(&run->stage, NULL);
}

static void
server_demands_sealing(struct run *run, struct line *line)
{
	(void)line;
	run->stage.server_player.demands_sealing = true;
}

static void
server_seals_shares(struct run *run, struct line *line)
{
	(void)line;
	run->stage.server_player.share_seals = true;
}

static void
server_grants(struct run *run, struct line *line)
{
	run->stage.server_player.grants = line->words[2] ? atoi(line->words[2]) : -1;
}

static void
server_password(struct run *run, struct line *line)
{
	static char kept[64];

	snprintf(kept, sizeof kept, "%s", line->words[2] ? line->words[2] : "");
	run->stage.server_player.password = kept;
}

/* --- all the rest --- */

/* TEXT, which is 500ms, 30s or 15m, in milliseconds; false: it is none of these. */
static bool
read_span(const char *text, uint64_t *ms)
{
	char *unit = NULL;
	unsigned long long n = strtoull(text, &unit, 10);

	*ms = strcmp(unit, "ms") == 0 ? n : *unit == 's' ? n * 1000 : n * 60000;
	return strcmp(unit, "ms") == 0 || strcmp(unit, "s") == 0 || strcmp(unit, "m") == 0;
}

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

	if (!line->words[1] || *line->words[1] != '+' || !read_span(line->words[1] + 1, &ms))
		stage_complain(&run->stage, "clock +30s, +500ms or +15m");
	else if (line->count > 2)
		pass_until(&run->stage, ms);
	else
		stage_pass(&run->stage, ms);
}

/* client/server tickets last TIME: those that logons there rest on from now on; 0s: for ever */
static void
tickets_last(struct run *run, struct line *line)
{
	bool server = strcmp(line->words[0], "server") == 0;
	uint64_t ms;

	if (line->count < 4 || !read_span(line->words[3], &ms))
		stage_complain(&run->stage, "tickets last 30s or 15m");
	else if (server)
		run->stage.server_life = (uint32_t)(ms / 1000);
	else
		run->stage.client_life = (uint32_t)(ms / 1000);
}

static void
jobs(struct run *run, struct line *line)
{
	run->stage.jobs_wait = says(line, "wait");
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
	run->stage.summons_wait = says(line, "wait");
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

static const struct {
	const char *subject, *words; /* the line begins with both */
	verb *play;
} verbs[] = {
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
	{"client", ">", do_send},
	{"client", "<", do_expect},
	{"client", "quiet", be_quiet},
	{"client", "dialect", set_dialects},
	{"client", "signing", set_signing},
	{"client", "ciphers", set_ciphers},
	{"client", "requires signing", require_signing},
	{"client", "signs", client_signs},
	{"client", "deaf", be_deaf},
	{"client", "negotiates", client_negotiates},
	{"client", "logs on", client_logs_on},
	{"client", "connects", client_connects},
	{"client", "opens", client_opens},
	{"client", "speaks SMB1", client_speaks_smb1},
	{"client", "sends", send_bytes},
	{"client", "announces", announce},
	{"client", "tickets last", tickets_last},
	{"client", "closed", be_closed},
	{"client", "open", be_open},
	{"client", "leaves", be_lost},
	{"server", ">", do_send},
	{"server", "<", do_expect},
	{"server", "quiet", be_quiet},
	{"server", "dialect", set_dialects},
	{"server", "signing", set_signing},
	{"server", "ciphers", set_ciphers},
	{"server", "holds", server_holds},
	{"server", "is", server_is},
	{"server", "accepts", server_accepts},
	{"server", "demands sealing", server_demands_sealing},
	{"server", "seals shares", server_seals_shares},
	{"server", "grants", server_grants},
	{"server", "password", server_password},
	{"server", "sends", send_bytes},
	{"server", "announces", announce},
	{"server", "tickets last", tickets_last},
	{"server", "closed", be_closed},
	{"server", "open", be_open},
	{"server", "lost", be_lost},
};

static void
play_line(struct run *run, struct line *line)
{
	run->stage.file = line->file;
	run->stage.line = line->number;
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (strcmp(verbs[i].subject, line->words[0]) == 0 &&
			(!*verbs[i].words || says(line, verbs[i].words))) {
			verbs[i].play(run, line);
			return;
		}
	}
	stage_complain(&run->stage, "no verb is spelled like that: %s", line->text);
}

/* --- scenes --- */

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
	if (claim(stage, "refused", NULL, &any)) {
		stage_complain(stage, "at the end something is refused that nobody spoke of:");
		memset(stage->told, 0, sizeof stage->told);
		if (!stage_hunger())
			show_log(stage);
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
