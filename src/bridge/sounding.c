/* One question to a server. What is said and how it is judged is leg/'s and auth/'s. */
#include "bridge/sounding.h"

#include "auth/ntlm_message.h"
#include "auth/spnego.h"
#include "base/ntstatus.h"
#include "bridge/answer.h"
#include "crypto/random.h"
#include "leg/negotiate.h"
#include "wire/smb2_session_setup.h"

#include <stdio.h>

/* Completes FRAME as a request in clear, the only one under way. False: it must not be sent. */
static bool
stamp(struct sounding *sounding, uint16_t command, struct frame *frame, const struct writer *w)
{
	struct asked *asked = match_ask(&sounding->leg.match, 1);
	struct smb2_header header = {.command = command, .credits = 1};

	if (!asked || !writer_ok(w))
		return false;
	asked->ticket = 1;
	asked->session = sounding->session;
	asked->command = command;
	header.message_id = asked->message_id;
	header.session_id = sounding->session ? sounding->session->id : 0;
	smb2_header_encode(&header, frame->data);
	frame->len = writer_span(w).len;
	return true;
}

struct frame *
sounding_begin(struct sounding *sounding)
{
	uint8_t salt[32];
	struct writer w;
	struct frame *frame = answer_frame(ANSWER_ROOM, &w);

	leg_start(&sounding->leg, LEG_BACK, 0);
	if (!frame || !random_bytes(salt, sizeof salt)) {
		frame_free(&frame);
		return NULL;
	}
	negotiate_ask(&sounding->leg, &sounding->offer, span_of(salt, sizeof salt), &w);
	leg_enter(&sounding->leg, LEG_NEGOTIATING);
	if (!stamp(sounding, SMB2_NEGOTIATE, frame, &w) ||
		!preauth_extend(&sounding->leg.preauth, frame_span(frame)))
		frame_free(&frame);
	return frame;
}

/* Which mechanisms HINT names; a server without one takes whatever it is sent. */
static unsigned
mechanisms_of(struct span hint)
{
	static const struct {
		unsigned bit;
		uint8_t len;
		uint8_t oid[12];
	} known[] = {
		/* 1.2.840.113554.1.2.2, and 1.2.840.48018.1.2.2 as Windows misspelled it */
		{MECHANISM_KERBEROS, 9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2}},
		{MECHANISM_KERBEROS, 9, {0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2}},
		{MECHANISM_NTLM, 10, {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10}},
		{MECHANISM_NEGOEX, 10, {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 30}},
	};
	struct spnego_init init;
	unsigned found = 0;

	if (hint.len == 0 || !spnego_init_decode(hint, &init))
		return 0;
	for (size_t i = 0; i < init.nmechs; i++)
		for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
			if (span_equal(init.mechs[i], span_of(known[k].oid, known[k].len)))
				found |= known[k].bit;
	return found;
}

/* The logon has failed, on either side. */
static struct frame *
refuse(struct sounding *sounding, fault why, const char *detail)
{
	sounding->logon.standing = STANDING_REFUSED;
	sounding->logon.refused = why;
	if (detail)
		snprintf(sounding->logon.detail, sizeof sounding->logon.detail, "%s", detail);
	return NULL;
}

/* The next SESSION_SETUP, with TOKEN. */
static struct frame *
ask_with(struct sounding *sounding, struct span token)
{
	struct smb2_session_setup_request request = {
		.security_mode = SMB2_SIGNING_ENABLED |
				 (sounding->offer.signing_required ? SMB2_SIGNING_REQUIRED : 0),
		.token = token};
	struct writer w;
	struct frame *frame = answer_frame(token.len + 64, &w);

	if (!frame)
		return NULL;
	smb2_session_setup_request_encode(&w, &request);
	if (!stamp(sounding, SMB2_SESSION_SETUP, frame, &w) ||
		(sounding->leg.terms.has_preauth &&
			session_hash(sounding->session, frame_span(frame))))
		frame_free(&frame);
	return frame;
}

