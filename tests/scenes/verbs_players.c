/* What the client and the server say, hear and are. */
#include "body.h"
#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- both players --- */

static struct player *
player_of(struct run *run, const struct line *line)
{
	return strcmp(line->words[0], "client") == 0 ? &run->stage.client_player
						     : &run->stage.server_player;
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

/* client/server tickets last TIME: those that logons there rest on from now on; 0s: for ever */
static void
tickets_last(struct run *run, struct line *line)
{
	bool server = strcmp(line->words[0], "server") == 0;
	uint64_t ms;

	if (line->count < 4 || !span_read(line->words[3], &ms))
		stage_complain(&run->stage, "tickets last 30s or 15m");
	else if (server)
		run->stage.server_life = (uint32_t)(ms / 1000);
	else
		run->stage.client_life = (uint32_t)(ms / 1000);
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

const struct verb verbs_of_players[] = {
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
	{0},
};
