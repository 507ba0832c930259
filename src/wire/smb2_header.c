/* Reads and writes the SMB2 header, [MS-SMB2] 2.2.1, and names what it holds. */
#include "wire/smb2_header.h"
#include "wire/kind.h"
#include "base/reader.h"
#include "base/writer.h"

#define SIGNATURE_AT 48

bool
smb2_header_decode(struct span message, struct smb2_header *out)
{
	struct reader r = reader_over(message);
	struct span signature;

	*out = (struct smb2_header){0};
	reader_require(&r, wire_kind_of(message) == WIRE_SMB2);
	reader_skip(&r, 4);
	reader_require(&r, reader_u16(&r) == SMB2_HEADER_SIZE);
	out->credit_charge = reader_u16(&r);
	out->status = reader_u32(&r);
	out->command = reader_u16(&r);
	out->credits = reader_u16(&r);
	out->flags = reader_u32(&r);
	out->next = reader_u32(&r);
	out->message_id = reader_u64(&r);
	if (out->flags & SMB2_FLAG_ASYNC) { /* [MS-SMB2] 2.2.1.1 */
		out->async_id = reader_u64(&r);
	} else { /* [MS-SMB2] 2.2.1.2 */
		out->process_id = reader_u32(&r);
		out->tree_id = reader_u32(&r);
	}
	out->session_id = reader_u64(&r);
	signature = reader_bytes(&r, sizeof(out->signature));
	if (!reader_ok(&r))
		return false;
	memcpy(out->signature, signature.data, sizeof(out->signature));
	return true;
}

void
smb2_header_encode(const struct smb2_header *in, uint8_t out[SMB2_HEADER_SIZE])
{
	struct writer w = writer_over(out, SMB2_HEADER_SIZE);

	writer_bytes(&w, span_of("\xfeSMB", 4));
	writer_u16(&w, SMB2_HEADER_SIZE);
	writer_u16(&w, in->credit_charge);
	writer_u32(&w, in->status);
	writer_u16(&w, in->command);
	writer_u16(&w, in->credits);
	writer_u32(&w, in->flags);
	writer_u32(&w, in->next);
	writer_u64(&w, in->message_id);
	if (in->flags & SMB2_FLAG_ASYNC) {
		writer_u64(&w, in->async_id);
	} else {
		writer_u32(&w, in->process_id);
		writer_u32(&w, in->tree_id);
	}
	writer_u64(&w, in->session_id);
	writer_bytes(&w, span_of(in->signature, sizeof(in->signature)));
}

uint8_t *
smb2_header_signature(uint8_t *message)
{
	return message + SIGNATURE_AT;
}

const char *
smb2_command_word(uint16_t command)
{
	static const char *const words[SMB2_COMMAND_COUNT] = {
		[SMB2_NEGOTIATE] = "NEGOTIATE",
		[SMB2_SESSION_SETUP] = "SESSION_SETUP",
		[SMB2_LOGOFF] = "LOGOFF",
		[SMB2_TREE_CONNECT] = "TREE_CONNECT",
		[SMB2_TREE_DISCONNECT] = "TREE_DISCONNECT",
		[SMB2_CREATE] = "CREATE",
		[SMB2_CLOSE] = "CLOSE",
		[SMB2_FLUSH] = "FLUSH",
		[SMB2_READ] = "READ",
		[SMB2_WRITE] = "WRITE",
		[SMB2_LOCK] = "LOCK",
		[SMB2_IOCTL] = "IOCTL",
		[SMB2_CANCEL] = "CANCEL",
		[SMB2_ECHO] = "ECHO",
		[SMB2_QUERY_DIRECTORY] = "QUERY_DIRECTORY",
		[SMB2_CHANGE_NOTIFY] = "CHANGE_NOTIFY",
		[SMB2_QUERY_INFO] = "QUERY_INFO",
		[SMB2_SET_INFO] = "SET_INFO",
		[SMB2_OPLOCK_BREAK] = "OPLOCK_BREAK",
	};

	return command < SMB2_COMMAND_COUNT ? words[command] : "UNKNOWN";
}

const char *
smb2_dialect_word(uint16_t dialect)
{
	switch (dialect) {
	case SMB2_DIALECT_0202:
		return "2.0.2";
	case SMB2_DIALECT_0210:
		return "2.1";
	case SMB2_DIALECT_0300:
		return "3.0";
	case SMB2_DIALECT_0302:
		return "3.0.2";
	case SMB2_DIALECT_0311:
		return "3.1.1";
	case SMB2_DIALECT_WILD:
		return "2.???";
	default:
		return "unknown";
	}
}
