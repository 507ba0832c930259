/*
 * What both sides of an NTLM exchange have in common: once the session key is there, each can sign
 * for SPNEGO's mechListMIC and verify what the other has signed.
 */
#ifndef AUTH_NTLM_PARTY_H
#define AUTH_NTLM_PARTY_H

#include "auth/mechanism.h"
#include "auth/ntlm_signer.h"

/* The beginning of an acceptor's and of an initiator's context, so that one is held by the other.
 */
struct ntlm_party {
	struct mechanism_context base; /* first: it is how others hold us */
	const struct legacy *legacy;
	struct auth_result *result;
	enum ntlm_direction sends;       /* which way our messages go */
	uint32_t flags;                  /* agreed on */
	bool established;                /* the result's session key is the one both have */
	struct ntlm_signer *own, *peers; /* made when first needed */
};

/* As mic and mic_verify of struct mechanism_work. */
bool ntlm_party_mic(struct mechanism_context *context, struct span message, struct auth_token *out);
bool ntlm_party_mic_verify(
	struct mechanism_context *context, struct span message, struct span signature);

/* Wipes and frees what signing took. */
void ntlm_party_clear(struct ntlm_party *party);

#endif
