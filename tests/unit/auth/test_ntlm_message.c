/* NTLMSSP's messages: the published ones, round trips, every truncation, the short forms of old
 * clients. */
#include "auth/ntlm_message.h"
#include "peer.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define SIGNATURE "4e544c4d53535000"

static bool
text_is(struct span text, uint32_t flags, const char *due)
{
	char *got = ntlm_text(text, flags);
	bool same = got && strcmp(got, due) == 0;

	free(got);
	return same;
}

Test(ntlm_message, reads_the_published_challenge)
{
	struct auth_token token = peer_golden("nlmp_challenge");
	struct ntlm_challenge message;

	cr_assert(ntlm_challenge_decode(peer_span(&token), &message));
	cr_assert_eq(message.flags, 0xe28a8233);
	cr_assert_eq(message.challenge[7], 0xef);
	cr_assert(text_is(message.target_name, NTLM_UNICODE, "Server"));
	cr_assert(ntlm_av_sound(message.target_info));
	cr_assert(
		text_is(ntlm_av_find(message.target_info, NTLM_AV_DOMAIN), NTLM_UNICODE, "Domain"));
	cr_assert(text_is(
		ntlm_av_find(message.target_info, NTLM_AV_COMPUTER), NTLM_UNICODE, "Server"));
	cr_assert_null(ntlm_av_find(message.target_info, NTLM_AV_TIMESTAMP).data);
	auth_token_free(&token);
}

/* The published message has a version, but no MIC: its payload begins where that would be. */
Test(ntlm_message, reads_the_published_authenticate)
{
	struct auth_token token = peer_golden("nlmp_authenticate");
	struct ntlm_authenticate message;

	cr_assert(ntlm_authenticate_decode(peer_span(&token), &message));
	cr_assert(text_is(message.user, NTLM_UNICODE, "User"));
	cr_assert(text_is(message.domain, NTLM_UNICODE, "Domain"));
	cr_assert(text_is(message.workstation, NTLM_UNICODE, "COMPUTER"));
	cr_assert_eq(message.lm.len, 24);
	cr_assert_eq(message.nt.len, 84);
	cr_assert_eq(message.session_key.len, 16);
	cr_assert(message.has_flags);
	cr_assert_eq(message.flags, 0xe2888235);
	cr_assert_not(message.has_mic);
	auth_token_free(&token);
}

Test(ntlm_message, reads_the_mic_where_there_is_one)
{
	struct auth_token token = peer_golden("bare_authenticate");
	struct ntlm_authenticate message;

	cr_assert(ntlm_authenticate_decode(peer_span(&token), &message));
	cr_assert(message.has_mic);
	cr_assert_arr_eq(message.mic, token.bytes + NTLM_MIC_OFFSET, NTLM_MIC_SIZE);
	auth_token_free(&token);
}

Test(ntlm_message, refuses_every_truncation)
{
	static const char *const names[] = {"bare_authenticate", "impacket_authenticate",
		"v1_authenticate", "nlmp_authenticate"};
	struct ntlm_authenticate authenticate;
	struct ntlm_challenge challenge;
	struct auth_token token;

	for (size_t i = 0; i < 4; i++) {
		token = peer_golden(names[i]);
		for (size_t len = 0; len < token.len; len++) {
			struct auth_token cut;

			cr_assert(auth_token_copy(&cut, span_of(token.bytes, len)));
			cr_assert_not(ntlm_authenticate_decode(peer_span(&cut), &authenticate));
			auth_token_free(&cut);
		}
		auth_token_free(&token);
	}
	token = peer_golden("bare_challenge");
	for (size_t len = 0; len < token.len; len++) {
		struct auth_token cut;

		cr_assert(auth_token_copy(&cut, span_of(token.bytes, len)));
		cr_assert_not(ntlm_challenge_decode(peer_span(&cut), &challenge));
		auth_token_free(&cut);
	}
	auth_token_free(&token);
}

Test(ntlm_message, takes_the_short_negotiate_of_old_clients)
{
	struct auth_token token = peer_hex(SIGNATURE "0100000007820000"
						     "0000000000000000"
						     "0000000000000000");
	struct ntlm_negotiate message;

	cr_assert_eq(token.len, 32);
	cr_assert(ntlm_negotiate_decode(peer_span(&token), &message));
	cr_assert_eq(message.flags, 0x8207);
	cr_assert(ntlm_negotiate_decode(span_of(token.bytes, 16), &message));
	cr_assert_not(ntlm_negotiate_decode(span_of(token.bytes, 15), &message));
	token.bytes[8] = 2;
	cr_assert_not(ntlm_negotiate_decode(peer_span(&token), &message), "a CHALLENGE");
	auth_token_free(&token);
}

