/* The tickets of requests under way: made, found, dropped. */
#include "bridge/call.h"

#include "bridge/inquiry.h"

#include <stdlib.h>

static struct call *
make(struct bridge *bridge)
{
	struct call *call = calloc(1, sizeof *call);

	if (call)
		call->ticket = ++bridge->next_ticket;
	return call;
}

struct call *
call_new(struct bridge *bridge, struct login *login, const struct message *m)
{
	struct call *call = make(bridge);

	if (!call)
		return NULL;
	call->login = login;
	call->front = m->header;
	call->is_sealed = m->is_sealed;
	/* Also where the signature is wrong: a client that signs looks for one in the refusal. */
	call->is_signed = m->header.flags & SMB2_FLAG_SIGNED;
	return call;
}

struct call *
call_new_own(struct bridge *bridge, struct back *back, on_answer *answered)
{
	struct call *call = make(bridge);

	if (!call)
		return NULL;
	call->back = back;
	call->answered = answered;
	return call;
}

bool
call_enter(struct bridge *bridge, struct call *call)
{
	return idmap_add(&bridge->calls, call->ticket, call);
}

static void
leave_chain(struct chain **chain)
{
	if (*chain && --(*chain)->members == 0)
		free(*chain);
	*chain = NULL;
}

static void
leave_custody(struct bridge *bridge, struct custody **custody)
{
	if (!*custody)
		return;
	bridge->kept -= (*custody)->kept;
	free((*custody)->answer);
	free((*custody)->ruled);
	free(*custody);
	*custody = NULL;
}

void
call_free(struct bridge *bridge, struct call **call)
{
	struct call *c = *call;

	if (!c)
		return;
	if (idmap_find(&bridge->calls, c->ticket) == c)
		idmap_remove(&bridge->calls, c->ticket);
	if (c->interim)
		bridge->interim--;
	leave_chain(&c->chain);
	inquiry_leave(&c->inquiry);
	leave_custody(bridge, &c->custody);
	frame_free(&c->frame);
	free(c);
	*call = NULL;
}

void
call_free_all(struct bridge *bridge, struct call *head)
{
	while (head) {
		struct call *next = head->compounded;

		call_free(bridge, &head);
		head = next;
	}
}

struct call *
call_find(const struct bridge *bridge, uint64_t ticket)
{
	return idmap_find(&bridge->calls, ticket);
}

struct call *
call_meant_by(const struct bridge *bridge, const struct smb2_header *header)
{
	struct call *call;
	size_t at = 0;

	if (header->flags & SMB2_FLAG_ASYNC) {
		call = call_find(bridge, header->async_id);
		return call && call->interim ? call : NULL;
	}
	while ((call = idmap_next(&bridge->calls, &at)) != NULL)
		if (!call->answered && call->front.message_id == header->message_id)
			return call;
	return NULL;
}

static bool
is_meant(const struct call *call, const struct login *login, const struct back *back,
	const struct tree *tree)
{
	return (!login || call->login == login) && (!back || call->back == back) &&
	       (!tree || call->tree == tree);
}

/* Takes what is meant out of the queue of a back; the frame goes with its first call. */
static void
drop_queued(struct bridge *bridge, struct back *at, const struct login *login,
	const struct back *back, const struct tree *tree)
{
	struct call **link = &at->queue;

	while (*link) {
		struct call *head = *link;

		if (!is_meant(head, login, back, tree)) {
			link = &head->next;
			continue;
		}
		*link = head->next;
		call_free_all(bridge, head);
	}
	at->queue_end = link;
}

void
call_drop(struct bridge *bridge, const struct login *login, const struct back *back,
	const struct tree *tree)
{
	struct call *call;
	size_t at = 0;

	for (struct back *b = bridge->backs; b; b = b->next)
		drop_queued(bridge, b, login, back, tree);
	while ((call = idmap_next(&bridge->calls, &at)) != NULL)
		if (is_meant(call, login, back, tree))
			call_free(bridge, &call);
}
