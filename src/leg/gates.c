/*
 * What comes in passes these gates in this order, or it goes no further:
 *
 *   front   frame, unseal, header, window, session, signature, body
 *   back    frame, unseal, header, match,  session, signature, body
 *
 * The first two see the frame, the others each message in it. A gate finds all it needs in the leg
 * and in what the gates before it have found out.
 */
#include "leg/gates.h"

#include "base/ntstatus.h"
#include "wire/kind.h"
#include "wire/smb2_session_setup.h"
#include "wire/smb2_transform.h"

/* What the commands need of a session, [MS-SMB2] 3.3.5.2.9 and the paragraph of each. */
static bool
needs_session(uint16_t command)
{
	return command != SMB2_NEGOTIATE && command != SMB2_SESSION_SETUP && command != SMB2_ECHO;
}

/* [MS-SMB2] 3.3.5.2.1.1, 3.2.5.1.1: opens a sealed frame in place; says who sealed it. */
static fault
gate_unseal(struct leg *leg, struct inbound *in)
{
	struct frame *frame = in->frame;
	struct smb2_transform transform;
	struct leg_session *session;
	uint8_t *header = frame->data;
	struct span aad;

	if (!smb2_transform_decode(frame_span(frame), &transform))
		return &fault_transform_malformed;
	if (transform.flags != SMB2_TRANSFORM_ENCRYPTED ||
		transform.original_size != frame->len - SMB2_TRANSFORM_SIZE ||
		transform.original_size < SMB2_HEADER_SIZE)
		return &fault_transform_malformed;
	session = idmap_find(&leg->sessions, transform.session_id);
	if (!session || session->state != SESSION_VALID || !session->opens)
		return &fault_sealed_by_nobody;
	aad = smb2_transform_aad(frame_span(frame));
	frame_pull(frame, SMB2_TRANSFORM_SIZE);
	if (!sealer_open(session->opens, transform.nonce, aad, frame->data, frame->len,
		    smb2_transform_signature(header)))
		return &fault_unseal_failed;
	in->sealed_by = session;
	return wire_kind_of(frame_span(frame)) == WIRE_SMB2 ? NULL : &fault_frame_not_smb2;
}

static fault
gate_frame(struct leg *leg, struct inbound *in)
{
	switch (wire_kind_of(frame_span(in->frame))) {
	case WIRE_SMB2:
		return NULL;
	case WIRE_TRANSFORM:
		return gate_unseal(leg, in);
	default:
		return &fault_frame_not_smb2;
	}
}

/* Before terms are fixed nothing but the NEGOTIATE is admitted, and afterwards none,
 * [MS-SMB2] 3.3.5.2. */
static fault
check_order(const struct leg *leg, uint16_t command)
{
	bool is_negotiate = command == SMB2_NEGOTIATE;

	switch (leg->state) {
	case LEG_NEW:
	case LEG_WILD:
		return is_negotiate && leg->role == LEG_FRONT ? NULL : &fault_not_negotiated;
	case LEG_NEGOTIATING:
		return is_negotiate && leg->role == LEG_BACK ? NULL : &fault_not_negotiated;
	case LEG_NEGOTIATED:
		return is_negotiate ? &fault_negotiated_twice : NULL;
	}
	return &fault_internal_error;
}

static fault
gate_header(struct leg *leg, struct inbound *in, struct message *m)
{
	bool is_response = m->header.flags & SMB2_FLAG_RESPONSE;

	(void)in;
	if (is_response != (leg->role == LEG_BACK))
		return &fault_wrong_direction;
	if (m->header.command >= SMB2_COMMAND_COUNT)
		return leg->role == LEG_FRONT ? &fault_command_unknown : &fault_answer_malformed;
	/* An async id in a request names one under way: CANCEL alone does that, [MS-SMB2] 3.2.4.24.
	 */
	if (leg->role == LEG_FRONT && m->header.flags & SMB2_FLAG_ASYNC &&
		m->header.command != SMB2_CANCEL)
		return &fault_header_malformed;
	return check_order(leg, m->header.command);
}

/* [MS-SMB2] 3.3.5.2.3: each message id once, and only such as were granted; a CANCEL uses none. */
static fault
gate_window(struct leg *leg, struct inbound *in, struct message *m)
{
	uint16_t charge = leg->terms.has_multi_credit ? m->header.credit_charge : 1;

	(void)in;
	if (m->header.command == SMB2_CANCEL)
		return NULL;
	return window_take(&leg->window, m->header.message_id, charge);
}

/* Whether M's request has had an answer in this very frame: it is forgotten only afterwards. */
static bool
is_answered_before(const struct inbound *in, const struct message *m)
{
	for (const struct message *before = in->messages; before < m; before++)
		if (before->asked == m->asked)
			return true;
	return false;
}

