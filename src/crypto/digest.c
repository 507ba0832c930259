/* Plain digests of a run of bytes. */
#include "crypto/digest.h"

#include <openssl/evp.h>

bool
digest_sha256(struct span bytes, uint8_t out[32])
{
	return EVP_Digest(bytes.data, bytes.len, out, NULL, EVP_sha256(), NULL) == 1;
}

bool
digest_sha512(struct span bytes, uint8_t out[64])
{
	return EVP_Digest(bytes.data, bytes.len, out, NULL, EVP_sha512(), NULL) == 1;
}
