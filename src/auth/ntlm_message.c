/* NTLMSSP's messages and AV pairs, decoded and encoded: [MS-NLMP] 2.2. */
#include "auth/ntlm_message.h"

#include "base/utf16.h"

#include <stdlib.h>

static const uint8_t signature[8] = "NTLMSSP";

enum { NEGOTIATE = 1, CHALLENGE = 2, AUTHENTICATE = 3 };

/* Where the payload begins: the least, and with every field that [MS-NLMP] 2.2.1 knows. */
enum {
	NEGOTIATE_PAYLOAD = 40,
	CHALLENGE_PAYLOAD_OLD = 32, /* ends with the challenge */
	CHALLENGE_PAYLOAD = 56,
	AUTHENTICATE_PAYLOAD_OLD = 52, /* ends with the workstation */
	AUTHENTICATE_FLAGS = 60,
	AUTHENTICATE_PAYLOAD = NTLM_MIC_OFFSET + NTLM_MIC_SIZE,
};

/* VERSION ([MS-NLMP] 2.2.2.10): what we name means nothing but revision 15, NTLMSSP_REVISION_W2K3.
 */
static const uint8_t version[8] = {10, 0, 0, 0, 0, 0, 0, 15};

bool
ntlm_message_is(struct span message)
{
	return message.len >= sizeof(signature) &&
	       memcmp(message.data, signature, sizeof(signature)) == 0;
}

static void
head_decode(struct reader *r, uint32_t type)
{
	reader_require(r, span_equal(reader_bytes(r, sizeof(signature)), span_of(signature, 8)));
	reader_require(r, reader_u32(r) == type);
}

static void
head_encode(struct writer *w, uint32_t type)
{
	writer_bytes(w, span_of(signature, sizeof(signature)));
	writer_u32(w, type);
}

/* A field's length, room and offset; *PAYLOAD falls to the least offset at which there is content.
 */
static struct span
field_decode(struct reader *r, size_t *payload)
{
	uint16_t len = reader_u16(r);
	uint32_t offset;

	reader_skip(r, 2);
	offset = reader_u32(r);
	if (len > 0 && offset < *payload)
		*payload = offset;
	return reader_range(r, offset, len);
}

/* The head of a field whose content comes at *PAYLOAD, which moves behind it. */
static void
field_encode(struct writer *w, struct span content, size_t *payload)
{
	writer_require(w, content.len <= UINT16_MAX && *payload <= UINT32_MAX);
	writer_u16(w, (uint16_t)content.len);
	writer_u16(w, (uint16_t)content.len);
	writer_u32(w, (uint32_t)*payload);
	*payload += content.len;
}

static void
version_encode(struct writer *w, uint32_t flags)
{
	if (flags & NTLM_VERSION)
		writer_bytes(w, span_of(version, sizeof(version)));
	else
		writer_zero(w, sizeof(version));
}

bool
ntlm_negotiate_decode(struct span message, struct ntlm_negotiate *out)
{
	struct reader r = reader_over(message);

	*out = (struct ntlm_negotiate){0};
	if (!ntlm_message_is(message))
		return false;
	head_decode(&r, NEGOTIATE);
	out->flags = reader_u32(&r);
	return reader_ok(&r);
}

bool
ntlm_negotiate_encode(struct writer *w, const struct ntlm_negotiate *in)
{
	size_t payload = NEGOTIATE_PAYLOAD;

	head_encode(w, NEGOTIATE);
	writer_u32(w, in->flags);
	field_encode(w, (struct span){0}, &payload);
	field_encode(w, (struct span){0}, &payload);
	version_encode(w, in->flags);
	return writer_ok(w);
}

bool
ntlm_challenge_decode(struct span message, struct ntlm_challenge *out)
{
	struct reader r = reader_over(message);
	size_t payload = message.len;
	struct span challenge;

	*out = (struct ntlm_challenge){0};
	if (!ntlm_message_is(message))
		return false;
	head_decode(&r, CHALLENGE);
	out->target_name = field_decode(&r, &payload);
	out->flags = reader_u32(&r);
	challenge = reader_bytes(&r, NTLM_CHALLENGE_SIZE);
	reader_require(&r, payload >= CHALLENGE_PAYLOAD_OLD);
	if (!reader_ok(&r))
		return false;
	memcpy(out->challenge, challenge.data, NTLM_CHALLENGE_SIZE);
	if (out->flags & NTLM_TARGET_INFO) {
		reader_skip(&r, 8); /* reserved */
		out->target_info = field_decode(&r, &payload);
		reader_require(&r, payload >= r.at);
	}
	return reader_ok(&r);
}

