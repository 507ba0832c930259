/*
 * The keys of one session on one leg.
 *
 *   SETTING_UP --- keys derived, final answer verified ---> VALID --- logoff, leg cut ---> (gone)
 *
 *   SETTING_UP  SESSION_SETUP messages go back and forth in clear; no key exists, nothing verifies
 *   VALID       keys exist; what must be signed or sealed is; a new logon in it changes no key.
 *               Or the client is a guest: there never is a key, and what is signed is refused
 */
#ifndef LEG_SESSION_H
#define LEG_SESSION_H

#include "base/fault.h"
#include "crypto/preauth.h"
#include "leg/terms.h"

struct session_keys;

enum leg_role { LEG_FRONT, LEG_BACK };

enum session_state { SESSION_SETTING_UP, SESSION_VALID };

struct leg_session {
	uint64_t id; /* on this leg */
	enum session_state state;
	enum leg_role role;
	bool signing_required; /* each message that is not sealed must be signed */
	bool sealing_required; /* each message must be sealed (Session.EncryptData) */
	bool keyless;          /* front: a guest's or an anonymous client's */
	bool ending;           /* back: over, but for answers that are still to come */
	struct preauth preauth;
	struct signer *signer;
	struct sealer *seals, *opens; /* NULL where the leg has no cipher */
	uint64_t nonce;               /* of the next message sealed; counts up, never repeats */
};

struct leg_session *session_new(enum leg_role role, uint64_t id, const struct preauth *connection);
void session_free(struct leg_session **session);

/* Extends the session's preauth hash by a SESSION_SETUP message, as it was on the wire. */
fault session_hash(struct leg_session *session, struct span message) MUST_CHECK;

/* Derives the keys from what logon agreed on and enters VALID. fault_crypto_failed. */
fault session_establish(
	struct leg_session *session, const struct terms *terms, struct span session_key) MUST_CHECK;

/* Enters VALID without any key, for a client on the front leg that has proved nothing. */
fault session_establish_keyless(struct leg_session *session) MUST_CHECK;

/*
 * Verifies the signature of MESSAGE, in place (its field is zeroed and put back).
 * fault_bad_signature when it is wrong or there is no key: this function never says yes without
 * one.
 */
fault session_verify(struct leg_session *session, uint8_t *message, size_t len) MUST_CHECK;

/* Sets the flag SIGNED and signs MESSAGE in place. */
fault session_sign(struct leg_session *session, uint8_t *message, size_t len) MUST_CHECK;

#endif
