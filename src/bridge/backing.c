/* Logging on at a server as the account says, and leaving again. */
#include "bridge/backing.h"

#include "base/ntstatus.h"
#include "bridge/answer.h"
#include "bridge/back.h"
#include "bridge/call.h"
#include "bridge/job.h"
#include "bridge/login.h"
#include "bridge/outbox.h"
#include "bridge/refuse.h"
#include "bridge/tree.h"
#include "crypto/random.h"
#include "wire/smb2_logoff.h"
#include "wire/smb2_negotiate.h"
#include "wire/smb2_session_setup.h"

#include <stdio.h>
#include <stdlib.h>

bool
backing_is_on(const struct backing *backing)
{
	return backing->state == BACKING_ON || backing->state == BACKING_RENEWING;
}

/* Whether what a logon failed with may pass by itself, and asking again does no harm: a KDC counts
 * wrong passwords, and a session that a server does not renew is gone. */
static bool
may_pass(fault what)
{
	return what == &fault_kerberos_kdc_unreachable || what == &fault_kerberos_clock_skew ||
	       what == &fault_kerberos_keytab_unfit || what == &fault_server_logon_too_slow ||
	       what == &fault_server_logon_undecided;
}

/* The session stands for as long as its tickets do: nobody is refused anything yet. */
static void
fail_early(struct bridge *bridge, struct backing *backing, fault what, const char *detail)
{
	backing->state = BACKING_ON;
	renewal_fail(&backing->renewal, bridge->now.ms, may_pass(what));
	journal_renewal_failed(bridge, backing, what, detail);
	login_renewed(bridge, backing->login);
}

/* The logon has come to an end that is none: those who wait for it are refused. */
static void
fail(struct bridge *bridge, struct backing *backing, fault what, const char *detail)
{
	struct login *login = backing->login;
	struct back *back = backing->back;

	initiator_free(&backing->initiator);
	auth_token_free(&backing->final);
	backing->afresh = false;
	backing->attempt = 0; /* what the server still answers is answered to nobody */
	if (what->cut == CUT_LEG) {
		back_fail(bridge, back, what, &(struct about){.login = login, .detail = detail});
		return;
	}
	if (backing->state == BACKING_RENEWING && backing->early) {
		fail_early(bridge, backing, what, detail);
		return;
	}
	if (backing->state == BACKING_RENEWING) {
		backing->state = BACKING_ON; /* expired it stays, and the server says so again */
		login->renewing = false;
		refuse_for_server(bridge, &login->setup, what,
			&(struct about){.login = login, .back = back, .detail = detail});
		return;
	}
	backing->state = BACKING_NONE;
	leg_session_end(&back->leg, &backing->session);
	tree_refuse_waiting(bridge, login, back, what, detail);
}

