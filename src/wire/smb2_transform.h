/* The TRANSFORM_HEADER in front of what is sealed, [MS-SMB2] 2.2.41. */
#ifndef WIRE_SMB2_TRANSFORM_H
#define WIRE_SMB2_TRANSFORM_H

#include "base/span.h"

#define SMB2_TRANSFORM_SIZE 52

/* Flags of 3.1.1; in 3.0 and 3.0.2 the same value names AES-128-CCM. Nothing else is lawful. */
#define SMB2_TRANSFORM_ENCRYPTED 0x0001

struct smb2_transform {
	uint8_t signature[16];
	uint8_t nonce[16];      /* GCM uses the first 12, CCM the first 11 */
	uint32_t original_size; /* bytes of the message that was sealed */
	uint16_t flags;
	uint64_t session_id;
};

/*
 * Reads the header in front of MESSAGE. False unless all 52 bytes with their ProtocolId are there.
 * Whether original_size, flags and session_id make sense is the caller's to judge.
 */
bool smb2_transform_decode(struct span message, struct smb2_transform *out);

void smb2_transform_encode(const struct smb2_transform *in, uint8_t out[SMB2_TRANSFORM_SIZE]);

/*
 * The part of the header that the seal covers, [MS-SMB2] 3.1.4.3: from the nonce to the header's
 * end. MESSAGE begins with the header; empty if it is shorter than that.
 */
struct span smb2_transform_aad(struct span message);

/* The 16 bytes of the signature inside MESSAGE, which holds at least the header. */
uint8_t *smb2_transform_signature(uint8_t *message);

#endif