/* [MS-SMB2] 3.2.5.1.2: an answer belongs to a request under way; only a break may come unasked. */
static fault
gate_match(struct leg *leg, struct inbound *in, struct message *m)
{
	if (m->header.message_id == SMB2_MESSAGE_ID_UNASKED)
		return m->header.command == SMB2_OPLOCK_BREAK &&
				       ntstatus_is_error(m->header.status) == 0
			       ? NULL
			       : &fault_answer_unasked;
	m->asked = match_find(&leg->match, m->header.message_id);
	if (!m->asked || is_answered_before(in, m))
		return &fault_answer_unasked;
	if (m->asked->command != m->header.command)
		return &fault_answer_malformed;
	/* A final answer to a pending request names it, [MS-SMB2] 3.3.4.2; a second interim one is
	 * none. */
	if (m->header.flags & SMB2_FLAG_ASYNC) {
		if (m->asked->pending && (m->header.async_id != m->asked->async_id ||
						 m->header.status == STATUS_PENDING))
			return &fault_answer_malformed;
	} else if (m->header.status == STATUS_PENDING) {
		return &fault_answer_malformed;
	}
	return NULL;
}

/* Whether SESSION, which may be NULL, has keys to protect anything with. */
static bool
is_valid(const struct leg_session *session)
{
	return session && session->state == SESSION_VALID;
}

/*
 * What is wrong with a SESSION_SETUP in a session that is not this connection's. A binding is
 * refused before anything is asked of its session, [MS-SMB2] 3.3.5.5: no connection here has
 * another channel.
 */
static fault
check_stranger(const struct message *m)
{
	struct smb2_session_setup_request request;

	if (m->header.command == SMB2_SESSION_SETUP &&
		smb2_session_setup_request_decode(span_of(m->bytes, m->len), &request) &&
		request.flags & SMB2_SESSION_FLAG_BINDING)
		return &fault_binding_refused;
	return &fault_session_unknown;
}

/* Whose session a request claims to be in: [MS-SMB2] 3.3.5.2.7.2 for related ones, 3.3.5.2.9. */
static fault
front_session(struct leg *leg, struct inbound *in, struct message *m)
{
	struct message *before = m > in->messages ? m - 1 : NULL;

	m->is_related = m->header.flags & SMB2_FLAG_RELATED;
	if (m->is_related) {
		if (!before)
			return &fault_related_to_nothing;
		m->session = before->session;
		m->header.session_id = before->header.session_id;
		if (needs_session(m->header.command) && !is_valid(m->session))
			return &fault_related_to_nothing;
		return NULL;
	}
	m->session = idmap_find(&leg->sessions, m->header.session_id);
	if (in->sealed_by && in->sealed_by != m->session)
		return &fault_sealed_by_another;
	if (!needs_session(m->header.command))
		return m->header.session_id && !m->session ? check_stranger(m) : NULL;
	return is_valid(m->session) ? NULL : &fault_session_unknown;
}

/* An answer comes in the session that its request was sent in, [MS-SMB2] 3.2.5.1.4. */
static fault
back_session(struct leg *leg, struct inbound *in, struct message *m)
{
	if (!m->asked) { /* a break: of the sealer's session, or of nobody's ([MS-SMB2] 2.2.23.1) */
		m->session = in->sealed_by;
		return NULL;
	}
	m->session = m->asked->session;
	if (in->sealed_by && in->sealed_by != m->session)
		return &fault_sealed_by_another;
	/* The first answer to a SESSION_SETUP says the session's id; until then it is zero. */
	if (m->session && m->session->id && m->header.session_id != m->session->id)
		return &fault_answer_elsewhere;
	/* TREE_CONNECT's answer brings a new tree id; any other stays in its tree. */
	if (!(m->header.flags & SMB2_FLAG_ASYNC) && m->header.command != SMB2_TREE_CONNECT &&
		m->header.tree_id != m->asked->tree_id)
		return &fault_answer_elsewhere;
	(void)leg;
	return NULL;
}

static fault
gate_session(struct leg *leg, struct inbound *in, struct message *m)
{
	return leg->role == LEG_FRONT ? front_session(leg, in, m) : back_session(leg, in, m);
}

/* Checks a signature that is there. A sealed message needs none: the seal covers it,
 * [MS-SMB2] 3.3.5.2.4. */
static fault
verify(struct inbound *in, struct message *m)
{
	fault found;

	if (in->sealed_by || !(m->header.flags & SMB2_FLAG_SIGNED))
		return NULL;
	if (!m->session)
		return &fault_bad_signature;
	found = session_verify(m->session, m->bytes, m->len);
	m->is_signed = found == NULL;
	return found;
}

/* What a client must have protected, [MS-SMB2] 3.3.5.2.4, 3.3.5.2.5, 3.3.5.7. */
static fault
front_protection(struct leg *leg, struct inbound *in, struct message *m)
{
	struct leg_session *session = m->session;
	fault found;

	m->is_sealed = in->sealed_by != NULL;
	found = verify(in, m);
	if (found || m->is_sealed)
		return found;
	if (!session || session->state != SESSION_VALID)
		return NULL; /* a logon under way: there is no key yet to protect it with */
	if (session->sealing_required && m->header.command != SMB2_SESSION_SETUP)
		return &fault_request_unsealed;
	if (session->signing_required && !m->is_signed)
		return &fault_request_unsigned;
	if (leg->terms.has_preauth && m->header.command == SMB2_TREE_CONNECT && !m->is_signed &&
		!session->keyless)
		return &fault_tree_connect_unsigned;
	return NULL;
}

