/* The client of a scene: [MS-SMB2] 3.2, as strict as the bridge's own back leg. */
#include "roles.h"

#include "base/ntstatus.h"
#include "body.h"
#include "stage.h"
#include "wire/smb2_session_setup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define CLIENT_CREDITS_WANTED 64

static void
negotiate_request(struct player *player, struct ask *ask, struct writer *w)
{
	struct offer offer = player->offer;
	const char *dialects = ask_get(ask, "dialects"), *hash = ask_get(ask, "hash");
	struct smb2_negotiate_request request;
	uint8_t plain[4096];
	struct writer draft = writer_over(plain, sizeof plain);
	int count;

	writer_zero(&draft, SMB2_HEADER_SIZE);
	negotiate_ask(
		&player->leg, &offer, span_of("0123456789abcdef0123456789abcdef", 32), &draft);
	if (!smb2_negotiate_request_decode(writer_span(&draft), &request))
		abort();
	if (dialects) {
		count = word_list(dialects, word_dialect, request.dialects, SMB2_DIALECTS_MAX);
		request.dialect_count = count < 0 ? 0 : (uint16_t)count;
	}
	if (ask_has(ask, "no-preauth"))
		request.contexts.hashes.present = false;
	if (hash)
		request.contexts.hashes.ids[0] = (uint16_t)strtoul(hash, NULL, 0);
	smb2_negotiate_request_encode(w, &request);
	negotiate_heard(&player->leg, &request);
	leg_enter(&player->leg, LEG_NEGOTIATING);
	player->was_hello = true;
}

/* The member that ASK means: the named one, else the latest; NULL where it says none. */
static struct member *
member_meant(struct player *player, struct ask *ask)
{
	const char *name = ask_get(ask, "session");
	struct member *member;

	if (ask_has(ask, "session_id") || (name && strcmp(name, "none") == 0) ||
		player->member_count == 0)
		return NULL;
	if (!name)
		return &player->members[player->member];
	member = player_member(player, name);
	if (!member)
		stage_complain(player->stage, "there is no session %s", name);
	return member;
}

static uint32_t
tree_meant(struct player *player, struct ask *ask)
{
	const char *name = ask_get(ask, "tree");

	if (!name)
		return player->tree;
	for (size_t i = 0; i < player->tree_count; i++)
		if (strcmp(player->trees[i].name, name) == 0)
			return player->trees[i].tree;
	if (!isdigit((unsigned char)*name))
		stage_complain(player->stage, "there is no tree %s", name);
	return (uint32_t)strtoul(name, NULL, 0);
}

static void
setup_request(struct player *player, struct member *member, struct ask *ask, struct writer *w)
{
	struct smb2_session_setup_request request = {
		.security_mode = SMB2_SIGNING_ENABLED |
				 (player->offer.signing_required ? SMB2_SIGNING_REQUIRED : 0),
		.flags = ask_has(ask, "binding") ? SMB2_SESSION_FLAG_BINDING : 0,
		.previous_session_id = member ? member->previous : 0,
	};
	const char *token = ask_get(ask, "token");

	request.token = token    ? span_of_text(token)
			: member ? span_of(member->next.bytes, member->next.len)
				 : (struct span){0};
	smb2_session_setup_request_encode(w, &request);
}

/* The request under way that a CANCEL with of=COMMAND means: the oldest, or the latest. */
static const struct asked *
cancelled(struct player *player, struct ask *ask)
{
	const char *of = ask_get(ask, "of");
	bool latest = ask_has(ask, "latest");
	const struct asked *asked, *found = NULL;
	uint16_t command;
	size_t at = 0;

	if (!of || !word_command(of, &command))
		return NULL;
	while ((asked = idmap_next(&player->leg.match.asked, &at)) != NULL)
		if (asked->command == command &&
			(!found || (asked->message_id > found->message_id) == latest))
			found = asked;
	if (!found)
		stage_complain(player->stage, "no %s is under way", of);
	return found;
}

static void
cancel_header(struct player *player, struct ask *ask, struct smb2_header *header)
{
	const struct asked *asked = cancelled(player, ask);

	header->credits = 0;
	header->message_id = asked ? asked->message_id : 0;
	if (asked && asked->pending) {
		header->flags |= SMB2_FLAG_ASYNC;
		header->async_id = asked->async_id;
	}
}

