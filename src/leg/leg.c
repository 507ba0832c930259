/* A leg's life, its sessions, and how a frame leaves it protected. Coming in is gates.c. */
#include "leg/leg.h"

#include "wire/smb2_transform.h"

void
leg_start(struct leg *leg, enum leg_role role, uint16_t window_limit)
{
	memset(leg, 0, sizeof *leg);
	leg->role = role;
	if (role == LEG_FRONT)
		window_start(&leg->window, window_limit);
	else
		match_start(&leg->match);
}

void
leg_clear(struct leg *leg)
{
	struct leg_session *session;

	if (leg->role == LEG_BACK)
		match_clear(&leg->match);
	while ((session = idmap_any(&leg->sessions, NULL)) != NULL)
		leg_session_end(leg, &session);
	idmap_clear(&leg->sessions);
}

void
leg_enter(struct leg *leg, enum leg_state state)
{
	leg->state = state;
}

struct leg_session *
leg_session_new(struct leg *leg, uint64_t id)
{
	struct leg_session *session = session_new(leg->role, id, &leg->preauth);

	if (session && !idmap_add(&leg->sessions, id, session))
		session_free(&session);
	return session;
}

struct leg_session *
leg_session_new_unnamed(struct leg *leg)
{
	return session_new(leg->role, 0, &leg->preauth);
}

bool
leg_session_name(struct leg *leg, struct leg_session *session, uint64_t id)
{
	if (session->id || !id || !idmap_add(&leg->sessions, id, session))
		return false;
	session->id = id;
	return true;
}

void
leg_session_end(struct leg *leg, struct leg_session **session)
{
	if (!*session)
		return;
	if (leg->role == LEG_BACK && (*session)->id && match_has_session(&leg->match, *session)) {
		(*session)->ending = true;
		*session = NULL;
		return;
	}
	if (leg->role == LEG_BACK)
		match_drop_session(&leg->match, *session);
	if ((*session)->id)
		idmap_remove(&leg->sessions, (*session)->id);
	session_free(session);
}

void
leg_settle(struct leg *leg, struct asked **asked)
{
	struct leg_session *session = (*asked)->session;

	match_close(&leg->match, asked);
	if (session && session->ending)
		leg_session_end(leg, &session);
}

/* Signs each message of a frame of ours; its compound offsets were set or checked by us. */
static fault
sign_all(struct leg_session *session, struct frame *frame)
{
	size_t at = 0;

	for (;;) {
		struct smb2_header header;
		size_t len = frame->len - at;
		fault found;

		if (!smb2_header_decode(span_of(frame->data + at, len), &header))
			return &fault_internal_error;
		if (header.next > len)
			return &fault_internal_error;
		if (header.next)
			len = header.next;
		found = session_sign(session, frame->data + at, len);
		if (found || !header.next)
			return found;
		at += len;
	}
}

/* [MS-SMB2] 3.1.4.3: the whole frame under one TRANSFORM_HEADER, which takes the headroom. */
static fault
seal(struct leg_session *session, struct frame *frame)
{
	struct smb2_transform transform = {
		.original_size = (uint32_t)frame->len,
		.flags = SMB2_TRANSFORM_ENCRYPTED,
		.session_id = session->id,
	};
	uint8_t *header, *data = frame->data;
	size_t len = frame->len;

	if (!session->seals || session->nonce == UINT64_MAX)
		return &fault_crypto_failed;
	for (size_t i = 0; i < 8; i++)
		transform.nonce[i] = (uint8_t)(session->nonce >> 8 * i);
	session->nonce++;
	header = frame_push(frame, SMB2_TRANSFORM_SIZE);
	if (!header)
		return &fault_internal_error;
	smb2_transform_encode(&transform, header);
	if (!sealer_seal(session->seals, transform.nonce, smb2_transform_aad(frame_span(frame)),
		    data, len, smb2_transform_signature(header)))
		return &fault_crypto_failed;
	return NULL;
}

fault
leg_protect(struct leg *leg, struct leg_session *session, struct frame *frame, enum protection how)
{
	(void)leg;
	switch (how) {
	case PROTECT_NOTHING:
		return NULL;
	case PROTECT_SIGN:
		return session ? sign_all(session, frame) : &fault_internal_error;
	case PROTECT_SEAL:
		return session ? seal(session, frame) : &fault_internal_error;
	}
	return &fault_internal_error;
}
