/* NTLM's message signatures with extended session security: [MS-NLMP] 3.4.4.2, 3.4.5.2, 3.4.5.3. */
#include "auth/ntlm_signer.h"

#include "base/secret.h"
#include "base/writer.h"

#include <stdlib.h>

#define CHECKSUM_SIZE 8

struct ntlm_signer {
	const struct legacy *legacy;
	uint8_t key[NTLM_KEY_SIZE];
	struct rc4 *sealing; /* NULL without key exchange: the checksum is then left as it is */
	uint32_t sequence;
};

/* The NUL that ends each is part of it. */
static const char sign_magic[2][60] = {
	[NTLM_CLIENT_TO_SERVER] = "session key to client-to-server signing key magic constant",
	[NTLM_SERVER_TO_CLIENT] = "session key to server-to-client signing key magic constant",
};
static const char seal_magic[2][60] = {
	[NTLM_CLIENT_TO_SERVER] = "session key to client-to-server sealing key magic constant",
	[NTLM_SERVER_TO_CLIENT] = "session key to server-to-client sealing key magic constant",
};

/* How much of the session key goes into the sealing key ([MS-NLMP] 3.4.5.3). */
static size_t
sealing_strength(uint32_t flags)
{
	if (flags & NTLM_128)
		return 16;
	return flags & NTLM_56 ? 7 : 5;
}

/* MD5 over the first N bytes of the session KEY and MAGIC. */
static bool
key_derive(const struct legacy *legacy, const uint8_t *key, size_t n, const char *magic,
	uint8_t out[NTLM_KEY_SIZE])
{
	uint8_t input[NTLM_KEY_SIZE + sizeof(sign_magic[0])];
	size_t magic_len = strlen(magic) + 1;
	bool ok;

	memcpy(input, key, n);
	memcpy(input + n, magic, magic_len);
	ok = legacy_md5(legacy, span_of(input, n + magic_len), out);
	secret_wipe(input, sizeof(input));
	return ok;
}

static bool
signer_init(
	struct ntlm_signer *s, const uint8_t *key, uint32_t flags, enum ntlm_direction direction)
{
	uint8_t sealing[NTLM_KEY_SIZE];
	bool ok;

	if (!key_derive(s->legacy, key, NTLM_KEY_SIZE, sign_magic[direction], s->key))
		return false;
	if (!(flags & NTLM_KEY_EXCHANGE))
		return true;
	ok = key_derive(s->legacy, key, sealing_strength(flags), seal_magic[direction], sealing);
	if (ok)
		s->sealing = rc4_new(s->legacy, span_of(sealing, NTLM_KEY_SIZE));
	secret_wipe(sealing, sizeof(sealing));
	return s->sealing;
}

struct ntlm_signer *
ntlm_signer_new(const struct legacy *legacy, const uint8_t key[NTLM_KEY_SIZE], uint32_t flags,
	enum ntlm_direction direction)
{
	struct ntlm_signer *s;

	if (!(flags & NTLM_EXTENDED_SECURITY))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->legacy = legacy;
	if (!signer_init(s, key, flags, direction))
		ntlm_signer_free(&s);
	return s;
}

void
ntlm_signer_free(struct ntlm_signer **signer)
{
	struct ntlm_signer *s = *signer;

	*signer = NULL;
	if (!s)
		return;
	rc4_free(&s->sealing);
	secret_wipe(s, sizeof(*s));
	free(s);
}

bool
ntlm_signer_sign(struct ntlm_signer *s, struct span message, uint8_t signature[NTLM_SIGNATURE_SIZE])
{
	struct writer w = writer_over(signature, NTLM_SIGNATURE_SIZE);
	uint8_t mac[16];
	uint8_t sequence[4];
	struct writer number = writer_over(sequence, sizeof(sequence));
	struct span parts[] = {span_of(sequence, sizeof(sequence)), message};

	memset(signature, 0, NTLM_SIGNATURE_SIZE);
	writer_u32(&number, s->sequence);
	if (!legacy_hmac_md5(s->legacy, span_of(s->key, sizeof(s->key)), parts, 2, mac))
		return false;
	if (s->sealing && !rc4_apply(s->sealing, mac, CHECKSUM_SIZE))
		return false;
	writer_u32(&w, 1); /* version */
	writer_bytes(&w, span_of(mac, CHECKSUM_SIZE));
	writer_u32(&w, s->sequence++);
	return writer_ok(&w);
}

bool
ntlm_signer_verify(struct ntlm_signer *s, struct span message, struct span signature)
{
	uint8_t due[NTLM_SIGNATURE_SIZE];

	return ntlm_signer_sign(s, message, due) && signature.len == sizeof(due) &&
	       secret_equal(due, signature.data, sizeof(due));
}