/* What our side says to the server's TOKEN: the next message, or NULL; *STEP says which it is. */
static struct frame *
log_on(struct sounding *sounding, struct span token, uint64_t filetime, enum auth_step *step)
{
	const struct auth_result *result = initiator_result(sounding->initiator);
	struct auth_token out = {0};
	struct frame *frame = NULL;

	*step = initiator_step(sounding->initiator, token, filetime, &out);
	if (*step == AUTH_MORE)
		frame = ask_with(sounding, span_of(out.bytes, out.len));
	else if (*step == AUTH_REFUSED)
		(void)refuse(sounding, result->fault, result->detail);
	auth_token_free(&out);
	return frame;
}

/*
 * The next message of somebody without a name, [MS-NLMP] 3.2.5.1.2. No challenge has anything to do
 * with it, and SPNEGO is not needed for it. The initiator will not be nobody, on purpose.
 */
static struct frame *
say_no_name(struct sounding *sounding)
{
	static const uint8_t no_lm[1];
	const uint32_t flags =
		NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_NTLM | NTLM_EXTENDED_SECURITY;
	struct ntlm_negotiate negotiate = {.flags = flags};
	struct ntlm_authenticate authenticate = {
		.lm = span_of(no_lm, sizeof no_lm), .flags = flags | NTLM_ANONYMOUS};
	uint8_t bytes[128];
	struct writer w = writer_over(bytes, sizeof bytes);
	unsigned turn = sounding->nameless_said++;
	bool made = (turn == 0 && ntlm_negotiate_encode(&w, &negotiate)) ||
		    (turn == 1 && ntlm_authenticate_encode(&w, &authenticate));

	return made ? ask_with(sounding, writer_span(&w)) : NULL;
}

static struct frame *
begin_logon(struct sounding *sounding, struct span hint, uint64_t filetime)
{
	enum auth_step step;

	sounding->session = leg_session_new_unnamed(&sounding->leg);
	if (sounding->session && sounding->nameless)
		return say_no_name(sounding);
	sounding->initiator = sounding->session ? initiator_new(sounding->who) : NULL;
	return sounding->initiator ? log_on(sounding, hint, filetime, &step) : NULL;
}

static struct frame *
negotiated(struct sounding *sounding, struct frame *message, struct message *m, uint64_t filetime)
{
	struct span token;

	if (ntstatus_is_error(m->header.status))
		return NULL;
	sounding->found = negotiate_accept(
		&sounding->leg, &sounding->offer, span_of(m->bytes, m->len), &token);
	if (!sounding->found && sounding->leg.terms.has_preauth &&
		!preauth_extend(&sounding->leg.preauth, frame_span(message)))
		sounding->found = &fault_crypto_failed;
	sounding->negotiated = !sounding->found;
	if (sounding->found)
		return NULL;
	leg_enter(&sounding->leg, LEG_NEGOTIATED);
	sounding->mechanisms = mechanisms_of(token);
	return sounding->who || sounding->nameless ? begin_logon(sounding, token, filetime) : NULL;
}

/* [MS-SMB2] 3.2.5.3.1: the last answer proves by its signature that the server has our key. */
static fault
verify_last(struct sounding *sounding, struct message *m)
{
	const struct terms *terms = &sounding->leg.terms;
	const struct auth_result *result = initiator_result(sounding->initiator);
	fault found = session_establish(sounding->session, terms, auth_result_key(result));

	if (!found && session_verify(sounding->session, m->bytes, m->len))
		found = terms->has_preauth ? &fault_server_keys_differ : &fault_server_final_forged;
	return found;
}

