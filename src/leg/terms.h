/*
 * What one leg negotiated. Computed once, when the NEGOTIATE exchange is done, and never changed;
 * the rest of the code asks for the meaning (has_preauth, signs_with) instead of comparing
 * dialects.
 */
#ifndef LEG_TERMS_H
#define LEG_TERMS_H

#include "crypto/sealer.h"
#include "crypto/signer.h"

#include <stdbool.h>
#include <stdint.h>

/* What a leg may agree to: its own side's offer, in order of preference. From the policy, never the
 * peer. */
struct offer {
	uint16_t min_dialect, max_dialect; /* [MS-SMB2] numbers, 0x0202 … 0x0311 */
	uint16_t signing[3];               /* enum signing_algorithm, for 3.1.1 */
	size_t signing_count;
	uint16_t ciphers[4]; /* enum cipher, for 3.x */
	size_t cipher_count; /* zero: no sealing is offered */
	bool signing_required;
	uint32_t capabilities; /* SMB2_GLOBAL_CAP_*, an upper bound */
	uint32_t max_transact, max_read, max_write;
	uint8_t guid[16]; /* ours on this leg: ClientGuid or ServerGuid */
};

struct terms {
	uint16_t dialect; /* zero until negotiated */
	enum signing_algorithm signs_with;
	enum cipher seals_with; /* zero: this leg cannot seal */
	bool has_preauth;       /* 3.1.1: keys depend on every byte negotiated */
	bool has_validation;    /* below 3.1.1: FSCTL_VALIDATE_NEGOTIATE_INFO has to do instead */
	bool has_multi_credit;  /* CreditCharge counts, payloads may exceed 64 KiB */
	bool has_replay;        /* 3.x: requests may say that they were sent before, and over how
				   many channels, [MS-SMB2] 2.2.1.2 */
	bool has_normalized_names; /* 3.1.1: files may be asked for them, [MS-SMB2] 3.3.5.20.1 */
	bool peer_requires_signing;
	uint32_t capabilities; /* what both sides have */
	uint32_t max_transact, max_read, max_write;
};

/* The largest payload of one message that we ever offer or take, [MS-SMB2] 3.3.5.4 (8 MiB). */
#define LEG_PAYLOAD_MAX (8u << 20)

/* The payload that any SMB2 peer takes, and all there is without multi-credit
 * ([MS-SMB2] 3.3.5.2.5). */
#define LEG_PAYLOAD_MIN 65536u

/* Credits a payload of BYTES costs ([MS-SMB2] 3.1.5.2); one where terms know no multi-credit. */
uint16_t terms_charge(const struct terms *terms, uint32_t bytes);

/* The best dialect in DIALECTS that OFFER admits, or zero. */
uint16_t offer_pick_dialect(const struct offer *offer, const uint16_t *dialects, size_t count);

/* Whether OFFER names ALGORITHM, or CIPHER. */
bool offer_has_signing(const struct offer *offer, uint16_t algorithm);
bool offer_has_cipher(const struct offer *offer, uint16_t cipher);

/* The signing algorithm a dialect below 3.1.1 has, and 3.1.1 where none is negotiated
 * ([MS-SMB2] 3.1.4.1). */
enum signing_algorithm terms_implied_signing(uint16_t dialect);

#endif
