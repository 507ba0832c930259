/*
 * SMB2 OPLOCK_BREAK: the server's notification, [MS-SMB2] 2.2.23, the client's
 * acknowledgment, 2.2.24 (the request), and the server's response to it, 2.2.25. Each comes for an
 * oplock or for a lease.
 */
#ifndef WIRE_SMB2_OPLOCK_BREAK_H
#define WIRE_SMB2_OPLOCK_BREAK_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

enum smb2_break_kind { SMB2_BREAK_OPLOCK, SMB2_BREAK_LEASE };

/* Flags of a lease break notification: an acknowledgment is wanted */
#define SMB2_BREAK_ACK_REQUIRED 0x00000001u

/* Only the fields of its kind mean anything; the others are zero when decoded. */
struct smb2_oplock_break_notification {
	enum smb2_break_kind kind;
	/* SMB2_BREAK_OPLOCK */
	uint8_t oplock_level;
	struct file_id file;
	/* SMB2_BREAK_LEASE */
	uint16_t new_epoch;
	uint32_t flags;
	uint8_t lease_key[16];
	uint32_t current_state;
	uint32_t new_state;
};

/* Acknowledgment and response have the same shape. Kinds as above. */
struct smb2_oplock_break_request {
	enum smb2_break_kind kind;
	/* SMB2_BREAK_OPLOCK */
	uint8_t oplock_level;
	struct file_id file;
	/* SMB2_BREAK_LEASE */
	uint32_t flags;
	uint8_t lease_key[16];
	uint32_t lease_state;
};

/* A notification is told from a response by its MessageId, SMB2_MESSAGE_ID_UNASKED. */
bool smb2_oplock_break_notification_decode(
	struct span message, struct smb2_oplock_break_notification *out);
bool smb2_oplock_break_request_decode(struct span message, struct smb2_oplock_break_request *out);
bool smb2_oplock_break_response_decode(struct span message, struct smb2_oplock_break_request *out);
void smb2_oplock_break_notification_encode(
	struct writer *w, const struct smb2_oplock_break_notification *in);
void smb2_oplock_break_request_encode(struct writer *w, const struct smb2_oplock_break_request *in);
void smb2_oplock_break_response_encode(
	struct writer *w, const struct smb2_oplock_break_request *in);

#endif
