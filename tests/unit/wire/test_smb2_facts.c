/* smb2_facts.h: FileIds, payloads, and which body an answer may have. */
#include "golden.h"
#include "wire/smb2_change_notify.h"
#include "wire/smb2_create.h"
#include "wire/smb2_error.h"
#include "wire/smb2_facts.h"
#include "wire/smb2_ioctl.h"
#include "wire/smb2_oplock_break.h"
#include "wire/smb2_query_info.h"
#include "wire/smb2_read.h"
#include "wire/smb2_write.h"
#include "base/ntstatus.h"

#include <criterion/criterion.h>

static void
assert_request(const char *name, uint16_t command, uint16_t file_at, uint32_t sends, uint32_t wants)
{
	struct smb2_facts facts;

	cr_assert(smb2_request_facts(command, golden_message(name), &facts), "%s", name);
	cr_assert_eq(facts.file_at, file_at, "%s: file_at %u", name, facts.file_at);
	cr_assert_eq(facts.sends, sends, "%s: sends %u", name, facts.sends);
	cr_assert_eq(facts.wants, wants, "%s: wants %u", name, facts.wants);
}

Test(smb2_facts, requests_without_a_file)
{
	assert_request("negotiate_request_311", SMB2_NEGOTIATE, 0, 0, 0);
	assert_request("session_setup_request", SMB2_SESSION_SETUP, 0, 0, 0);
	assert_request("logoff_request", SMB2_LOGOFF, 0, 0, 0);
	assert_request("tree_connect_request", SMB2_TREE_CONNECT, 0, 0, 0);
	assert_request("tree_disconnect_request", SMB2_TREE_DISCONNECT, 0, 0, 0);
	assert_request("create_request", SMB2_CREATE, 0, 0, 0);
	assert_request("echo_request", SMB2_ECHO, 0, 0, 0);
	assert_request("echo_request", SMB2_CANCEL, 0, 0, 0);
	assert_request("lease_break_request", SMB2_OPLOCK_BREAK, 0, 0, 0);
}

Test(smb2_facts, requests_with_a_file)
{
	assert_request("close_request", SMB2_CLOSE, 72, 0, 0);
	assert_request("flush_request", SMB2_FLUSH, 72, 0, 0);
	assert_request("write_request", SMB2_WRITE, 80, 11, 0);
	assert_request("lock_request", SMB2_LOCK, 72, 0, 0);
	assert_request("change_notify_request", SMB2_CHANGE_NOTIFY, 72, 0, 1024);
	assert_request("set_info_request", SMB2_SET_INFO, 80, 1, 0);
	assert_request("oplock_break_request", SMB2_OPLOCK_BREAK, 72, 0, 0);
}

/* Each FileId found by its offset is the one that the typed decoder reads. */
Test(smb2_facts, the_offsets_lead_to_the_files)
{
	struct smb2_query_info_request query;
	struct smb2_create_response create;
	struct smb2_ioctl_request ioctl;
	struct smb2_write_request write;
	struct smb2_read_request read;
	struct smb2_facts facts;
	struct span message;

	message = golden_message("read_request");
	cr_assert(smb2_read_request_decode(message, &read));
	cr_assert(smb2_request_facts(SMB2_READ, message, &facts));
	cr_assert(file_id_equal(smb2_file_id_read(message.data, facts.file_at), read.file));
	cr_assert_eq(facts.wants, read.length);
	message = golden_message("write_request");
	cr_assert(smb2_write_request_decode(message, &write));
	cr_assert(smb2_request_facts(SMB2_WRITE, message, &facts));
	cr_assert(file_id_equal(smb2_file_id_read(message.data, facts.file_at), write.file));
	message = golden_message("ioctl_request_transceive");
	cr_assert(smb2_ioctl_request_decode(message, &ioctl));
	cr_assert(smb2_request_facts(SMB2_IOCTL, message, &facts));
	cr_assert(file_id_equal(smb2_file_id_read(message.data, facts.file_at), ioctl.file));
	cr_assert_eq(facts.sends, 72);
	cr_assert_eq(facts.wants, ioctl.max_output_response);
	message = golden_message("query_info_request");
	cr_assert(smb2_query_info_request_decode(message, &query));
	cr_assert(smb2_request_facts(SMB2_QUERY_INFO, message, &facts));
	cr_assert(file_id_equal(smb2_file_id_read(message.data, facts.file_at), query.file));
	cr_assert_eq(facts.wants, query.output_length);
	message = golden_message("create_response");
	cr_assert(smb2_create_response_decode(message, &create));
	cr_assert(smb2_response_facts(SMB2_CREATE, STATUS_SUCCESS, message, &facts));
	cr_assert(file_id_equal(smb2_file_id_read(message.data, facts.file_at), create.file));
}

