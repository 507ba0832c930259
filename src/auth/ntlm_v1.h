/*
 * The arithmetic of NTLMv1 and LM: responses and keys ([MS-NLMP] 3.3.1, 3.4.5.1). Every function is
 * false, with its output all zero, where memory or the library failed.
 */
#ifndef AUTH_NTLM_V1_H
#define AUTH_NTLM_V1_H

#include "auth/ntlm.h"
#include "auth/ntlm_hash.h"

/* The response of either kind, DESL of its hash over the server's challenge. */
bool ntlm_v1_respond(const struct legacy *legacy, const uint8_t hash[NTLM_HASH_SIZE],
	const uint8_t challenge[NTLM_CHALLENGE_SIZE],
	uint8_t out[NTLM_V1_RESPONSE_SIZE]) MUST_CHECK;

/*
 * With extended session security the client has a challenge of its own, which leads its LM response
 * (at least NTLM_CHALLENGE_SIZE bytes): what the response is made over instead of the SERVER's.
 */
bool ntlm_v1_challenge(const struct legacy *legacy, const uint8_t server[NTLM_CHALLENGE_SIZE],
	struct span lm, uint8_t out[NTLM_CHALLENGE_SIZE]) MUST_CHECK;

/* The session base key, which is the same for NTLMv1 and LM. */
bool ntlm_v1_base_key(const struct legacy *legacy, const uint8_t nt_hash[NTLM_HASH_SIZE],
	uint8_t out[NTLM_KEY_SIZE]) MUST_CHECK;

/* With extended session security: the key exchange key, from the base key. LM as above. */
bool ntlm_v1_exchange_key(const struct legacy *legacy, const uint8_t base_key[NTLM_KEY_SIZE],
	const uint8_t server[NTLM_CHALLENGE_SIZE], struct span lm,
	uint8_t out[NTLM_KEY_SIZE]) MUST_CHECK;

#endif
