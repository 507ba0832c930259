/* SMB2 NEGOTIATE, [MS-SMB2] 2.2.3 and 2.2.4: dialects, what each side can do, and 3.1.1's contexts.
 */
#include "wire/smb2_negotiate.h"
#include "wire/body.h"

#define REQUEST_SIZE 36
#define RESPONSE_SIZE 65
#define GUID_SIZE 16

/* ContextType, [MS-SMB2] 2.2.3.1 */
enum context_type {
	CONTEXT_PREAUTH = 0x0001,
	CONTEXT_ENCRYPTION = 0x0002,
	CONTEXT_NETNAME = 0x0005,
	CONTEXT_SIGNING = 0x0008,
};

/* The offsets that announce the contexts of a request and of a response, from the header. */
#define REQUEST_CONTEXTS_AT (SMB2_HEADER_SIZE + 28)
#define RESPONSE_CONTEXTS_AT (SMB2_HEADER_SIZE + 60)

/* COUNT ids at the cursor, as the value of a context that must not have come before. */
static void
algorithms_decode(struct reader *r, struct smb2_algorithms *out, uint16_t count)
{
	reader_require(r, !out->present && count <= SMB2_ALGORITHMS_MAX);
	out->present = true;
	for (uint16_t i = 0; i < count && reader_ok(r); i++)
		out->ids[out->count++] = reader_u16(r);
}

/* [MS-SMB2] 2.2.3.1.1 */
static void
preauth_decode(struct reader *r, struct smb2_negotiate_contexts *out)
{
	uint16_t count = reader_u16(r);
	uint16_t salt_length = reader_u16(r);

	algorithms_decode(r, &out->hashes, count);
	out->salt = reader_bytes(r, salt_length);
}

/* [MS-SMB2] 2.2.3.1.4 */
static void
netname_decode(struct reader *r, struct smb2_negotiate_contexts *out)
{
	reader_require(r, out->netname.len == 0);
	out->netname = reader_bytes(r, reader_left(r));
}

/* The value of one context. What follows the fields within DATA is left alone, as others leave it.
 */
static bool
context_decode(uint16_t type, struct span data, struct smb2_negotiate_contexts *out)
{
	struct reader r = reader_over(data);

	switch (type) {
	case CONTEXT_PREAUTH:
		preauth_decode(&r, out);
		break;
	case CONTEXT_ENCRYPTION: /* [MS-SMB2] 2.2.3.1.2 */
		algorithms_decode(&r, &out->ciphers, reader_u16(&r));
		break;
	case CONTEXT_SIGNING: /* [MS-SMB2] 2.2.3.1.7 */
		algorithms_decode(&r, &out->signers, reader_u16(&r));
		break;
	case CONTEXT_NETNAME:
		netname_decode(&r, out);
		break;
	default:
		out->others++;
	}
	return reader_ok(&r);
}

/*
 * COUNT contexts at OFFSET. The cursor must stand behind what comes before them. Each begins at a
 * multiple of eight bytes, counted from the first; behind the last there need be no padding.
 */
static void
contexts_decode(
	struct reader *r, size_t offset, uint16_t count, struct smb2_negotiate_contexts *out)
{
	reader_require(r, count <= SMB2_NEGOTIATE_CONTEXTS_MAX);
	reader_require(r, count == 0 || offset >= r->at);
	if (count)
		reader_seek(r, offset);
	for (uint16_t i = 0; i < count && reader_ok(r); i++) {
		uint16_t type, length;
		struct span data;

		if (i)
			reader_skip(r, (8 - (r->at - offset) % 8) % 8);
		type = reader_u16(r);
		length = reader_u16(r);
		reader_skip(r, 4);
		data = reader_bytes(r, length);
		reader_require(r, reader_ok(r) && context_decode(type, data, out));
	}
}

bool
smb2_negotiate_request_decode(struct span message, struct smb2_negotiate_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);
	uint32_t contexts_offset;
	uint16_t contexts_count;

	*out = (struct smb2_negotiate_request){0};
	out->dialect_count = reader_u16(&r);
	out->security_mode = reader_u16(&r);
	reader_skip(&r, 2);
	out->capabilities = reader_u32(&r);
	body_copy(&r, out->client_guid, GUID_SIZE);
	contexts_offset = reader_u32(&r);
	contexts_count = reader_u16(&r);
	reader_skip(&r, 2);
	reader_require(&r, out->dialect_count <= SMB2_DIALECTS_MAX);
	for (uint16_t i = 0; i < out->dialect_count && reader_ok(&r); i++)
		out->dialects[i] = reader_u16(&r);
	/* Without 3.1.1 the same bytes are ClientStartTime, [MS-SMB2] 2.2.3. */
	if (reader_ok(&r) && smb2_negotiate_request_offers(out, SMB2_DIALECT_0311))
		contexts_decode(&r, contexts_offset, contexts_count, &out->contexts);
	return reader_ok(&r);
}

