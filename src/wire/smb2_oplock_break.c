/* SMB2 OPLOCK_BREAK, [MS-SMB2] 2.2.23 to 2.2.25: takes back what a client was allowed to cache. */
#include "wire/smb2_oplock_break.h"
#include "wire/body.h"

#define OPLOCK_SIZE 24
#define LEASE_NOTIFICATION_SIZE 44
#define LEASE_SIZE 36
#define LEASE_KEY_SIZE 16

/* The StructureSize of MESSAGE's body, which tells an oplock from a lease; 0 where there is none.
 */
static uint16_t
size_peek(struct span message)
{
	struct reader r = reader_over(message);

	reader_seek(&r, SMB2_HEADER_SIZE);
	return reader_u16(&r);
}

/* The fields that an oplock's notification, acknowledgment and response have alike. */
static bool
oplock_decode(struct span message, uint8_t *level, struct file_id *file)
{
	struct reader r = body_open(message, OPLOCK_SIZE);

	*level = reader_u8(&r);
	reader_skip(&r, 5);
	*file = file_id_decode(&r);
	return reader_ok(&r);
}

static void
oplock_encode(struct writer *w, uint8_t level, struct file_id file)
{
	body_begin(w, OPLOCK_SIZE);
	writer_u8(w, level);
	writer_zero(w, 5);
	file_id_encode(w, file);
}

/* [MS-SMB2] 2.2.23.2 */
static bool
lease_notification_decode(struct span message, struct smb2_oplock_break_notification *out)
{
	struct reader r = body_open(message, LEASE_NOTIFICATION_SIZE);

	out->new_epoch = reader_u16(&r);
	out->flags = reader_u32(&r);
	body_copy(&r, out->lease_key, LEASE_KEY_SIZE);
	out->current_state = reader_u32(&r);
	out->new_state = reader_u32(&r);
	reader_skip(&r, 12);
	return reader_ok(&r);
}

bool
smb2_oplock_break_notification_decode(
	struct span message, struct smb2_oplock_break_notification *out)
{
	*out = (struct smb2_oplock_break_notification){0};
	if (size_peek(message) == OPLOCK_SIZE)
		return oplock_decode(message, &out->oplock_level, &out->file);
	out->kind = SMB2_BREAK_LEASE;
	return lease_notification_decode(message, out);
}

/* [MS-SMB2] 2.2.24.2 and 2.2.25.2 */
static bool
lease_decode(struct span message, struct smb2_oplock_break_request *out)
{
	struct reader r = body_open(message, LEASE_SIZE);

	reader_skip(&r, 2);
	out->flags = reader_u32(&r);
	body_copy(&r, out->lease_key, LEASE_KEY_SIZE);
	out->lease_state = reader_u32(&r);
	reader_skip(&r, 8);
	return reader_ok(&r);
}

bool
smb2_oplock_break_request_decode(struct span message, struct smb2_oplock_break_request *out)
{
	*out = (struct smb2_oplock_break_request){0};
	if (size_peek(message) == OPLOCK_SIZE)
		return oplock_decode(message, &out->oplock_level, &out->file);
	out->kind = SMB2_BREAK_LEASE;
	return lease_decode(message, out);
}

bool
smb2_oplock_break_response_decode(struct span message, struct smb2_oplock_break_request *out)
{
	return smb2_oplock_break_request_decode(message, out);
}

void
smb2_oplock_break_notification_encode(
	struct writer *w, const struct smb2_oplock_break_notification *in)
{
	if (in->kind == SMB2_BREAK_OPLOCK) {
		oplock_encode(w, in->oplock_level, in->file);
		return;
	}
	body_begin(w, LEASE_NOTIFICATION_SIZE);
	writer_u16(w, in->new_epoch);
	writer_u32(w, in->flags);
	writer_bytes(w, span_of(in->lease_key, LEASE_KEY_SIZE));
	writer_u32(w, in->current_state);
	writer_u32(w, in->new_state);
	writer_zero(w, 12);
}

void
smb2_oplock_break_request_encode(struct writer *w, const struct smb2_oplock_break_request *in)
{
	if (in->kind == SMB2_BREAK_OPLOCK) {
		oplock_encode(w, in->oplock_level, in->file);
		return;
	}
	body_begin(w, LEASE_SIZE);
	writer_u16(w, 0);
	writer_u32(w, in->flags);
	writer_bytes(w, span_of(in->lease_key, LEASE_KEY_SIZE));
	writer_u32(w, in->lease_state);
	writer_u64(w, 0);
}

void
smb2_oplock_break_response_encode(struct writer *w, const struct smb2_oplock_break_request *in)
{
	smb2_oplock_break_request_encode(w, in);
}