static void
ask_for(struct player *player, struct ask *ask, struct draft *draft, const struct member *member,
	uint16_t charge, uint32_t tree)
{
	struct asked *asked;

	player->leg.match.next_id += ask_number(ask, "skip", 0);
	asked = match_ask(&player->leg.match, charge);
	if (!asked) {
		stage_complain(player->stage, "the client has no credits for its %s", ask->command);
		return;
	}
	asked->ticket = member ? (uint64_t)(member - player->members) + 1 : 0;
	asked->session = draft->session;
	asked->command = draft->command;
	asked->tree_id = tree;
	asked->sealed = draft->how == PROTECT_SEAL;
	asked->is_signed = draft->how == PROTECT_SIGN;
	draft->header.message_id = asked->message_id;
}

static enum protection
protection_due(struct player *player, const struct draft *draft, uint32_t tree)
{
	struct leg_session *session = draft->session;
	struct alias *alias = player_tree(player, session, tree);
	const struct terms *terms = &player->leg.terms;

	if (!session || session->state != SESSION_VALID || session->keyless)
		return PROTECT_NOTHING;
	if ((session->sealing_required || (alias && alias->seals)) &&
		draft->command != SMB2_SESSION_SETUP && draft->command != SMB2_TREE_CONNECT)
		return PROTECT_SEAL;
	if (session->sealing_required && draft->command == SMB2_TREE_CONNECT)
		return PROTECT_SEAL;
	if (player->signs || terms->peer_requires_signing || player->offer.signing_required ||
		(draft->command == SMB2_TREE_CONNECT && terms->has_preauth))
		return PROTECT_SIGN;
	return PROTECT_NOTHING;
}

/* The credits that the payload costs, as a sound client counts. */
static uint16_t
charge_due(struct player *player, struct ask *ask)
{
	uint32_t sends = (uint32_t)ask_number(ask, "size", 0);
	uint32_t wants = (uint32_t)ask_number(ask, "length", 0);

	return terms_charge(&player->leg.terms, sends > wants ? sends : wants);
}

void
client_draft(struct player *player, struct ask *ask, struct draft *draft, struct writer *w)
{
	bool is_setup = draft->command == SMB2_SESSION_SETUP;
	struct member *member = member_meant(player, ask);
	uint32_t tree = tree_meant(player, ask);
	uint16_t charge;

	if (draft->command == SMB2_NEGOTIATE)
		negotiate_request(player, ask, w);
	else if (is_setup)
		setup_request(player, member, ask, w);
	else
		body_request(player, draft->command, ask, w);
	charge = (uint16_t)ask_number(ask, "charge", charge_due(player, ask));
	draft->session = member ? member->leg : NULL;
	draft->how = ask_has(ask, "sealed")     ? PROTECT_SEAL
		     : ask_has(ask, "signed")   ? PROTECT_SIGN
		     : ask_has(ask, "unsigned") ? PROTECT_NOTHING
						: protection_due(player, draft, tree);
	if (draft->command == SMB2_NEGOTIATE || is_setup || draft->command == SMB2_ECHO ||
		draft->command == SMB2_LOGOFF || draft->command == SMB2_TREE_CONNECT)
		tree = 0;
	draft->header = (struct smb2_header){
		.credit_charge = player->leg.terms.has_multi_credit ? charge : 0,
		.command = draft->command,
		.credits = (uint16_t)ask_number(ask, "credits", CLIENT_CREDITS_WANTED),
		.flags = (ask->link == '+' ? SMB2_FLAG_RELATED : 0) |
			 (ask_has(ask, "replay") ? SMB2_FLAG_REPLAY : 0),
		.status = (uint32_t)ask_number(ask, "channel", 0),
		.process_id = 0xfeff,
		.tree_id = tree,
		.session_id = draft->session ? draft->session->id : 0,
	};
	if (ask_has(ask, "inherits")) { /* as Windows marks what a related request takes over */
		draft->header.tree_id = UINT32_MAX;
		draft->header.session_id = UINT64_MAX;
	}
	if (draft->command == SMB2_CANCEL)
		cancel_header(player, ask, &draft->header);
	else if (!ask_has(ask, "message"))
		ask_for(player, ask, draft, member, charge, tree);
}

void
client_sending(struct player *player, const struct draft *draft, struct frame *frame)
{
	struct smb2_negotiate_request request;

	if (draft->command == SMB2_NEGOTIATE &&
		smb2_negotiate_request_decode(frame_span(frame), &request) &&
		smb2_negotiate_request_offers(&request, SMB2_DIALECT_0311) &&
		!preauth_extend(&player->leg.preauth, frame_span(frame)))
		abort();
	if (draft->command == SMB2_SESSION_SETUP && draft->session &&
		draft->session->state == SESSION_SETTING_UP) {
		/* its hash begins where the connection's ends */
		if (!draft->session->id)
			draft->session->preauth = player->leg.preauth;
		if (session_hash(draft->session, frame_span(frame)))
			abort();
	}
}

