/* NTLMv2's arithmetic: [MS-NLMP] 3.3.2, 3.4.5, 3.1.5.1.2. */
#include "auth/ntlm.h"

#include "base/secret.h"
#include "base/utf16.h"

#include <stdlib.h>

bool
ntlm_v2_key(const struct legacy *legacy, const uint8_t nt_hash[16], const char *user,
	const char *domain, uint8_t out[NTLM_KEY_SIZE])
{
	char *upper = utf8_upper(user);
	size_t user_len = 0;
	size_t domain_len = 0;
	uint8_t *user16 = upper ? utf16_from_utf8(upper, &user_len) : NULL;
	uint8_t *domain16 = utf16_from_utf8(domain, &domain_len);
	bool ok = false;

	memset(out, 0, NTLM_KEY_SIZE);
	if (user16 && domain16) {
		struct span parts[] = {span_of(user16, user_len), span_of(domain16, domain_len)};

		ok = legacy_hmac_md5(legacy, span_of(nt_hash, 16), parts, 2, out);
	}
	free(upper);
	free(user16);
	free(domain16);
	return ok;
}

bool
ntlm_v2_prove(const struct legacy *legacy, const uint8_t v2_key[NTLM_KEY_SIZE],
	const uint8_t challenge[NTLM_CHALLENGE_SIZE], struct span blob,
	uint8_t proof[NTLM_PROOF_SIZE], uint8_t base_key[NTLM_KEY_SIZE])
{
	struct span key = span_of(v2_key, NTLM_KEY_SIZE);
	struct span parts[] = {span_of(challenge, NTLM_CHALLENGE_SIZE), blob};
	struct span proven = span_of(proof, NTLM_PROOF_SIZE);

	if (legacy_hmac_md5(legacy, key, parts, 2, proof) &&
		legacy_hmac_md5(legacy, key, &proven, 1, base_key))
		return true;
	secret_wipe(proof, NTLM_PROOF_SIZE);
	secret_wipe(base_key, NTLM_KEY_SIZE);
	return false;
}

bool
ntlm_v2_blob_encode(struct writer *w, uint64_t filetime,
	const uint8_t challenge[NTLM_CHALLENGE_SIZE], struct span pairs)
{
	writer_u8(w, 1); /* RespType */
	writer_u8(w, 1); /* HiRespType */
	writer_zero(w, 6);
	writer_u64(w, filetime);
	writer_bytes(w, span_of(challenge, NTLM_CHALLENGE_SIZE));
	writer_zero(w, 4);
	writer_bytes(w, pairs);
	writer_zero(w, 4); /* [MS-NLMP] 3.3.2: temp ends with Z(4) */
	return writer_ok(w);
}

bool
ntlm_exchange(const struct legacy *legacy, const uint8_t key[NTLM_KEY_SIZE],
	const uint8_t in[NTLM_KEY_SIZE], uint8_t out[NTLM_KEY_SIZE])
{
	struct rc4 *rc4 = rc4_new(legacy, span_of(key, NTLM_KEY_SIZE));
	bool ok;

	memcpy(out, in, NTLM_KEY_SIZE);
	ok = rc4 && rc4_apply(rc4, out, NTLM_KEY_SIZE);
	if (!ok)
		secret_wipe(out, NTLM_KEY_SIZE);
	rc4_free(&rc4);
	return ok;
}

bool
ntlm_mic(const struct legacy *legacy, const uint8_t key[NTLM_KEY_SIZE], struct span negotiate,
	struct span challenge, struct span authenticate, uint8_t out[NTLM_MIC_SIZE])
{
	static const uint8_t no_mic[NTLM_MIC_SIZE];
	const size_t behind = NTLM_MIC_OFFSET + NTLM_MIC_SIZE;

	memset(out, 0, NTLM_MIC_SIZE);
	if (authenticate.len < behind)
		return false;

	struct span parts[] = {
		negotiate,
		challenge,
		span_of(authenticate.data, NTLM_MIC_OFFSET),
		span_of(no_mic, NTLM_MIC_SIZE),
		span_of(authenticate.data + behind, authenticate.len - behind),
	};

	return legacy_hmac_md5(legacy, span_of(key, NTLM_KEY_SIZE), parts, 5, out);
}
