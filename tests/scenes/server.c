/* The server of a scene: [MS-SMB2] 3.3. What the script does not want to see it does by itself. */
#include "roles.h"

#include "auth/ntlm_hash.h"
#include "base/ntstatus.h"
#include "body.h"
#include "stage.h"
#include "wire/smb2_ioctl.h"
#include "wire/smb2_session_setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* --- who it is --- */

static bool
find(void *context, const char *user, const char *domain, struct ntlm_secret *out)
{
	struct player *player = context;

	(void)domain;
	snprintf(out->account, sizeof out->account, "%s", user);
	return ntlm_hash_password(player->stage->legacy, player->password, out->nt_hash);
}

static struct member *
member_make(struct player *player)
{
	struct acceptor_config config = {.legacy = player->stage->legacy,
		.target = "FS1",
		.find = find,
		.context = player,
		.ntlmv2 = true};
	char name[16];
	struct member *member;

	snprintf(name, sizeof name, "%zu", player->member_count + 1);
	member = member_new(player, name);
	member->leg = leg_session_new(&player->leg, 0x900000000000 + player->member_count);
	member->acceptor = acceptor_new(&config);
	return member;
}

/* --- what comes --- */

static void
note_negotiate(struct player *player, struct inbound *in, struct message *m, struct attrs *out)
{
	struct smb2_negotiate_request request;
	char list[80] = "";

	if (!smb2_negotiate_request_decode(span_of(m->bytes, m->len), &request))
		return;
	negotiate_heard(&player->leg, &request);
	for (size_t i = 0, at = 0; i < request.dialect_count && at < sizeof list; i++)
		at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? "," : "",
			smb2_dialect_word(request.dialects[i]));
	attrs_add(out, "dialects", "%s", list);
	attrs_add(out, "mode", "%u", request.security_mode);
	attrs_add(out, "guid", "%.15s", (const char *)request.client_guid);
	if (smb2_negotiate_request_offers(&request, SMB2_DIALECT_0311) &&
		!preauth_extend(&player->leg.preauth, frame_span(in->frame)))
		abort();
	leg_enter(&player->leg, LEG_NEGOTIATING);
}

static void
note_setup(struct player *player, struct inbound *in, struct message *m)
{
	struct member *member = member_of(player, m->session);

	if (!member)
		member = member_make(player);
	else if (member->leg->state == SESSION_VALID && !member->acceptor) {
		struct acceptor_config config = {.legacy = player->stage->legacy,
			.target = "FS1",
			.find = find,
			.context = player,
			.ntlmv2 = true};

		member->acceptor = acceptor_new(&config);
	}
	m->session = member->leg;
	if (member->leg->state == SESSION_SETTING_UP && player->leg.terms.has_preauth &&
		session_hash(member->leg, frame_span(in->frame)))
		abort();
}

void
server_note(struct player *player, struct inbound *in, struct message *m, struct attrs *out)
{
	struct owed *owed = &player->owed[player->owed_count];
	struct member *member;

	if (m->header.command == SMB2_NEGOTIATE)
		note_negotiate(player, in, m, out);
	if (m->header.command == SMB2_SESSION_SETUP)
		note_setup(player, in, m);
	member = member_of(player, m->session);
	if (member)
		attrs_add(out, "who", "%s", member->who);
	if (m->header.command == SMB2_CANCEL || player->owed_count == PLAYER_ASKED_MAX)
		return;
	*owed = (struct owed){.header = m->header,
		.session = m->session,
		.is_sealed = m->is_sealed,
		.is_signed = m->is_signed,
		.is_related = m->is_related,
		.bytes = malloc(m->len),
		.len = m->len};
	if (!owed->bytes)
		abort();
	memcpy(owed->bytes, m->bytes, m->len);
	player->owed_count++;
}