/* Hands the initiator and the server's TOKEN to a worker. */
static void
step(struct bridge *bridge, struct backing *backing, struct span token)
{
	struct job *job = job_new(NULL, &backing->initiator, token);

	if (!job) {
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	job->session = backing->login->front->id;
	job->attempt = backing->attempt;
	job->filetime = bridge->now.filetime;
	job->due = backing->deadline;
	if (!effects_push(&bridge->effects, (struct effect){.kind = EFFECT_JOB, .job = job}))
		refuse_all(bridge, &fault_out_of_memory, NULL);
}

static struct initiator *
make_initiator(struct bridge *bridge, const struct backing *backing)
{
	static const struct identity nobody;
	const struct login *login = backing->login;
	const struct back *back = backing->back;
	const struct identity *identity = login->delegate ? &nobody : &login->account->server;
	const struct upstream *upstream = back->upstream;
	char *client = identity_client(identity);
	struct initiator *made;
	char service[300];
	struct initiator_config config = {
		.legacy = bridge->legacy,
		.commons = bridge->commons,
		.user = login->delegate ? kerberos_delegate_name(login->delegate) : identity->user,
		.domain = identity->domain,
		.password = identity->password,
		.nt_hash = identity->has_nt_hash ? identity->nt_hash : NULL,
		.keytab = identity->keytab,
		.delegate = login->delegate,
		.afresh = backing->afresh,
		.service = service,
		.client = client,
		.principal = upstream->principal,
		.kerberos = upstream->kerberos,
		.ntlmv2 = upstream->ntlmv2 && !backing->kerberos_only,
	};

	snprintf(service, sizeof service, "cifs/%s", upstream->host);
	made = initiator_new(&config);
	free(client);
	return made;
}

bool
backing_may_be_mutual(const struct login *login, const struct back *back)
{
	const struct identity *identity = login->account ? &login->account->server : NULL;
	char *client = identity ? identity_client(identity) : NULL;
	bool may = (client || login->delegate) && upstream_does_kerberos(back->upstream) &&
		   initiator_hints_kerberos(span_of(back->hint.bytes, back->hint.len));

	free(client);
	return may;
}

static void
begin(struct bridge *bridge, struct backing *backing, enum backing_state state)
{
	backing->state = state;
	backing->attempt = ++bridge->next_attempt;
	backing->deadline = bridge->now.ms + bridge->policy->limits.logon_time_ms;
	auth_token_free(&backing->final);
	backing->initiator = make_initiator(bridge, backing);
	if (!backing->session)
		backing->session = leg_session_new_unnamed(&backing->back->leg);
	if (!backing->initiator || !backing->session) {
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	step(bridge, backing, span_of(backing->back->hint.bytes, backing->back->hint.len));
}

struct backing *
backing_find(const struct login *login, const struct back *back)
{
	struct backing *backing = login->backings;

	while (backing && backing->back != back)
		backing = backing->next;
	return backing;
}

struct backing *
backing_want(struct bridge *bridge, struct login *login, struct back *back, bool kerberos_only)
{
	struct backing *backing = backing_find(login, back);

	if (!backing) {
		backing = calloc(1, sizeof *backing);
		if (!backing)
			return NULL;
		backing->login = login;
		backing->back = back;
		renewal_clear(&backing->renewal);
		backing->next = login->backings;
		login->backings = backing;
	}
	if (backing->state == BACKING_NONE) {
		backing->kerberos_only = kerberos_only;
		begin(bridge, backing, BACKING_LOGGING_ON);
	}
	return backing;
}

static fault
accept_flags(struct backing *backing, uint16_t flags)
{
	if (flags & SMB2_SESSION_IS_GUEST)
		return &fault_server_made_us_guest;
	if (flags & SMB2_SESSION_IS_NULL)
		return &fault_server_made_us_nobody;
	if (!(flags & SMB2_SESSION_ENCRYPT_DATA))
		return NULL;
	if (!backing->session->seals)
		return &fault_server_demands_sealing;
	backing->session->sealing_required = true;
	return NULL;
}

/*
 * [MS-SMB2] 3.2.5.3.1: the last answer, LEN bytes at BYTES, proves by its signature that the server
 * has our keys.
 */
static fault
establish(struct backing *backing, uint8_t *bytes, size_t len, uint16_t flags)
{
	const struct terms *terms = &backing->back->leg.terms;
	const struct auth_result *result = initiator_result(backing->initiator);
	fault found = session_establish(backing->session, terms, auth_result_key(result));

	if (!found && session_verify(backing->session, bytes, len))
		found = terms->has_preauth ? &fault_server_keys_differ : &fault_server_final_forged;
	backing->session->signing_required = true;
	return found ? found : accept_flags(backing, flags);
}

/* Where the key comes with the last token, the answer is kept until that has been judged. */
static fault
establish_when_known(struct backing *backing, struct message *m, uint16_t flags)
{
	if (!initiator_may_end(backing->initiator))
		return &fault_server_logon_cut_short;
	if (!(m->header.flags & SMB2_FLAG_SIGNED))
		return &fault_server_final_unsigned;
	if (initiator_has_key(backing->initiator))
		return establish(backing, m->bytes, m->len, flags);
	backing->final_flags = flags;
	return auth_token_copy(&backing->final, span_of(m->bytes, m->len)) ? NULL
									   : &fault_out_of_memory;
}

/* The server wants a further token. */
static fault
take_more(struct backing *backing, struct inbound *in, struct message *m)
{
	struct leg_session *session = backing->session;

	if (session->state == SESSION_VALID)
		return NULL;
	if (!session->id && !leg_session_name(&backing->back->leg, session, m->header.session_id))
		return &fault_answer_elsewhere;
	return backing->back->leg.terms.has_preauth ? session_hash(session, frame_span(in->frame))
						    : NULL;
}

static fault
take_final(struct backing *backing, struct message *m, uint16_t flags)
{
	struct leg_session *session = backing->session;
	fault found = accept_flags(backing, flags & (SMB2_SESSION_IS_GUEST | SMB2_SESSION_IS_NULL));

	if (!found && !session->id &&
		!leg_session_name(&backing->back->leg, session, m->header.session_id))
		found = &fault_answer_elsewhere;
	if (!found && session->state == SESSION_SETTING_UP)
		return establish_when_known(backing, m, flags);
	return found ? found : accept_flags(backing, flags);
}

/*
 * A server that has been given a new key since does not take tickets that were kept, and says so in
 * no way of its own: once, the same is tried by new ones. True: it is.
 */
static bool
try_afresh(struct bridge *bridge, struct backing *backing)
{
	if (backing->afresh || !initiator_result(backing->initiator)->is_kept)
		return false;
	backing->afresh = true;
	initiator_free(&backing->initiator);
	if (backing->state == BACKING_LOGGING_ON)
		leg_session_end(&backing->back->leg, &backing->session);
	begin(bridge, backing, backing->state);
	return true;
}

static void
refused_setup(struct bridge *bridge, struct backing *backing, uint32_t status)
{
	const char *name = ntstatus_name(status);
	const char *asked = initiator_result(backing->initiator)->detail;
	char detail[512];

	if ((status == STATUS_LOGON_FAILURE || status == STATUS_ACCESS_DENIED) &&
		try_afresh(bridge, backing))
		return;
	initiator_told(backing->initiator, status);
	snprintf(detail, sizeof detail, "the server says %s (0x%08x)%s%s", name ? name : "?",
		status, asked ? ": " : "", asked ? asked : "");
	fail(bridge, backing, &fault_server_logon_refused, detail);
}

/* The server's answer to a SESSION_SETUP of ours. */
static void
answered_setup(struct bridge *bridge, struct call *call, struct inbound *in, struct message *m)
{
	struct backing *backing = call->backing;
	bool is_late = call->attempt != backing->attempt;
	uint32_t status = m->header.status;
	struct smb2_session_setup_response response;
	fault found;

	call_free(bridge, &call);
	if (is_late)
		return;
	if (status != STATUS_SUCCESS && status != STATUS_MORE_PROCESSING_REQUIRED) {
		refused_setup(bridge, backing, status);
		return;
	}
	if (in->count > 1 ||
		!smb2_session_setup_response_decode(span_of(m->bytes, m->len), &response))
		found = &fault_answer_malformed;
	else if (status == STATUS_SUCCESS)
		found = take_final(backing, m, response.session_flags);
	else
		found = take_more(backing, in, m);
	if (found)
		fail(bridge, backing, found, NULL);
	else
		step(bridge, backing, response.token);
}

static void
send_setup(struct bridge *bridge, struct backing *backing, struct span token)
{
	struct smb2_session_setup_request request = {
		.security_mode = SMB2_SIGNING_ENABLED | SMB2_SIGNING_REQUIRED,
		.token = token,
	};
	struct call *call = call_new_own(bridge, backing->back, answered_setup);
	struct writer w;
	struct frame *frame = answer_frame(token.len + 64, &w);

	if (!call || !frame) {
		call_free(bridge, &call);
		frame_free(&frame);
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	call->login = backing->login;
	call->backing = backing;
	call->attempt = backing->attempt;
	smb2_session_setup_request_encode(&w, &request);
	outbox_put_own(bridge, call, backing->session, SMB2_SESSION_SETUP, &frame, &w);
}

/* A stronger way could not be gone: a line of its own, for the policy admits the one that was. */
static void
log_passed_over(struct bridge *bridge, const struct backing *backing)
{
	const struct auth_result *result = initiator_result(backing->initiator);
	struct event *event;

	if (!result->passed_over)
		return;
	event = journal_event(bridge, LEVEL_WARNING, "kerberos-failed");
	event_text(event, "words", result->passed_over->words);
	event_text(event, "remedy", result->passed_over->remedy);
	journal_about(bridge, event,
		&(struct about){
			.login = backing->login, .back = backing->back, .detail = result->detail});
	journal_write(bridge, &event);
}

/* Sets when BACKING, which rests on tickets for LIFE seconds, is renewed. */
static void
live(struct bridge *bridge, struct backing *backing, uint32_t life)
{
	uint8_t luck;

	if (!random_bytes(&luck, sizeof luck))
		luck = 0; /* then all have the same */
	if (!renewal_begin(&backing->renewal, bridge->now.ms, life, luck))
		journal_renewal_failed(bridge, backing, &fault_server_logon_no_longer, NULL);
}

static void
logged_on(struct bridge *bridge, struct backing *backing, uint32_t life)
{
	const struct auth_result *result = initiator_result(backing->initiator);
	bool renewed = backing->state == BACKING_RENEWING;

	log_passed_over(bridge, backing);
	initiator_told(backing->initiator, STATUS_SUCCESS);
	backing->state = BACKING_ON;
	backing->expired = backing->afresh = false;
	backing->mechanism = result->mechanism;
	backing->mutual = result->mutual;
	initiator_free(&backing->initiator);
	if (renewed)
		journal_renewed(bridge, backing, life);
	live(bridge, backing, life);
	/* The keys depend on every byte that was negotiated, and the server has shown that it has
	 * them. */
	if (backing->back->leg.terms.has_preauth)
		back_proven(bridge, backing->back);
	if (renewed)
		login_renewed(bridge, backing->login);
	else
		tree_go_on_all(bridge, backing->back);
}

static struct backing *
find(struct bridge *bridge, const struct job *job)
{
	struct login *login = login_find(bridge, job->session);
	struct backing *backing = login ? login->backings : NULL;

	while (backing && backing->attempt != job->attempt)
		backing = backing->next;
	if (!backing || backing->initiator || backing->leaving ||
		(backing->state != BACKING_LOGGING_ON && backing->state != BACKING_RENEWING))
		return NULL;
	return backing;
}

/* Done is what both say: a server that still wants tokens gets none, and no tree. */
static void
done(struct bridge *bridge, struct backing *backing, uint32_t life)
{
	fault found = NULL;

	if (backing->final.bytes)
		found = establish(
			backing, backing->final.bytes, backing->final.len, backing->final_flags);
	auth_token_free(&backing->final);
	if (!found && backing->session->state != SESSION_VALID)
		found = &fault_server_logon_cut_short;
	if (found)
		fail(bridge, backing, found, NULL);
	else
		logged_on(bridge, backing, life);
}

/* The log says who asked for what, which ends with the initiator. */
static void
refused(struct bridge *bridge, struct backing *backing)
{
	const struct auth_result *result = initiator_result(backing->initiator);
	char *detail;

	if ((result->fault == &fault_kerberos_server_unproven ||
		    result->fault == &fault_kerberos_ticket_expired) &&
		try_afresh(bridge, backing))
		return;
	detail = result->detail ? strdup(result->detail) : NULL;
	fail(bridge, backing, result->fault, detail);
	free(detail);
}

void
backing_judged(struct bridge *bridge, struct job *job)
{
	struct backing *backing = find(bridge, job);

	if (!backing)
		return;
	backing->initiator = job->initiator;
	job->initiator = NULL;
	if (job->undone) {
		fail(bridge, backing, job->undone, NULL);
		return;
	}
	switch (job->step) {
	case AUTH_MORE:
		send_setup(bridge, backing, span_of(job->out.bytes, job->out.len));
		break;
	case AUTH_DONE:
		done(bridge, backing, job->life);
		break;
	case AUTH_REFUSED:
	case AUTH_ASK_DOMAIN: /* these do not come here, but what does is no logon */
	case AUTH_ASK_KDC:
	case AUTH_WAIT:
		refused(bridge, backing);
		break;
	}
}

static void
renew(struct bridge *bridge, struct backing *backing, bool early)
{
	backing->early = early;
	backing->kerberos_only = backing->mutual; /* its trees may be there for it */
	begin(bridge, backing, BACKING_RENEWING);
}

/* Whether BACKING's session is over at the server, or is to be by now. */
static bool
is_over(const struct bridge *bridge, const struct backing *backing)
{
	return backing->expired || backing->renewal.end <= bridge->now.ms;
}

bool
backing_renew_all(struct bridge *bridge, struct login *login)
{
	for (struct backing *backing = login->backings; backing; backing = backing->next) {
		if (!backing_is_on(backing) || !is_over(bridge, backing))
			continue;
		if (backing->state == BACKING_ON)
			renew(bridge, backing, false);
		return true;
	}
	return false;
}

void
backing_hope_all(struct bridge *bridge, struct login *login)
{
	for (struct backing *backing = login->backings; backing; backing = backing->next)
		if (backing->state == BACKING_ON)
			renewal_hope(&backing->renewal, bridge->now.ms);
}

/* BACKING's session has ended, and with it a logon that was to renew it. */
static void
forget_session(struct backing *backing)
{
	backing->session = NULL;
	backing->state = BACKING_NONE;
	backing->attempt = 0;
	backing->leaving = false;
	initiator_free(&backing->initiator);
	auth_token_free(&backing->final);
}

static void
answered_logoff(struct bridge *bridge, struct call *call, struct inbound *in, struct message *m)
{
	struct login *login = call->login;
	struct leg_session *session = call->session;
	struct back *back = call->back;

	(void)in;
	(void)m; /* gone it is, whatever the server calls it */
	call_free(bridge, &call);
	for (struct backing *b = login->backings; b; b = b->next)
		if (b->session == session)
			forget_session(b);
	/* Nothing more is asked or answered in it while other servers are still to be told. */
	call_drop(bridge, login, back, NULL);
	leg_session_end(&back->leg, &session);
	login->leaving--;
	login_left(bridge, login);
}

static void
leave(struct bridge *bridge, struct backing *backing)
{
	struct call *call = call_new_own(bridge, backing->back, answered_logoff);
	struct leg_session *session = backing->session;
	struct writer w;
	struct frame *frame = answer_frame(16, &w);

	if (!call || !frame) {
		call_free(bridge, &call);
		frame_free(&frame);
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	call->login = backing->login;
	backing->login->leaving++;
	backing->leaving = true;
	smb2_logoff_request_encode(&w);
	outbox_put_own(bridge, call, session, SMB2_LOGOFF, &frame, &w);
}

void
backing_leave_all(struct bridge *bridge, struct login *login)
{
	for (struct backing *backing = login->backings; backing && !bridge->cut;
		backing = backing->next) {
		if (!backing_is_on(backing))
			continue;
		leave(bridge, backing);
		/* The session is the LOGOFF's now; requests under way in it are answered until
		 * then. */
	}
}

/* BACK's connection is gone, and what BACKING had there; a login that waited for it goes on. */
static void
forget(struct bridge *bridge, struct backing *backing)
{
	struct login *login = backing->login;
	bool was_renewing = backing->state == BACKING_RENEWING;

	if (backing->session && !backing->session->id)
		session_free(&backing->session); /* never named: nobody else knows it */
	backing->session = NULL;                 /* freed with the leg */
	backing->state = BACKING_NONE;
	backing->validated = backing->expired = false;
	renewal_clear(&backing->renewal);
	backing->attempt = 0;
	initiator_free(&backing->initiator);
	auth_token_free(&backing->final);
	if (backing->leaving)
		login->leaving--;
	backing->leaving = false;
	if (was_renewing)
		login_renewed(bridge, login);
}

/* A login whose LOGOFF no server is to answer any more, or NULL. */
static struct login *
some_left(const struct bridge *bridge)
{
	struct login *login;
	size_t at = 0;

	while ((login = idmap_next(&bridge->logins, &at)) != NULL)
		if (login->state == LOGIN_LEAVING && !login->leaving)
			return login;
	return NULL;
}

void
backing_forget_all(struct bridge *bridge, const struct back *back)
{
	struct login *login;
	size_t at = 0;

	while ((login = idmap_next(&bridge->logins, &at)) != NULL)
		for (struct backing *b = login->backings; b; b = b->next)
			if (b->back == back)
				forget(bridge, b);
	while (!bridge->cut && (login = some_left(bridge)) != NULL)
		login_left(bridge, login);
}

/* When something is to be done about BACKING, in moment.ms. */
static uint64_t
due_at(const struct backing *backing)
{
	switch (backing->state) {
	case BACKING_ON:
		return backing->leaving ? UINT64_MAX : backing->renewal.at;
	case BACKING_LOGGING_ON:
	case BACKING_RENEWING:
		return backing->deadline;
	case BACKING_NONE:
		break;
	}
	return UINT64_MAX;
}

/* The one at BACK that is due first, or NULL. */
static struct backing *
first_due(const struct bridge *bridge, const struct back *back)
{
	struct backing *first = NULL;
	struct login *login;
	size_t at = 0;

	while ((login = idmap_next(&bridge->logins, &at)) != NULL)
		for (struct backing *b = login->backings; b; b = b->next) {
			if (b->back != back || due_at(b) == UINT64_MAX)
				continue;
			if (!first || due_at(b) < due_at(first))
				first = b;
		}
	return first;
}

uint64_t
backing_deadline(const struct bridge *bridge, const struct back *back)
{
	const struct backing *first = first_due(bridge, back);

	return first ? due_at(first) : UINT64_MAX;
}

void
backing_tick(struct bridge *bridge, struct back *back)
{
	struct backing *due;

	while (!bridge->cut && (due = first_due(bridge, back)) != NULL &&
		due_at(due) <= bridge->now.ms) {
		if (due->state == BACKING_ON)
			renew(bridge, due, true);
		else
			fail(bridge, due, &fault_server_logon_too_slow, NULL);
	}
}

void
backing_free_all(struct bridge *bridge, struct login *login)
{
	(void)bridge;
	/* What is left is no session that LOGOFF has ended, but a logon that came to nothing or too
	 * late. */
	while (login->backings) {
		struct backing *backing = login->backings;

		login->backings = backing->next;
		initiator_free(&backing->initiator);
		auth_token_free(&backing->final);
		leg_session_end(&backing->back->leg, &backing->session);
		free(backing);
	}
}
