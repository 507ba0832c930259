/* smb2_negotiate.h: dialects, sizes and the contexts of 3.1.1. */
#include "golden.h"
#include "wire/smb2_negotiate.h"

#include <criterion/criterion.h>

#define DIALECTS_AT (SMB2_HEADER_SIZE + 36)

/* One raw context for build(): its type, its bytes, and how many. */
struct raw {
	uint16_t type;
	const char *data;
	uint16_t len;
};

#define HASHES                                                                                     \
	{                                                                                          \
		1, "\1\0\4\0\1\0salt", 10                                                          \
	}
#define CIPHERS                                                                                    \
	{                                                                                          \
		2, "\2\0\2\0\1\0", 6                                                               \
	}
#define SIGNERS                                                                                    \
	{                                                                                          \
		8, "\2\0\2\0\1\0", 6                                                               \
	}
#define NETNAME                                                                                    \
	{                                                                                          \
		5, "f\0s\0", 4                                                                     \
	}
#define UNHEARD                                                                                    \
	{                                                                                          \
		0x100, "whatever", 8                                                               \
	}

/* A request for 3.1.1 alone with COUNT contexts as they stand. */
static struct span
build(const struct raw *contexts, unsigned count)
{
	struct smb2_negotiate_request in = {.dialect_count = 1, .dialects = {SMB2_DIALECT_0311}};
	struct draft draft;

	draft_begin(&draft);
	smb2_negotiate_request_encode(&draft.w, &in);
	for (unsigned i = 0; i < count; i++) {
		writer_align(&draft.w, 8);
		writer_u16(&draft.w, contexts[i].type);
		writer_u16(&draft.w, contexts[i].len);
		writer_u32(&draft.w, 0);
		writer_bytes(&draft.w, span_of(contexts[i].data, contexts[i].len));
	}
	writer_patch(&draft.w, SMB2_HEADER_SIZE + 32, count, 2);
	return draft_end(&draft);
}

static bool
takes(const struct raw *contexts, unsigned count, struct smb2_negotiate_request *out)
{
	return smb2_negotiate_request_decode(build(contexts, count), out);
}

Test(smb2_negotiate, captured_request_202)
{
	struct smb2_negotiate_request out;

	cr_assert(smb2_negotiate_request_decode(golden_message("negotiate_request_202"), &out));
	cr_assert_eq(out.dialect_count, 1);
	cr_assert_eq(out.dialects[0], SMB2_DIALECT_0202);
	cr_assert_eq(out.security_mode, SMB2_SIGNING_ENABLED);
	cr_assert_not(out.contexts.hashes.present);
	cr_assert(smb2_negotiate_request_offers(&out, SMB2_DIALECT_0202));
	cr_assert_not(smb2_negotiate_request_offers(&out, SMB2_DIALECT_0311));
}

Test(smb2_negotiate, captured_request_311)
{
	struct smb2_negotiate_request out;
	const struct smb2_negotiate_contexts *contexts = &out.contexts;

	cr_assert(smb2_negotiate_request_decode(golden_message("negotiate_request_311"), &out));
	cr_assert_eq(out.dialect_count, 5);
	cr_assert_eq(out.security_mode, SMB2_SIGNING_ENABLED | SMB2_SIGNING_REQUIRED);
	cr_assert_eq(out.capabilities, 0x7f);
	cr_assert_eq(out.client_guid[0], 0x86);
	cr_assert_eq(out.client_guid[15], 0x80);
	cr_assert_eq(contexts->hashes.count, 1);
	cr_assert_eq(contexts->hashes.ids[0], SMB2_HASH_SHA512);
	cr_assert_eq(contexts->salt.len, 32);
	cr_assert_eq(contexts->ciphers.count, 4);
	cr_assert_eq(contexts->ciphers.ids[0], SMB2_CIPHER_AES_128_GCM);
	cr_assert_eq(contexts->ciphers.ids[3], SMB2_CIPHER_AES_256_CCM);
	cr_assert_eq(contexts->signers.count, 3);
	cr_assert_eq(contexts->signers.ids[0], SMB2_SIGNING_AES_GMAC);
	cr_assert(span_equal(contexts->netname, span_of("1\0"
							"2\0"
							"7\0.\0"
							"0\0.\0"
							"0\0.\0"
							"1\0",
							18)));
	cr_assert_eq(contexts->others, 0);
	cr_assert(smb2_algorithms_has(&contexts->ciphers, SMB2_CIPHER_AES_256_GCM));
	cr_assert_not(smb2_algorithms_has(&contexts->ciphers, 5));
}

