/*
 * What carrying a message needs to know of its body, one row per command: where the FileId stands,
 * how many bytes it moves. Built on the typed decoders, so a body that passes here is well formed.
 */
#ifndef WIRE_SMB2_FACTS_H
#define WIRE_SMB2_FACTS_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"

struct smb2_facts {
	uint16_t file_at; /* offset of the 16-byte FileId from the header; 0: there is none */
	uint32_t sends;   /* payload bytes carried, as [MS-SMB2] 3.3.5.2.5 counts them */
	uint32_t wants;   /* the largest payload asked back; 0 in responses */
};

/* The facts of a request, whole message. False: COMMAND is none of SMB2's or the body is malformed.
 */
bool smb2_request_facts(uint16_t command, struct span message, struct smb2_facts *out);

/*
 * The facts of a response, whole message, or of an OPLOCK_BREAK notification. STATUS decides by
 * [MS-SMB2] 3.3.4.4 which body is due: the command's at success, the error body otherwise, and
 * either where the status may carry data (a warning or information other than PENDING; any
 * error of an IOCTL, for copychunk's have; a logon's MORE_PROCESSING_REQUIRED). False: COMMAND
 * is none of SMB2's, or the body is malformed. An error body has no FileId and no payload: all
 * zero.
 */
bool smb2_response_facts(
	uint16_t command, uint32_t status, struct span message, struct smb2_facts *out);

/* The FileId at a place (not 0) that was found in this MESSAGE, read and overwritten in place. */
struct file_id smb2_file_id_read(const uint8_t *message, size_t at);
void smb2_file_id_write(uint8_t *message, size_t at, struct file_id id);

#endif
