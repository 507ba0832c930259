/*
 * GSS_GetMIC of NTLM with extended session security, in one direction ([MS-NLMP] 3.4.4.2, 3.4.5).
 * SMB itself signs otherwise; this serves SPNEGO's mechListMIC.
 */
#ifndef AUTH_NTLM_SIGNER_H
#define AUTH_NTLM_SIGNER_H

#include "auth/ntlm.h"

#define NTLM_SIGNATURE_SIZE 16

enum ntlm_direction { NTLM_CLIENT_TO_SERVER, NTLM_SERVER_TO_CLIENT };

/* Counts its messages from 0. */
struct ntlm_signer;

/*
 * For the exported session KEY and the agreed FLAGS. NULL without extended session security, or
 * where memory is out.
 */
struct ntlm_signer *ntlm_signer_new(const struct legacy *legacy, const uint8_t key[NTLM_KEY_SIZE],
	uint32_t flags, enum ntlm_direction direction);
void ntlm_signer_free(struct ntlm_signer **signer);

/* The signature of the next message. False: nothing may be sent. */
bool ntlm_signer_sign(struct ntlm_signer *signer, struct span message,
	uint8_t signature[NTLM_SIGNATURE_SIZE]) MUST_CHECK;

/* Whether SIGNATURE is that of the next message. */
bool ntlm_signer_verify(
	struct ntlm_signer *signer, struct span message, struct span signature) MUST_CHECK;

#endif