/* The FSCTL that the server answers by itself unless it holds it; bit 31 of holds. */
static bool
is_validation(const struct message *m)
{
	struct smb2_ioctl_request request;

	return m->header.command == SMB2_IOCTL &&
	       smb2_ioctl_request_decode(span_of(m->bytes, m->len), &request) &&
	       request.ctl_code == FSCTL_VALIDATE_NEGOTIATE_INFO;
}

static bool
is_own(const struct player *player, const struct message *m)
{
	uint16_t command = m->header.command;

	if (is_validation(m))
		return !(player->holds >> 31 & 1);
	return !(player->holds >> command & 1) && command <= SMB2_TREE_DISCONNECT;
}

bool
server_answers(struct player *player, const struct inbound *in)
{
	for (size_t i = 0; i < in->count; i++)
		if (!is_own(player, &in->messages[i]))
			return false;
	for (size_t i = 0; i < in->count; i++) {
		uint16_t command = in->messages[i].header.command;
		struct ask ask = {.command = smb2_command_word(command)};

		player_send(player, &ask, 1);
	}
	return true;
}

/* --- what it answers --- */

static bool
one_of(struct ask *ask, const char *key, bool (*word)(const char *, uint16_t *), uint16_t *out)
{
	const char *value = ask_get(ask, key);

	return value && word(value, out);
}

static uint32_t
negotiate_response(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	struct smb2_negotiate_request request;
	struct smb2_negotiate_response answer = {.token = {0}};
	struct terms *terms = &player->leg.terms;
	uint8_t plain[1024];
	struct writer draft = writer_over(plain, sizeof plain);
	const struct acceptor_config ways = {.ntlmv2 = true};
	uint8_t hint[ACCEPTOR_HINT_MAX];
	size_t hint_len = 0;
	uint16_t value;

	/* A server that says nothing of how it may be logged on to may be one of Kerberos. */
	if (!ask_has(ask, "no-hint") && !acceptor_hint(&ways, hint, sizeof hint, &hint_len))
		abort();
	if (!smb2_negotiate_request_decode(span_of(owed->bytes, owed->len), &request) ||
		negotiate_choose(&player->offer, &request, terms))
		return STATUS_NOT_SUPPORTED;
	if (one_of(ask, "dialect", word_dialect, &value))
		terms->dialect = value;
	writer_zero(&draft, SMB2_HEADER_SIZE);
	negotiate_answer(&player->leg, &player->offer, terms, span_of(hint, hint_len),
		span_of("fedcba9876543210fedcba9876543210", 32), player->stage->now.filetime,
		&draft);
	if (!smb2_negotiate_response_decode(writer_span(&draft), &answer))
		abort();
	if (one_of(ask, "cipher", word_cipher, &value)) {
		answer.contexts.ciphers =
			(struct smb2_algorithms){.present = true, .count = 1, .ids = {value}};
		terms->seals_with = value;
	}
	if (one_of(ask, "signing", word_signing, &value)) {
		answer.contexts.signers =
			(struct smb2_algorithms){.present = true, .count = 1, .ids = {value}};
		terms->signs_with = value;
	}
	if (ask_has(ask, "no-preauth"))
		answer.contexts.hashes.present = false;
	answer.security_mode = (uint16_t)ask_number(ask, "mode", answer.security_mode);
	answer.max_read = (uint32_t)ask_number(ask, "max_read", answer.max_read);
	smb2_negotiate_response_encode(w, &answer);
	leg_enter(&player->leg, LEG_NEGOTIATED);
	return STATUS_SUCCESS;
}

