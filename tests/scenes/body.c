/* Bodies of messages in scenes. Only what a script may want to say or to see is there. */
#include "body.h"

#include "base/ntstatus.h"
#include "base/utf16.h"
#include "stage.h"
#include "wire/file_info.h"
#include "wire/smb2_cancel.h"
#include "wire/smb2_change_notify.h"
#include "wire/smb2_close.h"
#include "wire/smb2_create.h"
#include "wire/smb2_echo.h"
#include "wire/smb2_error.h"
#include "wire/smb2_flush.h"
#include "wire/smb2_ioctl.h"
#include "wire/smb2_lock.h"
#include "wire/smb2_oplock_break.h"
#include "wire/smb2_query_directory.h"
#include "wire/smb2_query_info.h"
#include "wire/smb2_read.h"
#include "wire/smb2_set_info.h"
#include "wire/smb2_tree_connect.h"
#include "wire/smb2_write.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
attrs_add(struct attrs *attrs, const char *key, const char *format, ...)
{
	va_list args;

	if (attrs->count == sizeof attrs->list / sizeof attrs->list[0])
		return;
	snprintf(attrs->list[attrs->count].key, sizeof attrs->list[0].key, "%s", key);
	va_start(args, format);
	vsnprintf(attrs->list[attrs->count++].value, sizeof attrs->list[0].value, format, args);
	va_end(args);
}

const char *
attrs_get(const struct attrs *attrs, const char *key)
{
	for (size_t i = 0; i < attrs->count; i++)
		if (strcmp(attrs->list[i].key, key) == 0)
			return attrs->list[i].value;
	return NULL;
}

/* --- payloads: size=N is N bytes that anybody can make again, data=TEXT is that text --- */

static uint8_t
pattern_at(size_t i)
{
	return (uint8_t)(i * 131 + (i >> 8) * 7 + (i >> 16) * 29 + 17);
}

size_t
body_room(struct ask *ask)
{
	const char *data = ask_get(ask, "data");

	return (data ? strlen(data) : (size_t)ask_number(ask, "size", 0)) + 4096;
}

/* On the heap, for the caller to free. */
static struct span
payload(struct ask *ask)
{
	const char *data = ask_get(ask, "data");
	size_t len = data ? strlen(data) : (size_t)ask_number(ask, "size", 0);
	uint8_t *bytes = malloc(len + 1);

	for (size_t i = 0; bytes && i < len; i++)
		bytes[i] = data ? (uint8_t)data[i] : pattern_at(i);
	return span_of(bytes, bytes ? len : 0);
}

static void
describe_payload(struct span bytes, struct attrs *out)
{
	bool is_pattern = true, is_text = bytes.len < 300;

	for (size_t i = 0; i < bytes.len; i++) {
		is_pattern = is_pattern && bytes.data[i] == pattern_at(i);
		is_text = is_text && isprint(bytes.data[i]);
	}
	attrs_add(out, "size", "%zu%s", bytes.len, is_pattern ? "" : " bytes of another content");
	attrs_add(out, "bytes", "%zu", bytes.len);
	if (is_text)
		attrs_add(out, "data", "%.*s", (int)bytes.len, (const char *)bytes.data);
}

/* --- files --- */

struct file_id
body_server_file(const char *name)
{
	uint64_t number = strtoull(name, NULL, 0);

	if (strcmp(name, "chain") == 0)
		return (struct file_id){UINT64_MAX, UINT64_MAX};
	return (struct file_id){.persistent = 0x5000 + number, .volatile_ = 0x70000 + number};
}

struct file_id
body_file(struct player *player, struct ask *ask)
{
	const char *name = ask_get(ask, "file");

	if (!name)
		return ask->link == '+' ? body_server_file("chain") : player->file;
	if (player->role == LEG_FRONT || strcmp(name, "chain") == 0 ||
		isdigit((unsigned char)*name))
		return body_server_file(name);
	for (size_t i = 0; i < player->file_count; i++)
		if (strcmp(player->files[i].name, name) == 0)
			return player->files[i].file;
	stage_complain(player->stage, "nobody has opened a file %s", name);
	return body_server_file("chain");
}

