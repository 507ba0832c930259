/*
 * What a client proves itself with in NTLM's last message, and whether it does: by NTLMv2, by
 * NTLMv1 with and without extended session security, by LM ([MS-NLMP] 3.3, 3.2.5.1.2).
 */
#ifndef AUTH_NTLM_PROOF_H
#define AUTH_NTLM_PROOF_H

#include "auth/acceptor.h"
#include "auth/ntlm.h"

enum ntlm_way {
	NTLM_WAY_NONE, /* it proves nothing */
	NTLM_WAY_LM,
	NTLM_WAY_V1,
	NTLM_WAY_V1_EXTENDED, /* with a challenge of the client's as well */
	NTLM_WAY_V2,
};

/*
 * Which of them MESSAGE is, told by what there is, in *WAY; FLAGS are those that both sides agree
 * on. fault_logon_token_malformed: none of them.
 */
fault ntlm_proof_way(
	const struct ntlm_authenticate *message, uint32_t flags, enum ntlm_way *way) MUST_CHECK;

/* "ntlmv2", "ntlmv1", "lm". */
const char *ntlm_proof_word(enum ntlm_way way);

/* NTLMv2: the client's blob behind the proof, and the AV pairs in it. */
struct span ntlm_proof_blob(const struct ntlm_authenticate *message);
struct span ntlm_proof_pairs(const struct ntlm_authenticate *message);

/* The challenge that a response of that WAY was made over, from the SERVER's. */
fault ntlm_proof_challenge(const struct legacy *legacy, enum ntlm_way way,
	const struct ntlm_authenticate *message, const uint8_t server[NTLM_CHALLENGE_SIZE],
	uint8_t out[NTLM_CHALLENGE_SIZE]) MUST_CHECK;

/*
 * Whether RESPONSE, whose challenge is that of ntlm_proof_challenge(), proves SECRET; then its
 * session base key is in BASE_KEY.
 */
fault ntlm_proof_judge(const struct legacy *legacy, enum ntlm_way way,
	const struct ntlm_response *response, const struct ntlm_secret *secret,
	uint8_t base_key[NTLM_KEY_SIZE]) MUST_CHECK;

/* From the base key, in place, to the one that wraps the session key ([MS-NLMP] 3.4.5.1). */
fault ntlm_proof_exchange_key(const struct legacy *legacy, enum ntlm_way way,
	const struct ntlm_authenticate *message, const uint8_t server[NTLM_CHALLENGE_SIZE],
	uint8_t key[NTLM_KEY_SIZE]) MUST_CHECK;

#endif
