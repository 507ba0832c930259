/*
 * NTLMSSP, the server's side ([MS-NLMP] 3.2.5).
 *
 *   AWAIT_NEGOTIATE --NEGOTIATE--> AWAIT_AUTHENTICATE --AUTHENTICATE--> ESTABLISHED
 *         |                               |
 *         +------- anything else ---------+--> OVER (the result's fault says why)
 *
 * DEPARTS: the time inside the response is not held against ours, because a device with a stopped
 * clock is what we are for; a response cannot be replayed anyway, as each challenge is random and
 * serves one exchange.
 */
#include "auth/ntlm_acceptor.h"

#include "auth/ntlm_hash.h"
#include "auth/ntlm_party.h"
#include "auth/ntlm_proof.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "crypto/random.h"

#include <stdlib.h>

/* Holds every challenge that NTLM_TARGET_MAX allows. */
#define CHALLENGE_MESSAGE_MAX 4096

/* What we agree to where the client asks for it. */
#define FLAGS_TAKEN                                                                                \
	(NTLM_REQUEST_TARGET | NTLM_SIGN | NTLM_SEAL | NTLM_ALWAYS_SIGN | NTLM_EXTENDED_SECURITY | \
		NTLM_VERSION | NTLM_128 | NTLM_KEY_EXCHANGE | NTLM_56)

enum state { AWAIT_NEGOTIATE, AWAIT_AUTHENTICATE, ESTABLISHED, OVER };

struct ntlm_acceptor {
	struct ntlm_party party; /* first: it is how others hold us */
	const struct acceptor_config *config;
	enum state state;
	uint8_t challenge[NTLM_CHALLENGE_SIZE];
	uint8_t nobody[NTLM_HASH_SIZE]; /* the hash of those who do not exist */
	struct auth_token negotiate;    /* kept for the MIC */
	struct auth_token challenged;   /* kept for the MIC */
	struct ntlm_membership member;  /* of the domain that may be asked; empty: not known */
	enum auth_step put_off;         /* the step that AUTHENTICATE comes to meanwhile */
};

static struct span
token_span(const struct auth_token *token)
{
	return span_of(token->bytes, token->len);
}

static enum auth_step
refuse(struct ntlm_acceptor *a, fault why)
{
	a->state = OVER;
	a->party.established = false;
	a->party.result->fault = why;
	return AUTH_REFUSED;
}

/* The flags of the challenge for those of NEGOTIATE ([MS-NLMP] 3.2.5.1.1). */
static uint32_t
flags_agree(const struct ntlm_acceptor *a, uint32_t asked)
{
	uint32_t text = asked & NTLM_UNICODE ? NTLM_UNICODE : NTLM_OEM;
	uint32_t type = a->member.domain ? NTLM_TARGET_TYPE_DOMAIN : NTLM_TARGET_TYPE_SERVER;

	return (asked & FLAGS_TAKEN) | text | NTLM_NTLM | type | NTLM_TARGET_INFO;
}

/* What the challenge calls us: the domain, where users of one are taken. */
static const char *
target_of(const struct ntlm_acceptor *a)
{
	return a->member.domain ? a->member.domain : a->config->target;
}

static void
name_pair(struct writer *w, enum ntlm_av id, const char *name)
{
	size_t len = 0;
	uint8_t *name16;

	if (!name)
		return;
	name16 = utf16_from_utf8(name, &len);
	writer_require(w, name16);
	if (name16)
		ntlm_av_write(w, id, span_of(name16, len));
	free(name16);
}

/* A domain takes a response only if it names the machine that asks: us, by our name there. */
static void
names_write(struct writer *w, const struct ntlm_acceptor *a)
{
	const struct acceptor_config *config = a->config;

	if (config->domain) {
		name_pair(w, NTLM_AV_DOMAIN, a->member.domain);
		name_pair(w, NTLM_AV_COMPUTER, a->member.computer);
		return;
	}
	name_pair(w, NTLM_AV_DOMAIN, config->target);
	name_pair(w, NTLM_AV_COMPUTER, config->target);
	name_pair(w, NTLM_AV_DNS_DOMAIN, config->dns_name);
	name_pair(w, NTLM_AV_DNS_COMPUTER, config->dns_name);
}