void
body_file_text(struct file_id id, char out[40])
{
	snprintf(out, 40, "%" PRIx64 ":%" PRIx64, id.persistent, id.volatile_);
}

static void
describe_file(struct file_id id, struct attrs *out)
{
	char text[40];

	body_file_text(id, text);
	attrs_add(out, "file", "%s", file_id_is_all_ones(id) ? "chain" : text);
}

static void
describe_text(const char *key, struct span utf16, struct attrs *out)
{
	char *text = utf16_to_utf8(utf16);

	attrs_add(out, key, "%s", text ? text : "(no UTF-16)");
	free(text);
}

/* --- requests, one function a command --- */

typedef void write_request(struct player *player, struct ask *ask, struct writer *w);

static void
tree_connect_request(struct player *player, struct ask *ask, struct writer *w)
{
	const char *path = ask_get(ask, "path");
	struct smb2_tree_connect_request in = {0};
	size_t len = 0;
	uint8_t *utf16 = utf16_from_utf8(path ? path : "\\\\fs1\\data", &len);

	(void)player;
	in.path = span_of(utf16, len);
	smb2_tree_connect_request_encode(w, &in);
	if (ask_has(ask, "extension")) /* which the encoder will not write */
		writer_patch(w, SMB2_HEADER_SIZE + 2, SMB2_TREE_CONNECT_EXTENSION_PRESENT, 2);
	free(utf16);
}

static void
create_request(struct player *player, struct ask *ask, struct writer *w)
{
	const char *name = ask_get(ask, "name"), *oplock = ask_get(ask, "oplock");
	struct smb2_create_request in = {.impersonation_level = 2,
		.desired_access = 0x0012019f,
		.share_access = 7,
		.create_disposition = (uint32_t)ask_number(ask, "disposition", 3),
		.create_options = (uint32_t)ask_number(ask, "options", 0),
		.oplock_level = oplock ? (uint8_t)strtoul(oplock, NULL, 0) : 0};
	const char *context = ask_has(ask, "lease") ? "RqLs" : ask_get(ask, "context");
	uint8_t chain[128], lease[32] = "a lease key 1234", *utf16;
	struct writer contexts = writer_over(chain, sizeof chain);
	struct smb2_create_context one = {.name = span_of_text(context ? context : ""),
		.data = span_of(lease, ask_has(ask, "lease") ? sizeof lease : 8)};
	size_t len = 0;

	(void)player;
	utf16 = utf16_from_utf8(name ? name : "file", &len);
	in.name = span_of(utf16, len);
	if (ask_has(ask, "lease"))
		in.oplock_level = SMB2_OPLOCK_LEASE;
	if (context) {
		smb2_create_contexts_encode(&contexts, &one, 1);
		in.contexts = writer_span(&contexts);
	}
	smb2_create_request_encode(w, &in);
	free(utf16);
}

static void
close_request(struct player *player, struct ask *ask, struct writer *w)
{
	smb2_close_request_encode(w, &(struct smb2_close_request){.file = body_file(player, ask)});
}

static void
flush_request(struct player *player, struct ask *ask, struct writer *w)
{
	smb2_flush_request_encode(w, &(struct smb2_flush_request){.file = body_file(player, ask)});
}

static void
read_request(struct player *player, struct ask *ask, struct writer *w)
{
	smb2_read_request_encode(w, &(struct smb2_read_request){
					    .length = (uint32_t)ask_number(ask, "length", 100),
					    .offset = ask_number(ask, "offset", 0),
					    .file = body_file(player, ask),
				    });
}

static void
write_request_body(struct player *player, struct ask *ask, struct writer *w)
{
	struct span data = payload(ask);

	smb2_write_request_encode(w, &(struct smb2_write_request){
					     .data = data,
					     .offset = ask_number(ask, "offset", 0),
					     .file = body_file(player, ask),
				     });
	free((void *)data.data);
}

