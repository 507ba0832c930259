/* The arithmetic of NTLMv1 and LM: [MS-NLMP] 3.3.1, 3.4.5.1. */
#include "auth/ntlm_v1.h"

#include "base/secret.h"

/* DESL: three keys of 7 bytes, the last of which is mostly zeros ([MS-NLMP] 6). */
bool
ntlm_v1_respond(const struct legacy *legacy, const uint8_t hash[NTLM_HASH_SIZE],
	const uint8_t challenge[NTLM_CHALLENGE_SIZE], uint8_t out[NTLM_V1_RESPONSE_SIZE])
{
	uint8_t keys[21] = {0};
	bool ok = true;

	memcpy(keys, hash, NTLM_HASH_SIZE);
	for (size_t i = 0; i < 3; i++)
		ok = ok && legacy_des(legacy, keys + 7 * i, challenge, out + 8 * i);
	if (!ok)
		secret_wipe(out, NTLM_V1_RESPONSE_SIZE);
	secret_wipe(keys, sizeof(keys));
	return ok;
}

bool
ntlm_v1_challenge(const struct legacy *legacy, const uint8_t server[NTLM_CHALLENGE_SIZE],
	struct span lm, uint8_t out[NTLM_CHALLENGE_SIZE])
{
	uint8_t both[2 * NTLM_CHALLENGE_SIZE];
	uint8_t digest[16];
	bool ok;

	memcpy(both, server, NTLM_CHALLENGE_SIZE);
	memcpy(both + NTLM_CHALLENGE_SIZE, lm.data, NTLM_CHALLENGE_SIZE);
	ok = legacy_md5(legacy, span_of(both, sizeof(both)), digest);
	memcpy(out, digest, NTLM_CHALLENGE_SIZE);
	return ok;
}

bool
ntlm_v1_base_key(const struct legacy *legacy, const uint8_t nt_hash[NTLM_HASH_SIZE],
	uint8_t out[NTLM_KEY_SIZE])
{
	return legacy_md4(legacy, span_of(nt_hash, NTLM_HASH_SIZE), out);
}

bool
ntlm_v1_exchange_key(const struct legacy *legacy, const uint8_t base_key[NTLM_KEY_SIZE],
	const uint8_t server[NTLM_CHALLENGE_SIZE], struct span lm, uint8_t out[NTLM_KEY_SIZE])
{
	struct span parts[] = {
		span_of(server, NTLM_CHALLENGE_SIZE), span_of(lm.data, NTLM_CHALLENGE_SIZE)};

	return legacy_hmac_md5(legacy, span_of(base_key, NTLM_KEY_SIZE), parts, 2, out);
}
