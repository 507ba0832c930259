/*
 * A whole bridge between a client and a server that both do as the input says. The first bytes
 * choose policy, dialects and how far things have come; each of the others begins a step: something
 * true that a player of tests/scenes says, something forged with his keys (bridge_forge.c), bytes,
 * a connection lost, time gone by, a job late or dropped, memory gone. What must hold all the
 * while is in bridge_watch.c.
 */
#include "auth/ntlm_hash.h"
#include "base/ntstatus.h"
#include "bridge/parts.h"
#include "bridge_forge.h"
#include "bridge_watch.h"
#include "crypto/random.h"
#include "policy/policy.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEPS_MAX 64
#define MEMBERS_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In place of crypto/random.c: the same input is the same run. */
static uint8_t random_next;

bool
random_bytes(void *out, size_t len)
{
	memset(out, random_next, len);
	random_next += 0x11;
	return true;
}

/* --- policies, read once --- */

static const char accounts[] = "accounts:\n"
			       "  - user: alice\n"
			       "    password: open sesame\n"
			       "    server: { user: svc-alice, password: back door }\n"
			       "  - user: bob\n"
			       "    password: builder\n"
			       "    server: { user: svc-bob, password: back door }\n";

#define POLICY(client, server, more)                                                               \
	"version: 1\n"                                                                             \
	"accounts: accounts.yaml\n"                                                                \
	"limits: {requests_in_flight: 40, sessions_per_client: 4, trees_per_session: 4, "          \
	"opens_per_session: 4}\n"                                                                  \
	"listeners:\n"                                                                             \
	"  - listen: 127.0.0.1:1445\n"                                                             \
	"    server: fs1\n"                                                                        \
	"    client: {logon: [ntlmv2], " client "}\n"                                              \
	"servers:\n"                                                                               \
	"  fs1: {address: 'fs1.test:445', logon: [kerberos, ntlmv2], " server "}\n" more

#define OLD "min_dialect: 2.0.2, signing_algorithms: [aes-128-gmac, aes-128-cmac, hmac-sha256]"

static const char *const policies[] = {
	POLICY("wire: trusted", OLD ", encryption: when_required", ""),
	POLICY("wire: untrusted", "encryption: always", ""),
	POLICY("min_dialect: 3.0, encryption: required", OLD ", encryption: 'off'", ""),
	POLICY("signing: required", "encryption: when_required",
		"hardened_paths:\n  \\\\fs1\\other: {require: [integrity, privacy]}\n"),
	POLICY("wire: untrusted", OLD,
		"hardened_paths:\n"
		"  \\\\fs1\\data\\public: {exempt: [privacy], reason: watched}\n"
		"  \\\\fs1: {require: [integrity, privacy]}\n"),
	POLICY("wire: untrusted", OLD,
		"mode: audit\n"
		"hardened_paths:\n  \\\\fs1\\data: {require: [integrity, privacy]}\n"),
	POLICY("wire: trusted", OLD,
		"hardened_paths:\n  \\\\fs1\\data\\secret: {require: [privacy]}\n"),
	POLICY("wire: untrusted", OLD,
		"hardened_paths:\n"
		"  \\\\fs1\\data\\secret: {require: [privacy]}\n"
		"  \\\\fs1\\data\\secret\\own: {require: [mutual_authentication]}\n"
		"  \\\\fs1\\data\\secret\\x: {exempt: [privacy], reason: another}\n"),
};
#define POLICY_COUNT (sizeof policies / sizeof policies[0])

static struct policy *
policy_make(const char *folder, const char *text)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy;
	char file[512];

	snprintf(file, sizeof file, "%s/smbwarden.yaml", folder);
	policy = policy_parse(file, text, strlen(text), diagnostics);
	if (!policy) {
		diagnostics_print(diagnostics, stderr);
		abort();
	}
	diagnostics_free(&diagnostics);
	return policy;
}

/* The accounts have to be in a file; it is gone when the policies have been read. */
static void
policies_make(struct policy *out[POLICY_COUNT])
{
	char folder[] = "/tmp/fuzz_bridge.XXXXXX", path[sizeof folder + 32];
	FILE *file;

	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof path, "%s/accounts.yaml", folder);
	file = fopen(path, "w");
	if (!file || fputs(accounts, file) < 0 || fclose(file) || chmod(path, 0600))
		abort();
	for (size_t i = 0; i < POLICY_COUNT; i++)
		out[i] = policy_make(folder, policies[i]);
	unlink(path);
	rmdir(folder);
}

/* --- beginning and end --- */

