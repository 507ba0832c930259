/* One question to a server. What is said and how it is judged is leg/'s and auth/'s. */
#include "bridge/sounding.h"

#include "auth/spnego.h"
#include "base/ntstatus.h"
#include "bridge/answer.h"
#include "crypto/random.h"
#include "leg/negotiate.h"
#include "wire/smb2_session_setup.h"

#include <stdio.h>

/* Nobody's name: whoever it works for is let in without an account. */
#define STRANGER_NAME "smbwarden-probe"

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

/* Somebody whom no server can know. */
static struct initiator *
make_stranger(const struct legacy *legacy)
{
	char user[sizeof STRANGER_NAME "-0123456789abcdef"], password[40];
	uint64_t random[3];
	struct initiator_config config = {
		.legacy = legacy,
		.user = user,
		.password = password,
		.service = "cifs/server",
		.ntlmv2 = true,
	};

	if (!random_bytes((uint8_t *)random, sizeof random))
		return NULL;
	snprintf(user, sizeof user, STRANGER_NAME "-%016llx", (unsigned long long)random[0]);
	snprintf(password, sizeof password, "%016llx%016llx", (unsigned long long)random[1],
		(unsigned long long)random[2]);
	return initiator_new(&config);
}

/* The stranger's next SESSION_SETUP, in answer to the server's TOKEN; NULL: there is none. */
static struct frame *
log_on(struct sounding *sounding, struct span token, uint64_t filetime)
{
	struct auth_token out = {0};
	struct writer w;
	struct frame *frame = NULL;
	enum auth_step step = initiator_step(sounding->initiator, token, filetime, &out);
	struct smb2_session_setup_request request = {
		.security_mode = SMB2_SIGNING_ENABLED, .token = span_of(out.bytes, out.len)};

	if (step == AUTH_MORE)
		frame = answer_frame(out.len + 64, &w);
	if (frame) {
		smb2_session_setup_request_encode(&w, &request);
		if (!stamp(sounding, SMB2_SESSION_SETUP, frame, &w))
			frame_free(&frame);
	}
	auth_token_free(&out);
	return frame;
}

static struct frame *
negotiated(struct sounding *sounding, struct message *m, uint64_t filetime)
{
	struct span token;

	if (ntstatus_is_error(m->header.status))
		return NULL;
	sounding->found = negotiate_accept(
		&sounding->leg, &sounding->offer, span_of(m->bytes, m->len), &token);
	sounding->negotiated = !sounding->found;
	if (sounding->found)
		return NULL;
	leg_enter(&sounding->leg, LEG_NEGOTIATED);
	sounding->mechanisms = mechanisms_of(token);
	if (!sounding->legacy)
		return NULL;
	sounding->initiator = make_stranger(sounding->legacy);
	sounding->session = leg_session_new_unnamed(&sounding->leg);
	return sounding->initiator && sounding->session ? log_on(sounding, token, filetime) : NULL;
}

static struct frame *
set_up(struct sounding *sounding, struct message *m, uint64_t filetime)
{
	struct smb2_session_setup_response response;
	uint32_t status = m->header.status;

	if (status != STATUS_SUCCESS && status != STATUS_MORE_PROCESSING_REQUIRED) {
		sounding->stranger = STRANGER_REFUSED;
		return NULL;
	}
	if (!smb2_session_setup_response_decode(span_of(m->bytes, m->len), &response))
		return NULL;
	if (status == STATUS_SUCCESS) {
		if (response.session_flags & SMB2_SESSION_IS_GUEST)
			sounding->stranger = STRANGER_IS_GUEST;
		else if (response.session_flags & SMB2_SESSION_IS_NULL)
			sounding->stranger = STRANGER_IS_NOBODY;
		return NULL;
	}
	if (!sounding->session->id &&
		!leg_session_name(&sounding->leg, sounding->session, m->header.session_id))
		return NULL;
	return log_on(sounding, response.token, filetime);
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
	return m->header.command == SMB2_NEGOTIATE ? negotiated(sounding, m, filetime)
						   : set_up(sounding, m, filetime);
}

void
sounding_end(struct sounding *sounding)
{
	initiator_free(&sounding->initiator);
	leg_session_end(&sounding->leg, &sounding->session);
	leg_clear(&sounding->leg);
}
