/* The NT hash of a password. */
#include "auth/ntlm_hash.h"

#include "base/secret.h"
#include "base/utf16.h"

#include <stdlib.h>

bool
ntlm_hash_password(const struct legacy *legacy, const char *password, uint8_t out[NTLM_HASH_SIZE])
{
	size_t len = 0;
	uint8_t *utf16 = utf16_from_utf8(password, &len);
	bool ok = utf16 && legacy_md4(legacy, span_of(utf16, len), out);

	if (!ok)
		memset(out, 0, NTLM_HASH_SIZE);
	if (utf16)
		secret_wipe(utf16, len);
	free(utf16);
	return ok;
}
