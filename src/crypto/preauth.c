/* The preauthentication integrity hash: each message is hashed behind the hash of all before it. */
#include "crypto/preauth.h"

#include <openssl/evp.h>

bool
preauth_extend(struct preauth *preauth, struct span message)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t next[PREAUTH_SIZE];
	bool ok;

	ok = context && EVP_DigestInit_ex(context, EVP_sha512(), NULL) == 1 &&
	     EVP_DigestUpdate(context, preauth->hash, sizeof(preauth->hash)) == 1 &&
	     EVP_DigestUpdate(context, message.data, message.len) == 1 &&
	     EVP_DigestFinal_ex(context, next, NULL) == 1;
	EVP_MD_CTX_free(context);
	if (ok)
		memcpy(preauth->hash, next, sizeof(next));
	return ok;
}
