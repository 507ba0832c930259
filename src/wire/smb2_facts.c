/* One row per command: where the FileId of a body stands and how many bytes it moves. */
#include "wire/smb2_facts.h"
#include "wire/smb2_cancel.h"
#include "wire/smb2_change_notify.h"
#include "wire/smb2_close.h"
#include "wire/smb2_create.h"
#include "wire/smb2_echo.h"
#include "wire/smb2_error.h"
#include "wire/smb2_flush.h"
#include "wire/smb2_ioctl.h"
#include "wire/smb2_lock.h"
#include "wire/smb2_logoff.h"
#include "wire/smb2_negotiate.h"
#include "wire/smb2_oplock_break.h"
#include "wire/smb2_query_directory.h"
#include "wire/smb2_query_info.h"
#include "wire/smb2_read.h"
#include "wire/smb2_session_setup.h"
#include "wire/smb2_set_info.h"
#include "wire/smb2_tree_connect.h"
#include "wire/smb2_tree_disconnect.h"
#include "wire/smb2_write.h"
#include "base/ntstatus.h"

typedef bool facts_function(struct span message, struct smb2_facts *out);

/* The sum of two sizes, or the largest size where it does not fit: never a smaller one. */
static uint32_t
sizes_add(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static bool
negotiate_request(struct span message, struct smb2_facts *out)
{
	struct smb2_negotiate_request request;

	(void)out;
	return smb2_negotiate_request_decode(message, &request);
}

static bool
negotiate_response(struct span message, struct smb2_facts *out)
{
	struct smb2_negotiate_response response;

	(void)out;
	return smb2_negotiate_response_decode(message, &response);
}

static bool
session_setup_request(struct span message, struct smb2_facts *out)
{
	struct smb2_session_setup_request request;

	(void)out;
	return smb2_session_setup_request_decode(message, &request);
}

static bool
session_setup_response(struct span message, struct smb2_facts *out)
{
	struct smb2_session_setup_response response;

	(void)out;
	return smb2_session_setup_response_decode(message, &response);
}

static bool
logoff_request(struct span message, struct smb2_facts *out)
{
	(void)out;
	return smb2_logoff_request_decode(message);
}

static bool
logoff_response(struct span message, struct smb2_facts *out)
{
	(void)out;
	return smb2_logoff_response_decode(message);
}

static bool
tree_connect_request(struct span message, struct smb2_facts *out)
{
	struct smb2_tree_connect_request request;

	(void)out;
	return smb2_tree_connect_request_decode(message, &request);
}

static bool
tree_connect_response(struct span message, struct smb2_facts *out)
{
	struct smb2_tree_connect_response response;

	(void)out;
	return smb2_tree_connect_response_decode(message, &response);
}

static bool
tree_disconnect_request(struct span message, struct smb2_facts *out)
{
	(void)out;
	return smb2_tree_disconnect_request_decode(message);
}

static bool
tree_disconnect_response(struct span message, struct smb2_facts *out)
{
	(void)out;
	return smb2_tree_disconnect_response_decode(message);
}

static bool
create_request(struct span message, struct smb2_facts *out)
{
	struct smb2_create_request request;

	(void)out;
	return smb2_create_request_decode(message, &request);
}

static bool
create_response(struct span message, struct smb2_facts *out)
{
	struct smb2_create_response response;

	out->file_at = SMB2_CREATE_RESPONSE_FILE_AT;
	return smb2_create_response_decode(message, &response);
}

static bool
close_request(struct span message, struct smb2_facts *out)
{
	struct smb2_close_request request;

	out->file_at = SMB2_HEADER_SIZE + 8;
	return smb2_close_request_decode(message, &request);
}

static bool
close_response(struct span message, struct smb2_facts *out)
{
	struct smb2_close_response response;

	(void)out;
	return smb2_close_response_decode(message, &response);
}

static bool
flush_request(struct span message, struct smb2_facts *out)
{
	struct smb2_flush_request request;

	out->file_at = SMB2_HEADER_SIZE + 8;
	return smb2_flush_request_decode(message, &request);
}

static bool
flush_response(struct span message, struct smb2_facts *out)
{
	(void)out;
	return smb2_flush_response_decode(message);
}

static bool
read_request(struct span message, struct smb2_facts *out)
{
	struct smb2_read_request request;
	bool sound = smb2_read_request_decode(message, &request);

	out->file_at = SMB2_HEADER_SIZE + 16;
	out->wants = request.length;
	return sound;
}

static bool
read_response(struct span message, struct smb2_facts *out)
{
	struct smb2_read_response response;
	bool sound = smb2_read_response_decode(message, &response);

	out->sends = (uint32_t)response.data.len;
	return sound;
}

static bool
write_request(struct span message, struct smb2_facts *out)
{
	struct smb2_write_request request;
	bool sound = smb2_write_request_decode(message, &request);

	out->file_at = SMB2_HEADER_SIZE + 16;
	out->sends = (uint32_t)request.data.len;
	return sound;
}

static bool
write_response(struct span message, struct smb2_facts *out)
{
	struct smb2_write_response response;

	(void)out;
	return smb2_write_response_decode(message, &response);
}

static bool
lock_request(struct span message, struct smb2_facts *out)
{
	struct smb2_lock_request request;

	out->file_at = SMB2_HEADER_SIZE + 8;
	return smb2_lock_request_decode(message, &request);
}

static bool
lock_response(struct span message, struct smb2_facts *out)
{
	(void)out;
	return smb2_lock_response_decode(message);
}

static bool
ioctl_request(struct span message, struct smb2_facts *out)
{
	struct smb2_ioctl_request request;
	bool sound = smb2_ioctl_request_decode(message, &request);

	out->file_at = SMB2_HEADER_SIZE + 8;
	out->sends = sizes_add((uint32_t)request.input.len, (uint32_t)request.output.len);
	out->wants = sizes_add(request.max_input_response, request.max_output_response);
	return sound;
}

static bool
ioctl_response(struct span message, struct smb2_facts *out)
{
	struct smb2_ioctl_response response;
	bool sound = smb2_ioctl_response_decode(message, &response);

	out->file_at = SMB2_HEADER_SIZE + 8;
	out->sends = sizes_add((uint32_t)response.input.len, (uint32_t)response.output.len);
	return sound;
}

static bool
cancel_request(struct span message, struct smb2_facts *out)
{
	(void)out;
	return smb2_cancel_request_decode(message);
}

static bool
echo_request(struct span message, struct smb2_facts *out)
{
	(void)out;
	return smb2_echo_request_decode(message);
}

static bool
echo_response(struct span message, struct smb2_facts *out)
{
	(void)out;
	return smb2_echo_response_decode(message);
}

static bool
query_directory_request(struct span message, struct smb2_facts *out)
{
	struct smb2_query_directory_request request;
	bool sound = smb2_query_directory_request_decode(message, &request);

	out->file_at = SMB2_HEADER_SIZE + 8;
	out->wants = request.output_length;
	return sound;
}

static bool
query_directory_response(struct span message, struct smb2_facts *out)
{
	struct smb2_query_directory_response response;
	bool sound = smb2_query_directory_response_decode(message, &response);

	out->sends = (uint32_t)response.output.len;
	return sound;
}

static bool
change_notify_request(struct span message, struct smb2_facts *out)
{
	struct smb2_change_notify_request request;
	bool sound = smb2_change_notify_request_decode(message, &request);

	out->file_at = SMB2_HEADER_SIZE + 8;
	out->wants = request.output_length;
	return sound;
}

static bool
change_notify_response(struct span message, struct smb2_facts *out)
{
	struct smb2_change_notify_response response;
	bool sound = smb2_change_notify_response_decode(message, &response);

	out->sends = (uint32_t)response.output.len;
	return sound;
}

static bool
query_info_request(struct span message, struct smb2_facts *out)
{
	struct smb2_query_info_request request;
	bool sound = smb2_query_info_request_decode(message, &request);

	out->file_at = SMB2_HEADER_SIZE + 24;
	out->sends = (uint32_t)request.input.len;
	out->wants = request.output_length;
	return sound;
}

static bool
query_info_response(struct span message, struct smb2_facts *out)
{
	struct smb2_query_info_response response;
	bool sound = smb2_query_info_response_decode(message, &response);

	out->sends = (uint32_t)response.output.len;
	return sound;
}

static bool
set_info_request(struct span message, struct smb2_facts *out)
{
	struct smb2_set_info_request request;
	bool sound = smb2_set_info_request_decode(message, &request);

	out->file_at = SMB2_HEADER_SIZE + 16;
	out->sends = (uint32_t)request.input.len;
	return sound;
}

static bool
set_info_response(struct span message, struct smb2_facts *out)
{
	(void)out;
	return smb2_set_info_response_decode(message);
}

/* A lease is known by its key, not by a FileId. */
static uint16_t
break_file_at(enum smb2_break_kind kind)
{
	return kind == SMB2_BREAK_OPLOCK ? SMB2_HEADER_SIZE + 8 : 0;
}

static bool
oplock_break_request(struct span message, struct smb2_facts *out)
{
	struct smb2_oplock_break_request request;
	bool sound = smb2_oplock_break_request_decode(message, &request);

	out->file_at = break_file_at(request.kind);
	return sound;
}

/* Responses, and notifications: an oplock's look the same, a lease's are told by their size. */
static bool
oplock_break_response(struct span message, struct smb2_facts *out)
{
	struct smb2_oplock_break_notification notification;

	if (oplock_break_request(message, out))
		return true;
	out->file_at = 0;
	return smb2_oplock_break_notification_decode(message, &notification);
}

/* In facts_row: any error's answer may have the command's body, as Samba's to FSCTL_SRV_COPYCHUNK
 * do. */
#define ANY_ERROR UINT32_MAX

/* [MS-SMB2] 3.3.4.4: the one error per command whose answer may be the command's own body. */
struct facts_row {
	facts_function *request;
	facts_function *response; /* NULL: the command is never answered */
	uint32_t error_with_body; /* STATUS_SUCCESS: there is none */
};

static const struct facts_row rows[SMB2_COMMAND_COUNT] = {
	[SMB2_NEGOTIATE] = {negotiate_request, negotiate_response, 0},
	[SMB2_SESSION_SETUP] = {session_setup_request, session_setup_response,
		STATUS_MORE_PROCESSING_REQUIRED},
	[SMB2_LOGOFF] = {logoff_request, logoff_response, 0},
	[SMB2_TREE_CONNECT] = {tree_connect_request, tree_connect_response, 0},
	[SMB2_TREE_DISCONNECT] = {tree_disconnect_request, tree_disconnect_response, 0},
	[SMB2_CREATE] = {create_request, create_response, 0},
	[SMB2_CLOSE] = {close_request, close_response, 0},
	[SMB2_FLUSH] = {flush_request, flush_response, 0},
	[SMB2_READ] = {read_request, read_response, 0},
	[SMB2_WRITE] = {write_request, write_response, 0},
	[SMB2_LOCK] = {lock_request, lock_response, 0},
	[SMB2_IOCTL] = {ioctl_request, ioctl_response, ANY_ERROR},
	[SMB2_CANCEL] = {cancel_request, NULL, 0},
	[SMB2_ECHO] = {echo_request, echo_response, 0},
	[SMB2_QUERY_DIRECTORY] = {query_directory_request, query_directory_response, 0},
	[SMB2_CHANGE_NOTIFY] = {change_notify_request, change_notify_response, 0},
	[SMB2_QUERY_INFO] = {query_info_request, query_info_response, 0},
	[SMB2_SET_INFO] = {set_info_request, set_info_response, 0},
	[SMB2_OPLOCK_BREAK] = {oplock_break_request, oplock_break_response, 0},
};

/* Runs FUNCTION, which may be NULL; the facts of what is malformed are none at all. */
static bool
facts_of(facts_function *function, struct span message, struct smb2_facts *out)
{
	*out = (struct smb2_facts){0};
	if (function && function(message, out))
		return true;
	*out = (struct smb2_facts){0};
	return false;
}

bool
smb2_request_facts(uint16_t command, struct span message, struct smb2_facts *out)
{
	return facts_of(command < SMB2_COMMAND_COUNT ? rows[command].request : NULL, message, out);
}

/* Whether an answer with STATUS may be the command's own body, [MS-SMB2] 3.3.4.4. */
static bool
body_allowed(const struct facts_row *row, uint32_t status)
{
	if (status == STATUS_PENDING) /* the interim response of 3.3.4.2 */
		return false;
	return !ntstatus_is_error(status) || status == row->error_with_body ||
	       row->error_with_body == ANY_ERROR;
}

bool
smb2_response_facts(uint16_t command, uint32_t status, struct span message, struct smb2_facts *out)
{
	struct smb2_error_response error;
	const struct facts_row *row;

	*out = (struct smb2_facts){0};
	if (command >= SMB2_COMMAND_COUNT)
		return false;
	row = &rows[command];
	if (body_allowed(row, status) && facts_of(row->response, message, out))
		return true;
	return status != STATUS_SUCCESS && smb2_error_response_decode(message, &error);
}

struct file_id
smb2_file_id_read(const uint8_t *message, size_t at)
{
	struct reader r = reader_over(span_of(message + at, FILE_ID_SIZE));

	return file_id_decode(&r);
}

void
smb2_file_id_write(uint8_t *message, size_t at, struct file_id id)
{
	struct writer w = writer_over(message + at, FILE_ID_SIZE);

	file_id_encode(&w, id);
}
