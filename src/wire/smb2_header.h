/*
 * The SMB2 header, [MS-SMB2] 2.2.1, and the words that every command shares.
 *
 * What holds for each smb2_<command>.h of this room:
 *   smb2_<command>_{request,response}_decode(message, out) takes the WHOLE message, header and
 * body, one element of a compound only, since offsets count from the header. The header itself is
 * not looked at. False: the body is malformed and *OUT must not be used. True: *OUT is filled, its
 *   spans borrow MESSAGE, and every length and offset has been held against it. Fields are named as
 *   in the paragraph at the head of the file; reserved fields are dropped; values are not judged.
 *   smb2_<command>_{request,response}_encode(w, in) appends the body to a writer that stands at
 *   SMB2_HEADER_SIZE; w is broken afterwards if something did not fit. Reserved fields become zero,
 * and where the variable part is empty one zero byte stands for it, as StructureSize promises.
 *   Bodies without a field of their own have no struct.
 */
#ifndef WIRE_SMB2_HEADER_H
#define WIRE_SMB2_HEADER_H

#include "base/span.h"

#define SMB2_HEADER_SIZE 64

/* [MS-SMB2] 2.2.1.2 Command */
enum smb2_command {
	SMB2_NEGOTIATE = 0x00,
	SMB2_SESSION_SETUP = 0x01,
	SMB2_LOGOFF = 0x02,
	SMB2_TREE_CONNECT = 0x03,
	SMB2_TREE_DISCONNECT = 0x04,
	SMB2_CREATE = 0x05,
	SMB2_CLOSE = 0x06,
	SMB2_FLUSH = 0x07,
	SMB2_READ = 0x08,
	SMB2_WRITE = 0x09,
	SMB2_LOCK = 0x0a,
	SMB2_IOCTL = 0x0b,
	SMB2_CANCEL = 0x0c,
	SMB2_ECHO = 0x0d,
	SMB2_QUERY_DIRECTORY = 0x0e,
	SMB2_CHANGE_NOTIFY = 0x0f,
	SMB2_QUERY_INFO = 0x10,
	SMB2_SET_INFO = 0x11,
	SMB2_OPLOCK_BREAK = 0x12,
	SMB2_COMMAND_COUNT,
};

/* [MS-SMB2] 2.2.1.2 Flags */
#define SMB2_FLAG_RESPONSE 0x00000001u
#define SMB2_FLAG_ASYNC 0x00000002u
#define SMB2_FLAG_RELATED 0x00000004u
#define SMB2_FLAG_SIGNED 0x00000008u
#define SMB2_FLAG_PRIORITY_MASK 0x00000070u
#define SMB2_FLAG_DFS 0x10000000u
#define SMB2_FLAG_REPLAY 0x20000000u

/* [MS-SMB2] 2.2.3 Dialects; WILD is 2.2.4's answer to "SMB 2.???". */
#define SMB2_DIALECT_0202 0x0202
#define SMB2_DIALECT_0210 0x0210
#define SMB2_DIALECT_0300 0x0300
#define SMB2_DIALECT_0302 0x0302
#define SMB2_DIALECT_0311 0x0311
#define SMB2_DIALECT_WILD 0x02ff

/* The MessageId of what no request asked for: OPLOCK_BREAK notifications, [MS-SMB2] 2.2.23. */
#define SMB2_MESSAGE_ID_UNASKED UINT64_MAX

struct smb2_header {
	uint16_t credit_charge;
	uint32_t status; /* in requests ChannelSequence and Reserved */
	uint16_t command;
	uint16_t credits; /* requested, or granted */
	uint32_t flags;   /* SMB2_FLAG_* */
	uint32_t next;    /* bytes from this header to the next of the compound; 0: the last */
	uint64_t message_id;
	uint64_t async_id;   /* only with SMB2_FLAG_ASYNC, zero otherwise */
	uint32_t process_id; /* only without it: Reserved in later dialects */
	uint32_t tree_id;    /* only without it */
	uint64_t session_id;
	uint8_t signature[16];
};

/*
 * Reads the first 64 bytes of MESSAGE. False unless there are as many, with the ProtocolId of
 * [MS-SMB2] 2.2.1 and StructureSize 64. Command, flags and next are the caller's to judge.
 */
bool smb2_header_decode(struct span message, struct smb2_header *out);

/* Writes all 64 bytes, the signature as it stands in IN. */
void smb2_header_encode(const struct smb2_header *in, uint8_t out[SMB2_HEADER_SIZE]);

/* The 16 bytes of the signature inside MESSAGE, which holds at least a header. */
uint8_t *smb2_header_signature(uint8_t *message);

/* The command as in [MS-SMB2] without "SMB2 ", such as "TREE_CONNECT"; "UNKNOWN" for any other
 * number. */
const char *smb2_command_word(uint16_t command);

/* The dialect as users write it, such as "3.1.1"; "2.???" for the wildcard, "unknown" for any other
 * number. */
const char *smb2_dialect_word(uint16_t dialect);

#endif
