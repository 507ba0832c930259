/* The hashes of a password. */
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

#define LM_PASSWORD_MAX 14

/* PASSWORD as LM knows it: upper case, in 14 bytes. */
static bool
lm_password(const char *password, uint8_t out[LM_PASSWORD_MAX])
{
	memset(out, 0, LM_PASSWORD_MAX);
	for (size_t i = 0; password[i]; i++) {
		unsigned char c = (unsigned char)password[i];

		if (i == LM_PASSWORD_MAX || c >= 0x80)
			return false;
		out[i] = c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
	}
	return true;
}

bool
ntlm_hash_password_lm(
	const struct legacy *legacy, const char *password, uint8_t out[NTLM_HASH_SIZE])
{
	static const uint8_t magic[8] = {'K', 'G', 'S', '!', '@', '#', '$', '%'};
	uint8_t upper[LM_PASSWORD_MAX];
	bool ok = lm_password(password, upper) && legacy_des(legacy, upper, magic, out) &&
		  legacy_des(legacy, upper + 7, magic, out + 8);

	if (!ok)
		secret_wipe(out, NTLM_HASH_SIZE);
	secret_wipe(upper, sizeof(upper));
	return ok;
}