/* The server is content; whether we are is what our side says to its last TOKEN, and the key. */
static fault
take_last(struct sounding *sounding, struct message *m, struct span token, uint64_t filetime)
{
	enum auth_step step;
	struct frame *more;

	if (!initiator_may_end(sounding->initiator))
		return &fault_server_logon_cut_short;
	if (!(m->header.flags & SMB2_FLAG_SIGNED))
		return &fault_server_final_unsigned;
	more = log_on(sounding, token, filetime, &step);
	frame_free(&more);
	if (step == AUTH_DONE)
		return verify_last(sounding, m);
	return step == AUTH_MORE ? &fault_server_logon_cut_short : sounding->logon.refused;
}

static void
let_in(struct sounding *sounding, struct message *m,
	const struct smb2_session_setup_response *response, uint64_t filetime)
{
	const struct auth_result *result;
	fault found;

	if (response->session_flags & SMB2_SESSION_IS_GUEST) {
		sounding->logon.standing = STANDING_GUEST;
		return;
	}
	if (response->session_flags & SMB2_SESSION_IS_NULL || sounding->nameless) {
		sounding->logon.standing = STANDING_NOBODY;
		return;
	}
	result = initiator_result(sounding->initiator);
	found = take_last(sounding, m, response->token, filetime);
	if (found) {
		(void)refuse(sounding, found, NULL);
		sounding->logon.standing = STANDING_DOUBTED;
		return;
	}
	sounding->logon.standing = STANDING_USER;
	sounding->logon.mechanism = result->mechanism;
	sounding->logon.mutual = result->mutual;
	sounding->logon.passed_over = result->passed_over;
	if (result->passed_over && result->detail)
		snprintf(sounding->logon.detail, sizeof sounding->logon.detail, "%s",
			result->detail);
}

static struct frame *
turned_away(struct sounding *sounding, uint32_t status)
{
	const char *name = ntstatus_name(status);
	const char *asked =
		sounding->initiator ? initiator_result(sounding->initiator)->detail : NULL;
	char detail[SOUNDING_DETAIL_SIZE];

	snprintf(detail, sizeof detail, "the server says %s (0x%08x)%s%s", name ? name : "?",
		status, asked ? ": " : "", asked ? asked : "");
	return refuse(sounding, &fault_server_logon_refused, detail);
}

static struct frame *
set_up(struct sounding *sounding, struct frame *message, struct message *m, uint64_t filetime)
{
	struct smb2_session_setup_response response;
	struct leg_session *session = sounding->session;
	uint32_t status = m->header.status;
	enum auth_step step;

	if (status != STATUS_SUCCESS && status != STATUS_MORE_PROCESSING_REQUIRED)
		return turned_away(sounding, status);
	if (!smb2_session_setup_response_decode(span_of(m->bytes, m->len), &response))
		return refuse(sounding, &fault_answer_malformed, NULL);
	if (!session->id && !leg_session_name(&sounding->leg, session, m->header.session_id))
		return refuse(sounding, &fault_answer_elsewhere, NULL);
	if (status == STATUS_SUCCESS) {
		let_in(sounding, m, &response, filetime);
		return NULL;
	}
	if (sounding->leg.terms.has_preauth && session_hash(session, frame_span(message)))
		return refuse(sounding, &fault_crypto_failed, NULL);
	return sounding->nameless ? say_no_name(sounding)
				  : log_on(sounding, response.token, filetime, &step);
}

struct frame *
sounding_take(struct sounding *sounding, struct frame *message, uint64_t filetime)
{
	struct inbound in;
	struct message *m = in.messages;

	sounding->found = leg_receive(&sounding->leg, message, &in);
	if (sounding->found || in.count != 1 || !m->asked)
		return NULL;
	match_granted(&sounding->leg.match, m->header.credits);
	leg_settle(&sounding->leg, &m->asked);
	return m->header.command == SMB2_NEGOTIATE ? negotiated(sounding, message, m, filetime)
						   : set_up(sounding, message, m, filetime);
}

void
sounding_end(struct sounding *sounding)
{
	initiator_free(&sounding->initiator);
	leg_session_end(&sounding->leg, &sounding->session);
	leg_clear(&sounding->leg);
}