/* 52 bytes of header, then the payload: no session key, no flags. */
Test(ntlm_message, takes_an_authenticate_that_ends_before_the_flags)
{
	struct auth_token token = peer_hex(SIGNATURE "03000000"
						     "0000000034000000"
						     "0000000034000000"
						     "0000000034000000"
						     "0200020034000000"
						     "0000000036000000"
						     "4142");
	struct ntlm_authenticate message;

	cr_assert(ntlm_authenticate_decode(peer_span(&token), &message));
	cr_assert(text_is(message.user, NTLM_OEM, "AB"));
	cr_assert_not(message.has_flags);
	cr_assert_not(message.has_mic);
	token.bytes[40] = 51; /* the user would begin inside the header */
	cr_assert_not(ntlm_authenticate_decode(peer_span(&token), &message));
	auth_token_free(&token);
}

Test(ntlm_message, takes_a_challenge_without_target_information)
{
	struct auth_token token = peer_hex(SIGNATURE "02000000"
						     "0000000000000000"
						     "05820000"
						     "0123456789abcdef");
	struct ntlm_challenge message;

	cr_assert(ntlm_challenge_decode(peer_span(&token), &message));
	cr_assert_eq(message.target_info.len, 0);
	auth_token_free(&token);
}

Test(ntlm_message, round_trips)
{
	struct ntlm_authenticate in = {
		.lm = span_of_text("lm"),
		.nt = span_of_text("response"),
		.domain = span_of_text("D"),
		.user = span_of_text("user"),
		.workstation = span_of_text("w"),
		.session_key = span_of_text("0123456789abcdef"),
		.flags = NTLM_OEM | NTLM_VERSION,
		.mic = {1, 2, 3},
	};
	struct ntlm_authenticate back;
	uint8_t bytes[256];
	struct writer w = writer_over(bytes, sizeof(bytes));

	cr_assert(ntlm_authenticate_encode(&w, &in));
	cr_assert(ntlm_authenticate_decode(writer_span(&w), &back));
	cr_assert(span_equal(back.lm, in.lm) && span_equal(back.nt, in.nt));
	cr_assert(span_equal(back.domain, in.domain) && span_equal(back.user, in.user));
	cr_assert(span_equal(back.workstation, in.workstation));
	cr_assert(span_equal(back.session_key, in.session_key));
	cr_assert_eq(back.flags, in.flags);
	cr_assert(back.has_mic);
	cr_assert_arr_eq(back.mic, in.mic, NTLM_MIC_SIZE);
}

Test(ntlm_message, pairs_end_where_they_say_or_where_the_bytes_do)
{
	struct auth_token token = peer_hex("0600"
					   "0400"
					   "02000000"
					   "0700"
					   "0100"
					   "aa");
	struct span pairs = peer_span(&token);

	cr_assert(ntlm_av_sound(pairs));
	cr_assert_eq(ntlm_av_find(pairs, NTLM_AV_FLAGS).len, 4);
	cr_assert_eq(ntlm_av_find(pairs, NTLM_AV_TIMESTAMP).len, 1);
	cr_assert_not(ntlm_av_sound(span_of(token.bytes, token.len - 1)));
	cr_assert_not(ntlm_av_sound(span_of(token.bytes, 10)));
	cr_assert(ntlm_av_sound((struct span){0}));
	token.bytes[0] = NTLM_AV_END;
	token.bytes[2] = 0;
	cr_assert_null(ntlm_av_find(pairs, NTLM_AV_TIMESTAMP).data, "behind the end");
	auth_token_free(&token);
}

Test(ntlm_message, texts_are_exact_or_not_at_all)
{
	static const uint8_t long_text[NTLM_TEXT_MAX + 2] = {'a'};

	cr_assert(text_is((struct span){0}, NTLM_UNICODE, ""));
	cr_assert(text_is(span_of("a\0\xfc\0", 4), NTLM_UNICODE, "a\xc3\xbc"));
	cr_assert_null(ntlm_text(span_of("a\0b", 3), NTLM_UNICODE));
	cr_assert_null(ntlm_text(span_of("a\0\0\0", 4), NTLM_UNICODE));
	cr_assert_null(ntlm_text(span_of("a\xfc", 2), NTLM_OEM));
	cr_assert_null(ntlm_text(span_of("a\0", 2), NTLM_OEM));
	cr_assert_null(ntlm_text(span_of(long_text, sizeof(long_text)), NTLM_UNICODE));
}
