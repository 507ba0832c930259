/* SMB2 LOCK, [MS-SMB2] 2.2.26 and 2.2.27. */
#ifndef WIRE_SMB2_LOCK_H
#define WIRE_SMB2_LOCK_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

/* Flags of an element, [MS-SMB2] 2.2.26.1 */
#define SMB2_LOCK_SHARED 0x00000001u
#define SMB2_LOCK_EXCLUSIVE 0x00000002u
#define SMB2_LOCK_UNLOCK 0x00000004u
#define SMB2_LOCK_FAIL_IMMEDIATELY 0x00000010u

#define SMB2_LOCK_ELEMENT_SIZE 24

struct smb2_lock_element {
	uint64_t offset;
	uint64_t length;
	uint32_t flags;
};

struct smb2_lock_request {
	uint32_t lock_sequence; /* number in the low 4 bits, index above */
	struct file_id file;
	struct span locks; /* one or more elements of SMB2_LOCK_ELEMENT_SIZE bytes */
};

/* No element at all is malformed, [MS-SMB2] 3.3.5.14. */
bool smb2_lock_request_decode(struct span message, struct smb2_lock_request *out);
bool smb2_lock_response_decode(struct span message);

/* The elements of IN are copied; no element, or part of one, breaks the writer. */
void smb2_lock_request_encode(struct writer *w, const struct smb2_lock_request *in);
void smb2_lock_response_encode(struct writer *w);

/* Takes the first element off LOCKS, which is moved on; false where none is left. */
bool smb2_lock_element_next(struct span *locks, struct smb2_lock_element *out);
void smb2_lock_element_encode(struct writer *w, const struct smb2_lock_element *in);

#endif
