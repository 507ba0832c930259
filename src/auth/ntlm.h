/*
 * NTLMv2's arithmetic: responses, keys, MIC ([MS-NLMP] 3.3.2, 3.4.5, 3.1.5.1.2). Every function is
 * false, with its output all zero, where memory or the library failed.
 */
#ifndef AUTH_NTLM_H
#define AUTH_NTLM_H

#include "auth/ntlm_message.h"
#include "crypto/legacy.h"

#define NTLM_KEY_SIZE 16
#define NTLM_PROOF_SIZE 16

/* NTLMv2_CLIENT_CHALLENGE: AV pairs begin here ([MS-NLMP] 2.2.2.7). */
#define NTLM_BLOB_HEAD 28

/* Where the NT response ends being NTLMv1's: both old forms have 24 bytes. */
#define NTLM_V1_RESPONSE_SIZE 24

/* NTOWFv2: HMAC-MD5 with the NT hash over upper-cased USER and DOMAIN, both UTF-8 here. */
bool ntlm_v2_key(const struct legacy *legacy, const uint8_t nt_hash[16], const char *user,
	const char *domain, uint8_t out[NTLM_KEY_SIZE]) MUST_CHECK;

/* NTProofStr over the server's challenge and the client's BLOB, and the session base key. */
bool ntlm_v2_prove(const struct legacy *legacy, const uint8_t v2_key[NTLM_KEY_SIZE],
	const uint8_t challenge[NTLM_CHALLENGE_SIZE], struct span blob,
	uint8_t proof[NTLM_PROOF_SIZE], uint8_t base_key[NTLM_KEY_SIZE]) MUST_CHECK;

/* The client's blob for time FILETIME and its own CHALLENGE, around the AV pairs, at W. */
bool ntlm_v2_blob_encode(struct writer *w, uint64_t filetime,
	const uint8_t challenge[NTLM_CHALLENGE_SIZE], struct span pairs) MUST_CHECK;

/* RC4 with KEY from its start over 16 bytes: wraps and unwraps the exchanged session key. */
bool ntlm_exchange(const struct legacy *legacy, const uint8_t key[NTLM_KEY_SIZE],
	const uint8_t in[NTLM_KEY_SIZE], uint8_t out[NTLM_KEY_SIZE]) MUST_CHECK;

/*
 * The MIC of the three messages with the exported session key. AUTHENTICATE has its MIC field
 * (at least NTLM_MIC_OFFSET + NTLM_MIC_SIZE bytes), whose content is counted as zero.
 */
bool ntlm_mic(const struct legacy *legacy, const uint8_t key[NTLM_KEY_SIZE], struct span negotiate,
	struct span challenge, struct span authenticate, uint8_t out[NTLM_MIC_SIZE]) MUST_CHECK;

#endif
