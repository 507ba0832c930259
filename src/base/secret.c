/* Wiping and comparing key material. */
#include "base/secret.h"

#include <stdlib.h>

void
secret_wipe(void *bytes, size_t len)
{
	if (len)
		explicit_bzero(bytes, len);
}

bool
secret_equal(const void *a, const void *b, size_t len)
{
	/* volatile: an optimiser that sees plain bytes may stop at the first difference. */
	const volatile uint8_t *x = a, *y = b;
	uint8_t differs = 0;

	for (size_t i = 0; i < len; i++)
		differs |= x[i] ^ y[i];
	return differs == 0;
}

char *
secret_copy_text(const char *text)
{
	return strdup(text);
}

void
secret_free_text(char **text)
{
	if (!*text)
		return;
	secret_wipe(*text, strlen(*text));
	free(*text);
	*text = NULL;
}
