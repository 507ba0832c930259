/* Front sessions, [MS-SMB2] 3.3.5.5. The proof itself is judged by workers (job.c, auth/). */
#include "bridge/login.h"

#include "base/ntstatus.h"
#include "bridge/answer.h"
#include "bridge/backing.h"
#include "bridge/call.h"
#include "bridge/job.h"
#include "bridge/refuse.h"
#include "bridge/tree.h"
#include "wire/smb2_negotiate.h"
#include "wire/smb2_session_setup.h"

#include <stdio.h>
#include <stdlib.h>

struct login *
login_find(const struct bridge *bridge, uint64_t id)
{
	return idmap_find(&bridge->logins, id);
}

/* How long a client that has come back waits for its former session to end, in ms. */
#define SUMMONS_MS 3000

/* Bits of a session id that count the sessions of one connection. */
#define SESSION_BITS 20

/* Session ids are never used twice in a process: the connection's number leads. */
static uint64_t
new_id(struct bridge *bridge)
{
	uint64_t count = ++bridge->next_session & ((1u << SESSION_BITS) - 1);

	return bridge->connection << SESSION_BITS | count;
}

uint64_t
bridge_connection_of(uint64_t session)
{
	return session >> SESSION_BITS;
}

static struct login *
login_new(struct bridge *bridge)
{
	struct login *login = calloc(1, sizeof *login);

	if (!login)
		return NULL;
	login->bridge = bridge;
	login->front = leg_session_new(&bridge->front, new_id(bridge));
	if (!login->front) {
		free(login);
		return NULL;
	}
	if (!idmap_add(&bridge->logins, login->front->id, login)) {
		leg_session_end(&bridge->front, &login->front);
		free(login);
		return NULL;
	}
	return login;
}

void
login_free(struct bridge *bridge, struct login *login)
{
	struct tree *tree;

	if (login->superseded)
		(void)effects_push(&bridge->effects,
			(struct effect){.kind = EFFECT_LEFT, .session = login->front->id});
	idmap_remove(&bridge->logins, login->front->id);
	call_free(bridge, &login->setup);
	call_free(bridge, &login->logoff);
	while ((tree = idmap_any(&login->trees, NULL)) != NULL)
		tree_free(bridge, tree);
	idmap_clear(&login->trees);
	idmap_clear(&login->opens);
	call_drop(bridge, login, NULL, NULL);
	backing_free_all(bridge, login);
	acceptance_free(&login->acceptance);
	leg_session_end(&bridge->front, &login->front);
	auth_token_free(&login->last);
	kerberos_delegate_unref(&login->delegate);
	free(login->user);
	free(login);
}

/* Takes leave of LOGIN's servers; login_left() follows when they have all heard of it. */
static void
leave(struct bridge *bridge, struct login *login)
{
	login->state = LOGIN_LEAVING;
	login->renewing = false;
	if (login->setup) /* a new proof under way proves nothing any more */
		refuse(bridge, &login->setup, &fault_session_unknown,
			&(struct about){.login = login});
	login->leaving = 1; /* us: it must not go while its servers are told */
	backing_leave_all(bridge, login);
	login->leaving--;
	login_left(bridge, login);
}

/* A client that has yet to log on at all has no more time than for that. */
static uint64_t
due_of(const struct bridge *bridge)
{
	uint64_t since = bridge->logged_on ? bridge->now.ms : bridge->born.ms;

	return since + bridge->policy->limits.logon_time_ms;
}

