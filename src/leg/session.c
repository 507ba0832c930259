/* Keys of a session: derived, used to verify and sign, wiped ([MS-SMB2] 3.1.4.1, 3.1.4.2). */
#include "leg/session.h"

#include "base/secret.h"
#include "crypto/keys.h"
#include "wire/smb2_header.h"

#include <stdlib.h>

struct leg_session *
session_new(enum leg_role role, uint64_t id, const struct preauth *connection)
{
	struct leg_session *session = calloc(1, sizeof *session);

	if (!session)
		return NULL;
	session->id = id;
	session->role = role;
	session->preauth = *connection;
	return session;
}

void
session_free(struct leg_session **session)
{
	struct leg_session *s = *session;

	if (!s)
		return;
	signer_free(&s->signer);
	sealer_free(&s->seals);
	sealer_free(&s->opens);
	secret_wipe(s, sizeof *s);
	free(s);
	*session = NULL;
}

fault
session_hash(struct leg_session *session, struct span message)
{
	return preauth_extend(&session->preauth, message) ? NULL : &fault_crypto_failed;
}

static bool
make_sealers(struct leg_session *session, enum cipher cipher, const struct session_keys *keys)
{
	bool front = session->role == LEG_FRONT;

	if (cipher == 0)
		return true;
	session->seals =
		sealer_new(cipher, front ? keys->server_to_client : keys->client_to_server);
	session->opens =
		sealer_new(cipher, front ? keys->client_to_server : keys->server_to_client);
	return session->seals && session->opens;
}

fault
session_establish(struct leg_session *session, const struct terms *terms, struct span session_key)
{
	struct session_keys keys;
	bool ok;

	if (session->state != SESSION_SETTING_UP)
		return &fault_internal_error;
	ok = keys_derive(
		&keys, terms->dialect, terms->seals_with, session_key, session->preauth.hash);
	if (ok) {
		session->signer = signer_new(terms->signs_with, keys.signing);
		ok = session->signer && make_sealers(session, terms->seals_with, &keys);
	}
	keys_wipe(&keys);
	if (!ok)
		return &fault_crypto_failed;
	session->state = SESSION_VALID;
	return NULL;
}

fault
session_establish_keyless(struct leg_session *session)
{
	if (session->state != SESSION_SETTING_UP || session->role != LEG_FRONT)
		return &fault_internal_error;
	session->keyless = true;
	session->state = SESSION_VALID;
	return NULL;
}

/* The nonce of AES-GMAC: the message id, then who speaks and whether it is a CANCEL,
 * [MS-SMB2] 3.1.4.1. */
static void
signing_nonce(const struct smb2_header *header, uint8_t nonce[SIGNING_NONCE_SIZE])
{
	uint32_t role = header->flags & SMB2_FLAG_RESPONSE ? 1 : 0;

	if (header->command == SMB2_CANCEL)
		role |= 2;
	for (size_t i = 0; i < 8; i++)
		nonce[i] = (uint8_t)(header->message_id >> 8 * i);
	for (size_t i = 0; i < 4; i++)
		nonce[8 + i] = (uint8_t)(role >> 8 * i);
}

/* The signature due to MESSAGE, whose header is HEADER; the field in the message is left zeroed. */
static bool
compute(struct leg_session *session, const struct smb2_header *header, uint8_t *message, size_t len,
	uint8_t out[SIGNATURE_SIZE])
{
	uint8_t nonce[SIGNING_NONCE_SIZE];

	if (!session->signer)
		return false;
	signing_nonce(header, nonce);
	memset(smb2_header_signature(message), 0, SIGNATURE_SIZE);
	return signer_compute(session->signer, nonce, span_of(message, len), out);
}

fault
session_verify(struct leg_session *session, uint8_t *message, size_t len)
{
	uint8_t due[SIGNATURE_SIZE] = {0};
	struct smb2_header header;
	bool ok;

	if (!smb2_header_decode(span_of(message, len), &header))
		return &fault_bad_signature;
	ok = compute(session, &header, message, len, due) &&
	     secret_equal(header.signature, due, sizeof due);
	memcpy(smb2_header_signature(message), header.signature, sizeof header.signature);
	secret_wipe(due, sizeof due);
	return ok ? NULL : &fault_bad_signature;
}

fault
session_sign(struct leg_session *session, uint8_t *message, size_t len)
{
	uint8_t signature[SIGNATURE_SIZE];
	struct smb2_header header;

	if (!smb2_header_decode(span_of(message, len), &header))
		return &fault_internal_error;
	header.flags |= SMB2_FLAG_SIGNED;
	smb2_header_encode(&header, message);
	if (!compute(session, &header, message, len, signature))
		return &fault_crypto_failed;
	memcpy(smb2_header_signature(message), signature, sizeof signature);
	return NULL;
}
