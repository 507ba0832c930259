/* The preauthentication integrity hash of 3.1.1 ([MS-SMB2] 3.2.5.2, 3.3.5.4): a chain of SHA-512.
 */
#ifndef CRYPTO_PREAUTH_H
#define CRYPTO_PREAUTH_H

#include "base/fault.h"
#include "base/span.h"

#define PREAUTH_SIZE 64

/* All zero is the start. Copy it where a session starts from the connection's. */
struct preauth {
	uint8_t hash[PREAUTH_SIZE];
};

/*
 * hash = SHA-512(hash || MESSAGE); MESSAGE is the whole message from its SMB2 header on, as it is
 * on the wire, without the transport header. False: the hash is as it was, and the connection must
 * end.
 */
bool preauth_extend(struct preauth *preauth, struct span message) MUST_CHECK;

#endif