static void
lock_request(struct player *player, struct ask *ask, struct writer *w)
{
	uint8_t element[SMB2_LOCK_ELEMENT_SIZE];
	struct writer one = writer_over(element, sizeof element);

	smb2_lock_element_encode(
		&one, &(struct smb2_lock_element){.offset = ask_number(ask, "offset", 0),
			      .length = ask_number(ask, "length", 1),
			      .flags = SMB2_LOCK_EXCLUSIVE});
	smb2_lock_request_encode(w, &(struct smb2_lock_request){.file = body_file(player, ask),
					    .locks = writer_span(&one)});
}

static uint32_t
ioctl_code(struct player *player, struct ask *ask)
{
	static const struct {
		const char *word;
		uint32_t code;
	} known[] = {
		{"validate", FSCTL_VALIDATE_NEGOTIATE_INFO},
		{"referral", FSCTL_DFS_GET_REFERRALS},
		{"referral-ex", FSCTL_DFS_GET_REFERRALS_EX},
		{"interfaces", FSCTL_QUERY_NETWORK_INTERFACE_INFO},
		{"reparse", FSCTL_GET_REPARSE_POINT},
		{"pipe", FSCTL_PIPE_TRANSCEIVE},
		{"copychunk", FSCTL_SRV_COPYCHUNK},
		{"snapshots", FSCTL_SRV_ENUMERATE_SNAPSHOTS},
		{"sparse", FSCTL_SET_SPARSE},
	};
	const char *word = ask_get(ask, "code");

	for (size_t i = 0; word && i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].word, word) == 0)
			return known[i].code;
	stage_complain(player->stage, "IOCTL code=%s is none", word ? word : "?");
	return 0;
}

static void
ioctl_request(struct player *player, struct ask *ask, struct writer *w)
{
	struct span data = payload(ask);
	uint8_t said[256];
	struct writer input = writer_over(said, sizeof said);
	struct smb2_ioctl_request in = {.ctl_code = ioctl_code(player, ask),
		.file = body_server_file("chain"),
		.input = data,
		.max_output_response = (uint32_t)ask_number(ask, "length", 1024),
		.flags = SMB2_IOCTL_IS_FSCTL};

	if (in.ctl_code == FSCTL_VALIDATE_NEGOTIATE_INFO) {
		negotiate_validate(&player->leg, &input);
		said[3] ^= ask_has(ask, "lie") ? 0x40 : 0;
		in.input = writer_span(&input);
	} else if (in.ctl_code != FSCTL_DFS_GET_REFERRALS) {
		in.file = body_file(player, ask);
	}
	smb2_ioctl_request_encode(w, &in);
	free((void *)data.data);
}

static void
query_directory_request(struct player *player, struct ask *ask, struct writer *w)
{
	const char *pattern = ask_get(ask, "pattern");
	size_t len = 0;
	uint8_t *utf16 = utf16_from_utf8(pattern ? pattern : "*", &len);

	smb2_query_directory_request_encode(
		w, &(struct smb2_query_directory_request){.information_class = 37,
			   .file = body_file(player, ask),
			   .pattern = span_of(utf16, len),
			   .output_length = (uint32_t)ask_number(ask, "length", 4096)});
	free(utf16);
}

static void
change_notify_request(struct player *player, struct ask *ask, struct writer *w)
{
	smb2_change_notify_request_encode(
		w, &(struct smb2_change_notify_request){.file = body_file(player, ask),
			   .flags = ask_has(ask, "recursive") ? 1 : 0,
			   .output_length = (uint32_t)ask_number(ask, "length", 4096),
			   .completion_filter = 0x17});
}