static void
set_bridge(struct stage *stage, uint8_t which)
{
	static struct policy *made[POLICY_COUNT];
	static struct legacy *legacy;
	struct bridge_config config = {.client = "192.0.2.1:50000",
		.local = "127.0.0.1:1445",
		.connection = 7,
		.server_guid = "smbwarden's guid"};

	if (!legacy) {
		legacy = legacy_new();
		policies_make(made);
	}
	config.legacy = stage->legacy = legacy;
	config.policy = made[which % POLICY_COUNT];
	config.listener = &config.policy->listeners[0];
	stage->policy = policy_ref(config.policy);
	stage->bridge = bridge_new(&config, stage->now);
	if (!stage->bridge)
		abort();
}

static const uint16_t dialects[] = {
	SMB2_DIALECT_0311, SMB2_DIALECT_0302, SMB2_DIALECT_0210, SMB2_DIALECT_0202};

static void
set_players(struct stage *stage, uint8_t dialect, uint8_t how)
{
	struct player *client = &stage->client_player, *server = &stage->server_player;

	client->offer.max_dialect = dialects[dialect & 3];
	server->offer.max_dialect = dialects[dialect >> 2 & 3];
	client->signs = how & 1;
	server->demands_sealing = how & 2;
	server->share_seals = how & 4;
	server->grants = how & 8 ? how >> 4 & 3 : -1;
	if (how & 0x40)
		client->offer.signing[0] = server->offer.signing[0] = SIGNING_AES_CMAC;
	if (how & 0x80)
		client->offer.cipher_count = 0;
}

static void
say(struct player *player, const char *command, const char *key, const char *value)
{
	struct ask ask = {.command = command, .count = key ? 1 : 0};

	ask.list[0].key = key;
	ask.list[0].value = value;
	player_send(player, &ask, 1);
}

/* How far things have come when the input takes over. */
static void
set_scene(struct stage *stage, unsigned how_far, uint8_t then)
{
	struct player *client = &stage->client_player, *server = &stage->server_player;
	struct ask logon = {.command = "SESSION_SETUP"};
	struct ask bob = {.command = "SESSION_SETUP",
		.count = 2,
		.list = {{"user", "bob", false}, {"password", "builder", false}}};

	if (how_far == 1)
		say(client, "NEGOTIATE", NULL, NULL);
	if (how_far >= 2)
		player_log_on(client, &logon);
	if (how_far == 3) {
		say(client, "TREE_CONNECT", NULL, NULL);
		say(client, "CREATE", NULL, NULL);
		say(server, "CREATE", "file", "1");
	}
	if (how_far == 3 && then & 0x10) {
		say(client, "READ", NULL, NULL);
		say(server, "READ", "status", "NETWORK_SESSION_EXPIRED");
	}
	if (how_far == 3 && then & 0x20) {
		player_log_on(client, &bob);
		say(client, "TREE_CONNECT", NULL, NULL);
	}
}

static void
finish(struct stage *stage, uint8_t how)
{
	if (how & 1)
		stage_stop(stage);
	if (how & 2) {
		stage_pass(stage, 1u << 26);
		stage_pass(stage, 1u << 26);
	}
	if (!bridge_over(stage->bridge))
		stage_lose(stage, false, NULL);
	if (!bridge_over(stage->bridge))
		abort();
	stage_close(stage);
}

/* --- steps --- */

struct template
{
	const char *command;
	const char *key, *value, *key2, *value2;
};

static void
fill(struct ask *ask, const struct template *t)
{
	*ask = (struct ask){.command = t->command};
	if (t->key) {
		ask->list[ask->count].key = t->key;
		ask->list[ask->count++].value = t->value;
	}
	if (t->key2) {
		ask->list[ask->count].key = t->key2;
		ask->list[ask->count++].value = t->value2;
	}
}

static void
add(struct ask *ask, const char *key, const char *value)
{
	ask->list[ask->count].key = key;
	ask->list[ask->count++].value = value;
}

