/* What must hold whatever both peers do. */
#include "bridge_watch.h"

#include "base/ntstatus.h"
#include "base/utf16.h"
#include "policy/pattern.h"
#include "wire/kind.h"
#include "wire/smb2_create.h"

#include <stdlib.h>

/* A bridge that leaves more behind in one step turns in circles. */
#define EFFECTS_MAX 4000

#define FILES_MAX 1024
#define LINKS_MAX 64

static struct {
	const struct stage *stage;
	struct file_id files[FILES_MAX]; /* that the server has opened, ever */
	size_t file_count;
	bool closed[LINKS_MAX];
	unsigned effects;
} seen;

static void
must(bool what)
{
	if (!what)
		abort();
}

void
watch_begin(const struct stage *stage)
{
	memset(&seen, 0, sizeof seen);
	seen.stage = stage;
}

void
watch_step(void)
{
	seen.effects = 0;
}

/* --- what leaves --- */

/* Every message to a server is signed or sealed, but for those that make the keys. */
static void
look_at_back(const struct frame *frame)
{
	struct smb2_header header;
	size_t at = 0;

	if (wire_kind_of(frame_span(frame)) == WIRE_TRANSFORM)
		return;
	do {
		must(smb2_header_decode(span_of(frame->data + at, frame->len - at), &header));
		must(!(header.flags & SMB2_FLAG_RESPONSE));
		must(header.flags & SMB2_FLAG_SIGNED || header.command == SMB2_NEGOTIATE ||
			header.command == SMB2_SESSION_SETUP);
		at += header.next;
	} while (header.next);
}

bool __real_bridge_effect(struct bridge *bridge, struct effect *out);

bool
__wrap_bridge_effect(struct bridge *bridge, struct effect *out)
{
	if (!__real_bridge_effect(bridge, out))
		return false;
	must(++seen.effects < EFFECTS_MAX);
	if (out->kind != EFFECT_SEND && out->kind != EFFECT_CLOSE)
		return true;
	must(out->link < LINKS_MAX);
	must(!seen.closed[out->link]);
	if (out->kind == EFFECT_CLOSE)
		seen.closed[out->link] = true;
	if (out->kind == EFFECT_SEND && out->link != LINK_FRONT)
		look_at_back(out->frame);
	return true;
}

/* --- files --- */

static bool
is_issued(struct file_id id)
{
	for (size_t i = 0; i < seen.file_count; i++)
		if (seen.files[i].persistent == id.persistent &&
			seen.files[i].volatile_ == id.volatile_)
			return true;
	return false;
}

void
watch_issue(const struct frame *frame)
{
	struct smb2_header header;
	struct smb2_facts facts;

	for (size_t at = 0;; at += header.next) {
		struct span rest = span_of(frame->data + at, frame->len - at);

		if (!smb2_header_decode(rest, &header) || header.next > rest.len)
			return;
		rest.len = header.next ? header.next : rest.len;
		if (header.command == SMB2_CREATE && seen.file_count < FILES_MAX &&
			smb2_response_facts(SMB2_CREATE, header.status, rest, &facts) &&
			facts.file_at)
			seen.files[seen.file_count++] = smb2_file_id_read(rest.data, facts.file_at);
		if (!header.next)
			return;
	}
}

fault __real_leg_protect(
	struct leg *leg, struct leg_session *session, struct frame *frame, enum protection how);

fault
__wrap_leg_protect(
	struct leg *leg, struct leg_session *session, struct frame *frame, enum protection how)
{
	if (seen.stage && leg == &seen.stage->server_player.leg)
		watch_issue(frame);
	return __real_leg_protect(leg, session, frame, how);
}

void __real_server_note(
	struct player *player, struct inbound *in, struct message *m, struct attrs *out);

/* Whether the client cannot be what its shares demand, but for the path that its first rule
 * exempts. */
static bool
is_held_inside(const struct stage *stage)
{
	const struct policy *policy = stage->policy;

	return policy->mode == MODE_ENFORCE && policy->rule_count > 1 && policy->rules[0].reason &&
	       !policy->rules[1].share && stage->bridge->front.terms.seals_with == 0;
}