static void
query_info_request(struct player *player, struct ask *ask, struct writer *w)
{
	smb2_query_info_request_encode(
		w, &(struct smb2_query_info_request){
			   .info_type = (uint8_t)ask_number(ask, "type", SMB2_INFO_FILE),
			   .information_class = (uint8_t)ask_number(ask, "class", 18),
			   .output_length = (uint32_t)ask_number(ask, "length", 1024),
			   .file = body_file(player, ask)});
}

/* FileRenameInformation, or FileLinkInformation: to= is the new name, root= what it is relative to.
 */
static struct span
new_name(struct ask *ask, uint8_t *room, size_t size)
{
	struct writer w = writer_over(room, size);
	size_t len = 0;
	uint8_t *utf16 = utf16_from_utf8(ask_get(ask, "to"), &len);

	writer_zero(&w, 8);
	writer_u64(&w, ask_number(ask, "root", 0));
	writer_u32(&w, (uint32_t)len);
	writer_bytes(&w, span_of(utf16, len));
	free(utf16);
	return writer_span(&w);
}

static void
set_info_request(struct player *player, struct ask *ask, struct writer *w)
{
	struct span data = payload(ask);
	uint8_t room[512];

	smb2_set_info_request_encode(
		w, &(struct smb2_set_info_request){
			   .info_type = (uint8_t)ask_number(ask, "type", SMB2_INFO_FILE),
			   .information_class = (uint8_t)ask_number(ask, "class", 20),
			   .input = ask_has(ask, "to") ? new_name(ask, room, sizeof room) : data,
			   .file = body_file(player, ask),
		   });
	free((void *)data.data);
}

static const uint8_t lease_key[16] = "a lease key 123";

static void
oplock_break_request(struct player *player, struct ask *ask, struct writer *w)
{
	struct smb2_oplock_break_request in = {.kind = SMB2_BREAK_OPLOCK};

	if (ask_has(ask, "lease")) {
		in.kind = SMB2_BREAK_LEASE;
		memcpy(in.lease_key, lease_key, sizeof in.lease_key);
	} else {
		in.file = body_file(player, ask);
		in.oplock_level = (uint8_t)ask_number(ask, "level", SMB2_OPLOCK_NONE);
	}
	smb2_oplock_break_request_encode(w, &in);
}

void
body_request(struct player *player, uint16_t command, struct ask *ask, struct writer *w)
{
	static write_request *const table[SMB2_COMMAND_COUNT] = {
		[SMB2_TREE_CONNECT] = tree_connect_request,
		[SMB2_CREATE] = create_request,
		[SMB2_CLOSE] = close_request,
		[SMB2_FLUSH] = flush_request,
		[SMB2_READ] = read_request,
		[SMB2_WRITE] = write_request_body,
		[SMB2_LOCK] = lock_request,
		[SMB2_IOCTL] = ioctl_request,
		[SMB2_QUERY_DIRECTORY] = query_directory_request,
		[SMB2_CHANGE_NOTIFY] = change_notify_request,
		[SMB2_QUERY_INFO] = query_info_request,
		[SMB2_SET_INFO] = set_info_request,
		[SMB2_OPLOCK_BREAK] = oplock_break_request,
	};

	if (command < SMB2_COMMAND_COUNT && table[command])
		table[command](player, ask, w);
	else
		smb2_echo_request_encode(w); /* as LOGOFF, TREE_DISCONNECT, CANCEL */
}

/* --- responses --- */

typedef void write_response(
	struct player *player, struct ask *ask, struct owed *owed, struct writer *w);

static void
tree_connect_response(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	struct smb2_tree_connect_response in = {.share_type = SMB2_SHARE_TYPE_DISK,
		.share_flags = (uint32_t)ask_number(ask, "share_flags", 0),
		.capabilities = (uint32_t)ask_number(ask, "share_caps", 0),
		.maximal_access = 0x001f01ff};

	(void)owed;
	if (player->share_seals || ask_has(ask, "share_seals"))
		in.share_flags |= SMB2_SHAREFLAG_ENCRYPT_DATA;
	smb2_tree_connect_response_encode(w, &in);
}