Test(smb2_negotiate, captured_responses)
{
	struct smb2_negotiate_response out;

	cr_assert(smb2_negotiate_response_decode(golden_message("negotiate_response_202"), &out));
	cr_assert_eq(out.dialect, SMB2_DIALECT_0202);
	cr_assert_eq(out.max_read, 0x10000);
	cr_assert_eq(out.token.len, 74);
	cr_assert_not(out.contexts.hashes.present);
	cr_assert(smb2_negotiate_response_decode(golden_message("negotiate_response_311"), &out));
	cr_assert_eq(out.dialect, SMB2_DIALECT_0311);
	cr_assert_eq(out.security_mode, SMB2_SIGNING_ENABLED);
	cr_assert_eq(out.max_transact, 0x800000);
	cr_assert_eq(out.max_write, 0x800000);
	cr_assert_eq(out.token.data[0], 0x60);
	cr_assert_eq(out.contexts.ciphers.ids[0], SMB2_CIPHER_AES_128_GCM);
	cr_assert_eq(out.contexts.signers.ids[0], SMB2_SIGNING_AES_GMAC);
	cr_assert_eq(out.contexts.salt.len, 32);
}

Test(smb2_negotiate, request_round_trip)
{
	struct smb2_negotiate_request in = {.security_mode = 3,
		.capabilities = 0x7f,
		.client_guid = "guid-of-16-byte",
		.dialect_count = 3,
		.dialects = {0x0202, 0x0302, 0x0311},
		.contexts = {.hashes = {true, 1, {1}},
			.salt = span_of_text("pepper"),
			.ciphers = {true, 2, {4, 2}},
			.signers = {true, 3, {2, 1, 0}},
			.netname = span_of("f\0s\0", 4)}};
	struct smb2_negotiate_request out;
	struct draft draft;

	draft_begin(&draft);
	smb2_negotiate_request_encode(&draft.w, &in);
	cr_assert(smb2_negotiate_request_decode(draft_end(&draft), &out));
	cr_assert_eq(out.security_mode, in.security_mode);
	cr_assert_eq(out.capabilities, in.capabilities);
	cr_assert_arr_eq(out.client_guid, in.client_guid, 16);
	cr_assert_eq(out.dialect_count, in.dialect_count);
	cr_assert_arr_eq(out.dialects, in.dialects, sizeof(in.dialects));
	cr_assert_arr_eq(out.contexts.hashes.ids, in.contexts.hashes.ids, 4);
	cr_assert(span_equal(out.contexts.salt, in.contexts.salt));
	cr_assert_eq(out.contexts.ciphers.count, 2);
	cr_assert_arr_eq(out.contexts.ciphers.ids, in.contexts.ciphers.ids, 4);
	cr_assert_eq(out.contexts.signers.count, 3);
	cr_assert_arr_eq(out.contexts.signers.ids, in.contexts.signers.ids, 6);
	cr_assert(span_equal(out.contexts.netname, in.contexts.netname));
}

Test(smb2_negotiate, response_round_trip)
{
	struct smb2_negotiate_response in = {.security_mode = 1,
		.dialect = SMB2_DIALECT_0311,
		.server_guid = "guid-of-16-byte",
		.capabilities = 0x47,
		.max_transact = 1 << 20,
		.max_read = 2 << 20,
		.max_write = 3 << 20,
		.system_time = 0x0102030405060708,
		.start_time = 0x1112131415161718,
		.token = span_of_text("token"),
		.contexts = {.hashes = {true, 1, {1}},
			.salt = span_of_text("s"),
			.ciphers = {true, 1, {2}}}};
	struct smb2_negotiate_response out;
	struct draft draft;

	draft_begin(&draft);
	smb2_negotiate_response_encode(&draft.w, &in);
	cr_assert(smb2_negotiate_response_decode(draft_end(&draft), &out));
	cr_assert_eq(out.security_mode, in.security_mode);
	cr_assert_eq(out.dialect, in.dialect);
	cr_assert_arr_eq(out.server_guid, in.server_guid, 16);
	cr_assert_eq(out.capabilities, in.capabilities);
	cr_assert_eq(out.max_transact, in.max_transact);
	cr_assert_eq(out.max_read, in.max_read);
	cr_assert_eq(out.max_write, in.max_write);
	cr_assert_eq(out.system_time, in.system_time);
	cr_assert_eq(out.start_time, in.start_time);
	cr_assert(span_equal(out.token, in.token));
	cr_assert(span_equal(out.contexts.salt, in.contexts.salt));
	cr_assert_eq(out.contexts.ciphers.ids[0], 2);
	cr_assert_not(out.contexts.signers.present);
}

Test(smb2_negotiate, contexts_count_for_311_alone)
{
	struct smb2_negotiate_request request;
	struct smb2_negotiate_response response;
	struct span message = golden_message("negotiate_request_311");

	/* The last of the five dialects: 3.1.1 becomes 2.1, and the offset a start time. */
	message = golden_patched(message, DIALECTS_AT + 8, SMB2_DIALECT_0210, 2);
	message = golden_patched(message, SMB2_HEADER_SIZE + 28, UINT64_MAX, 8);
	cr_assert(smb2_negotiate_request_decode(message, &request));
	cr_assert_not(request.contexts.hashes.present);
	message = golden_patched(golden_message("negotiate_response_311"), SMB2_HEADER_SIZE + 4,
		SMB2_DIALECT_0302, 2);
	message = golden_patched(message, SMB2_HEADER_SIZE + 60, UINT32_MAX, 4);
	cr_assert(smb2_negotiate_response_decode(message, &response));
	cr_assert_not(response.contexts.hashes.present);
}

