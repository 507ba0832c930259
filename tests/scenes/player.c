/* What both players have in common: sending what a script says, comparing what comes. */
#include "roles.h"

#include "base/ntstatus.h"
#include "body.h"
#include "crypto/sealer.h"
#include "crypto/signer.h"
#include "stage.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* --- words --- */

bool
word_dialect(const char *word, uint16_t *out)
{
	static const uint16_t all[] = {SMB2_DIALECT_0202, SMB2_DIALECT_0210, SMB2_DIALECT_0300,
		SMB2_DIALECT_0302, SMB2_DIALECT_0311, SMB2_DIALECT_WILD};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (strcmp(word, smb2_dialect_word(all[i])) == 0) {
			*out = all[i];
			return true;
		}
	*out = (uint16_t)strtoul(word, NULL, 0);
	return strncmp(word, "0x", 2) == 0;
}

bool
word_command(const char *word, uint16_t *out)
{
	for (*out = 0; *out < SMB2_COMMAND_COUNT; ++*out)
		if (strcmp(word, smb2_command_word(*out)) == 0)
			return true;
	*out = SMB2_OPLOCK_BREAK;
	return strcmp(word, "BREAK") == 0;
}

bool
word_status(const char *word, uint32_t *out)
{
#define NTSTATUS(name, value)                                                                      \
	if (strcmp(word, #name) == 0) {                                                            \
		*out = value;                                                                      \
		return true;                                                                       \
	}
#include "base/ntstatus.def"
#undef NTSTATUS
	*out = (uint32_t)strtoul(word, NULL, 0);
	return strncmp(word, "0x", 2) == 0;
}

bool
word_signing(const char *word, uint16_t *out)
{
	for (*out = 0; *out < 3; ++*out)
		if (strcmp(word, signing_word(*out)) == 0)
			return true;
	*out = (uint16_t)strtoul(word, NULL, 0);
	return isdigit((unsigned char)*word);
}

bool
word_cipher(const char *word, uint16_t *out)
{
	for (*out = 1; *out <= 4; ++*out)
		if (strcmp(word, cipher_word(*out)) == 0)
			return true;
	*out = (uint16_t)strtoul(word, NULL, 0);
	return isdigit((unsigned char)*word);
}

int
word_list(const char *words, bool (*one)(const char *, uint16_t *), uint16_t *out, int max)
{
	char copy[256], *rest = copy, *word;
	int count = 0;

	snprintf(copy, sizeof copy, "%s", words);
	if (strcmp(words, "none") == 0)
		return 0;
	while ((word = strsep(&rest, ",")) != NULL)
		if (count == max || !one(word, &out[count++]))
			return -1;
	return count;
}

/* --- life --- */

static struct offer
everything(void)
{
	return (struct offer){
		.min_dialect = SMB2_DIALECT_0202,
		.max_dialect = SMB2_DIALECT_0311,
		.signing = {SIGNING_AES_GMAC, SIGNING_AES_CMAC, SIGNING_HMAC_SHA256},
		.signing_count = 3,
		.ciphers = {CIPHER_AES_128_GCM, CIPHER_AES_128_CCM, CIPHER_AES_256_GCM,
			CIPHER_AES_256_CCM},
		.cipher_count = 4,
		.capabilities = SMB2_CAP_LEASING | SMB2_CAP_LARGE_MTU | SMB2_CAP_DIRECTORY_LEASING,
		.max_transact = LEG_PAYLOAD_MAX,
		.max_read = LEG_PAYLOAD_MAX,
		.max_write = LEG_PAYLOAD_MAX,
	};
}

void
player_open(struct player *player, struct stage *stage, enum leg_role role)
{
	memset(player, 0, sizeof *player);
	player->stage = stage;
	player->role = role;
	player->name = role == LEG_BACK ? "client" : "server";
	player->offer = everything();
	player->grants = -1;
	player->password = "back door";
	memcpy(player->offer.guid, role == LEG_BACK ? "a client's guid" : "a server's guid", 16);
	leg_start(&player->leg, role, WINDOW_SPAN / 2);
}

static void
forget(struct player *player)
{
	while (player->inbox) {
		struct arrival *arrival = player->inbox;

		player->inbox = arrival->next;
		free(arrival);
	}
	for (size_t i = 0; i < player->member_count; i++) {
		struct member *member = &player->members[i];

		initiator_free(&member->initiator);
		acceptor_free(&member->acceptor);
		auth_token_free(&member->next);
		if (member->leg && !member->leg->id)
			leg_session_end(&player->leg, &member->leg);
	}
	for (size_t i = 0; i < player->owed_count; i++)
		free(player->owed[i].bytes);
	player->member_count = player->member = player->owed_count = 0;
	player->tree_count = player->file_count = 0;
	leg_clear(&player->leg);
}

void
player_close(struct player *player)
{
	forget(player);
}

void
player_connect(struct player *player)
{
	forget(player);
	player->was_hello = false;
	leg_start(&player->leg, player->role, WINDOW_SPAN / 2);
}

struct member *
player_member(struct player *player, const char *name)
{
	for (size_t i = 0; i < player->member_count; i++)
		if (strcmp(player->members[i].name, name) == 0)
			return &player->members[i];
	return NULL;
}

struct member *
member_of(struct player *player, const struct leg_session *session)
{
	for (size_t i = 0; session && i < player->member_count; i++)
		if (player->members[i].leg == session)
			return &player->members[i];
	return NULL;
}

struct member *
member_new(struct player *player, const char *name)
{
	struct member *member = &player->members[player->member_count];

	if (player->member_count == sizeof player->members / sizeof player->members[0]) {
		stage_complain(player->stage, "too many sessions for a scene");
		return &player->members[0];
	}
	memset(member, 0, sizeof *member);
	snprintf(member->name, sizeof member->name, "%s", name);
	player->member = player->member_count++;
	return member;
}

struct alias *
player_tree(struct player *player, const struct leg_session *session, uint32_t id)
{
	for (size_t i = 0; i < player->tree_count; i++)
		if (player->trees[i].tree == id && player->trees[i].session == session)
			return &player->trees[i];
	return NULL;
}

/* --- what comes --- */

static void
describe_header(const struct message *m, struct attrs *out)
{
	const struct smb2_header *h = &m->header;
	const char *status = ntstatus_name(h->status);

	attrs_add(out, "command", "%s",
		h->message_id == SMB2_MESSAGE_ID_UNASKED ? "BREAK" : smb2_command_word(h->command));
	if (!(h->flags & SMB2_FLAG_RESPONSE))
		attrs_add(out, "status", "-");
	else if (status)
		attrs_add(out, "status", "%s", status);
	else
		attrs_add(out, "status", "0x%08x", h->status);
	attrs_add(out, "credits", "%u", h->credits);
	attrs_add(out, "charge", "%u", h->credit_charge);
	attrs_add(out, "message", "%" PRIu64, h->message_id);
	attrs_add(out, "session_id", "0x%" PRIx64, h->session_id);
	attrs_add(out, "tree", "%u", h->tree_id);
	attrs_add(out, "async", h->flags & SMB2_FLAG_ASYNC ? "yes" : "no");
	attrs_add(out, "replay", h->flags & SMB2_FLAG_REPLAY ? "yes" : "no");
	if (!(h->flags & SMB2_FLAG_RESPONSE))
		attrs_add(out, "channel", "%u", h->status & 0xffff);
	attrs_add(out, "related", h->flags & SMB2_FLAG_RELATED ? "yes" : "no");
	attrs_add(out, "signed", m->is_signed ? "yes" : "no");
	attrs_add(out, "sealed", m->is_sealed ? "yes" : "no");
	attrs_add(out, "unsigned", m->is_signed || m->is_sealed ? "no" : "yes");
	attrs_add(out, "unsealed", m->is_sealed ? "no" : "yes");
}

static struct arrival *
note(struct player *player, struct inbound *in)
{
	struct arrival *arrival =
		calloc(1, sizeof *arrival + in->count * sizeof arrival->messages[0]);

	if (!arrival)
		abort();
	arrival->count = in->count;
	arrival->sealed = in->sealed_by != NULL;
	for (size_t i = 0; i < in->count; i++) {
		struct message *m = &in->messages[i];
		struct attrs *out = &arrival->messages[i];

		if (m->fault)
			stage_complain(player->stage, "the %s would refuse the %s it got: %s",
				player->name, smb2_command_word(m->header.command),
				m->fault->words);
		describe_header(m, out);
		body_describe(m->header.command, m->header.status, player->role == LEG_BACK,
			m->header.message_id == SMB2_MESSAGE_ID_UNASKED, span_of(m->bytes, m->len),
			out);
		(player->role == LEG_BACK ? client_note : server_note)(player, in, m, out);
	}
	return arrival;
}

void
player_take(struct player *player, struct frame *frame)
{
	struct arrival **end = &player->inbox, *arrival;
	struct inbound in;
	fault found;

	if (player->deaf)
		return;
	found = leg_receive(&player->leg, frame, &in);
	if (found) {
		stage_complain(player->stage, "the %s cannot take what it got: %s", player->name,
			found->words);
		return;
	}
	arrival = note(player, &in);
	if (player->role == LEG_FRONT && server_answers(player, &in)) {
		free(arrival);
		return;
	}
	while (*end)
		end = &(*end)->next;
	*end = arrival;
}

/* --- what is sent --- */

static struct draft
draft_one(struct player *player, struct ask *ask)
{
	struct draft draft = {0};
	size_t room = SMB2_HEADER_SIZE + body_room(ask);
	struct writer w;
	const char *body;

	draft.bytes = calloc(1, room);
	if (!draft.bytes)
		abort();
	w = writer_over(draft.bytes, room);
	writer_zero(&w, SMB2_HEADER_SIZE);
	if (!word_command(ask->command, &draft.command))
		stage_complain(player->stage, "%s is no command", ask->command);
	(player->role == LEG_BACK ? client_draft : server_draft)(player, ask, &draft, &w);
	draft.len = w.at;
	if (!writer_ok(&w))
		stage_complain(player->stage, "the body of the %s does not fit", ask->command);
	body = ask_get(ask, "body"); /* the body's first two bytes: its StructureSize */
	if (body)
		draft.bytes[SMB2_HEADER_SIZE] = (uint8_t)strtoul(body, NULL, 0);
	draft.len -= (size_t)ask_number(ask, "shorten", 0);
	if (ask_has(ask, "odd_command"))
		draft.header.command = (uint16_t)ask_number(ask, "odd_command", 0);
	if (ask_has(ask, "flags"))
		draft.header.flags = (uint32_t)ask_number(ask, "flags", 0);
	if (ask_has(ask, "message"))
		draft.header.message_id = ask_number(ask, "message", 0);
	if (ask_has(ask, "session_id"))
		draft.header.session_id = ask_number(ask, "session_id", 0);
	if (ask_has(ask, "tree_id"))
		draft.header.tree_id = (uint32_t)ask_number(ask, "tree_id", 0);
	return draft;
}

/* The drafts one after the other, each at a multiple of eight. */
static struct frame *
compose(struct draft *drafts, struct ask *asks, size_t count)
{
	struct frame *frame;
	size_t room = 0;

	for (size_t i = 0; i < count; i++)
		room += drafts[i].len + 8;
	frame = frame_new(room);
	if (!frame)
		abort();
	for (size_t i = 0; i < count; i++) {
		size_t len = i + 1 < count ? (drafts[i].len + 7) & ~(size_t)7 : drafts[i].len;

		drafts[i].header.next = i + 1 < count ? (uint32_t)len : 0;
		if (ask_has(&asks[i], "next"))
			drafts[i].header.next = (uint32_t)ask_number(&asks[i], "next", 0);
		smb2_header_encode(&drafts[i].header, drafts[i].bytes);
		memset(frame->data + frame->len, 0, len);
		memcpy(frame->data + frame->len, drafts[i].bytes, drafts[i].len);
		frame->len += len;
	}
	return frame;
}

/* What happens to a frame behind its sender's back. */
static void
tamper(struct player *player, struct ask *ask, struct frame *frame)
{
	const char *flip = ask_get(ask, "flip");
	long at = flip ? strtol(flip, NULL, 0) : 0;

	if (flip && at < 0)
		at += (long)frame->len;
	if (flip && (at < 0 || (size_t)at >= frame->len))
		stage_complain(player->stage, "there is no byte %ld to flip", at);
	else if (flip)
		frame->data[at] ^= 0x20;
	frame->len -= (size_t)ask_number(ask, "cut", 0);
}

static struct frame *
copy(const struct frame *frame)
{
	struct frame *other = frame_new(frame->len);

	if (!other)
		abort();
	memcpy(other->data, frame->data, frame->len);
	other->len = frame->len;
	return other;
}

static enum protection
protection(struct ask *ask, enum protection how)
{
	bool is_sealed = ask_has(ask, "sealed"), is_signed = ask_has(ask, "signed");
	bool is_unsigned = ask_has(ask, "unsigned"), is_unsealed = ask_has(ask, "unsealed");

	if (is_sealed)
		return PROTECT_SEAL;
	if (is_signed || (is_unsealed && !is_unsigned))
		return PROTECT_SIGN;
	return is_unsigned ? PROTECT_NOTHING : how;
}

void
player_send(struct player *player, struct ask *asks, size_t count)
{
	struct draft drafts[ASKS_MAX];
	struct ask *last = &asks[count - 1];
	struct frame *frame, *again;
	struct leg_session *session;
	const char *as, *unused;
	bool twice;

	for (size_t i = 0; i < count; i++)
		drafts[i] = draft_one(player, &asks[i]);
	frame = compose(drafts, asks, count);
	(player->role == LEG_BACK ? client_sending : server_sending)(player, &drafts[0], frame);
	session = drafts[0].session;
	as = ask_get(last, "sealed_as");
	if (as && player_member(player, as)) {
		session = player_member(player, as)->leg;
		drafts[0].how = PROTECT_SEAL;
	}
	if (leg_protect(&player->leg, session, frame, protection(last, drafts[0].how)))
		stage_complain(player->stage, "the %s cannot protect that", player->name);
	tamper(player, last, frame);
	twice = ask_has(last, "twice");
	again = twice ? copy(frame) : NULL;
	for (size_t i = 0; i < count; i++) {
		free(drafts[i].bytes);
		unused = ask_unused(&asks[i]);
		if (unused)
			stage_complain(player->stage, "nobody knows what %s means in a %s here",
				unused, asks[i].command);
	}
	stage_deliver(player->stage, player, &frame);
	if (twice)
		stage_deliver(player->stage, player, &again);
}

/* --- expectations --- */

static void
bind_file(struct player *player, const char *name, const char *text)
{
	struct alias *alias = &player->files[player->file_count];

	if (player->file_count == PLAYER_NAMES_MAX)
		return;
	snprintf(alias->name, sizeof alias->name, "%s", name);
	if (sscanf(text, "%" SCNx64 ":%" SCNx64, &alias->file.persistent, &alias->file.volatile_) ==
		2) {
		player->file = alias->file;
		player->file_count++;
	}
}

/* Whether TEXT, a file's id, is what the script calls NAME; a CREATE's answer gives the name. */
static bool
same_file(struct player *player, const char *command, const char *name, const char *text)
{
	struct ask ask = {.count = 1, .list = {{.key = "file", .value = name}}};
	char due[40];

	if (strcmp(name, "chain") == 0 || strcmp(text, "chain") == 0)
		return strcmp(name, text) == 0;
	if (player->role == LEG_BACK && strcmp(command, "CREATE") == 0) {
		bind_file(player, name, text);
		return true;
	}
	body_file_text(body_file(player, &ask), due);
	return strcmp(due, text) == 0;
}

static bool
same_tree(struct player *player, const struct attrs *attrs, const char *name, const char *text)
{
	uint32_t id = (uint32_t)strtoul(text, NULL, 0);
	const char *session = attrs_get(attrs, "session_id");
	struct alias *alias = player_tree(
		player, idmap_find(&player->leg.sessions, strtoull(session, NULL, 0)), id);

	if (player->role == LEG_FRONT || isdigit((unsigned char)*name))
		return strtoul(name, NULL, 0) == id;
	if (alias && strcmp(attrs_get(attrs, "command"), "TREE_CONNECT") == 0)
		snprintf(alias->name, sizeof alias->name, "%s", name);
	return alias && strcmp(alias->name, name) == 0;
}

static bool
same(struct player *player, const struct attrs *attrs, const char *key, const char *due,
	const char *is)
{
	struct member *member;

	if (strcmp(key, "file") == 0)
		return same_file(player, attrs_get(attrs, "command"), due, is);
	if (strcmp(key, "tree") == 0)
		return same_tree(player, attrs, due, is);
	if (strcmp(key, "session_id") != 0 && strcmp(key, "session") != 0)
		return strcmp(due, is) == 0;
	member = player_member(player, due);
	return strtoull(is, NULL, 0) == (member ? member->leg->id : strtoull(due, NULL, 0));
}

static void
compare(struct player *player, struct ask *ask, const struct attrs *attrs)
{
	const char *command = attrs_get(attrs, "command"), *status = attrs_get(attrs, "status");

	if (strcmp(command, ask->command) != 0) {
		stage_complain(player->stage, "the %s got a %s (%s) where a %s is due",
			player->name, command, status, ask->command);
		return;
	}
	if (player->role == LEG_BACK && strcmp(command, "BREAK") != 0 && !ask_has(ask, "status") &&
		strcmp(status, "SUCCESS") != 0)
		stage_complain(
			player->stage, "the %s got %s for its %s", player->name, status, command);
	for (size_t i = 0; i < ask->count; i++) {
		const char *key = ask->list[i].key, *due = ask->list[i].value;
		const char *is = attrs_get(attrs, strcmp(key, "session") ? key : "session_id");

		if (!is)
			stage_complain(player->stage, "the %s says nothing of %s", command, key);
		else if (!same(player, attrs, key, due, is))
			stage_complain(player->stage, "the %s's %s is %s, and not %s", command, key,
				is, due);
	}
}

void
player_expect(struct player *player, struct ask *asks, size_t count)
{
	struct arrival *arrival = player->inbox;

	if (!arrival) {
		stage_complain(player->stage, "nothing has come to the %s", player->name);
		return;
	}
	if (arrival->count != count)
		stage_complain(player->stage,
			"the frame that came to the %s has %zu messages, the first is %s (%s)",
			player->name, arrival->count, attrs_get(&arrival->messages[0], "command"),
			attrs_get(&arrival->messages[0], "status"));
	for (size_t i = 0; i < count && i < arrival->count; i++)
		compare(player, &asks[i], &arrival->messages[i]);
	player->inbox = arrival->next;
	free(arrival);
}