static void
create_response(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	const char *name = ask_get(ask, "file");
	struct smb2_create_response in = {.create_action = 1,
		.end_of_file = 1234,
		.file_attributes = 0x80,
		.oplock_level = (uint8_t)ask_number(ask, "oplock", 0),
		.file = body_server_file(name ? name : "1")};

	(void)owed;
	player->file = in.file;
	smb2_create_response_encode(w, &in);
}

static void
close_response(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	(void)player, (void)ask, (void)owed;
	smb2_close_response_encode(w, &(struct smb2_close_response){0});
}

static void
read_response(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	struct span data = payload(ask);

	(void)player, (void)owed;
	smb2_read_response_encode(w, &(struct smb2_read_response){.data = data});
	free((void *)data.data);
}

static void
write_response_body(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	struct smb2_write_request asked = {0};

	(void)player;
	if (owed && !smb2_write_request_decode(span_of(owed->bytes, owed->len), &asked))
		return;
	smb2_write_response_encode(
		w, &(struct smb2_write_response){
			   .count = (uint32_t)ask_number(ask, "count", asked.data.len)});
}

/* The last byte that W has written is another: a lie that only a comparison finds. */
static void
lie(struct writer *w)
{
	if (w->at)
		w->data[w->at - 1] ^= 1;
}

static void
ioctl_response(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	struct smb2_ioctl_request asked = {0};
	struct smb2_ioctl_response in = {0};
	struct span data = payload(ask);
	uint8_t said[64];
	struct writer output = writer_over(said, sizeof said);

	if (owed && !smb2_ioctl_request_decode(span_of(owed->bytes, owed->len), &asked))
		stage_complain(player->stage, "the IOCTL to be answered is none");
	in.ctl_code = asked.ctl_code;
	in.file = ask_has(ask, "file") ? body_file(player, ask) : asked.file;
	in.output = data;
	if (asked.ctl_code == FSCTL_VALIDATE_NEGOTIATE_INFO && data.len == 0) {
		if (negotiate_confirm(&player->leg, asked.input, &output))
			stage_complain(player->stage, "the server finds the negotiation changed");
		if (ask_has(ask, "lie"))
			lie(&output);
		in.output = writer_span(&output);
	}
	smb2_ioctl_response_encode(w, &in);
	free((void *)data.data);
}

static void
write_name(const char *name, struct writer *w)
{
	size_t len = 0;
	uint8_t *utf16 = utf16_from_utf8(name ? name : "", &len);

	writer_u32(w, (uint32_t)len);
	writer_bytes(w, span_of(utf16, len));
	free(utf16);
}

/* What the server says of a file, as KIND has it: named=, links= (one where it is unsaid), folder.
 */
static struct span
file_information(struct ask *ask, uint8_t kind, uint8_t *room, size_t size)
{
	struct writer w = writer_over(room, size);

	if (kind == FILE_ALL_INFORMATION)
		writer_zero(&w, 40);
	if (kind != FILE_NORMALIZED_NAME_INFORMATION) {
		writer_zero(&w, 16);
		writer_u32(&w, (uint32_t)ask_number(ask, "links", 1));
		writer_u8(&w, 0);
		writer_u8(&w, ask_has(ask, "folder"));
		writer_u16(&w, 0);
	}
	if (kind == FILE_ALL_INFORMATION)
		writer_zero(&w, 32);
	if (kind != FILE_STANDARD_INFORMATION)
		write_name(ask_get(ask, "named"), &w);
	return writer_span(&w);
}

static void
query_info_response(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	struct smb2_query_info_request asked = {0};
	struct span data = payload(ask);
	uint8_t room[1024];

	(void)player;
	if (owed && !smb2_query_info_request_decode(span_of(owed->bytes, owed->len), &asked))
		return;
	if (ask_has(ask, "named") || ask_has(ask, "links") || ask_has(ask, "folder"))
		smb2_query_info_response_encode(
			w, &(struct smb2_query_info_response){
				   .output = file_information(
					   ask, asked.information_class, room, sizeof room)});
	else
		smb2_query_info_response_encode(
			w, &(struct smb2_query_info_response){.output = data});
	free((void *)data.data);
}