bool
smb2_negotiate_response_decode(struct span message, struct smb2_negotiate_response *out)
{
	struct reader r = body_open(message, RESPONSE_SIZE);
	uint16_t contexts_count, token_offset, token_length;
	uint32_t contexts_offset;

	*out = (struct smb2_negotiate_response){0};
	out->security_mode = reader_u16(&r);
	out->dialect = reader_u16(&r);
	contexts_count = reader_u16(&r);
	body_copy(&r, out->server_guid, GUID_SIZE);
	out->capabilities = reader_u32(&r);
	out->max_transact = reader_u32(&r);
	out->max_read = reader_u32(&r);
	out->max_write = reader_u32(&r);
	out->system_time = reader_u64(&r);
	out->start_time = reader_u64(&r);
	token_offset = reader_u16(&r);
	token_length = reader_u16(&r);
	contexts_offset = reader_u32(&r);
	out->token = body_buffer(&r, token_offset, token_length);
	/* Below 3.1.1 count and offset are reserved, [MS-SMB2] 2.2.4. */
	if (out->dialect == SMB2_DIALECT_0311) {
		if (token_length)
			reader_seek(&r, (size_t)token_offset + token_length);
		contexts_decode(&r, contexts_offset, contexts_count, &out->contexts);
	}
	return reader_ok(&r);
}

static void
ids_encode(struct writer *w, const struct smb2_algorithms *list)
{
	writer_require(w, list->count <= SMB2_ALGORITHMS_MAX);
	for (uint16_t i = 0; i < list->count && writer_ok(w); i++)
		writer_u16(w, list->ids[i]);
}

/* Begins a context and returns where its value starts, for context_end(). */
static size_t
context_begin(struct writer *w, enum context_type type)
{
	writer_align(w, 8);
	writer_u16(w, (uint16_t)type);
	writer_zero(w, 6);
	return w->at;
}

static void
context_end(struct writer *w, size_t value_at)
{
	size_t length = w->at - value_at;

	writer_require(w, length <= UINT16_MAX);
	writer_patch(w, value_at - 6, length, 2);
}

static void
preauth_encode(struct writer *w, const struct smb2_negotiate_contexts *in)
{
	size_t value_at = context_begin(w, CONTEXT_PREAUTH);

	writer_u16(w, in->hashes.count);
	body_length(w, in->salt.len, 2);
	ids_encode(w, &in->hashes);
	writer_bytes(w, in->salt);
	context_end(w, value_at);
}

static void
list_encode(struct writer *w, enum context_type type, const struct smb2_algorithms *list)
{
	size_t value_at = context_begin(w, type);

	writer_u16(w, list->count);
	ids_encode(w, list);
	context_end(w, value_at);
}

static void
netname_encode(struct writer *w, struct span netname)
{
	size_t value_at = context_begin(w, CONTEXT_NETNAME);

	writer_bytes(w, netname);
	context_end(w, value_at);
}

/* Appends the contexts that are present and fills in where they are and how many. */
static void
contexts_encode(struct writer *w, const struct smb2_negotiate_contexts *in, size_t offset_at,
	size_t count_at)
{
	unsigned count = 0;

	writer_align(w, 8);
	writer_patch(w, offset_at, w->at, 4);
	if (in->hashes.present && ++count)
		preauth_encode(w, in);
	if (in->ciphers.present && ++count)
		list_encode(w, CONTEXT_ENCRYPTION, &in->ciphers);
	if (in->signers.present && ++count)
		list_encode(w, CONTEXT_SIGNING, &in->signers);
	if (in->netname.len && ++count)
		netname_encode(w, in->netname);
	writer_patch(w, count_at, count, 2);
}

void
smb2_negotiate_request_encode(struct writer *w, const struct smb2_negotiate_request *in)
{
	body_begin(w, REQUEST_SIZE);
	writer_require(w, in->dialect_count <= SMB2_DIALECTS_MAX);
	writer_u16(w, in->dialect_count);
	writer_u16(w, in->security_mode);
	writer_u16(w, 0);
	writer_u32(w, in->capabilities);
	writer_bytes(w, span_of(in->client_guid, GUID_SIZE));
	writer_zero(w, 8);
	for (uint16_t i = 0; i < in->dialect_count && writer_ok(w); i++)
		writer_u16(w, in->dialects[i]);
	if (writer_ok(w) && smb2_negotiate_request_offers(in, SMB2_DIALECT_0311))
		contexts_encode(w, &in->contexts, REQUEST_CONTEXTS_AT, REQUEST_CONTEXTS_AT + 4);
}

void
smb2_negotiate_response_encode(struct writer *w, const struct smb2_negotiate_response *in)
{
	body_begin(w, RESPONSE_SIZE);
	writer_u16(w, in->security_mode);
	writer_u16(w, in->dialect);
	writer_u16(w, 0);
	writer_bytes(w, span_of(in->server_guid, GUID_SIZE));
	writer_u32(w, in->capabilities);
	writer_u32(w, in->max_transact);
	writer_u32(w, in->max_read);
	writer_u32(w, in->max_write);
	writer_u64(w, in->system_time);
	writer_u64(w, in->start_time);
	writer_u16(w, BODY_BUFFER_AT(RESPONSE_SIZE));
	body_length(w, in->token.len, 2);
	writer_u32(w, 0);
	writer_bytes(w, in->token);
	if (in->dialect == SMB2_DIALECT_0311)
		contexts_encode(w, &in->contexts, RESPONSE_CONTEXTS_AT, SMB2_HEADER_SIZE + 6);
	body_end(w, RESPONSE_SIZE);
}

bool
smb2_negotiate_request_offers(const struct smb2_negotiate_request *request, uint16_t dialect)
{
	for (uint16_t i = 0; i < request->dialect_count; i++)
		if (request->dialects[i] == dialect)
			return true;
	return false;
}

bool
smb2_algorithms_has(const struct smb2_algorithms *list, uint16_t id)
{
	for (uint16_t i = 0; list->present && i < list->count; i++)
		if (list->ids[i] == id)
			return true;
	return false;
}
