/* Messages that no sound peer sends, made with the keys of one that could. */
#include "bridge_forge.h"

#include "base/ntstatus.h"
#include "body.h"
#include "bridge/parts.h"
#include "bridge_watch.h"
#include "wire/smb2_ioctl.h"

#include <stdlib.h>

#define MEMBERS_MAX 8
#define BODY_ROOM 8192

/* One message in the making. */
struct forged {
	struct smb2_header header;
	uint8_t bytes[SMB2_HEADER_SIZE + BODY_ROOM];
	size_t len;
};

/* The entry of MAP that N counts to, round and round; NULL when it is empty. */
static void *
nth(const struct idmap *map, unsigned n)
{
	void *found = NULL;
	size_t at = 0;

	if (!map->count)
		return NULL;
	for (n %= map->count, at = 0; (found = idmap_next(map, &at)) != NULL && n; n--)
		;
	return found;
}

/* Bytes of the input over those of the body that stand there: how many, where, and what. */
static void
scribble(struct forged *forged, struct reader *input, unsigned times)
{
	size_t body = forged->len - SMB2_HEADER_SIZE;

	while (times--) {
		uint16_t at = reader_u16(input);
		uint8_t with = reader_u8(input);

		if (body)
			forged->bytes[SMB2_HEADER_SIZE + at % body] = with;
	}
}

/* The body: bit 7 of HOW: bytes of the input; else what is written there, with up to 7 changes. */
static void
finish_body(struct forged *forged, struct reader *input, uint8_t how, const struct writer *w)
{
	forged->len = w->at;
	if (how & 0x80) {
		struct span raw = reader_bytes(input, reader_u8(input));

		forged->len = SMB2_HEADER_SIZE + raw.len;
		if (raw.len)
			memcpy(forged->bytes + SMB2_HEADER_SIZE, raw.data, raw.len);
	}
	scribble(forged, input, how >> 4 & 7);
}

/* Names FILE in the body, where it names one. */
static void
name_file(struct forged *forged, bool is_request, const struct file_id *file)
{
	struct span message = span_of(forged->bytes, forged->len);
	struct smb2_facts facts = {0};
	bool sound;

	smb2_header_encode(&forged->header, forged->bytes);
	sound = is_request ? smb2_request_facts(forged->header.command, message, &facts)
			   : smb2_response_facts(forged->header.command, forged->header.status,
				     message, &facts);
	if (sound && facts.file_at && file)
		smb2_file_id_write(forged->bytes, facts.file_at, *file);
}

static struct frame *
compose(struct forged *forged, size_t count, uint8_t odd)
{
	struct frame *frame = frame_new(count * (sizeof forged->bytes + 8));

	if (!frame)
		abort();
	for (size_t i = 0; i < count; i++) {
		size_t len = i + 1 < count ? (forged[i].len + 7) & ~(size_t)7 : forged[i].len;

		forged[i].header.next = i + 1 < count ? (uint32_t)len : 0;
		smb2_header_encode(&forged[i].header, forged[i].bytes);
		memset(frame->data + frame->len, 0, len);
		memcpy(frame->data + frame->len, forged[i].bytes, forged[i].len);
		frame->len += len;
	}
	if (odd & 0x40) /* an offset that leads somewhere else */
		frame->data[20] ^= odd;
	return frame;
}

/* Protects FRAME with the keys of the peer of THEIRS, a session of the bridge's. */
static void
protect(const struct leg_session *theirs, struct frame *frame, uint8_t how)
{
	struct leg_session peer;
	enum protection protection = how & 2 ? PROTECT_SEAL : how & 1 ? PROTECT_SIGN : 0;

	if (!theirs || !theirs->signer || (protection == PROTECT_SEAL && !theirs->seals))
		return;
	peer = *theirs;
	peer.seals = theirs->opens;
	peer.opens = theirs->seals;
	peer.role = theirs->role == LEG_FRONT ? LEG_BACK : LEG_FRONT;
	peer.nonce = 1u << 20;
	(void)!leg_protect(NULL, &peer, frame, protection);
}

/* Half of what comes is protected as it must be, or nothing would get far. */
static uint8_t
how_due(uint8_t how, bool sealed)
{
	return how & 8 ? how : sealed ? 2 : 1;
}

/* --- the client --- */

/* What a request is in. */
struct spot {
	struct leg_session *session;
	struct login *login;
	struct tree *tree;
	struct open *open;
};

static struct spot
spot_of(const struct bridge *bridge, uint8_t which)
{
	struct spot spot = {.login = nth(&bridge->logins, which & 3)};

	if (!spot.login)
		return spot;
	spot.session = spot.login->front;
	spot.tree = nth(&spot.login->trees, which >> 2 & 3);
	spot.open = nth(&spot.login->opens, which >> 4 & 7);
	if (which & 0x80 && spot.open)
		spot.tree = spot.open->tree;
	return spot;
}

