/* Tokens and results: copied, wiped, freed. */
#include "auth/token.h"

#include "base/secret.h"
#include "base/utf8.h"

#include <stdlib.h>

bool
auth_token_copy(struct auth_token *token, struct span bytes)
{
	*token = (struct auth_token){0};
	if (bytes.len == 0)
		return true;
	token->bytes = malloc(bytes.len);
	if (!token->bytes)
		return false;
	memcpy(token->bytes, bytes.data, bytes.len);
	token->len = bytes.len;
	return true;
}

void
auth_token_free(struct auth_token *token)
{
	if (token->bytes)
		secret_wipe(token->bytes, token->len);
	free(token->bytes);
	*token = (struct auth_token){0};
}

char *
auth_text_copy(const char *text, size_t max)
{
	size_t len = strlen(text);
	size_t n;

	if (len > max)
		return NULL;
	for (size_t at = 0; at < len; at += n) {
		uint32_t c;

		n = utf8_decode(text + at, &c);
		if (n == 0)
			return NULL;
	}
	return secret_copy_text(text);
}

struct span
auth_result_key(const struct auth_result *result)
{
	return span_of(result->session_key, result->session_key_len);
}

void
auth_result_forget_key(struct auth_result *result)
{
	secret_wipe(result->session_key, sizeof(result->session_key));
	result->session_key_len = 0;
}

void
auth_result_wipe(struct auth_result *result)
{
	fault why = result->fault;

	free(result->user);
	free(result->domain);
	free(result->workstation);
	free(result->account);
	free(result->detail);
	kerberos_delegate_unref(&result->delegate);
	secret_wipe(result, sizeof(*result));
	*result = (struct auth_result){.fault = why};
}
