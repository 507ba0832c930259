/* The hashes that NTLM and LM make of a password, each worth as much as the password. */
#ifndef AUTH_NTLM_HASH_H
#define AUTH_NTLM_HASH_H

#include "crypto/legacy.h"

#define NTLM_HASH_SIZE 16

/*
 * MD4 of the UTF-16LE form of PASSWORD, which is UTF-8 ([MS-NLMP] 3.3.1, NTOWFv1). False: it is
 * not valid UTF-8 or memory is out, and OUT is all zero.
 */
bool ntlm_hash_password(
	const struct legacy *legacy, const char *password, uint8_t out[NTLM_HASH_SIZE]) MUST_CHECK;

/*
 * The LM hash of PASSWORD, which is UTF-8 ([MS-NLMP] 3.3.1, LMOWFv1). False: it has none, for it is
 * longer than 14 characters or not all ASCII, which is what all OEM code pages share; or memory is
 * out. OUT is all zero then.
 */
bool ntlm_hash_password_lm(
	const struct legacy *legacy, const char *password, uint8_t out[NTLM_HASH_SIZE]) MUST_CHECK;

#endif
