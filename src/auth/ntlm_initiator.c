/*
 * NTLMSSP, the client's side ([MS-NLMP] 3.1.5), at its strongest only.
 *
 *   START --(nothing in)--> AWAIT_CHALLENGE --CHALLENGE--> ESTABLISHED
 *                                |
 *                                +-- anything else --> OVER (the result's fault says why)
 */
#include "auth/ntlm_initiator.h"

#include "auth/ntlm.h"
#include "auth/ntlm_hash.h"
#include "auth/ntlm_party.h"
#include "auth/showing.h"
#include "base/ntstatus.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "crypto/random.h"

#include <stdlib.h>

/* More target information than this is no server's. */
#define TARGET_INFO_MAX 8192

/* What we ask for, */
#define FLAGS_OFFERED                                                                              \
	(NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_SIGN | NTLM_SEAL | NTLM_NTLM |                  \
		NTLM_ALWAYS_SIGN | NTLM_EXTENDED_SECURITY | NTLM_TARGET_INFO | NTLM_VERSION |      \
		NTLM_128 | NTLM_KEY_EXCHANGE)

/*
 * and what we insist on. NTLM_SEAL is not among it: SMB seals with keys of its own, and some
 * servers leave the flag out for that reason.
 */
#define FLAGS_NEEDED                                                                               \
	(NTLM_UNICODE | NTLM_SIGN | NTLM_EXTENDED_SECURITY | NTLM_TARGET_INFO | NTLM_128 |         \
		NTLM_KEY_EXCHANGE)

enum state { START, AWAIT_CHALLENGE, ESTABLISHED, OVER };

struct ntlm_initiator {
	struct ntlm_party party; /* first: it is how others hold us */
	const struct initiator_config *config;
	enum state state;
	struct auth_token negotiate; /* kept for the MIC */
	struct setbacks_try shown;   /* our secret, to a server that has yet to say what of it */
};

/* Names as AUTHENTICATE carries them, on the heap. */
struct names {
	uint8_t *user;
	uint8_t *domain;
	uint8_t *service;
	size_t user_len;
	size_t domain_len;
	size_t service_len;
};

static enum auth_step
refuse(struct ntlm_initiator *i, fault why)
{
	i->state = OVER;
	i->party.established = false;
	i->party.result->fault = why;
	auth_result_forget_key(i->party.result);
	return AUTH_REFUSED;
}

static bool
names_make(struct names *names, const struct initiator_config *config)
{
	names->user = utf16_from_utf8(config->user, &names->user_len);
	names->domain = utf16_from_utf8(config->domain, &names->domain_len);
	names->service = utf16_from_utf8(config->service, &names->service_len);
	return names->user && names->domain && names->service;
}

static void
names_free(struct names *names)
{
	free(names->user);
	free(names->domain);
	free(names->service);
}

static enum auth_step
negotiate_make(struct ntlm_initiator *i, struct auth_token *out)
{
	struct ntlm_negotiate message = {.flags = FLAGS_OFFERED};
	uint8_t bytes[64];
	struct writer w = writer_over(bytes, sizeof(bytes));

	if (!ntlm_negotiate_encode(&w, &message) ||
		!auth_token_copy(&i->negotiate, writer_span(&w)) ||
		!auth_token_copy(out, writer_span(&w)))
		return refuse(i, &fault_server_logon_undecided);
	i->state = AWAIT_CHALLENGE;
	return AUTH_MORE;
}

/* Nothing weaker than what we insist on, whoever made it weaker. */
static fault
challenge_judge(const struct ntlm_challenge *challenge)
{
	struct span info = challenge->target_info;

	if ((challenge->flags & FLAGS_NEEDED) != FLAGS_NEEDED || info.len == 0)
		return &fault_server_logon_weakened;
	return info.len <= TARGET_INFO_MAX && ntlm_av_sound(info) ? NULL
								  : &fault_server_logon_malformed;
}

/* The server's time if it shows one, else NOW ([MS-NLMP] 3.1.5.1.2). */
static uint64_t
time_of(struct span info, uint64_t filetime_now)
{
	struct span time = ntlm_av_find(info, NTLM_AV_TIMESTAMP);
	struct reader r = reader_over(time);

	return time.len == 8 ? reader_u64(&r) : filetime_now;
}

/* Pairs that the client alone has to say. */
static bool
pair_is_ours(uint16_t id)
{
	return id == NTLM_AV_FLAGS || id == NTLM_AV_SINGLE_HOST || id == NTLM_AV_TARGET_NAME ||
	       id == NTLM_AV_CHANNEL_BINDINGS;
}

/* The server's pairs with ours added: a MIC is promised, the service is named, no channel is bound.
 */