/* Nothing else is so much as looked for. */
static void
look_at_name(const struct stage *stage, const struct message *m)
{
	struct smb2_create_request request;
	char *name, *folded;

	must(smb2_create_request_decode(span_of(m->bytes, m->len), &request));
	name = utf16_to_utf8(request.name);
	must(name != NULL);
	folded = path_fold(name);
	must(folded && path_is_within(folded, stage->policy->rules[0].path));
	free(folded);
	free(name);
}

/* A server hears of no file that it has not opened itself. */
void
__wrap_server_note(struct player *player, struct inbound *in, struct message *m, struct attrs *out)
{
	if (m->facts.file_at) {
		struct file_id id = smb2_file_id_read(m->bytes, m->facts.file_at);

		must(file_id_is_all_ones(id) || is_issued(id));
	}
	if (m->header.command == SMB2_CREATE && is_held_inside(seen.stage))
		look_at_name(seen.stage, m);
	__real_server_note(player, in, m, out);
}

/* --- what is inside --- */

static bool
has_login(const struct bridge *bridge, const struct login *login)
{
	return idmap_find(&bridge->logins, login->front->id) == login;
}

static bool
has_back(const struct bridge *bridge, const struct back *back)
{
	for (const struct back *b = bridge->backs; b; b = b->next)
		if (b == back)
			return true;
	return false;
}

static void
look_at_call(const struct bridge *bridge, const struct call *call)
{
	must(!call->login || has_login(bridge, call->login));
	must(!call->tree || idmap_find(&call->tree->login->trees, call->tree->id) == call->tree);
	must(!call->back || has_back(bridge, call->back));
	must(!call->backing || call->backing->login == call->login);
	must(!call->chain || call->chain->members > 0);
	must(call->sent || !call->compounded || call->compounded->ticket);
}

static void
look_at_login(const struct bridge *bridge, const struct login *login)
{
	const struct limits *limits = &bridge->policy->limits;
	unsigned leaving = 0;
	struct tree *tree;
	struct open *open;
	size_t at = 0;

	must(idmap_find(&bridge->front.sessions, login->front->id) == login->front);
	must(login->trees.count <= limits->trees_per_session);
	/* Looked at when a CREATE comes: those under way come on top. */
	must(login->opens.count <= limits->opens_per_session + limits->requests_in_flight);
	for (const struct backing *b = login->backings; b; b = b->next) {
		must(b->login == login && has_back(bridge, b->back));
		must(!b->session || b->session->role == LEG_BACK);
		must(b->state == BACKING_NONE || b->session);
		leaving += b->leaving;
	}
	must(leaving == login->leaving);
	while ((tree = idmap_next(&login->trees, &at)) != NULL) {
		must(tree->login == login && (!tree->back || has_back(bridge, tree->back)));
		must(!tree->call == (tree->state == TREE_ON));
		must(!tree->backing || tree->backing->login == login);
	}
	for (at = 0; (open = idmap_next(&login->opens, &at)) != NULL;)
		must(open->tree->login == login);
}

static void
look_at_leg(const struct leg *leg)
{
	const struct asked *asked;
	size_t at = 0;

	while ((asked = idmap_next(&leg->match.asked, &at)) != NULL)
		must(!asked->session || asked->session->role == LEG_BACK);
}

void
watch_bridge(const struct bridge *bridge)
{
	const struct login *login;
	const struct call *call;
	size_t at = 0;

	must(bridge->cut == bridge_over(bridge));
	if (bridge->cut)
		return; /* what is left hangs together no more, and is only freed */
	must(bridge->logins.count <= bridge->policy->limits.sessions_per_client);
	while ((call = idmap_next(&bridge->calls, &at)) != NULL)
		look_at_call(bridge, call);
	for (at = 0; (login = idmap_next(&bridge->logins, &at)) != NULL;)
		look_at_login(bridge, login);
	for (const struct back *back = bridge->backs; back; back = back->next) {
		look_at_leg(&back->leg);
		for (call = back->queue; call; call = call->next)
			look_at_call(bridge, call);
	}
}