static void
note_negotiated(struct player *player, struct inbound *in, struct message *m, struct attrs *out)
{
	struct smb2_negotiate_response answer;
	struct span token;
	fault found;

	if (!smb2_negotiate_response_decode(span_of(m->bytes, m->len), &answer))
		return;
	attrs_add(out, "dialect", "%s", smb2_dialect_word(answer.dialect));
	attrs_add(out, "max_read", "%u", answer.max_read);
	attrs_add(out, "max_write", "%u", answer.max_write);
	attrs_add(out, "mode", "%u", answer.security_mode);
	attrs_add(out, "leases", answer.capabilities & SMB2_CAP_LEASING ? "yes" : "no");
	if (answer.dialect == SMB2_DIALECT_WILD)
		return;
	found = negotiate_accept(&player->leg, &player->offer, span_of(m->bytes, m->len), &token);
	if (!found && player->leg.terms.has_preauth &&
		!preauth_extend(&player->leg.preauth, frame_span(in->frame)))
		abort();
	if (found)
		stage_complain(player->stage, "the client does not accept what was negotiated: %s",
			found->words);
	attrs_add(out, "signing", "%s", signing_word(player->leg.terms.signs_with));
	attrs_add(out, "cipher", "%s",
		player->leg.terms.seals_with ? cipher_word(player->leg.terms.seals_with) : "none");
	leg_enter(&player->leg, LEG_NEGOTIATED);
}

static void
step(struct player *player, struct member *member, struct span token)
{
	auth_token_free(&member->next);
	if (member->initiator)
		member->step = initiator_step(
			member->initiator, token, player->stage->now.filetime, &member->next);
}

static void
note_logged_on(struct player *player, struct member *member, struct message *m)
{
	const struct auth_result *result = initiator_result(member->initiator);

	if (!initiator_has_key(member->initiator))
		stage_complain(player->stage, "the logon ended before there is a key");
	if (!(m->header.flags & SMB2_FLAG_SIGNED))
		stage_complain(player->stage, "the last answer of the logon is not signed");
	if (session_establish(member->leg, &player->leg.terms, auth_result_key(result)))
		stage_complain(player->stage, "the client cannot derive its keys");
	else if (session_verify(member->leg, m->bytes, m->len))
		stage_complain(player->stage, "the last answer of the logon is wrongly signed");
}

/* The client was let in as one that has no key; what it had to say further is of no use. */
static void
note_outsider(struct player *player, struct member *member, struct message *m, const char *standing)
{
	if (m->header.flags & SMB2_FLAG_SIGNED)
		stage_complain(player->stage, "what lets a %s in is signed", standing);
	member->leg->state = SESSION_VALID;
	member->leg->keyless = true;
	member->step = AUTH_DONE;
}

static void
note_setup(struct player *player, struct inbound *in, struct message *m, struct attrs *out)
{
	struct member *member = &player->members[m->asked->ticket - 1];
	struct smb2_session_setup_response response;
	uint32_t status = m->header.status;

	if ((status != STATUS_SUCCESS && status != STATUS_MORE_PROCESSING_REQUIRED) ||
		!smb2_session_setup_response_decode(span_of(m->bytes, m->len), &response))
		return;
	if (!member->leg->id)
		(void)leg_session_name(&player->leg, member->leg, m->header.session_id);
	if (response.session_flags & (SMB2_SESSION_IS_GUEST | SMB2_SESSION_IS_NULL)) {
		attrs_add(out, "standing", "%s",
			response.session_flags & SMB2_SESSION_IS_GUEST ? "guest" : "nobody");
		note_outsider(player, member, m, attrs_get(out, "standing"));
		return;
	}
	if (member->leg->state == SESSION_SETTING_UP && status == STATUS_SUCCESS)
		note_logged_on(player, member, m);
	else if (member->leg->state == SESSION_SETTING_UP && player->leg.terms.has_preauth &&
		 session_hash(member->leg, frame_span(in->frame)))
		abort();
	if (response.session_flags & SMB2_SESSION_ENCRYPT_DATA)
		member->leg->sealing_required = true;
	step(player, member, response.token);
	if (status == STATUS_SUCCESS && member->step != AUTH_DONE)
		stage_complain(player->stage, "the logon ended before the client is content");
}

static void
note_tree(struct player *player, const struct message *m, const struct attrs *out)
{
	struct alias *alias = &player->trees[player->tree_count];
	const char *seals = attrs_get(out, "share_seals");

	if (player->tree_count == PLAYER_NAMES_MAX || m->header.status != STATUS_SUCCESS)
		return;
	*alias = (struct alias){.tree = m->header.tree_id, .session = m->session};
	alias->seals = seals && strcmp(seals, "yes") == 0;
	player->tree = alias->tree;
	player->tree_count++;
}

