/* What holds for every captured message alike: taken whole, refused in part, written again. */
#include "golden.h"
#include "codecs.h"
#include "wire/smb2_facts.h"

#include <criterion/criterion.h>
#include <stdio.h>

static bool
facts_of(const struct golden *golden, struct span message)
{
	struct smb2_facts facts;

	if (golden->role == REQUEST)
		return smb2_request_facts(golden->command, message, &facts);
	return smb2_response_facts(golden->command, golden->status, message, &facts);
}

Test(golden, headers_say_what_the_table_says)
{
	const struct golden *golden;

	for (unsigned i = 0; (golden = golden_at(i)); i++) {
		struct smb2_header header;

		cr_assert(smb2_header_decode(golden_bytes(golden), &header), "%s", golden->name);
		cr_assert_eq(header.command, golden->command, "%s", golden->name);
		cr_assert_eq(header.flags & SMB2_FLAG_RESPONSE, golden->role == RESPONSE, "%s",
			golden->name);
		if (golden->role == RESPONSE)
			cr_assert_eq(header.status, golden->status, "%s", golden->name);
	}
}

Test(golden, bodies_are_taken)
{
	const struct golden *golden;

	for (unsigned i = 0; (golden = golden_at(i)); i++)
		cr_assert(facts_of(golden, golden_bytes(golden)), "%s", golden->name);
}

Test(golden, every_truncation_is_refused)
{
	const struct golden *golden;

	for (unsigned i = 0; (golden = golden_at(i)); i++) {
		struct span whole = golden_bytes(golden);
		size_t needed = whole.len - golden->spare;

		for (size_t len = 0; len < needed; len++)
			cr_assert_not(facts_of(golden, golden_cut(whole, len)), "%s at %zu of %zu",
				golden->name, len, whole.len);
		for (size_t len = needed; len < whole.len; len++)
			cr_assert(facts_of(golden, golden_cut(whole, len)), "%s at %zu of %zu",
				golden->name, len, whole.len);
	}
}

Test(golden, any_other_structure_size_is_refused)
{
	const struct golden *golden;

	for (unsigned i = 0; (golden = golden_at(i)); i++) {
		struct span whole = golden_bytes(golden);
		uint16_t size = (uint16_t)(whole.data[64] | whole.data[65] << 8);

		cr_assert_not(facts_of(golden, golden_patched(whole, 64, size - 1u, 2)), "%s",
			golden->name);
		cr_assert_not(facts_of(golden, golden_patched(whole, 64, size + 1u, 2)), "%s",
			golden->name);
		cr_assert_not(facts_of(golden, golden_patched(whole, 64, size + 256u, 2)), "%s",
			golden->name);
	}
}

/* The codec for a message, by the way in which golden.def names its commands. */
static const struct codec *
codec_for(const struct golden *golden)
{
	const char *word = smb2_command_word(golden->command);
	char name[64];

	snprintf(name, sizeof(name), "smb2_%s_%s", word,
		golden->role == REQUEST ? "request" : "response");
	for (char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	if (strstr(golden->name, "notification"))
		return codec_find("smb2_oplock_break_notification");
	if (strstr(golden->name, "_pending") || strstr(golden->name, "_found") ||
		strstr(golden->name, "_end"))
		return codec_find("smb2_error_response");
	return codec_find(name);
}

/* Decoding, encoding and decoding again must lose nothing that encoding can show. */
Test(golden, bodies_survive_being_written_again)
{
	const struct golden *golden;

	for (unsigned i = 0; (golden = golden_at(i)); i++) {
		const struct codec *codec = codec_for(golden);
		struct draft first, second;

		cr_assert_not_null(codec, "%s", golden->name);
		draft_begin(&first);
		draft_begin(&second);
		cr_assert(codec->again(golden_bytes(golden), &first.w), "%s", golden->name);
		cr_assert(codec->again(draft_end(&first), &second.w), "%s", golden->name);
		cr_assert(span_equal(draft_end(&first), draft_end(&second)), "%s", golden->name);
	}
}

/* Where the sender laid its message out as we do, the very bytes come back. */
Test(golden, bodies_come_back_byte_for_byte)
{
	static const char *const names[] = {"negotiate_request_202", "negotiate_request_311",
		"negotiate_response_202", "negotiate_response_311", "session_setup_request",
		"session_setup_more", "session_setup_response", "logoff_request", "logoff_response",
		"tree_connect_request", "tree_connect_response", "tree_disconnect_request",
		"create_request", "create_request_contexts", "create_response_contexts",
		"close_request", "close_response", "flush_request", "flush_response",
		"read_request", "read_response", "write_request", "lock_request",
		"lock_request_two", "lock_response", "ioctl_response", "ioctl_response_copychunk",
		"echo_request", "echo_response", "query_directory_request",
		"query_directory_response", "change_notify_request", "change_notify_response",
		"query_info_request", "query_info_response", "set_info_request",
		"set_info_response", "oplock_break_request", "oplock_break_notification",
		"oplock_break_response", "lease_break_request", "lease_break_response",
		"lease_break_notification", "create_not_found"};
	const struct golden *golden;

	for (unsigned n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		for (unsigned i = 0; (golden = golden_at(i)); i++) {
			struct span in = golden_bytes(golden), out;
			struct draft draft;

			if (strcmp(golden->name, names[n]) != 0)
				continue;
			draft_begin(&draft);
			cr_assert(codec_for(golden)->again(in, &draft.w));
			out = draft_end(&draft);
			cr_assert(span_equal(span_of(in.data + 64, in.len - 64),
					  span_of(out.data + 64, out.len - 64)),
				"%s", golden->name);
		}
}

/* An encoder whose room is short by one byte breaks its writer and writes no further. */
Test(golden, encoders_keep_to_their_room)
{
	const struct golden *golden;

	for (unsigned i = 0; (golden = golden_at(i)); i++) {
		struct draft draft;
		size_t full;

		draft_begin(&draft);
		cr_assert(codec_for(golden)->again(golden_bytes(golden), &draft.w));
		full = draft_end(&draft).len;
		draft_begin(&draft);
		draft.w.cap = full - 1;
		draft.bytes[full - 1] = 0xa5;
		cr_assert(codec_for(golden)->again(golden_bytes(golden), &draft.w));
		cr_assert_not(writer_ok(&draft.w), "%s", golden->name);
		cr_assert_eq(draft.bytes[full - 1], 0xa5, "%s", golden->name);
	}
}