static const struct template requests[] = {
	{"NEGOTIATE", NULL, NULL, NULL, NULL},
	{"SESSION_SETUP", NULL, NULL, NULL, NULL},
	{"SESSION_SETUP", "token", "no token", NULL, NULL},
	{"LOGOFF", NULL, NULL, NULL, NULL},
	{"TREE_CONNECT", NULL, NULL, NULL, NULL},
	{"TREE_CONNECT", "path", "\\\\fs1\\other", NULL, NULL},
	{"TREE_CONNECT", "path", "\\\\elsewhere\\IPC$", NULL, NULL},
	{"TREE_DISCONNECT", NULL, NULL, NULL, NULL},
	{"CREATE", NULL, NULL, NULL, NULL},
	{"CREATE", "lease", "yes", "name", "another"},
	{"CLOSE", NULL, NULL, NULL, NULL},
	{"FLUSH", NULL, NULL, NULL, NULL},
	{"READ", NULL, NULL, NULL, NULL},
	{"READ", "length", "200000", NULL, NULL},
	{"WRITE", "size", "100", NULL, NULL},
	{"WRITE", "size", "70000", NULL, NULL},
	{"LOCK", NULL, NULL, NULL, NULL},
	{"IOCTL", "code", "validate", NULL, NULL},
	{"IOCTL", "code", "validate", "lie", "yes"},
	{"IOCTL", "code", "reparse", NULL, NULL},
	{"IOCTL", "code", "copychunk", "size", "44"},
	{"IOCTL", "code", "referral", "size", "20"},
	{"IOCTL", "code", "interfaces", NULL, NULL},
	{"CANCEL", "of", "CHANGE_NOTIFY", NULL, NULL},
	{"CANCEL", "of", "LOCK", "latest", "yes"},
	{"CANCEL", "of", "READ", NULL, NULL},
	{"ECHO", NULL, NULL, NULL, NULL},
	{"QUERY_DIRECTORY", NULL, NULL, NULL, NULL},
	{"CHANGE_NOTIFY", NULL, NULL, NULL, NULL},
	{"QUERY_INFO", NULL, NULL, NULL, NULL},
	{"SET_INFO", "size", "30", NULL, NULL},
	{"OPLOCK_BREAK", NULL, NULL, NULL, NULL},
	{"OPLOCK_BREAK", "lease", "yes", NULL, NULL},
};
#define REQUEST_COUNT (sizeof requests / sizeof requests[0])

/* What matters where there are rules for paths. */
static const struct template path_requests[] = {
	{"CREATE", "name", "secret\\x", NULL, NULL},
	{"CREATE", "name", "link\\x", NULL, NULL},
	{"CREATE", "name", "link\\x:y", "disposition", "5"},
	{"CREATE", "name", "x", "disposition", "1"},
	{"CREATE", "name", "12345678", "options", "0x2000"},
	{"SET_INFO", "class", "10", "to", "secret\\y"},
	{"SET_INFO", "class", "11", "to", "link\\y"},
	{"SET_INFO", "class", "65", "to", ":stream"},
	{"CHANGE_NOTIFY", "recursive", "yes", NULL, NULL},
	{"QUERY_DIRECTORY", "pattern", "secret\\*", NULL, NULL},
	{"CREATE", "name", "public\\x", "disposition", "1"},
	{"CREATE", "name", "Public\\y", NULL, NULL},
	{"CREATE", "name", "public", "options", "1"},
	{"CREATE", "name", "public\\..\\x", "disposition", "1"},
	{"SET_INFO", "class", "10", "to", "public\\z\\y"},
	{"QUERY_INFO", "type", "2", "class", "6"},
};
#define PATH_REQUEST_COUNT (sizeof path_requests / sizeof path_requests[0])

static bool
has_paths(const struct stage *stage)
{
	return stage->policy->rule_count && stage->policy->rules[0].path;
}

static const struct template *
request_at(const struct stage *stage, uint8_t which)
{
	if (has_paths(stage) && which & 1)
		return &path_requests[which / 2 % PATH_REQUEST_COUNT];
	return &requests[which % REQUEST_COUNT];
}

/* What a server says of a file that it is asked for; as wanted for those that are not, too. */
static void
add_names(struct ask *ask, uint8_t how)
{
	static const char *const names[] = {"x", "secret\\x", "secret\\own", "a\\..\\b",
		"SECRE~1\\x", "", "secret:y", "data", "public", "public\\x", "PUBLIC\\y:z",
		"public.\\x", "publics", "\\public\\z", "public\\secret\\x", "link"};

	if (how & 0x80)
		return;
	add(ask, "named", names[(how & 7) + (how & 0x20 ? 8 : 0)]);
	if (how & 0x08)
		add(ask, "links", "2");
	if (how & 0x10)
		add(ask, "folder", "yes");
}