/* The answer that is one buffer and nothing else; QUERY_INFO's shape is that of three commands. */
static void
output_response(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	struct span data = payload(ask);

	(void)player, (void)owed;
	smb2_query_info_response_encode(w, &(struct smb2_query_info_response){.output = data});
	free((void *)data.data);
}

static void
set_info_response(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	(void)player, (void)ask, (void)owed;
	smb2_set_info_response_encode(w);
}

static void
oplock_break_response(struct player *player, struct ask *ask, struct owed *owed, struct writer *w)
{
	struct smb2_oplock_break_request in = {0};

	(void)ask;
	if (!owed || !smb2_oplock_break_request_decode(span_of(owed->bytes, owed->len), &in))
		stage_complain(player->stage, "the acknowledgment to be answered is none");
	smb2_oplock_break_response_encode(w, &in);
}

static void
notification(struct player *player, struct ask *ask, struct writer *w)
{
	struct smb2_oplock_break_notification in = {.kind = SMB2_BREAK_OPLOCK};

	if (ask_has(ask, "lease")) {
		in.kind = SMB2_BREAK_LEASE;
		in.flags = SMB2_BREAK_ACK_REQUIRED;
		memcpy(in.lease_key, lease_key, sizeof in.lease_key);
		in.current_state = 7;
		in.new_state = 1;
	} else {
		in.file = body_file(player, ask);
		in.oplock_level = (uint8_t)ask_number(ask, "level", SMB2_OPLOCK_NONE);
	}
	smb2_oplock_break_notification_encode(w, &in);
}

void
body_response(struct player *player, uint16_t command, struct ask *ask, struct owed *owed,
	uint32_t status, struct writer *w)
{
	static write_response *const table[SMB2_COMMAND_COUNT] = {
		[SMB2_TREE_CONNECT] = tree_connect_response,
		[SMB2_CREATE] = create_response,
		[SMB2_CLOSE] = close_response,
		[SMB2_READ] = read_response,
		[SMB2_WRITE] = write_response_body,
		[SMB2_IOCTL] = ioctl_response,
		[SMB2_QUERY_DIRECTORY] = output_response,
		[SMB2_CHANGE_NOTIFY] = output_response,
		[SMB2_QUERY_INFO] = query_info_response,
		[SMB2_SET_INFO] = set_info_response,
		[SMB2_OPLOCK_BREAK] = oplock_break_response,
	};

	if (ask_has(ask, "error") || ntstatus_is_error(status) || status == STATUS_PENDING ||
		status == STATUS_NO_MORE_FILES)
		smb2_error_response_encode(w, &(struct smb2_error_response){0});
	else if (!owed && command == SMB2_OPLOCK_BREAK)
		notification(player, ask, w);
	else if (command < SMB2_COMMAND_COUNT && table[command])
		table[command](player, ask, owed, w);
	else
		smb2_echo_response_encode(w); /* as LOGOFF, TREE_DISCONNECT, FLUSH, LOCK */
}

/* --- what came --- */

static void
describe_create_request(struct span message, struct attrs *out)
{
	struct smb2_create_request in;

	if (!smb2_create_request_decode(message, &in))
		return;
	describe_text("name", in.name, out);
	attrs_add(out, "oplock", "%u", in.oplock_level);
	attrs_add(out, "disposition", "%u", in.create_disposition);
	attrs_add(out, "access", "0x%x", in.desired_access);
}