static void
pairs_write(struct writer *w, struct span info, const struct names *names)
{
	static const uint8_t no_bindings[16];
	static const uint8_t with_mic[4] = {NTLM_AV_FLAG_MIC};
	struct reader r = reader_over(info);
	struct span value;
	uint16_t id;

	while ((id = ntlm_av_next(&r, &value)) != NTLM_AV_END)
		if (!pair_is_ours(id))
			ntlm_av_write(w, id, value);
	ntlm_av_write(w, NTLM_AV_FLAGS, span_of(with_mic, sizeof(with_mic)));
	ntlm_av_write(w, NTLM_AV_CHANNEL_BINDINGS, span_of(no_bindings, sizeof(no_bindings)));
	ntlm_av_write(w, NTLM_AV_TARGET_NAME, span_of(names->service, names->service_len));
	ntlm_av_write(w, NTLM_AV_END, (struct span){0});
}

static bool
blob_write(struct writer *w, const struct names *names, struct span info, uint64_t filetime_now)
{
	uint8_t challenge[NTLM_CHALLENGE_SIZE];
	size_t room = info.len + names->service_len + 64;
	uint8_t *pairs = malloc(room);
	struct writer p = writer_over(pairs, pairs ? room : 0);
	bool ok;

	if (pairs)
		pairs_write(&p, info, names);
	ok = pairs && writer_ok(&p) && random_bytes(challenge, sizeof(challenge)) &&
	     ntlm_v2_blob_encode(w, time_of(info, filetime_now), challenge, writer_span(&p));
	free(pairs);
	return ok;
}

static bool
hash_make(const struct initiator_config *config, uint8_t hash[NTLM_HASH_SIZE])
{
	if (!config->nt_hash)
		return ntlm_hash_password(config->legacy, config->password, hash);
	memcpy(hash, config->nt_hash, NTLM_HASH_SIZE);
	return true;
}

/* The NT response at W: proof, then blob. And the session base key. */
static bool
response_write(const struct ntlm_initiator *i, struct writer *w, const struct names *names,
	const struct ntlm_challenge *challenge, uint64_t filetime_now,
	uint8_t base_key[NTLM_KEY_SIZE])
{
	const struct initiator_config *config = i->config;
	uint8_t hash[NTLM_HASH_SIZE];
	uint8_t v2_key[NTLM_KEY_SIZE];
	uint8_t *proof = writer_room(w, NTLM_PROOF_SIZE);
	size_t blob = w->at;
	bool ok;

	ok = blob_write(w, names, challenge->target_info, filetime_now) &&
	     hash_make(config, hash) &&
	     ntlm_v2_key(config->legacy, hash, config->user, config->domain, v2_key) &&
	     ntlm_v2_prove(config->legacy, v2_key, challenge->challenge,
		     span_of(w->data + blob, w->at - blob), proof, base_key);
	secret_wipe(hash, sizeof(hash));
	secret_wipe(v2_key, sizeof(v2_key));
	return ok;
}

/* A random session key, wrapped by BASE_KEY, and AUTHENTICATE around it and RESPONSE. */
static bool
message_write(struct ntlm_initiator *i, struct writer *w, const struct names *names,
	struct span response, const uint8_t base_key[NTLM_KEY_SIZE])
{
	static const uint8_t no_lm[24]; /* [MS-NLMP] 3.1.5.1.2: Z(24) beside a MIC */
	uint8_t wrapped[NTLM_KEY_SIZE];
	uint8_t *key = i->party.result->session_key;
	struct ntlm_authenticate message = {
		.lm = span_of(no_lm, sizeof(no_lm)),
		.nt = response,
		.domain = span_of(names->domain, names->domain_len),
		.user = span_of(names->user, names->user_len),
		.session_key = span_of(wrapped, sizeof(wrapped)),
		.flags = i->party.flags,
	};

	return random_bytes(key, NTLM_KEY_SIZE) &&
	       ntlm_exchange(i->config->legacy, base_key, key, wrapped) &&
	       ntlm_authenticate_encode(w, &message);
}

/* The MIC over all three messages goes into the finished AUTHENTICATE. */
static bool
mic_fill(const struct ntlm_initiator *i, struct span challenge, struct writer *w)
{
	struct span message = writer_span(w);

	return ntlm_mic(i->config->legacy, i->party.result->session_key,
		span_of(i->negotiate.bytes, i->negotiate.len), challenge, message,
		w->data + NTLM_MIC_OFFSET);
}

static bool
authenticate_make(struct ntlm_initiator *i, struct span token,
	const struct ntlm_challenge *challenge, uint64_t filetime_now, struct auth_token *out)
{
	struct names names = {0};
	uint8_t base_key[NTLM_KEY_SIZE];
	size_t room = 0;
	uint8_t *bytes = NULL;
	bool ok = names_make(&names, i->config);

	if (ok) {
		room = challenge->target_info.len + names.service_len + 256;
		bytes = malloc(2 * room + names.user_len + names.domain_len);
		ok = bytes;
	}
	if (ok) {
		struct writer response = writer_over(bytes, room);
		struct writer w =
			writer_over(bytes + room, room + names.user_len + names.domain_len);

		ok = response_write(i, &response, &names, challenge, filetime_now, base_key) &&
		     message_write(i, &w, &names, writer_span(&response), base_key) &&
		     mic_fill(i, token, &w) && auth_token_copy(out, writer_span(&w));
	}
	secret_wipe(base_key, sizeof(base_key));
	names_free(&names);
	free(bytes);
	return ok;
}