/* One request, or a compound, of the client's. */
static void
step_request(struct stage *stage, struct reader *input)
{
	static const char *const ways[] = {NULL, "signed", "unsigned", "sealed"};
	struct player *client = &stage->client_player;
	struct ask asks[MEMBERS_MAX];
	uint8_t how = reader_u8(input);
	size_t count = 1 + how % MEMBERS_MAX;

	for (size_t i = 0; i < count; i++) {
		uint8_t which = reader_u8(input);

		fill(&asks[i], request_at(stage, which));
		asks[i].link = !i ? 0 : how & 4 ? '+' : '|';
		if (how & 8 && client->member_count)
			add(&asks[i], "session",
				client->members[reader_u8(input) % client->member_count].name);
		if (how & 0x20 && i && how & 4)
			add(&asks[i], "inherits", "yes");
	}
	if (ways[how >> 6])
		add(&asks[count - 1], ways[how >> 6], "yes");
	player_send(client, asks, count);
}

/* Which of the requests of its command the server's OWED is, from 1 on, as text. */
static const char *
nth_text(const struct player *server, size_t owed)
{
	static const char *const texts[] = {"1", "2", "3", "4", "5", "6", "7", "8", "9"};
	size_t nth = 0;

	for (size_t i = 0; i < owed; i++)
		nth += server->owed[i].header.command == server->owed[owed].header.command;
	return texts[nth % 9];
}

/* The server answers one of the requests that it owes an answer. */
static void
step_answer(struct stage *stage, struct reader *input)
{
	static const char *const statuses[] = {NULL, NULL, NULL, NULL, NULL, "ACCESS_DENIED",
		"NETWORK_SESSION_EXPIRED", "MORE_PROCESSING_REQUIRED", "USER_SESSION_DELETED",
		"CANCELLED", "BUFFER_OVERFLOW", "NO_MORE_FILES", "PENDING"};
	static const char *const files[] = {"1", "2", "3", "4"};
	static const char *const oddities[] = {NULL, "unsigned", "sealed", "again", "guest",
		"encrypts", "share_seals", "other_async", "lie"};
	struct player *server = &stage->server_player;
	uint8_t which = reader_u8(input), how = reader_u8(input), odd = reader_u8(input);
	const char *status = statuses[how % (sizeof statuses / sizeof statuses[0])];
	struct ask ask = {0};
	size_t at;

	if (!server->owed_count)
		return;
	at = which % server->owed_count;
	ask.command = smb2_command_word(server->owed[at].header.command);
	add(&ask, "nth", nth_text(server, at));
	if (status)
		add(&ask, "status", status);
	if (how & 0x20)
		add(&ask, "pending", "yes");
	if (how & 0x40)
		add(&ask, "credits", how & 0x80 ? "0" : "20");
	if (server->owed[at].header.command == SMB2_CREATE)
		add(&ask, "file", files[odd >> 4 & 3]);
	if (has_paths(stage) && server->owed[at].header.command == SMB2_QUERY_INFO)
		add_names(&ask, reader_u8(input));
	odd &= 15;
	if (odd < sizeof oddities / sizeof oddities[0] && oddities[odd])
		add(&ask, oddities[odd], "yes");
	player_send(server, &ask, 1);
}

static void
step_break(struct stage *stage, struct reader *input)
{
	static const struct template breaks[] = {
		{"BREAK", "file", "1", NULL, NULL},
		{"BREAK", "file", "2", "signed", "yes"},
		{"BREAK", "lease", "yes", NULL, NULL},
		{"BREAK", "lease", "yes", "sealed", "yes"},
	};
	struct ask ask;

	fill(&ask, &breaks[reader_u8(input) & 3]);
	if (stage->server_connected)
		player_send(&stage->server_player, &ask, 1);
}

static void
step_logon(struct stage *stage, struct reader *input)
{
	static const struct template who[] = {
		{"SESSION_SETUP", "user", "alice", NULL, NULL},
		{"SESSION_SETUP", "user", "bob", "password", "builder"},
		{"SESSION_SETUP", "user", "bob", "password", "destroyer"},
		{"SESSION_SETUP", "user", "eve", NULL, NULL},
	};
	struct player *client = &stage->client_player;
	uint8_t which = reader_u8(input);
	struct ask ask;

	fill(&ask, &who[which & 3]);
	if (which & 0x20)
		add(&ask, "previous", "0x12345");
	if (which & 4 && client->member_count) {
		add(&ask, "as", client->members[which >> 3 & 3].name);
		player_log_on_again(client, &ask);
	} else if (client->member_count < 16) {
		player_log_on(client, &ask);
	}
}

static void
step_bytes(struct stage *stage, struct reader *input)
{
	uint8_t which = reader_u8(input);
	struct span bytes = reader_bytes(input, reader_u8(input));
	struct frame *frame = frame_new(bytes.len);

	if (!frame)
		abort();
	if (bytes.len)
		memcpy(frame->data, bytes.data, bytes.len);
	frame->len = bytes.len;
	stage_deliver(stage, which & 1 ? &stage->client_player : &stage->server_player, &frame);
}

