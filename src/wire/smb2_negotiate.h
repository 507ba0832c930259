/* SMB2 NEGOTIATE, [MS-SMB2] 2.2.3 and 2.2.4, with the contexts of 3.1.1. */
#ifndef WIRE_SMB2_NEGOTIATE_H
#define WIRE_SMB2_NEGOTIATE_H

#include "wire/smb2_header.h"
#include "base/writer.h"

/* More of any of these in one message is malformed for us; clients send a handful. */
#define SMB2_DIALECTS_MAX 64
#define SMB2_ALGORITHMS_MAX 16
#define SMB2_NEGOTIATE_CONTEXTS_MAX 32

/* SecurityMode, [MS-SMB2] 2.2.3 */
#define SMB2_SIGNING_ENABLED 0x0001
#define SMB2_SIGNING_REQUIRED 0x0002

/* Capabilities, [MS-SMB2] 2.2.3 */
#define SMB2_CAP_DFS 0x00000001u
#define SMB2_CAP_LEASING 0x00000002u
#define SMB2_CAP_LARGE_MTU 0x00000004u
#define SMB2_CAP_MULTI_CHANNEL 0x00000008u
#define SMB2_CAP_PERSISTENT_HANDLES 0x00000010u
#define SMB2_CAP_DIRECTORY_LEASING 0x00000020u
#define SMB2_CAP_ENCRYPTION 0x00000040u
#define SMB2_CAP_NOTIFICATIONS 0x00000080u

/* HashAlgorithms, [MS-SMB2] 2.2.3.1.1 */
#define SMB2_HASH_SHA512 0x0001

/* Ciphers, [MS-SMB2] 2.2.3.1.2; 0 in an answer: none in common */
#define SMB2_CIPHER_AES_128_CCM 0x0001
#define SMB2_CIPHER_AES_128_GCM 0x0002
#define SMB2_CIPHER_AES_256_CCM 0x0003
#define SMB2_CIPHER_AES_256_GCM 0x0004

/* SigningAlgorithms, [MS-SMB2] 2.2.3.1.7 */
#define SMB2_SIGNING_HMAC_SHA256 0x0000
#define SMB2_SIGNING_AES_CMAC 0x0001
#define SMB2_SIGNING_AES_GMAC 0x0002

/* A list of algorithm ids in the sender's order of preference. */
struct smb2_algorithms {
	bool present;   /* the context was there, or is to be sent */
	uint16_t count; /* may be zero on receipt, which no sender may do */
	uint16_t ids[SMB2_ALGORITHMS_MAX];
};

/* The negotiate contexts of one message; all absent below 3.1.1. */
struct smb2_negotiate_contexts {
	struct smb2_algorithms hashes;  /* PREAUTH_INTEGRITY_CAPABILITIES, 2.2.3.1.1 */
	struct span salt;               /* of the same context */
	struct smb2_algorithms ciphers; /* ENCRYPTION_CAPABILITIES, 2.2.3.1.2 */
	struct smb2_algorithms signers; /* SIGNING_CAPABILITIES, 2.2.3.1.7 */
	struct span netname; /* NETNAME_NEGOTIATE_CONTEXT_ID, 2.2.3.1.4: UTF-16LE; empty: absent */
	uint16_t others;     /* contexts of other types, ignored; never sent */
};

struct smb2_negotiate_request {
	uint16_t security_mode;
	uint32_t capabilities;
	uint8_t client_guid[16];
	uint16_t dialect_count;
	uint16_t dialects[SMB2_DIALECTS_MAX];
	struct smb2_negotiate_contexts contexts; /* only where the dialects name 3.1.1 */
};

struct smb2_negotiate_response {
	uint16_t security_mode;
	uint16_t dialect;
	uint8_t server_guid[16];
	uint32_t capabilities;
	uint32_t max_transact;
	uint32_t max_read;
	uint32_t max_write;
	uint64_t system_time; /* FILETIME: 100 ns since 1601, UTC */
	uint64_t start_time;
	struct span token;                       /* the security buffer; may be empty */
	struct smb2_negotiate_contexts contexts; /* only where the dialect is 3.1.1 */
};

/*
 * Also malformed: a list past its limit, a known context twice. A missing or empty context, an
 * algorithm nobody knows and no dialect at all are the caller's to judge by [MS-SMB2] 3.3.5.4
 * and 3.2.5.2.
 */
bool smb2_negotiate_request_decode(struct span message, struct smb2_negotiate_request *out);
bool smb2_negotiate_response_decode(struct span message, struct smb2_negotiate_response *out);

void smb2_negotiate_request_encode(struct writer *w, const struct smb2_negotiate_request *in);
void smb2_negotiate_response_encode(struct writer *w, const struct smb2_negotiate_response *in);

/* Whether REQUEST names DIALECT. */
bool smb2_negotiate_request_offers(const struct smb2_negotiate_request *request, uint16_t dialect);

/* Whether LIST is present and names ID. */
bool smb2_algorithms_has(const struct smb2_algorithms *list, uint16_t id);

#endif