Test(smb2_negotiate, absent_and_empty_contexts_are_told_and_not_judged)
{
	struct smb2_negotiate_request out;

	cr_assert(takes(NULL, 0, &out));
	cr_assert_not(out.contexts.hashes.present);
	cr_assert(takes((struct raw[]){{2, "\0\0", 2}}, 1, &out));
	cr_assert(out.contexts.ciphers.present);
	cr_assert_eq(out.contexts.ciphers.count, 0);
}

Test(smb2_negotiate, unheard_of_contexts_are_counted_and_passed_over)
{
	struct smb2_negotiate_request out;

	cr_assert(takes((struct raw[]){UNHEARD, HASHES, {3, "", 0}, SIGNERS}, 4, &out));
	cr_assert_eq(out.contexts.others, 2);
	cr_assert(out.contexts.hashes.present && out.contexts.signers.present);
	cr_assert_not(out.contexts.ciphers.present);
}

Test(smb2_negotiate, a_known_context_twice_is_refused)
{
	struct smb2_negotiate_request out;

	cr_assert(takes((struct raw[]){HASHES, CIPHERS, SIGNERS, NETNAME}, 4, &out));
	cr_assert_not(takes((struct raw[]){HASHES, HASHES}, 2, &out));
	cr_assert_not(takes((struct raw[]){HASHES, CIPHERS, CIPHERS}, 3, &out));
	cr_assert_not(takes((struct raw[]){HASHES, SIGNERS, CIPHERS, SIGNERS}, 4, &out));
	cr_assert_not(takes((struct raw[]){NETNAME, HASHES, NETNAME}, 3, &out));
}

Test(smb2_negotiate, lists_keep_to_their_contexts)
{
	struct smb2_negotiate_request out;

	cr_assert_not(
		takes((struct raw[]){{2, "\3\0\2\0\1\0", 6}, HASHES}, 2, &out), "one id short");
	cr_assert_not(takes((struct raw[]){{1, "\1\0\5\0\1\0salt", 10}, CIPHERS}, 2, &out), "salt");
	cr_assert_not(takes((struct raw[]){{8, "\1", 1}, HASHES}, 2, &out), "half a count");
	cr_assert(takes((struct raw[]){{2, "\1\0\2\0more", 8}}, 1, &out),
		"what follows is left alone");
}

Test(smb2_negotiate, lists_are_bounded)
{
	char ids[2 + 2 * (SMB2_ALGORITHMS_MAX + 1)] = {SMB2_ALGORITHMS_MAX};
	struct smb2_negotiate_request out;
	struct raw contexts[SMB2_NEGOTIATE_CONTEXTS_MAX + 1];

	cr_assert(takes((struct raw[]){{2, ids, sizeof(ids)}}, 1, &out));
	ids[0]++;
	cr_assert_not(takes((struct raw[]){{2, ids, sizeof(ids)}}, 1, &out));
	for (unsigned i = 0; i <= SMB2_NEGOTIATE_CONTEXTS_MAX; i++)
		contexts[i] = (struct raw)UNHEARD;
	cr_assert(takes(contexts, SMB2_NEGOTIATE_CONTEXTS_MAX, &out));
	cr_assert_not(takes(contexts, SMB2_NEGOTIATE_CONTEXTS_MAX + 1, &out));
}

Test(smb2_negotiate, dialects_are_bounded)
{
	struct smb2_negotiate_request in = {.dialect_count = SMB2_DIALECTS_MAX}, out;
	struct span message;
	struct draft draft;

	draft_begin(&draft);
	smb2_negotiate_request_encode(&draft.w, &in);
	writer_u16(&draft.w, 0);
	message = draft_end(&draft);
	cr_assert(smb2_negotiate_request_decode(message, &out));
	cr_assert_eq(out.dialect_count, SMB2_DIALECTS_MAX);
	message = golden_patched(message, SMB2_HEADER_SIZE + 2, SMB2_DIALECTS_MAX + 1, 2);
	cr_assert_not(smb2_negotiate_request_decode(message, &out));
}

Test(smb2_negotiate, nothing_may_overlap_what_comes_before)
{
	struct span request = golden_message("negotiate_request_311");
	struct span response = golden_message("negotiate_response_311");
	struct smb2_negotiate_request in;
	struct smb2_negotiate_response out;

	cr_assert_not(smb2_negotiate_request_decode(golden_patched(request, 92, 104, 4), &in));
	cr_assert_not(smb2_negotiate_request_decode(golden_patched(request, 92, 0, 4), &in));
	cr_assert_not(
		smb2_negotiate_request_decode(golden_patched(request, 92, UINT32_MAX, 4), &in));
	cr_assert_not(smb2_negotiate_response_decode(golden_patched(response, 124, 200, 4), &out));
	cr_assert_not(smb2_negotiate_response_decode(golden_patched(response, 120, 127, 2), &out));
	cr_assert_not(
		smb2_negotiate_response_decode(golden_patched(response, 122, 0xffff, 2), &out));
}
