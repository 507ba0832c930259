/* SMB2 CREATE, [MS-SMB2] 2.2.13 and 2.2.14: opens a file, with a chain of contexts (2.2.13.2). */
#include "wire/smb2_create.h"
#include "wire/body.h"

#define REQUEST_SIZE 57
#define RESPONSE_SIZE 89

/* One context: its fixed fields, and where each begins. */
#define CONTEXT_FIXED_SIZE 16
#define CONTEXT_ALIGN 8

/* Where the chain of a request is announced, counted from the header. */
#define REQUEST_CONTEXTS_AT (SMB2_HEADER_SIZE + 48)

/* One context at the front of REST, which is moved on. False where it does not keep to its bounds.
 */
static bool
context_decode(struct span *rest, struct smb2_create_context *out)
{
	struct reader r = reader_over(*rest);
	uint32_t next = reader_u32(&r);
	uint16_t name_offset, name_length, data_offset;
	uint32_t data_length;

	if (next) {
		/* Unaligned, or so near that the two overlap: [MS-SMB2] 3.3.5.9. */
		reader_require(&r, next % CONTEXT_ALIGN == 0 && next >= CONTEXT_FIXED_SIZE);
		reader_require(&r, next < r.len);
	}
	if (next && reader_ok(&r))
		r.len = next; /* what belongs to this context ends where the next begins */
	name_offset = reader_u16(&r);
	name_length = reader_u16(&r);
	reader_skip(&r, 2);
	data_offset = reader_u16(&r);
	data_length = reader_u32(&r);
	out->name = body_buffer(&r, name_offset, name_length);
	out->data = body_buffer(&r, data_offset, data_length);
	if (!reader_ok(&r))
		return false;
	*rest = next ? span_of(rest->data + next, rest->len - next) : (struct span){0};
	return true;
}

bool
smb2_create_context_next(struct span *rest, struct smb2_create_context *out)
{
	*out = (struct smb2_create_context){0};
	if (rest->len == 0)
		return false;
	if (context_decode(rest, out))
		return true;
	*rest = (struct span){0};
	return false;
}

bool
smb2_create_context_find(struct span contexts, const char *name, struct smb2_create_context *out)
{
	while (smb2_create_context_next(&contexts, out))
		if (span_equal(out->name, span_of_text(name)))
			return true;
	return false;
}

/* The chain of contexts at OFFSET, walked once to its end so that later walks meet no damage. */
static struct span
chain_decode(struct reader *r, uint32_t offset, uint32_t length)
{
	struct span chain = body_buffer(r, offset, length);
	struct span rest = chain;
	struct smb2_create_context context;

	for (unsigned n = 0; rest.len; n++) {
		if (n < SMB2_CREATE_CONTEXTS_MAX && context_decode(&rest, &context))
			continue;
		reader_require(r, false);
		return (struct span){0};
	}
	return chain;
}

bool
smb2_create_request_decode(struct span message, struct smb2_create_request *out)
{
	struct reader r = body_open(message, REQUEST_SIZE);
	uint16_t name_offset, name_length;
	uint32_t contexts_offset, contexts_length;

	*out = (struct smb2_create_request){0};
	reader_skip(&r, 1); /* SecurityFlags */
	out->oplock_level = reader_u8(&r);
	out->impersonation_level = reader_u32(&r);
	reader_skip(&r, 16); /* SmbCreateFlags, Reserved */
	out->desired_access = reader_u32(&r);
	out->file_attributes = reader_u32(&r);
	out->share_access = reader_u32(&r);
	out->create_disposition = reader_u32(&r);
	out->create_options = reader_u32(&r);
	name_offset = reader_u16(&r);
	name_length = reader_u16(&r);
	contexts_offset = reader_u32(&r);
	contexts_length = reader_u32(&r);
	out->name = body_buffer(&r, name_offset, name_length);
	out->contexts = chain_decode(&r, contexts_offset, contexts_length);
	return reader_ok(&r);
}