/* Hands the acceptance and TOKEN to a worker. */
static void
judge(struct bridge *bridge, struct login *login, struct span token)
{
	struct job *job = job_new(&login->acceptance, NULL, token);

	if (!job) {
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	job->session = login->front->id;
	job->filetime = bridge->now.filetime;
	job->due = login->due = due_of(bridge);
	login->busy = true;
	if (!effects_push(&bridge->effects, (struct effect){.kind = EFFECT_JOB, .job = job}))
		refuse_all(bridge, &fault_out_of_memory, NULL);
}

/* The login that a SESSION_SETUP is about, made if it is a new one; else NULL and a fault. */
static fault
find_or_make(struct bridge *bridge, const struct message *m, struct login **out)
{
	*out = m->session ? login_find(bridge, m->session->id) : NULL;
	if (*out && (*out)->state == LOGIN_LEAVING)
		return &fault_session_unknown;
	if (*out)
		return (*out)->busy || (*out)->setup ? &fault_logon_out_of_turn : NULL;
	if (bridge->stopping)
		return &fault_stopping;
	if (bridge->logins.count >= bridge->policy->limits.sessions_per_client)
		return &fault_sessions_limit;
	*out = login_new(bridge);
	return *out ? NULL : &fault_out_of_memory;
}

void
login_take(struct bridge *bridge, struct inbound *in, struct message *m)
{
	struct smb2_session_setup_request request;
	struct call *call = call_new(bridge, NULL, m);
	struct login *login = NULL;
	fault found = NULL;

	if (!call)
		found = &fault_out_of_memory;
	else if (in->count > 1)
		found = &fault_compound_malformed;
	else if (!smb2_session_setup_request_decode(span_of(m->bytes, m->len), &request))
		found = &fault_body_malformed;
	else if (request.flags & SMB2_SESSION_FLAG_BINDING)
		found = &fault_binding_refused;
	else
		found = find_or_make(bridge, m, &login);
	if (!found && login->state == LOGIN_PROVING && bridge->front.terms.has_preauth)
		found = session_hash(login->front, frame_span(in->frame));
	if (!found && !login->acceptance) {
		login->acceptance = acceptance_new(bridge->policy, bridge->listener, bridge->legacy,
			bridge->commons, bridge->client);
		if (!login->acceptance)
			found = &fault_out_of_memory;
	}
	if (call && login)
		call->login = login; /* what is answered is signed where the session signs */
	if (found) {
		refuse(bridge, &call, found, &(struct about){.login = login});
		return;
	}
	login->setup = call;
	if (login->state == LOGIN_PROVING && request.previous_session_id != login->front->id)
		login->previous = request.previous_session_id;
	login->demands_signing = request.security_mode & SMB2_SIGNING_REQUIRED;
	judge(bridge, login, request.token);
}

/*
 * [MS-SMB2] 3.3.4.1.1: the final answer is signed whatever was asked, for it proves to the client
 * who we are, and not sealed, for the client has yet to derive its keys from it. A new logon in a
 * session that stands is answered as it came. To a guest there is nothing to prove, and no key.
 */
static enum protection
protection_of(const struct login *login, const struct call *call, bool is_final)
{
	if (login->state == LOGIN_PROVING || login->front->keyless)
		return PROTECT_NOTHING;
	if (call->is_sealed)
		return PROTECT_SEAL;
	return is_final || call->is_signed ? PROTECT_SIGN : PROTECT_NOTHING;
}

static uint16_t
session_flags(const struct login *login)
{
	switch (login->standing) {
	case AUTH_GUEST:
		return SMB2_SESSION_IS_GUEST;
	case AUTH_ANONYMOUS:
		return SMB2_SESSION_IS_NULL;
	case AUTH_USER:
		break;
	}
	return login->front->sealing_required ? SMB2_SESSION_ENCRYPT_DATA : 0;
}

/* The answer to SESSION_SETUP, with what the acceptor has to say. */
static void
answer(struct bridge *bridge, struct login *login, uint32_t status, struct span token)
{
	struct smb2_session_setup_response response = {.token = token};
	struct call *call = login->setup;
	struct writer w;
	struct frame *frame = answer_frame(token.len + 64, &w);
	bool is_final = status == STATUS_SUCCESS;

	login->setup = NULL;
	if (!frame) {
		call_free(bridge, &call);
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	if (is_final)
		response.session_flags = session_flags(login);
	smb2_session_setup_response_encode(&w, &response);
	answer_complete(bridge, call, login->front, status, frame, &w);
	/* Every answer but the last goes into the hash that the keys come from, [MS-SMB2] 3.3.5.5.
	 */
	if (!is_final && login->state == LOGIN_PROVING && bridge->front.terms.has_preauth &&
		session_hash(login->front, frame_span(frame))) {
		frame_free(&frame);
		call_free(bridge, &call);
		refuse_all(bridge, &fault_crypto_failed, NULL);
		return;
	}
	answer_frame_protect(bridge, login->front, protection_of(login, call, is_final), &frame);
	call_free(bridge, &call);
}

static void
log_logon(struct bridge *bridge, const struct login *login)
{
	struct event *event = journal_event(bridge, LEVEL_INFO, "logon");

	event_text(event, "action", "allow");
	journal_about(bridge, event, &(struct about){.login = login});
	journal_write(bridge, &event);
}

/* "DOMAIN\user" as the client said it, or "user@REALM" as its ticket does, for the log. */
static char *
name_of(const struct auth_result *result)
{
	const char *domain = result->domain ? result->domain : "";
	const char *user = result->user ? result->user : "";
	size_t size = strlen(domain) + strlen(user) + 2;
	char *name = malloc(size);

	if (name && result->is_principal)
		snprintf(name, size, "%s@%s", user, domain);
	else if (name)
		snprintf(name, size, *domain ? "%s\\%s" : "%s%s", domain, user);
	return name;
}

/* Has the session ended that LOGIN's client had on an earlier connection, [MS-SMB2] 3.3.5.5.3. */
static bool
summon(struct bridge *bridge, struct login *login, struct span token)
{
	struct effect effect = {
		.kind = EFFECT_SUMMON, .session = login->previous, .account = login->account};

	auth_token_free(&login->last);
	if (!auth_token_copy(&login->last, token) || !effects_push(&bridge->effects, effect))
		return false;
	login->summons_end = bridge->now.ms + SUMMONS_MS;
	return true;
}

/* [MS-SMB2] 3.3.5.5.3: neither guests nor the nameless sign or seal. The policy lets them in only
 * where it demands neither. */
static fault
establish_outsider(struct bridge *bridge, struct login *login)
{
	fault found;

	if (login->demands_signing || bridge->front.terms.peer_requires_signing ||
		bridge->listener->signing == DEMAND_REQUIRED)
		return &fault_guest_must_sign;
	if (bridge->listener->encryption == DEMAND_REQUIRED)
		return &fault_client_cannot_seal;
	found = session_establish_keyless(login->front);
	if (found)
		return found;
	login->state = LOGIN_ON;
	bridge->logged_on = true;
	return NULL;
}

/* The proof holds: keys, and what they are used for from now on. */
static fault
establish(struct bridge *bridge, struct login *login, const struct auth_result *result)
{
	const struct terms *terms = &bridge->front.terms;
	bool must_seal = bridge->listener->encryption == DEMAND_REQUIRED;
	fault found;

	if (result->standing != AUTH_USER)
		return establish_outsider(bridge, login);
	if (must_seal && terms->seals_with == 0)
		return &fault_client_cannot_seal;
	found = session_establish(login->front, terms, auth_result_key(result));
	if (found)
		return found;
	login->front->signing_required = login->demands_signing || terms->peer_requires_signing ||
					 bridge->listener->signing == DEMAND_REQUIRED;
	login->front->sealing_required = must_seal;
	login->state = LOGIN_ON;
	bridge->logged_on = true;
	return NULL;
}

/* A new proof in a session that stands must be the same account's: [MS-SMB2] 3.3.5.5.2. Whom guests
 * act as, they are not; who has no account is known by whom we act for. */
static fault
establish_again(const struct login *login, const struct account *account,
	enum auth_standing standing, const struct kerberos_delegate *delegate)
{
	bool same = login->account == account && login->standing == standing &&
		    !login->delegate == !delegate;

	if (same && delegate)
		same = strcmp(kerberos_delegate_name(login->delegate),
			       kerberos_delegate_name(delegate)) == 0;
	return same ? NULL : &fault_logon_as_another;
}

/* Who has proved who it is, and gets nothing for it: a session that stands stays as it was. */
static void
turn_away(struct bridge *bridge, struct login *login, fault found, const struct auth_result *result)
{
	bool stands = login->state == LOGIN_ON;
	char *name = name_of(result);

	refuse(bridge, &login->setup, found,
		&(struct about){.login = login, .user = name, .detail = result->detail});
	free(name);
	if (!stands && !bridge->cut)
		login_free(bridge, login);
}

bool
login_has_ended(const struct bridge *bridge, const struct login *login)
{
	return login->state == LOGIN_ON && login->ends && login->ends <= bridge->now.ms;
}

static void
proved(struct bridge *bridge, struct login *login, const struct job *job)
{
	struct acceptance *proof = job->acceptance;
	struct span token = span_of(job->out.bytes, job->out.len);
	const struct auth_result *result = acceptance_result(proof);
	const struct account *account = acceptance_account(proof);
	struct kerberos_delegate *delegate = acceptance_delegate(proof);
	bool again = login->state == LOGIN_ON;
	fault found = &fault_domain_user_is_nobody;

	if (delegate || (account && identity_has_secret(&account->server)))
		found = again ? establish_again(login, account, result->standing, delegate)
			      : establish(bridge, login, result);
	if (found) {
		kerberos_delegate_unref(&delegate);
		turn_away(bridge, login, found, result);
		return;
	}
	kerberos_delegate_unref(&login->delegate);
	login->delegate = delegate;
	login->ends = job->life ? bridge->now.ms + (uint64_t)job->life * 1000 : 0;
	if (!again) {
		login->account = account;
		login->standing = result->standing;
		login->user = name_of(result);
		login->mechanism = result->mechanism;
		login->mutual = result->mutual;
		log_logon(bridge, login);
		/* Sessions of those without an account cannot be told from one another elsewhere.
		 */
		if (login->previous && login->account && login->standing == AUTH_USER &&
			summon(bridge, login, token))
			return; /* answered when the former session has ended: login_summoned() */
	} else {
		backing_hope_all(bridge, login);
		auth_token_free(&login->last);
		login->renewing =
			auth_token_copy(&login->last, token) && backing_renew_all(bridge, login);
		if (login->renewing || bridge->cut)
			return; /* answered when the servers have been asked again: login_renewed()
				 */
	}
	answer(bridge, login, STATUS_SUCCESS, token);
}

/* The answer that was kept while somebody else was asked. */
static void
answer_late(struct bridge *bridge, struct login *login)
{
	if (login->setup && login->state == LOGIN_ON)
		answer(bridge, login, STATUS_SUCCESS, span_of(login->last.bytes, login->last.len));
	auth_token_free(&login->last);
}

void
login_renewed(struct bridge *bridge, struct login *login)
{
	if (!login->renewing || backing_renew_all(bridge, login))
		return;
	login->renewing = false;
	answer_late(bridge, login);
}

static void
summons_over(struct bridge *bridge, struct login *login)
{
	login->summons_end = 0;
	answer_late(bridge, login);
}

void
login_summoned(struct bridge *bridge, uint64_t session)
{
	struct login *login;
	size_t at = 0;

	while ((login = idmap_next(&bridge->logins, &at)) != NULL)
		if (login->summons_end && login->previous == session) {
			summons_over(bridge, login);
			return;
		}
}

/* The login whose wait for a summons ends first, or NULL. */
static struct login *
first_summoning(const struct bridge *bridge)
{
	struct login *first = NULL, *login;
	size_t at = 0;

	while ((login = idmap_next(&bridge->logins, &at)) != NULL)
		if (login->summons_end && (!first || login->summons_end < first->summons_end))
			first = login;
	return first;
}

/* The login whose proof is the first that is waited for no longer, or NULL. */
static struct login *
first_due(const struct bridge *bridge)
{
	struct login *first = NULL, *login;
	size_t at = 0;

	while ((login = idmap_next(&bridge->logins, &at)) != NULL)
		if (login->busy && login->state != LOGIN_LEAVING &&
			(!first || login->due < first->due))
			first = login;
	return first;
}

uint64_t
login_deadline(const struct bridge *bridge)
{
	const struct login *summoning = first_summoning(bridge), *due = first_due(bridge);
	uint64_t at = summoning ? summoning->summons_end : UINT64_MAX;

	return due && due->due < at ? due->due : at;
}

/* Who cannot prove it again is not believed any longer, as with Samba. */
static void
end_unproven(struct bridge *bridge, struct login *login)
{
	if (bridge->cut)
		return;
	if (login->state == LOGIN_ON)
		leave(bridge, login);
	else
		login_free(bridge, login);
}

/* Nobody has judged the proof, for WHY. */
static void
unjudged(struct bridge *bridge, struct login *login, fault why)
{
	login->busy = false;
	refuse(bridge, &login->setup, why, &(struct about){.login = login});
	end_unproven(bridge, login);
}

void
login_tick(struct bridge *bridge)
{
	struct login *login = first_summoning(bridge);

	if (login && login->summons_end <= bridge->now.ms)
		summons_over(bridge, login);
	login = bridge->cut ? NULL : first_due(bridge);
	if (login && login->due <= bridge->now.ms)
		unjudged(bridge, login, &fault_logon_overdue);
}

static void
disproved(struct bridge *bridge, struct login *login, const struct auth_result *result)
{
	char *name = name_of(result);
	fault found = result->fault ? result->fault : &fault_internal_error;

	refuse_telling(bridge, &login->setup, found, result->told ? result->told : found->status,
		&(struct about){.login = login, .user = name, .detail = result->detail});
	free(name);
	end_unproven(bridge, login);
}

void
login_judged(struct bridge *bridge, struct job *job)
{
	struct login *login = login_find(bridge, job->session);
	struct span token = span_of(job->out.bytes, job->out.len);
	struct acceptance *proof = job->acceptance;

	if (!login || !login->busy)
		return;
	login->busy = false;
	if (login->state == LOGIN_LEAVING)
		return;
	if (job->undone) {
		unjudged(bridge, login, job->undone);
		return;
	}
	switch (job->step) {
	case AUTH_MORE:
		login->acceptance = proof;
		job->acceptance = NULL;
		answer(bridge, login, STATUS_MORE_PROCESSING_REQUIRED, token);
		break;
	case AUTH_DONE:
		proved(bridge, login, job);
		break;
	case AUTH_REFUSED:
	case AUTH_ASK_DOMAIN: /* these do not come here, but what does is no proof */
	case AUTH_ASK_KDC:
	case AUTH_WAIT:
		disproved(bridge, login, acceptance_result(proof));
		break;
	}
}

void
login_take_logoff(struct bridge *bridge, struct login *login, const struct message *m)
{
	struct call *call = call_new(bridge, login, m);

	if (!call) {
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	login->logoff = call;
	leave(bridge, login);
}

void
login_left(struct bridge *bridge, struct login *login)
{
	if (login->state != LOGIN_LEAVING || login->leaving)
		return;
	if (login->logoff)
		answer_status(bridge, &login->logoff, STATUS_SUCCESS);
	if (!bridge->cut)
		login_free(bridge, login);
}

bool
login_supersede(struct bridge *bridge, uint64_t session, const struct account *account)
{
	struct login *login = login_find(bridge, session);

	/* Nobody ends the session of somebody else. */
	if (!login || !account || login->state != LOGIN_ON || login->account != account ||
		login->standing != AUTH_USER)
		return false;
	login->superseded = true;
	leave(bridge, login);
	return true;
}