static void
describe_request(uint16_t command, struct span message, struct attrs *out)
{
	struct smb2_tree_connect_request connect;
	struct smb2_read_request read;
	struct smb2_write_request write;
	struct smb2_ioctl_request ioctl;
	struct smb2_query_info_request query;
	struct smb2_set_info_request set;
	struct smb2_oplock_break_request ack;

	if (command == SMB2_CREATE)
		describe_create_request(message, out);
	if (command == SMB2_TREE_CONNECT && smb2_tree_connect_request_decode(message, &connect))
		describe_text("path", connect.path, out);
	if (command == SMB2_READ && smb2_read_request_decode(message, &read)) {
		attrs_add(out, "length", "%u", read.length);
		attrs_add(out, "offset", "%" PRIu64, read.offset);
	}
	if (command == SMB2_WRITE && smb2_write_request_decode(message, &write)) {
		attrs_add(out, "offset", "%" PRIu64, write.offset);
		describe_payload(write.data, out);
	}
	if (command == SMB2_IOCTL && smb2_ioctl_request_decode(message, &ioctl))
		describe_payload(ioctl.input, out);
	if (command == SMB2_QUERY_INFO && smb2_query_info_request_decode(message, &query))
		attrs_add(out, "class", "%u", query.information_class);
	if (command == SMB2_SET_INFO && smb2_set_info_request_decode(message, &set))
		describe_payload(set.input, out);
	if (command == SMB2_OPLOCK_BREAK && smb2_oplock_break_request_decode(message, &ack)) {
		attrs_add(out, "kind", ack.kind == SMB2_BREAK_LEASE ? "lease" : "oplock");
		attrs_add(out, "level", "%u", ack.oplock_level);
	}
}

static void
describe_tree(struct span message, struct attrs *out)
{
	struct smb2_tree_connect_response in;

	if (!smb2_tree_connect_response_decode(message, &in))
		return;
	attrs_add(out, "share_flags", "0x%x", in.share_flags);
	attrs_add(out, "share_caps", "0x%x", in.capabilities);
	attrs_add(out, "share_seals", in.share_flags & SMB2_SHAREFLAG_ENCRYPT_DATA ? "yes" : "no");
}

static void
describe_response(uint16_t command, struct span message, struct attrs *out)
{
	struct smb2_read_response read;
	struct smb2_write_response write;
	struct smb2_query_info_response output;
	struct smb2_ioctl_response ioctl;
	struct smb2_create_response create;

	if (command == SMB2_TREE_CONNECT)
		describe_tree(message, out);
	if (command == SMB2_CREATE && smb2_create_response_decode(message, &create))
		attrs_add(out, "oplock", "%u", create.oplock_level);
	if (command == SMB2_READ && smb2_read_response_decode(message, &read))
		describe_payload(read.data, out);
	if (command == SMB2_WRITE && smb2_write_response_decode(message, &write))
		attrs_add(out, "count", "%u", write.count);
	if (command == SMB2_IOCTL && smb2_ioctl_response_decode(message, &ioctl))
		describe_payload(ioctl.output, out);
	if ((command == SMB2_QUERY_DIRECTORY || command == SMB2_QUERY_INFO ||
		    command == SMB2_CHANGE_NOTIFY) &&
		smb2_query_info_response_decode(message, &output))
		describe_payload(output.output, out);
}

static void
describe_break(struct span message, struct attrs *out)
{
	struct smb2_oplock_break_notification in;

	if (!smb2_oplock_break_notification_decode(message, &in))
		return;
	attrs_add(out, "kind", in.kind == SMB2_BREAK_LEASE ? "lease" : "oplock");
	attrs_add(out, "level", "%u", in.oplock_level);
}

void
body_describe(uint16_t command, uint32_t status, bool is_response, bool is_notification,
	struct span message, struct attrs *out)
{
	struct smb2_facts facts = {0};
	bool sound = is_response ? smb2_response_facts(command, status, message, &facts)
				 : smb2_request_facts(command, message, &facts);

	attrs_add(out, "sound", sound ? "yes" : "no");
	if (!sound)
		return;
	if (facts.file_at)
		describe_file(smb2_file_id_read(message.data, facts.file_at), out);
	if (is_notification)
		describe_break(message, out);
	else if (is_response)
		describe_response(command, message, out);
	else
		describe_request(command, message, out);
}