bool
smb2_create_response_decode(struct span message, struct smb2_create_response *out)
{
	struct reader r = body_open(message, RESPONSE_SIZE);
	uint32_t contexts_offset, contexts_length;

	*out = (struct smb2_create_response){0};
	out->oplock_level = reader_u8(&r);
	out->flags = reader_u8(&r);
	out->create_action = reader_u32(&r);
	out->creation_time = reader_u64(&r);
	out->last_access_time = reader_u64(&r);
	out->last_write_time = reader_u64(&r);
	out->change_time = reader_u64(&r);
	out->allocation_size = reader_u64(&r);
	out->end_of_file = reader_u64(&r);
	out->file_attributes = reader_u32(&r);
	reader_skip(&r, 4);
	out->file = file_id_decode(&r);
	contexts_offset = reader_u32(&r);
	contexts_length = reader_u32(&r);
	out->contexts = chain_decode(&r, contexts_offset, contexts_length);
	return reader_ok(&r);
}

void
smb2_create_request_encode(struct writer *w, const struct smb2_create_request *in)
{
	body_begin(w, REQUEST_SIZE);
	writer_u8(w, 0);
	writer_u8(w, in->oplock_level);
	writer_u32(w, in->impersonation_level);
	writer_zero(w, 16);
	writer_u32(w, in->desired_access);
	writer_u32(w, in->file_attributes);
	writer_u32(w, in->share_access);
	writer_u32(w, in->create_disposition);
	writer_u32(w, in->create_options);
	writer_u16(w, BODY_BUFFER_AT(REQUEST_SIZE));
	body_length(w, in->name.len, 2);
	writer_u32(w, 0);
	body_length(w, in->contexts.len, 4);
	writer_bytes(w, in->name);
	if (in->contexts.len) {
		writer_align(w, CONTEXT_ALIGN);
		writer_patch(w, REQUEST_CONTEXTS_AT, w->at, 4);
		writer_bytes(w, in->contexts);
	}
	body_end(w, REQUEST_SIZE);
}

void
smb2_create_response_encode(struct writer *w, const struct smb2_create_response *in)
{
	body_begin(w, RESPONSE_SIZE);
	writer_u8(w, in->oplock_level);
	writer_u8(w, in->flags);
	writer_u32(w, in->create_action);
	writer_u64(w, in->creation_time);
	writer_u64(w, in->last_access_time);
	writer_u64(w, in->last_write_time);
	writer_u64(w, in->change_time);
	writer_u64(w, in->allocation_size);
	writer_u64(w, in->end_of_file);
	writer_u32(w, in->file_attributes);
	writer_u32(w, 0);
	file_id_encode(w, in->file);
	writer_u32(w, in->contexts.len ? BODY_BUFFER_AT(RESPONSE_SIZE) : 0);
	body_length(w, in->contexts.len, 4);
	writer_bytes(w, in->contexts);
	body_end(w, RESPONSE_SIZE);
}

/* One context without its Next, which chain_encode() fills in; the data begins aligned. */
static void
context_encode(struct writer *w, const struct smb2_create_context *in)
{
	size_t start = w->at;

	writer_u32(w, 0);
	writer_u16(w, CONTEXT_FIXED_SIZE);
	body_length(w, in->name.len, 2);
	writer_zero(w, 4); /* Reserved, DataOffset */
	body_length(w, in->data.len, 4);
	writer_bytes(w, in->name);
	if (in->data.len) {
		writer_align(w, CONTEXT_ALIGN);
		writer_require(w, w->at - start <= UINT16_MAX);
		writer_patch(w, start + 10, w->at - start, 2);
		writer_bytes(w, in->data);
	}
}

void
smb2_create_contexts_encode(struct writer *w, const struct smb2_create_context *list, size_t count)
{
	writer_require(w, w->at == 0 && count <= SMB2_CREATE_CONTEXTS_MAX);
	for (size_t i = 0; i < count && writer_ok(w); i++) {
		size_t start = w->at;

		context_encode(w, &list[i]);
		if (i + 1 == count)
			break;
		writer_align(w, CONTEXT_ALIGN);
		writer_patch(w, start, w->at - start, 4);
	}
}