Test(smb2_facts, file_ids_are_overwritten_in_place)
{
	struct file_id id = {0x0102030405060708, 0x1112131415161718};
	struct smb2_read_request before, after;
	struct draft draft;

	cr_assert(smb2_read_request_decode(golden_message("read_request"), &before));
	draft_begin(&draft);
	smb2_read_request_encode(&draft.w, &before);
	smb2_file_id_write(draft.bytes, 80, id);
	cr_assert(smb2_read_request_decode(draft_end(&draft), &after));
	cr_assert(file_id_equal(after.file, id));
	cr_assert_eq(after.offset, before.offset);
	cr_assert_eq(after.length, before.length);
	cr_assert_eq(after.minimum_count, before.minimum_count);
}

Test(smb2_facts, sums_of_sizes_do_not_wrap)
{
	struct smb2_ioctl_request in = {.max_input_response = UINT32_MAX, .max_output_response = 2};
	struct smb2_facts facts;
	struct draft draft;

	draft_begin(&draft);
	smb2_ioctl_request_encode(&draft.w, &in);
	cr_assert(smb2_request_facts(SMB2_IOCTL, draft_end(&draft), &facts));
	cr_assert_eq(facts.wants, UINT32_MAX);
}

static void
assert_response(
	uint16_t command, uint32_t status, struct span message, uint16_t file_at, uint32_t sends)
{
	struct smb2_facts facts;

	cr_assert(smb2_response_facts(command, status, message, &facts), "%s %x",
		smb2_command_word(command), status);
	cr_assert_eq(facts.file_at, file_at, "%s: file_at %u", smb2_command_word(command),
		facts.file_at);
	cr_assert_eq(facts.sends, sends, "%s: sends %u", smb2_command_word(command), facts.sends);
	cr_assert_eq(facts.wants, 0);
}

Test(smb2_facts, responses)
{
	assert_response(SMB2_READ, 0, golden_message("read_response"), 0, 11);
	assert_response(SMB2_WRITE, 0, golden_message("write_response"), 0, 0);
	assert_response(SMB2_IOCTL, 0, golden_message("ioctl_response_copychunk"), 72, 12);
	assert_response(
		SMB2_QUERY_DIRECTORY, 0, golden_message("query_directory_response"), 0, 114);
	assert_response(SMB2_QUERY_INFO, 0, golden_message("query_info_response"), 0, 14);
	assert_response(SMB2_CHANGE_NOTIFY, 0, golden_message("change_notify_response"), 0, 28);
	assert_response(SMB2_CREATE, 0, golden_message("create_response"), 128, 0);
	assert_response(SMB2_OPLOCK_BREAK, 0, golden_message("oplock_break_notification"), 72, 0);
	assert_response(SMB2_OPLOCK_BREAK, 0, golden_message("oplock_break_response"), 72, 0);
	assert_response(SMB2_OPLOCK_BREAK, 0, golden_message("lease_break_notification"), 0, 0);
	assert_response(SMB2_OPLOCK_BREAK, 0, golden_message("lease_break_response"), 0, 0);
}

Test(smb2_facts, every_error_has_the_error_body)
{
	struct smb2_facts facts;

	for (uint16_t command = 0; command < SMB2_COMMAND_COUNT; command++) {
		struct span error = golden_message("create_not_found");

		assert_response(command, STATUS_ACCESS_DENIED, error, 0, 0);
		assert_response(command, STATUS_PENDING, error, 0, 0);
	}
	cr_assert_not(smb2_response_facts(
		SMB2_CREATE, STATUS_ACCESS_DENIED, golden_message("create_response"), &facts));
	cr_assert_eq(facts.file_at, 0);
	cr_assert_not(smb2_response_facts(
		SMB2_CREATE, STATUS_PENDING, golden_message("create_response"), &facts));
	cr_assert_not(smb2_response_facts(
		SMB2_READ, STATUS_END_OF_FILE, golden_message("read_response"), &facts));
}