/* The time tells a good client to send a MIC ([MS-NLMP] 3.1.5.1.2). */
static void
target_info_write(struct writer *w, const struct ntlm_acceptor *a, uint64_t filetime_now)
{
	uint8_t time[8];
	struct writer t = writer_over(time, sizeof(time));

	writer_u64(&t, filetime_now);
	names_write(w, a);
	ntlm_av_write(w, NTLM_AV_TIMESTAMP, writer_span(&t));
	ntlm_av_write(w, NTLM_AV_END, (struct span){0});
}

static bool
challenge_write(struct writer *w, const struct ntlm_acceptor *a, uint64_t filetime_now)
{
	uint8_t info[CHALLENGE_MESSAGE_MAX];
	struct writer pairs = writer_over(info, sizeof(info));
	struct ntlm_challenge message = {.flags = a->party.flags};
	size_t len = 0;
	const char *target = target_of(a);
	uint8_t *name16 = utf16_from_utf8(target, &len);
	bool ok;

	target_info_write(&pairs, a, filetime_now);
	memcpy(message.challenge, a->challenge, sizeof(message.challenge));
	message.target_info = writer_span(&pairs);
	message.target_name =
		a->party.flags & NTLM_UNICODE ? span_of(name16, len) : span_of_text(target);
	ok = name16 && writer_ok(&pairs) && ntlm_challenge_encode(w, &message);
	free(name16);
	return ok;
}

static enum auth_step
negotiate_take(
	struct ntlm_acceptor *a, struct span token, uint64_t filetime_now, struct auth_token *out)
{
	uint8_t bytes[CHALLENGE_MESSAGE_MAX];
	struct writer w = writer_over(bytes, sizeof(bytes));
	struct ntlm_negotiate message;

	if (!ntlm_negotiate_decode(token, &message))
		return refuse(a, &fault_logon_token_malformed);
	if (a->config->domain && a->config->commons)
		(void)commons_membership(
			a->config->commons, &a->member); /* unknown, we go unnamed */
	a->party.flags = flags_agree(a, message.flags);
	if (!challenge_write(&w, a, filetime_now) || !auth_token_copy(&a->negotiate, token) ||
		!auth_token_copy(&a->challenged, writer_span(&w)) ||
		!auth_token_copy(out, writer_span(&w)))
		return refuse(a, &fault_logon_undecided);
	a->state = AWAIT_AUTHENTICATE;
	return AUTH_MORE;
}

/* Who the client says it is. A workstation that cannot be written down is of no importance. */
static fault
names_take(struct ntlm_acceptor *a, const struct ntlm_authenticate *message)
{
	struct auth_result *result = a->party.result;
	uint32_t text = a->party.flags;

	if (message->has_flags && (message->flags & NTLM_OEM) && !(message->flags & NTLM_UNICODE))
		text = NTLM_OEM; /* the client changed its mind and says so */
	free(result->user);      /* the message may have been put off */
	free(result->domain);
	free(result->workstation);
	result->user = ntlm_text(message->user, text);
	result->domain = ntlm_text(message->domain, text);
	result->workstation = ntlm_text(message->workstation, text);
	return result->user && result->domain ? NULL : &fault_logon_token_malformed;
}

/* Whether the listener admits a client that proves itself that WAY. */
static fault
way_admit(const struct acceptor_config *config, enum ntlm_way way)
{
	switch (way) {
	case NTLM_WAY_NONE:
		break;
	case NTLM_WAY_LM:
		return config->lm ? NULL : &fault_logon_lm_refused;
	case NTLM_WAY_V1:
	case NTLM_WAY_V1_EXTENDED:
		return config->ntlmv1 ? NULL : &fault_logon_ntlmv1_refused;
	case NTLM_WAY_V2:
		return config->ntlmv2 ? NULL : &fault_logon_mechanism_refused;
	}
	return &fault_logon_mechanism_refused;
}

static fault
unknown_account(const char *user)
{
	return utf8_same(user, "guest") ? &fault_logon_guest_refused : &fault_logon_unknown_account;
}

/* Takes over what the domain says of a user it vouches for, if that is enough to go on with. */
static fault
opinion_take(
	struct auth_result *result, struct ntlm_opinion *opinion, uint8_t base_key[NTLM_KEY_SIZE])
{
	static const uint8_t none[NTLM_DOMAIN_KEY_SIZE];