/* A message id that the client may use; used up, and what comes of it is nobody's. */
static uint64_t
next_id(struct stage *stage, const struct forged *forged, const struct spot *spot)
{
	struct match *match = &stage->client_player.leg.match;
	struct asked *asked = match_ask(match, 1);

	if (!asked)
		return match->next_id;
	asked->command = forged->header.command;
	asked->tree_id = forged->header.tree_id;
	asked->session = spot->session
				 ? idmap_find(&stage->client_player.leg.sessions, spot->session->id)
				 : NULL;
	return asked->message_id;
}

static void
forge_id(struct stage *stage, struct reader *input, struct forged *forged, const struct spot *spot,
	uint8_t odd)
{
	struct smb2_header *h = &forged->header;
	struct call *call = nth(&stage->bridge->calls, odd);

	if (h->command == SMB2_CANCEL && call) {
		h->message_id = call->front.message_id;
		if (odd & 0x80) {
			h->flags |= SMB2_FLAG_ASYNC;
			h->async_id = call->ticket;
		}
	} else if (odd & 0x20) {
		h->message_id = reader_u8(input);
	} else if (h->command != SMB2_CANCEL) {
		h->message_id = next_id(stage, forged, spot);
	}
}

/* An IOCTL with a second file in its input. */
static void
duplicate_body(struct reader *input, struct file_id file, struct writer *w)
{
	uint8_t data[FILE_ID_SIZE + 8] = {0};
	bool is_ex = reader_u8(input) & 1;

	smb2_file_id_write(data, is_ex ? 8 : 0, file);
	smb2_ioctl_request_encode(w, &(struct smb2_ioctl_request){
					     .ctl_code = is_ex ? FSCTL_DUPLICATE_EXTENTS_TO_FILE_EX
							       : FSCTL_DUPLICATE_EXTENTS_TO_FILE,
					     .file = file,
					     .input = span_of(data, sizeof data),
					     .flags = SMB2_IOCTL_IS_FSCTL,
				     });
}

static void
forge_one_request(
	struct stage *stage, struct reader *input, struct forged *forged, size_t nth_member)
{
	struct spot spot = spot_of(stage->bridge, reader_u8(input));
	uint8_t command = reader_u8(input), odd = reader_u8(input), body = reader_u8(input);
	struct ask ask = {.command = "", .count = 1, .list = {{.key = "code", .value = "reparse"}}};
	struct writer w = writer_over(forged->bytes, sizeof forged->bytes);
	struct file_id file = {0};

	if (spot.open)
		file = (struct file_id){spot.open->server.persistent, spot.open->id};
	if (body & 1)
		ask.list[0].value = body & 2 ? "validate" : "copychunk";
	forged->header = (struct smb2_header){
		.command = command % (SMB2_COMMAND_COUNT + 1),
		.credit_charge = odd & 0x10 ? reader_u16(input) : 1,
		.credits = reader_u8(input),
		.flags = nth_member && odd & 1 ? SMB2_FLAG_RELATED : 0,
		.session_id = spot.session && !(odd & 2) ? spot.session->id : 0,
		.tree_id = spot.tree && !(odd & 4) ? spot.tree->id : reader_u8(input),
	};
	forge_id(stage, input, forged, &spot, odd);
	writer_zero(&w, SMB2_HEADER_SIZE);
	if (forged->header.command == SMB2_IOCTL && body & 4)
		duplicate_body(input, file, &w);
	else
		body_request(&stage->client_player, forged->header.command, &ask, &w);
	finish_body(forged, input, body, &w);
	if (odd & 8)
		file = (struct file_id){UINT64_MAX, UINT64_MAX};
	name_file(forged, true, odd & 8 || spot.open ? &file : NULL);
}

struct frame *
forge_request(struct stage *stage, struct reader *input)
{
	uint8_t count = reader_u8(input), how = reader_u8(input);
	struct leg_session *session = nth(&stage->bridge->front.sessions, how >> 4 & 3);
	struct forged *forged = calloc(MEMBERS_MAX, sizeof *forged);
	struct frame *frame;

	if (!forged)
		abort();
	for (size_t i = 0; i <= count % MEMBERS_MAX; i++)
		forge_one_request(stage, input, &forged[i], i);
	if (!(how & 4) && forged[0].header.session_id)
		session = idmap_find(&stage->bridge->front.sessions, forged[0].header.session_id);
	frame = compose(forged, count % MEMBERS_MAX + 1u, how & 0x40 ? count : 0);
	protect(session, frame, how_due(how, session && session->sealing_required));
	free(forged);
	return frame;
}

/* --- the server --- */