/* Success is never the error body, where that can be told from the command's. */
Test(smb2_facts, success_has_the_body_of_its_command)
{
	struct span error = golden_message("create_not_found");
	struct smb2_facts facts;

	cr_assert_not(smb2_response_facts(SMB2_CREATE, STATUS_SUCCESS, error, &facts));
	cr_assert_not(smb2_response_facts(SMB2_READ, STATUS_SUCCESS, error, &facts));
	cr_assert_not(smb2_response_facts(SMB2_WRITE, STATUS_SUCCESS, error, &facts));
	cr_assert_not(smb2_response_facts(SMB2_IOCTL, STATUS_SUCCESS, error, &facts));
	cr_assert_not(smb2_response_facts(SMB2_ECHO, STATUS_SUCCESS, error, &facts));
}

/* [MS-SMB2] 3.3.4.4: what looks like an error and carries the command's own body. */
Test(smb2_facts, statuses_that_carry_data)
{
	struct span read = golden_message("read_response");
	struct span ioctl = golden_message("ioctl_response_copychunk");
	struct smb2_change_notify_response overflow = {0};
	struct draft draft;

	assert_response(SMB2_SESSION_SETUP, STATUS_MORE_PROCESSING_REQUIRED,
		golden_message("session_setup_more"), 0, 0);
	assert_response(SMB2_READ, STATUS_BUFFER_OVERFLOW, read, 0, 11);
	assert_response(SMB2_IOCTL, STATUS_BUFFER_OVERFLOW, ioctl, 72, 12);
	assert_response(SMB2_IOCTL, STATUS_INVALID_PARAMETER, ioctl, 72, 12);
	assert_response(SMB2_IOCTL, STATUS_OBJECT_NAME_NOT_FOUND, ioctl, 72, 12);
	assert_response(SMB2_QUERY_INFO, STATUS_BUFFER_OVERFLOW,
		golden_message("query_info_response"), 0, 14);
	draft_begin(&draft);
	smb2_change_notify_response_encode(&draft.w, &overflow);
	assert_response(SMB2_CHANGE_NOTIFY, STATUS_NOTIFY_ENUM_DIR, draft_end(&draft), 0, 0);
}

/* The same statuses with an error body, as servers without data send them. */
Test(smb2_facts, statuses_that_could_carry_data_and_do_not)
{
	struct smb2_error_response needs = {1, span_of("\4\0\0\0\0\0\0\0\0\2\0\0", 12)};
	struct span error = golden_message("create_not_found");
	struct draft draft;

	assert_response(SMB2_READ, STATUS_BUFFER_OVERFLOW, error, 0, 0);
	assert_response(SMB2_IOCTL, STATUS_INVALID_PARAMETER, error, 0, 0);
	assert_response(SMB2_QUERY_INFO, STATUS_BUFFER_OVERFLOW, error, 0, 0);
	assert_response(SMB2_CHANGE_NOTIFY, STATUS_NOTIFY_CLEANUP, error, 0, 0);
	draft_begin(&draft);
	smb2_error_response_encode(&draft.w, &needs);
	assert_response(SMB2_QUERY_INFO, STATUS_BUFFER_OVERFLOW, draft_end(&draft), 0, 0);
}

Test(smb2_facts, commands_that_do_not_exist)
{
	struct span message = golden_message("echo_request");
	struct smb2_facts facts;

	cr_assert_not(smb2_request_facts(SMB2_COMMAND_COUNT, message, &facts));
	cr_assert_not(smb2_request_facts(0xffff, message, &facts));
	cr_assert_not(smb2_response_facts(SMB2_COMMAND_COUNT, STATUS_SUCCESS, message, &facts));
	cr_assert_not(smb2_response_facts(SMB2_CANCEL, STATUS_SUCCESS, message, &facts),
		"CANCEL is never answered with success");
}