/*
 * What a server must have protected. Its answer is sealed if the request was; else it is signed,
 * but for what comes before there is a key, for interim answers and for breaks ([MS-SMB2]
 * 3.2.5.1.3), none of which carries a byte of data. The final answer to a first SESSION_SETUP is
 * verified when its keys are known, by whoever derives them: until then the session is not VALID.
 */
static fault
back_protection(struct leg *leg, struct inbound *in, struct message *m)
{
	fault found;

	(void)leg;
	m->is_sealed = in->sealed_by != NULL;
	if (m->session && m->session->state == SESSION_SETTING_UP)
		return NULL;
	if (m->asked && m->asked->sealed && !m->is_sealed)
		return &fault_answer_unsealed;
	found = verify(in, m);
	if (found || m->is_sealed || m->is_signed || !m->asked || !m->asked->is_signed)
		return found;
	return m->header.status == STATUS_PENDING ? NULL : &fault_answer_unsigned;
}

static fault
gate_signature(struct leg *leg, struct inbound *in, struct message *m)
{
	return leg->role == LEG_FRONT ? front_protection(leg, in, m) : back_protection(leg, in, m);
}

/* [MS-SMB2] 3.3.5.2.5: the credits charged must pay for the larger of what goes and what comes. */
static fault
check_charge(const struct terms *terms, const struct message *m)
{
	uint32_t payload = m->facts.sends > m->facts.wants ? m->facts.sends : m->facts.wants;
	uint16_t charge = m->header.credit_charge ? m->header.credit_charge : 1;

	if (m->header.command == SMB2_NEGOTIATE || m->header.command == SMB2_SESSION_SETUP)
		return NULL;
	if (payload > LEG_PAYLOAD_MAX)
		return &fault_payload_too_long;
	if (terms->has_multi_credit)
		return terms_charge(terms, payload) > charge ? &fault_charge_short : NULL;
	return payload > LEG_PAYLOAD_MIN ? &fault_payload_too_long : NULL;
}

static fault
gate_body(struct leg *leg, struct inbound *in, struct message *m)
{
	struct span message = span_of(m->bytes, m->len);

	(void)in;
	if (leg->role == LEG_BACK)
		return smb2_response_facts(m->header.command, m->header.status, message, &m->facts)
			       ? NULL
			       : &fault_answer_malformed;
	if (!smb2_request_facts(m->header.command, message, &m->facts))
		return &fault_body_malformed;
	return check_charge(&leg->terms, m);
}

const struct gate *
gates_of(enum leg_role role)
{
	static const struct gate front[] = {
		{"header", gate_header},
		{"window", gate_window},
		{"session", gate_session},
		{"signature", gate_signature},
		{"body", gate_body},
		{NULL, NULL},
	};
	static const struct gate back[] = {
		{"header", gate_header},
		{"match", gate_match},
		{"session", gate_session},
		{"signature", gate_signature},
		{"body", gate_body},
		{NULL, NULL},
	};

	return role == LEG_FRONT ? front : back;
}

/* Finds the messages of the compound, [MS-SMB2] 3.3.5.2.7: each begins 8-aligned inside the frame.
 */
static fault
split(struct inbound *in)
{
	size_t at = 0;

	for (in->count = 0; in->count < COMPOUND_MAX; in->count++) {
		struct message *m = &in->messages[in->count];
		size_t left = in->frame->len - at;

		memset(m, 0, sizeof *m);
		m->bytes = in->frame->data + at;
		m->len = left;
		if (!smb2_header_decode(span_of(m->bytes, left), &m->header))
			return in->count ? &fault_compound_malformed : &fault_header_malformed;
		if (m->header.next == 0) {
			in->count++;
			return NULL;
		}
		if (m->header.next < SMB2_HEADER_SIZE || m->header.next % 8 ||
			m->header.next > left)
			return &fault_compound_malformed;
		m->len = m->header.next;
		at += m->header.next;
	}
	return &fault_compound_too_deep;
}

fault
leg_receive(struct leg *leg, struct frame *frame, struct inbound *out)
{
	const struct gate *gates = gates_of(leg->role);
	fault found;

	out->frame = frame;
	out->sealed_by = NULL;
	out->count = 0;
	found = gate_frame(leg, out);
	if (!found)
		found = split(out);
	if (found)
		return found;
	for (size_t i = 0; i < out->count; i++) {
		struct message *m = &out->messages[i];

		for (const struct gate *gate = gates; gate->name && !m->fault; gate++)
			m->fault = gate->check(leg, out, m);
		/* A server that breaks a rule is not the server that we logged on to: nothing of it
		 * stays. */
		if (m->fault && (leg->role == LEG_BACK || m->fault->cut == CUT_LEG))
			return m->fault;
	}
	return NULL;
}
