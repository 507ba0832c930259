/* Signing and verifying between the two sides of an NTLM exchange. */
#include "auth/ntlm_party.h"

/* The signer at *SLOT for DIRECTION, made when first asked for; NULL if there can be none. */
static struct ntlm_signer *
signer_of(const struct ntlm_party *party, struct ntlm_signer **slot, enum ntlm_direction direction)
{
	if (!*slot && party->established)
		*slot = ntlm_signer_new(
			party->legacy, party->result->session_key, party->flags, direction);
	return *slot;
}

static enum ntlm_direction
other_way(enum ntlm_direction direction)
{
	return direction == NTLM_CLIENT_TO_SERVER ? NTLM_SERVER_TO_CLIENT : NTLM_CLIENT_TO_SERVER;
}

bool
ntlm_party_mic(struct mechanism_context *context, struct span message, struct auth_token *out)
{
	struct ntlm_party *party = (struct ntlm_party *)context;
	struct ntlm_signer *signer = signer_of(party, &party->own, party->sends);
	uint8_t signature[NTLM_SIGNATURE_SIZE];

	*out = (struct auth_token){0};
	return signer && ntlm_signer_sign(signer, message, signature) &&
	       auth_token_copy(out, span_of(signature, sizeof(signature)));
}

bool
ntlm_party_mic_verify(struct mechanism_context *context, struct span message, struct span signature)
{
	struct ntlm_party *party = (struct ntlm_party *)context;
	struct ntlm_signer *signer = signer_of(party, &party->peers, other_way(party->sends));

	return signer && ntlm_signer_verify(signer, message, signature);
}

void
ntlm_party_clear(struct ntlm_party *party)
{
	ntlm_signer_free(&party->own);
	ntlm_signer_free(&party->peers);
}