/* Judges the client's token; what is said then, unless the script says something else. */
static uint32_t
judge(struct player *player, struct member *member, struct owed *owed)
{
	struct smb2_session_setup_request request;
	const struct auth_result *result;

	auth_token_free(&member->next);
	if (!smb2_session_setup_request_decode(span_of(owed->bytes, owed->len), &request))
		abort();
	if (!member->acceptor) {
		stage_complain(player->stage, "the logon has been answered before");
		return STATUS_LOGON_FAILURE;
	}
	member->step = acceptor_step(
		member->acceptor, request.token, player->stage->now.filetime, &member->next);
	if (member->step == AUTH_MORE)
		return STATUS_MORE_PROCESSING_REQUIRED;
	if (member->step == AUTH_REFUSED)
		return STATUS_LOGON_FAILURE;
	result = acceptor_result(member->acceptor);
	snprintf(member->who, sizeof member->who, "%s%s%s", result->domain ? result->domain : "",
		result->domain && *result->domain ? "\\" : "", result->user);
	if (member->leg->state == SESSION_SETTING_UP &&
		session_establish(member->leg, &player->leg.terms, auth_result_key(result)))
		abort();
	member->leg->signing_required = true;
	return STATUS_SUCCESS;
}

static uint32_t
setup_response(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	struct member *member = member_of(player, owed->session);
	struct smb2_session_setup_response response = {0};
	const char *said = ask_get(ask, "status"), *token = ask_get(ask, "token");
	uint32_t status = judge(player, member, owed);

	if (said)
		(void)word_status(said, &status);
	if (player->demands_sealing || ask_has(ask, "encrypts"))
		response.session_flags |= SMB2_SESSION_ENCRYPT_DATA;
	if (ask_has(ask, "guest"))
		response.session_flags |= SMB2_SESSION_IS_GUEST;
	if (ask_has(ask, "null"))
		response.session_flags |= SMB2_SESSION_IS_NULL;
	response.token =
		token ? span_of_text(token) : span_of(member->next.bytes, member->next.len);
	if (ntstatus_is_error(status) && status != STATUS_MORE_PROCESSING_REQUIRED)
		body_response(player, SMB2_SESSION_SETUP, ask, owed, status, w);
	else
		smb2_session_setup_response_encode(w, &response);
	if (member->step != AUTH_MORE ||
		(ntstatus_is_error(status) && status != STATUS_MORE_PROCESSING_REQUIRED))
		acceptor_free(&member->acceptor);
	if (status == STATUS_SUCCESS && response.session_flags & SMB2_SESSION_ENCRYPT_DATA)
		member->leg->sealing_required = true;
	return status;
}

/* The request that ASK answers: the oldest of that command, or the NTH. */
static struct owed *
find_owed(struct player *player, struct ask *ask, uint16_t command)
{
	size_t nth = (size_t)ask_number(ask, "nth", 1);

	for (size_t i = 0; i < player->owed_count; i++)
		if (player->owed[i].header.command == command && --nth == 0)
			return &player->owed[i];
	return NULL;
}

static void
drop_owed(struct player *player, struct owed *owed)
{
	size_t at = (size_t)(owed - player->owed);

	free(owed->bytes);
	memmove(owed, owed + 1, (player->owed_count - at - 1) * sizeof *owed);
	player->owed_count--;
}

static uint16_t
grant(struct player *player, struct ask *ask, const struct owed *owed)
{
	const char *said = ask_get(ask, "credits");

	if (said && strcmp(said, "0") == 0)
		return 0;
	if (said)
		return window_grant(&player->leg.window, (uint16_t)strtoul(said, NULL, 0));
	if (owed->async_id)
		return 0;
	if (player->grants >= 0) /* what window_grant() gives those without any is too kind here */
		return player->grants ? window_grant(&player->leg.window, (uint16_t)player->grants)
				      : 0;
	return window_grant(&player->leg.window, owed->header.credits);
}