bool
ntlm_challenge_encode(struct writer *w, const struct ntlm_challenge *in)
{
	size_t payload = CHALLENGE_PAYLOAD;

	head_encode(w, CHALLENGE);
	field_encode(w, in->target_name, &payload);
	writer_u32(w, in->flags);
	writer_bytes(w, span_of(in->challenge, NTLM_CHALLENGE_SIZE));
	writer_zero(w, 8);
	field_encode(w, in->target_info, &payload);
	version_encode(w, in->flags);
	writer_bytes(w, in->target_name);
	writer_bytes(w, in->target_info);
	return writer_ok(w);
}

/* What the header holds beyond the workstation is told only by where the payload begins. */
static void
authenticate_tail_decode(struct reader *r, struct ntlm_authenticate *out, size_t payload)
{
	struct span mic;

	reader_require(r, payload >= AUTHENTICATE_PAYLOAD_OLD);
	if (payload < AUTHENTICATE_FLAGS)
		return;
	out->session_key = field_decode(r, &payload);
	reader_require(r, payload >= AUTHENTICATE_FLAGS);
	if (payload < AUTHENTICATE_FLAGS + 4)
		return;
	out->has_flags = true;
	out->flags = reader_u32(r);
	if (payload < AUTHENTICATE_PAYLOAD)
		return;
	mic = reader_range(r, NTLM_MIC_OFFSET, NTLM_MIC_SIZE);
	out->has_mic = reader_ok(r);
	if (out->has_mic)
		memcpy(out->mic, mic.data, NTLM_MIC_SIZE);
}

bool
ntlm_authenticate_decode(struct span message, struct ntlm_authenticate *out)
{
	struct reader r = reader_over(message);
	size_t payload = message.len;

	*out = (struct ntlm_authenticate){0};
	if (!ntlm_message_is(message))
		return false;
	head_decode(&r, AUTHENTICATE);
	out->lm = field_decode(&r, &payload);
	out->nt = field_decode(&r, &payload);
	out->domain = field_decode(&r, &payload);
	out->user = field_decode(&r, &payload);
	out->workstation = field_decode(&r, &payload);
	if (reader_ok(&r))
		authenticate_tail_decode(&r, out, payload);
	return reader_ok(&r);
}

bool
ntlm_authenticate_encode(struct writer *w, const struct ntlm_authenticate *in)
{
	size_t payload = AUTHENTICATE_PAYLOAD;

	head_encode(w, AUTHENTICATE);
	field_encode(w, in->lm, &payload);
	field_encode(w, in->nt, &payload);
	field_encode(w, in->domain, &payload);
	field_encode(w, in->user, &payload);
	field_encode(w, in->workstation, &payload);
	field_encode(w, in->session_key, &payload);
	writer_u32(w, in->flags);
	version_encode(w, in->flags);
	writer_bytes(w, span_of(in->mic, NTLM_MIC_SIZE));
	writer_bytes(w, in->lm);
	writer_bytes(w, in->nt);
	writer_bytes(w, in->domain);
	writer_bytes(w, in->user);
	writer_bytes(w, in->workstation);
	writer_bytes(w, in->session_key);
	return writer_ok(w);
}

uint16_t
ntlm_av_next(struct reader *r, struct span *value)
{
	uint16_t id;
	uint16_t len;

	*value = (struct span){0};
	if (reader_left(r) == 0) /* some clients leave the end mark out */
		return NTLM_AV_END;
	id = reader_u16(r);
	len = reader_u16(r);
	*value = reader_bytes(r, len);
	return reader_ok(r) ? id : NTLM_AV_END;
}

struct span
ntlm_av_find(struct span pairs, enum ntlm_av id)
{
	struct reader r = reader_over(pairs);
	struct span value;
	uint16_t at;

	do {
		at = ntlm_av_next(&r, &value);
		if (at == id && at != NTLM_AV_END)
			return value;
	} while (at != NTLM_AV_END);
	return (struct span){0};
}

bool
ntlm_av_sound(struct span pairs)
{
	struct reader r = reader_over(pairs);
	struct span value;

	while (ntlm_av_next(&r, &value) != NTLM_AV_END)
		;
	return reader_ok(&r);
}

void
ntlm_av_write(struct writer *w, enum ntlm_av id, struct span value)
{
	writer_require(w, value.len <= UINT16_MAX);
	writer_u16(w, (uint16_t)id);
	writer_u16(w, (uint16_t)value.len);
	writer_bytes(w, value);
}

static char *
ascii_text(struct span text)
{
	char *out = malloc(text.len + 1);

	if (!out)
		return NULL;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == 0 || text.data[i] >= 0x80) {
			free(out);
			return NULL;
		}
		out[i] = (char)text.data[i];
	}
	out[text.len] = '\0';
	return out;
}

char *
ntlm_text(struct span text, uint32_t flags)
{
	if (text.len > NTLM_TEXT_MAX)
		return NULL;
	if (text.len == 0)
		return calloc(1, 1);
	return flags & NTLM_UNICODE ? utf16_to_utf8(text) : ascii_text(text);
}
