/* Responses told apart and judged: [MS-NLMP] 3.3, 3.4.5.1. */
#include "auth/ntlm_proof.h"

#include "auth/ntlm_v1.h"
#include "base/secret.h"

struct span
ntlm_proof_blob(const struct ntlm_authenticate *message)
{
	return span_of(message->nt.data + NTLM_PROOF_SIZE, message->nt.len - NTLM_PROOF_SIZE);
}

struct span
ntlm_proof_pairs(const struct ntlm_authenticate *message)
{
	struct span blob = ntlm_proof_blob(message);

	return span_of(blob.data + NTLM_BLOB_HEAD, blob.len - NTLM_BLOB_HEAD);
}

static fault
v1_way(const struct ntlm_authenticate *message, uint32_t flags, enum ntlm_way *way)
{
	bool extended = flags & NTLM_EXTENDED_SECURITY;

	*way = extended ? NTLM_WAY_V1_EXTENDED : NTLM_WAY_V1;
	return extended && message->lm.len < NTLM_CHALLENGE_SIZE ? &fault_logon_token_malformed
								 : NULL;
}

fault
ntlm_proof_way(const struct ntlm_authenticate *message, uint32_t flags, enum ntlm_way *way)
{
	*way = NTLM_WAY_NONE;
	if (message->nt.len == 0 && message->lm.len <= 1)
		return NULL;
	if (message->nt.len == 0) {
		*way = NTLM_WAY_LM;
		return message->lm.len == NTLM_V1_RESPONSE_SIZE ? NULL
								: &fault_logon_token_malformed;
	}
	if (message->nt.len == NTLM_V1_RESPONSE_SIZE)
		return v1_way(message, flags, way);
	*way = NTLM_WAY_V2;
	if (message->nt.len < NTLM_PROOF_SIZE + NTLM_BLOB_HEAD ||
		!ntlm_av_sound(ntlm_proof_pairs(message)))
		return &fault_logon_token_malformed;
	return NULL;
}

const char *
ntlm_proof_word(enum ntlm_way way)
{
	switch (way) {
	case NTLM_WAY_LM:
		return "lm";
	case NTLM_WAY_V1:
	case NTLM_WAY_V1_EXTENDED:
		return "ntlmv1";
	case NTLM_WAY_V2:
	case NTLM_WAY_NONE:
		break;
	}
	return "ntlmv2";
}

fault
ntlm_proof_challenge(const struct legacy *legacy, enum ntlm_way way,
	const struct ntlm_authenticate *message, const uint8_t server[NTLM_CHALLENGE_SIZE],
	uint8_t out[NTLM_CHALLENGE_SIZE])
{
	memcpy(out, server, NTLM_CHALLENGE_SIZE);
	if (way != NTLM_WAY_V1_EXTENDED || ntlm_v1_challenge(legacy, server, message->lm, out))
		return NULL;
	return &fault_logon_undecided;
}

static fault
v2_judge(const struct legacy *legacy, const struct ntlm_response *response, const uint8_t *hash,
	uint8_t base_key[NTLM_KEY_SIZE])
{
	struct span blob =
		span_of(response->nt.data + NTLM_PROOF_SIZE, response->nt.len - NTLM_PROOF_SIZE);
	uint8_t v2_key[NTLM_KEY_SIZE];
	uint8_t proof[NTLM_PROOF_SIZE];
	fault why = NULL;

	if (!ntlm_v2_key(legacy, hash, response->user, response->domain, v2_key) ||
		!ntlm_v2_prove(legacy, v2_key, response->challenge, blob, proof, base_key))
		why = &fault_logon_undecided;
	else if (!secret_equal(proof, response->nt.data, NTLM_PROOF_SIZE))
		why = &fault_logon_bad_password;
	secret_wipe(v2_key, sizeof(v2_key));
	secret_wipe(proof, sizeof(proof));
	return why;
}

/* NTLMv1 and LM: one computation over another hash. */
static fault
v1_judge(const struct legacy *legacy, const struct ntlm_response *response, struct span given,
	const uint8_t *hash)
{
	uint8_t due[NTLM_V1_RESPONSE_SIZE];
	fault why = NULL;

	if (!ntlm_v1_respond(legacy, hash, response->challenge, due))
		why = &fault_logon_undecided;
	else if (!secret_equal(due, given.data, sizeof(due)))
		why = &fault_logon_bad_password;
	secret_wipe(due, sizeof(due));
	return why;
}

fault
ntlm_proof_judge(const struct legacy *legacy, enum ntlm_way way,
	const struct ntlm_response *response, const struct ntlm_secret *secret,
	uint8_t base_key[NTLM_KEY_SIZE])
{
	fault why = &fault_logon_mechanism_refused;

	switch (way) {
	case NTLM_WAY_V2:
		return v2_judge(legacy, response, secret->nt_hash, base_key);
	case NTLM_WAY_V1:
	case NTLM_WAY_V1_EXTENDED:
		why = v1_judge(legacy, response, response->nt, secret->nt_hash);
		break;
	case NTLM_WAY_LM:
		why = secret->has_lm_hash
			      ? v1_judge(legacy, response, response->lm, secret->lm_hash)
			      : &fault_logon_lm_impossible;
		break;
	case NTLM_WAY_NONE:
		break;
	}
	if (!why && !ntlm_v1_base_key(legacy, secret->nt_hash, base_key))
		why = &fault_logon_undecided;
	return why;
}

fault
ntlm_proof_exchange_key(const struct legacy *legacy, enum ntlm_way way,
	const struct ntlm_authenticate *message, const uint8_t server[NTLM_CHALLENGE_SIZE],
	uint8_t key[NTLM_KEY_SIZE])
{
	uint8_t base_key[NTLM_KEY_SIZE];
	bool ok = true;

	if (way == NTLM_WAY_V1_EXTENDED) {
		memcpy(base_key, key, sizeof(base_key));
		ok = ntlm_v1_exchange_key(legacy, base_key, server, message->lm, key);
		secret_wipe(base_key, sizeof(base_key));
	}
	return ok ? NULL : &fault_logon_undecided;
}