static void
step_forged(struct stage *stage, struct reader *input, bool is_answer)
{
	unsigned link = LINK_FRONT;
	struct frame *frame =
		is_answer ? forge_answer(stage, input, &link) : forge_request(stage, input);

	if (!frame)
		return;
	bridge_frame(stage->bridge, link, &frame, stage->now);
	stage_settle(stage);
}

/* Jobs that wait are done, in another order, or never. */
static void
step_jobs(struct stage *stage, uint8_t how)
{
	struct job *last;

	stage->jobs_wait = how & 1;
	if (how & 2 && stage->job_count) {
		last = stage->jobs[--stage->job_count];
		job_free(&last);
	}
	if (how & 4 && stage->job_count > 1) {
		last = stage->jobs[stage->job_count - 1];
		stage->jobs[stage->job_count - 1] = stage->jobs[0];
		stage->jobs[0] = last;
	}
	if (!(how & 8))
		stage_run_jobs(stage);
}

static void
step_connection(struct stage *stage, uint8_t how)
{
	stage->dialling = how >> 4 & 3;
	switch (how & 7) {
	case 0:
		stage_lose(stage, false, "gone");
		break;
	case 1:
	case 2:
		stage_lose(stage, true, "gone");
		break;
	case 3:
		stage_announce(stage, how & 8, SIZE_MAX);
		break;
	case 4:
		if (!stage->server_connected)
			stage_dialled(stage, how & 8 ? NULL : "no route");
		break;
	case 5:
		stage_stop(stage);
		break;
	default:
		break;
	}
}

/* Somebody comes back on another connection, or has come back on this one. */
static void
step_return(struct stage *stage, uint8_t how)
{
	const struct player *client = &stage->client_player;
	const struct leg_session *session =
		client->member_count ? client->members[how % client->member_count].leg : NULL;

	stage->summons_wait = how & 0x10;
	if (how & 0x20)
		(void)stage_supersede(
			stage, session ? session->id : how, how & 0x40 ? "alice" : "bob");
	else
		stage_summoned(stage);
}

static void
step_time(struct stage *stage, uint8_t how)
{
	stage_pass(stage, (uint64_t)1 << how % 24);
}

/* The server keeps to itself what the script would have it answer at once. */
static void
step_holds(struct stage *stage, uint8_t how)
{
	stage->server_player.holds = (how & 0x1f) | (how & 0x80 ? 1u << 31 : 0);
	stage->server_player.grants = how & 0x40 ? how >> 5 & 1 : -1;
}

static void
step(struct stage *stage, struct reader *input)
{
	uint8_t what = reader_u8(input);

	switch (what & 15) {
	case 0:
	case 1:
	case 2:
		step_request(stage, input);
		break;
	case 3:
	case 4:
	case 5:
		step_answer(stage, input);
		break;
	case 6:
	case 7:
		step_forged(stage, input, false);
		break;
	case 8:
	case 9:
		step_forged(stage, input, true);
		break;
	case 10:
		step_logon(stage, input);
		break;
	case 11:
		step_jobs(stage, reader_u8(input));
		break;
	case 12:
		step_connection(stage, reader_u8(input));
		break;
	case 13:
		step_time(stage, reader_u8(input));
		break;
	case 14:
		step_holds(stage, reader_u8(input));
		break;
	default:
		if (what & 0x20)
			step_return(stage, reader_u8(input));
		else if (what & 0x80)
			stage_starve(reader_u8(input) + 1ul);
		else if (what & 0x40)
			step_bytes(stage, input);
		else
			step_break(stage, input);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader input = reader_over(span_of(data, size));
	uint8_t begin = reader_u8(&input), dialect = reader_u8(&input), how = reader_u8(&input);
	uint8_t end = reader_u8(&input);
	static struct stage stage;

	if (!reader_ok(&input))
		return 0;
	random_next = 0x11;
	stage_open(&stage);
	watch_begin(&stage);
	stage_starve(
		ULONG_MAX / 2); /* never, but players keep what they find wrong to themselves */
	set_bridge(&stage, begin >> 2);
	set_players(&stage, dialect, how);
	if (end & 4)
		step_holds(&stage, end >> 3);
	stage_settle(&stage);
	set_scene(&stage, begin & 3, dialect);
	for (unsigned i = 0; i < STEPS_MAX && reader_left(&input); i++) {
		watch_step();
		step(&stage, &input);
		watch_bridge(stage.bridge);
	}
	watch_step();
	finish(&stage, end);
	return 0;
}
