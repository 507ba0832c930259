/* What one leg negotiated, and what a side offers. */
#include "leg/terms.h"

#include "wire/smb2_header.h"

uint16_t
terms_charge(const struct terms *terms, uint32_t bytes)
{
	if (!terms->has_multi_credit || bytes == 0)
		return 1;
	return (uint16_t)((bytes - 1) / 65536 + 1);
}

uint16_t
offer_pick_dialect(const struct offer *offer, const uint16_t *dialects, size_t count)
{
	static const uint16_t known[] = {SMB2_DIALECT_0311, SMB2_DIALECT_0302, SMB2_DIALECT_0300,
		SMB2_DIALECT_0210, SMB2_DIALECT_0202};

	for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
		if (known[k] < offer->min_dialect || known[k] > offer->max_dialect)
			continue;
		for (size_t i = 0; i < count; i++)
			if (dialects[i] == known[k])
				return known[k];
	}
	return 0;
}

static bool
list_has(const uint16_t *list, size_t count, uint16_t value)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == value)
			return true;
	return false;
}

bool
offer_has_signing(const struct offer *offer, uint16_t algorithm)
{
	return list_has(offer->signing, offer->signing_count, algorithm);
}

bool
offer_has_cipher(const struct offer *offer, uint16_t cipher)
{
	return list_has(offer->ciphers, offer->cipher_count, cipher);
}

enum signing_algorithm
terms_implied_signing(uint16_t dialect)
{
	return dialect >= SMB2_DIALECT_0300 ? SIGNING_AES_CMAC : SIGNING_HMAC_SHA256;
}