static void
answer_header(struct player *player, struct ask *ask, struct owed *owed, struct draft *draft,
	uint32_t status)
{
	struct smb2_header *h = &draft->header;

	*h = (struct smb2_header){
		.credit_charge = owed->header.credit_charge,
		.status = status,
		.command = owed->header.command,
		.flags = SMB2_FLAG_RESPONSE | (ask->link == '+' ? SMB2_FLAG_RELATED : 0) |
			 (owed->header.flags & SMB2_FLAG_REPLAY),
		.message_id = owed->header.message_id,
		.process_id = owed->header.process_id,
		.tree_id = owed->header.tree_id,
		.session_id = owed->session ? owed->session->id : 0,
	};
	h->credits = grant(player, ask, owed);
	if (ask_has(ask, "pending") && !owed->async_id)
		owed->async_id = 0xa000 + ++player->next_id;
	else if (ask_has(ask, "other_async"))
		owed->async_id++;
	if (owed->async_id) {
		h->flags |= SMB2_FLAG_ASYNC;
		h->async_id = owed->async_id;
	}
	if (owed->header.command == SMB2_TREE_CONNECT && status == STATUS_SUCCESS)
		h->tree_id = (uint32_t)ask_number(ask, "tree", 0x100 + ++player->next_id);
}

/* Something that answers nothing: a break, or what a script makes up. */
static void
unrequested(struct player *player, struct ask *ask, struct draft *draft, uint32_t status,
	struct writer *w)
{
	const char *session = ask_get(ask, "session");
	struct member *member = session                ? player_member(player, session)
				: player->member_count ? &player->members[player->member]
						       : NULL;
	bool is_break = strcmp(ask->command, "BREAK") == 0;

	draft->header = (struct smb2_header){.command = draft->command,
		.flags = SMB2_FLAG_RESPONSE,
		.status = status,
		.message_id = is_break ? SMB2_MESSAGE_ID_UNASKED : 12345,
		.session_id = is_break || !member ? 0 : member->leg->id};
	draft->session = member ? member->leg : NULL;
	draft->how = PROTECT_NOTHING;
	body_response(player, draft->command, ask, NULL, status, w);
}

void
server_draft(struct player *player, struct ask *ask, struct draft *draft, struct writer *w)
{
	bool is_break = strcmp(ask->command, "BREAK") == 0;
	struct owed *owed = is_break ? NULL : find_owed(player, ask, draft->command);
	const char *said = ask_get(ask, "status");
	bool again = ask_has(ask, "again");
	uint32_t status = STATUS_SUCCESS;

	if (said && !word_status(said, &status))
		stage_complain(player->stage, "there is no status %s", said);
	if (ask_has(ask, "pending"))
		status = STATUS_PENDING;
	if (!owed && !is_break && !ask_has(ask, "unrequested"))
		stage_complain(player->stage, "nobody waits for a %s", ask->command);
	if (!owed || ask_has(ask, "unrequested")) {
		unrequested(player, ask, draft, status, w);
		return;
	}
	draft->session = owed->session;
	if (draft->command == SMB2_NEGOTIATE && !said) {
		status = negotiate_response(player, ask, owed, w);
		if (status != STATUS_SUCCESS)
			body_response(player, draft->command, ask, owed, status, w);
	} else if (draft->command == SMB2_SESSION_SETUP && status != STATUS_PENDING) {
		status = setup_response(player, ask, owed, w);
	} else {
		body_response(player, draft->command, ask, owed, status, w);
	}
	answer_header(player, ask, owed, draft, status);
	draft->how = owed->is_sealed   ? PROTECT_SEAL
		     : owed->is_signed ? PROTECT_SIGN
				       : PROTECT_NOTHING;
	if (draft->command == SMB2_SESSION_SETUP && draft->session->state == SESSION_VALID)
		draft->how = PROTECT_SIGN;
	if (status != STATUS_PENDING && !again)
		drop_owed(player, owed);
}

void
server_sending(struct player *player, const struct draft *draft, struct frame *frame)
{
	if (draft->command == SMB2_NEGOTIATE && player->leg.terms.has_preauth &&
		!preauth_extend(&player->leg.preauth, frame_span(frame)))
		abort();
	if (draft->command == SMB2_SESSION_SETUP && draft->session &&
		draft->session->state == SESSION_SETTING_UP && player->leg.terms.has_preauth &&
		draft->header.status == STATUS_MORE_PROCESSING_REQUIRED &&
		session_hash(draft->session, frame_span(frame)))
		abort();
}