static enum auth_step
spare(struct ntlm_initiator *i, const struct setback *setback)
{
	char **detail = &i->party.result->detail;

	free(*detail);
	*detail = setback_text(setback);
	return refuse(i, &fault_server_logon_spared);
}

/* AUTH_DONE where the server may be shown what we have. */
static enum auth_step
may_show(struct ntlm_initiator *i)
{
	struct setback setback;

	switch (showing_begin(i->config, &i->shown, &setback)) {
	case SETBACKS_GO:
		return AUTH_DONE;
	case SETBACKS_WAIT:
		return AUTH_WAIT;
	case SETBACKS_QUIET:
		return spare(i, &setback);
	case SETBACKS_ERROR:
		break;
	}
	return refuse(i, &fault_server_logon_undecided);
}

static enum auth_step
challenge_take(
	struct ntlm_initiator *i, struct span token, uint64_t filetime_now, struct auth_token *out)
{
	struct ntlm_challenge challenge;
	enum auth_step step;
	fault why;

	if (!ntlm_challenge_decode(token, &challenge))
		return refuse(i, &fault_server_logon_malformed);
	why = challenge_judge(&challenge);
	if (why)
		return refuse(i, why);
	step = may_show(i);
	if (step != AUTH_DONE)
		return step;
	i->party.flags = challenge.flags & FLAGS_OFFERED;
	if (!authenticate_make(i, token, &challenge, filetime_now, out))
		return refuse(i, &fault_server_logon_undecided);
	i->party.result->session_key_len = NTLM_KEY_SIZE;
	i->party.result->mechanism = "ntlmv2";
	i->state = ESTABLISHED;
	i->party.established = true;
	return AUTH_DONE;
}

static enum auth_step
step(struct mechanism_context *context, struct span token, uint64_t filetime_now,
	struct auth_token *out)
{
	struct ntlm_initiator *i = (struct ntlm_initiator *)context;

	*out = (struct auth_token){0};
	switch (i->state) {
	case START:
		return negotiate_make(i, out);
	case AWAIT_CHALLENGE:
		return challenge_take(i, token, filetime_now, out);
	case ESTABLISHED:
	case OVER:
		break;
	}
	return refuse(i, &fault_server_logon_malformed);
}

/* Whether STATUS speaks of the account or its secret. */
static bool
blames(uint32_t status)
{
	static const uint32_t blaming[] = {STATUS_LOGON_FAILURE, STATUS_WRONG_PASSWORD,
		STATUS_NO_SUCH_USER, STATUS_ACCOUNT_RESTRICTION, STATUS_ACCOUNT_DISABLED,
		STATUS_ACCOUNT_EXPIRED, STATUS_ACCOUNT_LOCKED_OUT, STATUS_PASSWORD_EXPIRED,
		STATUS_PASSWORD_MUST_CHANGE};

	for (size_t n = 0; n < sizeof(blaming) / sizeof(blaming[0]); n++)
		if (blaming[n] == status)
			return true;
	return false;
}

static void
told(struct mechanism_context *context, uint32_t status)
{
	struct ntlm_initiator *i = (struct ntlm_initiator *)context;

	if (status == STATUS_SUCCESS)
		setbacks_passed(&i->shown);
	else if (blames(status))
		setbacks_refused(&i->shown, ntstatus_name(status), status);
	else
		setbacks_dropped(&i->shown);
}

static void
context_free(struct mechanism_context *context)
{
	struct ntlm_initiator *i = (struct ntlm_initiator *)context;

	setbacks_dropped(&i->shown);
	auth_token_free(&i->negotiate);
	ntlm_party_clear(&i->party);
	secret_wipe(i, sizeof(*i));
	free(i);
}

static const struct mechanism_work work = {
	.step = step,
	.mic = ntlm_party_mic,
	.mic_verify = ntlm_party_mic_verify,
	.told = told,
	.free = context_free,
};

bool
ntlm_initiator_usable(const struct initiator_config *config)
{
	return config->ntlmv2 && (config->password || config->nt_hash);
}

struct mechanism_context *
ntlm_initiator_new(const struct initiator_config *config, struct auth_result *result)
{
	struct ntlm_initiator *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->party.base.work = &work;
	i->party.legacy = config->legacy;
	i->party.sends = NTLM_CLIENT_TO_SERVER;
	i->config = config;
	i->party.result = result;
	return &i->party.base;
}
