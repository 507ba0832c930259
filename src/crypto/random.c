/* Bytes nobody can guess, from the library's seeded generator. */
#include "crypto/random.h"

#include "base/secret.h"

#include <limits.h>
#include <openssl/rand.h>

bool
random_bytes(void *out, size_t len)
{
	if (len <= INT_MAX && RAND_bytes(out, (int)len) == 1)
		return true;
	secret_wipe(out, len);
	return false;
}