	if (opinion->is_guest)
		return &fault_logon_guest_refused;
	if (secret_equal(opinion->base_key, none, sizeof(none)))
		return &fault_domain_keyless;
	memcpy(base_key, opinion->base_key, NTLM_KEY_SIZE);
	free(result->user);
	free(result->domain);
	result->user = opinion->user;
	result->domain = opinion->domain;
	opinion->user = opinion->domain = NULL;
	result->is_of_domain = true;
	return NULL;
}

/* AUTHENTICATE is not judged yet, but comes again, as STEP says. The fault is nobody's to see. */
static fault
put_off(struct ntlm_acceptor *a, enum auth_step step)
{
	a->put_off = step;
	return &fault_logon_undecided;
}

/* The domain has refused too often for it to be asked now: what it said stays its answer. */
static fault
spare(struct ntlm_acceptor *a, const struct setback *setback)
{
	a->party.result->detail = setback_text(setback);
	a->party.result->told = setback->status;
	return &fault_domain_spared;
}

/* Names are folded, and one device's mistakes are not those of others: its address is part of it.
 */
static enum setbacks_word
try_begin(struct ntlm_acceptor *a, struct setbacks_try *try, struct setback *why)
{
	const struct acceptor_config *config = a->config;
	char *user = utf8_fold(a->party.result->user);
	char *domain = utf8_fold(a->party.result->domain);
	enum setbacks_word word = SETBACKS_ERROR;

	if (user && domain) {
		struct span parts[] = {span_of_text("client"), span_of_text(user),
			span_of_text(domain), span_of_text(config->from ? config->from : "")};

		word = setbacks_begin(commons_setbacks(config->commons), parts, 4, try, why);
	}
	free(user);
	free(domain);
	return word;
}

/* Whom the domain does not know is a guest where those are admitted, and nothing to remember. */
static void
try_end(const struct ntlm_acceptor *a, struct setbacks_try *try, fault why)
{
	bool is_guest = why == &fault_domain_unknown_user && a->config->guest;

	if (!why)
		setbacks_passed(try);
	else if (ntlm_domain_blames(why) && !is_guest)
		setbacks_refused(try, why->words, why->status);
	else
		setbacks_dropped(try);
}

static fault
domain_ask(struct ntlm_acceptor *a, const struct ntlm_response *response,
	uint8_t base_key[NTLM_KEY_SIZE])
{
	struct auth_result *result = a->party.result;
	struct ntlm_opinion opinion = {0};
	fault why = a->config->domain->judge(response, &opinion);

	if (!why)
		why = opinion_take(result, &opinion, base_key);
	result->detail = opinion.detail;
	opinion.detail = NULL;
	ntlm_opinion_clear(&opinion);
	if (a->config->commons)
		commons_learn(a->config->commons);
	return why;
}

static fault
domain_judge(struct ntlm_acceptor *a, const struct ntlm_response *response,
	uint8_t base_key[NTLM_KEY_SIZE])
{
	struct setbacks_try try;
	struct setback setback;
	fault why;

	if (!a->config->may_ask)
		return put_off(a, AUTH_ASK_DOMAIN);
	switch (try_begin(a, &try, &setback)) {
	case SETBACKS_GO:
		break;
	case SETBACKS_WAIT:
		return put_off(a, AUTH_WAIT);
	case SETBACKS_QUIET:
		return spare(a, &setback);
	case SETBACKS_ERROR:
		return &fault_logon_undecided;
	}
	why = domain_ask(a, response, base_key);
	try_end(a, &try, why);
	return why;
}

/* The same work whether the account exists or not: who is unknown is judged by a random hash. */
static fault
account_judge(struct ntlm_acceptor *a, enum ntlm_way way, const struct ntlm_response *response,
	const struct ntlm_secret *secret, uint8_t base_key[NTLM_KEY_SIZE])
{
	struct auth_result *result = a->party.result;
	struct ntlm_secret nobody = {.has_lm_hash = true};
	fault why;

	memcpy(nobody.nt_hash, a->nobody, sizeof(nobody.nt_hash));
	memcpy(nobody.lm_hash, a->nobody, sizeof(nobody.lm_hash));
	why = ntlm_proof_judge(
		a->config->legacy, way, response, secret ? secret : &nobody, base_key);
	secret_wipe(&nobody, sizeof(nobody));
	if (!secret && why != &fault_logon_undecided)
		return unknown_account(result->user);
	if (!why) {
		result->account = strdup(secret->account);
		if (!result->account)
			why = &fault_logon_undecided;
	}
	return why;
}