static void
settle(struct player *player, struct message *m)
{
	match_granted(&player->leg.match, m->header.credits);
	if (m->header.status == STATUS_PENDING && m->header.flags & SMB2_FLAG_ASYNC) {
		if (m->asked->pending)
			stage_complain(player->stage, "a second interim answer came");
		m->asked->pending = true;
		m->asked->async_id = m->header.async_id;
	} else {
		match_close(&player->leg.match, &m->asked);
	}
}

void
client_note(struct player *player, struct inbound *in, struct message *m, struct attrs *out)
{
	if (!m->asked)
		return;
	if (m->header.command == SMB2_NEGOTIATE && m->header.status == STATUS_SUCCESS)
		note_negotiated(player, in, m, out);
	else if (m->header.command == SMB2_SESSION_SETUP && m->asked->ticket)
		note_setup(player, in, m, out);
	else if (m->header.command == SMB2_TREE_CONNECT)
		note_tree(player, m, out);
	else if (m->header.command == SMB2_CREATE && m->facts.file_at)
		player->file = smb2_file_id_read(m->bytes, m->facts.file_at);
	settle(player, m);
}

/* --- logon --- */

static void
hello(struct player *player)
{
	struct ask ask = {.command = "NEGOTIATE"};

	if (player->was_hello)
		return;
	player_send(player, &ask, 1);
	player_expect(player, &(struct ask){.command = "NEGOTIATE"}, 1);
}

/* Sends tokens until the answer says something else than "more"; it is left in the inbox. */
static void
exchange(struct player *player, struct member *member, struct ask *ask)
{
	const char *signing = ask_get(ask, "unsigned");

	for (int round = 0; round < 5; round++) {
		struct ask setup = {.command = "SESSION_SETUP", .count = 1};
		const char *status;

		setup.list[0].key = "session";
		setup.list[0].value = member->name;
		if (signing) {
			setup.count = 2;
			setup.list[1].key = "unsigned";
			setup.list[1].value = "yes";
		}
		player_send(player, &setup, 1);
		status = player->inbox ? attrs_get(&player->inbox->messages[0], "status") : NULL;
		if (!status || strcmp(status, "MORE_PROCESSING_REQUIRED") != 0)
			return;
		player_expect(player,
			&(struct ask){.command = "SESSION_SETUP",
				.count = 1,
				.list = {{"status", "MORE_PROCESSING_REQUIRED", false}}},
			1);
	}
	stage_complain(player->stage, "the logon does not come to an end");
}

static void
make_initiator(struct player *player, struct member *member, struct ask *ask)
{
	const char *user = ask_get(ask, "user"), *password = ask_get(ask, "password");
	struct initiator_config config = {
		.legacy = player->stage->legacy,
		.user = user ? user : "alice",
		.domain = ask_get(ask, "domain"),
		.password = password ? password : "open sesame",
		.service = "cifs/fs1",
		.ntlmv2 = true,
	};

	initiator_free(&member->initiator);
	member->initiator = initiator_new(&config);
	step(player, member, (struct span){0});
}

/* What is left of ASK when the logon has been done is said of its last answer. */
static void
expect_end(struct player *player, struct ask *ask)
{
	const char *status = ask_get(ask, "status"), *standing = ask_get(ask, "standing");
	struct ask due = {.command = "SESSION_SETUP"};

	if (ask_has(ask, "held"))
		return;
	if (status) {
		due.count = 1;
		due.list[0].key = "status";
		due.list[0].value = status;
	}
	if (standing) {
		due.list[due.count].key = "standing";
		due.list[due.count++].value = standing;
	}
	player_expect(player, &due, 1);
}

void
player_log_on(struct player *player, struct ask *ask)
{
	const char *user = ask_get(ask, "user"), *as = ask_get(ask, "as");
	const char *previous = ask_get(ask, "previous");
	struct member *member;
	uint64_t before;

	hello(player);
	before = previous && player_member(player, previous)
			 ? player_member(player, previous)->leg->id
			 : strtoull(previous ? previous : "0", NULL, 0);
	member = member_new(player, as ? as : user ? user : "alice");
	member->previous = before;
	member->leg = leg_session_new_unnamed(&player->leg);
	make_initiator(player, member, ask);
	exchange(player, member, ask);
	expect_end(player, ask);
}

void
player_log_on_again(struct player *player, struct ask *ask)
{
	const char *as = ask_get(ask, "as");
	struct member *member = player_member(player, as ? as : "alice");

	if (!member) {
		stage_complain(player->stage, "there is no such session");
		return;
	}
	make_initiator(player, member, ask);
	exchange(player, member, ask);
	expect_end(player, ask);
}
