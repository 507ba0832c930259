/*
 * The SMB1 multi-protocol NEGOTIATE by which a client may find its way to SMB2: [MS-SMB2] 3.3.5.3,
 * laid out as in [MS-CIFS] 2.2.4.52.1.
 */
#ifndef WIRE_SMB1_NEGOTIATE_H
#define WIRE_SMB1_NEGOTIATE_H

#include "base/span.h"

#define SMB1_HEADER_SIZE 32

/* More dialects in one request are malformed for us; the longest list seen has twelve. */
#define SMB1_DIALECTS_MAX 64

struct smb1_negotiate {
	uint16_t dialect_count;
	struct span dialects[SMB1_DIALECTS_MAX]; /* OEM text without its format byte and its NUL */
	bool has_smb2_002;                       /* "SMB 2.002": answer with dialect 2.0.2 */
	bool has_smb2_wild;                      /* "SMB 2.???": answer with SMB2_DIALECT_WILD */
	bool has_nt_lm;                          /* "NT LM 0.12": the client also speaks SMB1 */
};

/*
 * Reads a request of SMB_COM_NEGOTIATE. False where MESSAGE is no such request or is malformed;
 * the spans borrow MESSAGE.
 */
bool smb1_negotiate_decode(struct span message, struct smb1_negotiate *out);

#endif
