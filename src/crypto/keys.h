/* The keys of a session, from the session key that logon agreed on ([MS-SMB2] 3.1.4.2). */
#ifndef CRYPTO_KEYS_H
#define CRYPTO_KEYS_H

#include "base/span.h"
#include "crypto/preauth.h"
#include "crypto/sealer.h"
#include "crypto/signer.h"

struct session_keys {
	uint8_t signing[SIGNING_KEY_SIZE];
	uint8_t application[16];
	uint8_t client_to_server[SEAL_KEY_MAX]; /* the client seals, the server opens */
	uint8_t server_to_client[SEAL_KEY_MAX];
	size_t sealing_size; /* bytes in use of the two above; zero without a cipher */
};

#define KEYS_SESSION_KEY_MAX 64

/*
 * Fills OUT for DIALECT (0x0202, 0x0210, 0x0300, 0x0302, 0x0311) and CIPHER (zero where none was
 * agreed on; 3.0 and 3.0.2 know AES-128-CCM alone, 2.x none).
 *
 * SESSION_KEY is the key of the logon, whole: 1 to KEYS_SESSION_KEY_MAX bytes. All but the 256-bit
 * sealing keys come from its first 16 bytes, zero-padded ([MS-SMB2] 3.2.5.3.1, 3.3.5.5.3).
 * PREAUTH is the session's hash up to and with its last SESSION_SETUP request; for 3.1.1 alone.
 *
 * False, with OUT all zero: DIALECT, CIPHER or SESSION_KEY is none of these, or the library failed.
 */
bool keys_derive(struct session_keys *out, uint16_t dialect, enum cipher cipher,
	struct span session_key, const uint8_t preauth[PREAUTH_SIZE]) MUST_CHECK;

/* Wipes all of KEYS. */
void keys_wipe(struct session_keys *keys);

#endif