/* Who is not among the accounts (SECRET is NULL) is the domain's to judge, if it may be asked. */
static fault
response_judge(struct ntlm_acceptor *a, enum ntlm_way way, const struct ntlm_authenticate *message,
	const struct ntlm_secret *secret, uint8_t base_key[NTLM_KEY_SIZE])
{
	struct auth_result *result = a->party.result;
	uint8_t challenge[NTLM_CHALLENGE_SIZE];
	struct ntlm_response response = {
		.challenge = challenge,
		.user = result->user,
		.domain = result->domain,
		.workstation = result->workstation,
		.nt = message->nt,
		.lm = way == NTLM_WAY_V1_EXTENDED ? (struct span){0} : message->lm,
	};
	fault why = ntlm_proof_challenge(a->config->legacy, way, message, a->challenge, challenge);

	if (why)
		return why;
	if (!secret && a->config->domain)
		return domain_judge(a, &response, base_key);
	return account_judge(a, way, &response, secret, base_key);
}

/* The exported session key: the client's choice, wrapped, or the key exchange key itself. */
static fault
key_take(const struct ntlm_acceptor *a, const struct ntlm_authenticate *message,
	const uint8_t exchange_key[NTLM_KEY_SIZE], uint8_t key[NTLM_KEY_SIZE])
{
	struct span wrapped = message->session_key;
	bool due = a->party.flags & (NTLM_SIGN | NTLM_SEAL);

	memcpy(key, exchange_key, NTLM_KEY_SIZE);
	if (!(a->party.flags & NTLM_KEY_EXCHANGE) || (wrapped.len == 0 && !due))
		return NULL;
	if (wrapped.len != NTLM_KEY_SIZE)
		return &fault_logon_token_malformed;
	return ntlm_exchange(a->config->legacy, exchange_key, wrapped.data, key)
		       ? NULL
		       : &fault_logon_undecided;
}

/* Where the AV pairs, which the proof covers, promise a MIC, it must be there and right. */
static fault
mic_judge(const struct ntlm_acceptor *a, struct span token, const struct ntlm_authenticate *message,
	const uint8_t key[NTLM_KEY_SIZE])
{
	struct span flags = ntlm_av_find(ntlm_proof_pairs(message), NTLM_AV_FLAGS);
	struct reader r = reader_over(flags);
	uint8_t mic[NTLM_MIC_SIZE];

	if (!flags.data || !(reader_u32(&r) & NTLM_AV_FLAG_MIC))
		return reader_ok(&r) ? NULL : &fault_logon_token_malformed;
	if (!message->has_mic)
		return &fault_logon_mic_bad;
	if (!ntlm_mic(a->config->legacy, key, token_span(&a->negotiate), token_span(&a->challenged),
		    token, mic))
		return &fault_logon_undecided;
	return secret_equal(mic, message->mic, sizeof(mic)) ? NULL : &fault_logon_mic_bad;
}

/* A user's proof, and the key that comes of it. */
static fault
proof_judge(struct ntlm_acceptor *a, struct span token, enum ntlm_way way,
	const struct ntlm_authenticate *message, const struct ntlm_secret *secret)
{
	uint8_t exchange_key[NTLM_KEY_SIZE] = {0};
	uint8_t key[NTLM_KEY_SIZE] = {0};
	fault why;

	a->party.result->mechanism = ntlm_proof_word(way);
	why = response_judge(a, way, message, secret, exchange_key);
	if (!why)
		why = ntlm_proof_exchange_key(
			a->config->legacy, way, message, a->challenge, exchange_key);
	if (!why)
		why = key_take(a, message, exchange_key, key);
	if (!why && way == NTLM_WAY_V2)
		why = mic_judge(a, token, message, key);
	if (!why) {
		memcpy(a->party.result->session_key, key, sizeof(key));
		a->party.result->session_key_len = sizeof(key);
	}
	a->party.established = !why;
	secret_wipe(exchange_key, sizeof(exchange_key));
	secret_wipe(key, sizeof(key));
	return why;
}