/* The server has answered behind its player's back, who would do it again. */
static void
forget_owed(struct player *server, uint64_t message_id)
{
	for (size_t i = 0; i < server->owed_count; i++) {
		struct owed *owed = &server->owed[i];

		if (owed->header.message_id != message_id)
			continue;
		free(owed->bytes);
		server->owed_count--;
		memmove(owed, owed + 1, (server->owed_count - i) * sizeof *owed);
		return;
	}
}

static uint32_t
forge_status(uint8_t which)
{
	static const uint32_t all[] = {STATUS_SUCCESS, STATUS_PENDING, STATUS_ACCESS_DENIED,
		STATUS_MORE_PROCESSING_REQUIRED, STATUS_NETWORK_SESSION_EXPIRED,
		STATUS_USER_SESSION_DELETED, STATUS_CANCELLED, STATUS_BUFFER_OVERFLOW,
		STATUS_NO_MORE_FILES, STATUS_NETWORK_NAME_DELETED};

	return all[which % (sizeof all / sizeof all[0])];
}

static void
answer_header(struct forged *forged, const struct asked *asked, struct reader *input, uint8_t odd)
{
	struct smb2_header *h = &forged->header;

	*h = (struct smb2_header){
		.command = odd & 1 ? reader_u8(input) : asked->command,
		.status = odd & 2 ? forge_status(reader_u8(input)) : STATUS_SUCCESS,
		.credits = odd & 4 ? reader_u16(input) : 1,
		.credit_charge = 1,
		.flags = SMB2_FLAG_RESPONSE,
		.message_id = asked->message_id,
		.session_id = asked->session ? asked->session->id : 0,
		.tree_id = asked->tree_id,
	};
	if (asked->command == SMB2_TREE_CONNECT || odd & 8)
		h->tree_id = reader_u8(input);
	if (asked->pending || h->status == STATUS_PENDING) {
		h->flags |= SMB2_FLAG_ASYNC;
		h->async_id = asked->pending ? asked->async_id : reader_u8(input) + 1u;
	}
	if (odd & 0x10)
		h->flags ^= reader_u8(input);
	if (odd & 0x20)
		h->session_id ^= reader_u8(input);
}

static void
break_header(struct forged *forged)
{
	forged->header = (struct smb2_header){.command = SMB2_OPLOCK_BREAK,
		.flags = SMB2_FLAG_RESPONSE,
		.message_id = SMB2_MESSAGE_ID_UNASKED};
}

/* An answer to ASKED; NULL: a break. */
static void
forge_one_answer(
	struct stage *stage, struct reader *input, struct forged *forged, const struct asked *asked)
{
	uint8_t odd = reader_u8(input), body = reader_u8(input);
	struct ask ask = {.command = "", .count = 1, .list = {{.key = "size", .value = "9"}}};
	struct writer w = writer_over(forged->bytes, sizeof forged->bytes);
	struct window *window = &stage->server_player.leg.window;
	struct file_id file = {0x5000u + (body & 15), 0x70000u + (body & 15)};

	if (asked)
		answer_header(forged, asked, input, odd);
	else
		break_header(forged);
	if (body & 8)
		ask.list[0].key = "share_seals";
	writer_zero(&w, SMB2_HEADER_SIZE);
	body_response(&stage->server_player, forged->header.command, &ask, NULL,
		forged->header.status, &w);
	finish_body(forged, input, body, &w);
	name_file(forged, false, odd & 0x40 ? NULL : &file);
	if (asked && forged->header.status != STATUS_PENDING)
		forget_owed(&stage->server_player, asked->message_id);
	(void)window_grant(window, forged->header.credits);
}

static struct back *
some_back(const struct bridge *bridge)
{
	for (struct back *back = bridge->backs; back; back = back->next)
		if (back->state == BACK_READY || back->state == BACK_NEGOTIATING)
			return back;
	return NULL;
}

struct frame *
forge_answer(struct stage *stage, struct reader *input, unsigned *link)
{
	uint8_t count = reader_u8(input), how = reader_u8(input);
	struct forged *forged = calloc(MEMBERS_MAX, sizeof *forged);
	struct back *back = some_back(stage->bridge);
	struct leg_session *session = back ? nth(&back->leg.sessions, how >> 4 & 3) : NULL;
	struct frame *frame;
	bool sealed = false;

	if (!forged)
		abort();
	for (size_t i = 0; back && i <= count % MEMBERS_MAX; i++) {
		uint8_t which = reader_u8(input);
		struct asked *asked = which & 0x80 ? NULL : nth(&back->leg.match.asked, which);

		if (!i && asked && asked->session && !(how & 4))
			session = asked->session;
		sealed = sealed || (asked && asked->sealed);
		forge_one_answer(stage, input, &forged[i], asked);
	}
	frame = back ? compose(forged, count % MEMBERS_MAX + 1u, how & 0x40 ? count : 0) : NULL;
	*link = back ? back->link : 0;
	if (frame) {
		watch_issue(frame);
		protect(session, frame, how_due(how, sealed));
	}
	free(forged);
	return frame;
}