/* A client without a name, or with one that nobody knows: it proves nothing, and has no key. */
static fault
outsider_take(struct ntlm_acceptor *a, enum auth_standing standing)
{
	a->party.result->standing = standing;
	a->party.result->mechanism = standing == AUTH_GUEST ? "guest" : "anonymous";
	return NULL;
}

/* A client with a name: a user, or else, where they are admitted, a guest. */
static fault
named_judge(struct ntlm_acceptor *a, struct span token, enum ntlm_way way,
	const struct ntlm_authenticate *message)
{
	const struct acceptor_config *config = a->config;
	struct auth_result *result = a->party.result;
	struct ntlm_secret secret = {0};
	fault why = way_admit(config, way);
	bool known, is_guest;

	if (why && !config->guest)
		return why;
	known = config->find(config->context, result->user, result->domain, &secret);
	secret.account[sizeof(secret.account) - 1] = '\0';
	/* The domain may know who is no account, but nobody's name is guest. */
	is_guest = !known && config->guest && (!config->domain || utf8_same(result->user, "guest"));
	if (!why && !is_guest)
		why = proof_judge(a, token, way, message, known ? &secret : NULL);
	secret_wipe(&secret, sizeof(secret));
	if (is_guest || (why == &fault_domain_unknown_user && config->guest))
		return outsider_take(a, AUTH_GUEST);
	return why;
}

static fault
client_judge(struct ntlm_acceptor *a, struct span token, const struct ntlm_authenticate *message)
{
	enum ntlm_way way = NTLM_WAY_NONE;
	fault why;

	if (message->has_flags)
		a->party.flags &= message->flags;
	why = ntlm_proof_way(message, a->party.flags, &way);
	if (why)
		return why;
	if (way == NTLM_WAY_NONE && message->user.len == 0)
		return a->config->anonymous ? outsider_take(a, AUTH_ANONYMOUS)
					    : &fault_logon_anonymous_refused;
	return named_judge(a, token, way, message);
}

static enum auth_step
authenticate_take(struct ntlm_acceptor *a, struct span token)
{
	struct ntlm_authenticate message;
	fault why;

	if (!ntlm_authenticate_decode(token, &message))
		return refuse(a, &fault_logon_token_malformed);
	a->put_off = AUTH_DONE;
	why = names_take(a, &message);
	if (!why)
		why = client_judge(a, token, &message);
	if (why && a->put_off != AUTH_DONE)
		return a->put_off;
	if (why)
		return refuse(a, why);
	a->state = ESTABLISHED;
	return AUTH_DONE;
}

static enum auth_step
step(struct mechanism_context *context, struct span token, uint64_t filetime_now,
	struct auth_token *out)
{
	struct ntlm_acceptor *a = (struct ntlm_acceptor *)context;

	*out = (struct auth_token){0};
	switch (a->state) {
	case AWAIT_NEGOTIATE:
		return negotiate_take(a, token, filetime_now, out);
	case AWAIT_AUTHENTICATE:
		return authenticate_take(a, token);
	case ESTABLISHED:
	case OVER:
		break;
	}
	return refuse(a, &fault_logon_token_malformed);
}

static void
context_free(struct mechanism_context *context)
{
	struct ntlm_acceptor *a = (struct ntlm_acceptor *)context;

	auth_token_free(&a->negotiate);
	auth_token_free(&a->challenged);
	ntlm_membership_clear(&a->member);
	ntlm_party_clear(&a->party);
	secret_wipe(a, sizeof(*a));
	free(a);
}

static const struct mechanism_work work = {
	.step = step,
	.mic = ntlm_party_mic,
	.mic_verify = ntlm_party_mic_verify,
	.free = context_free,
};

bool
ntlm_acceptor_acceptable(const struct acceptor_config *config)
{
	return config->ntlmv2 || config->ntlmv1 || config->lm || config->guest || config->anonymous;
}

struct mechanism_context *
ntlm_acceptor_new(const struct acceptor_config *config, struct auth_result *result)
{
	struct ntlm_acceptor *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->party.base.work = &work;
	a->party.legacy = config->legacy;
	a->party.sends = NTLM_SERVER_TO_CLIENT;
	a->config = config;
	a->party.result = result;
	if (!random_bytes(a->challenge, sizeof(a->challenge)) ||
		!random_bytes(a->nobody, sizeof(a->nobody))) {
		context_free(&a->party.base);
		return NULL;
	}
	return &a->party.base;
}
