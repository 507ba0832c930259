/* SPNEGO's messages: golden ones, round trips, every truncation, and what strict DER refuses. */
#include "auth/spnego.h"
#include "peer.h"

#include <criterion/criterion.h>

static const uint8_t ntlmssp[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};
static const uint8_t kerberos[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};

static bool
init_decodes(const char *hex)
{
	struct auth_token token = peer_hex(hex);
	struct spnego_init init;
	bool ok = spnego_init_decode(peer_span(&token), &init);

	auth_token_free(&token);
	return ok;
}

static bool
response_decodes(const char *hex)
{
	struct auth_token token = peer_hex(hex);
	struct spnego_response response;
	bool ok = spnego_response_decode(peer_span(&token), &response);

	auth_token_free(&token);
	return ok;
}

Test(spnego, reads_the_init_of_a_client)
{
	struct auth_token token = peer_golden("samba_init");
	struct spnego_init init;

	cr_assert(spnego_is_init(peer_span(&token)));
	cr_assert(spnego_init_decode(peer_span(&token), &init));
	cr_assert_eq(init.nmechs, 1);
	cr_assert(span_equal(init.mechs[0], span_of(ntlmssp, sizeof(ntlmssp))));
	cr_assert_eq(init.token.len, 40);
	cr_assert_eq(init.mech_types.len, 14);
	cr_assert_null(init.mic.data);
	cr_assert_null(init.hint.data);
	auth_token_free(&token);
}

Test(spnego, reads_the_hint_of_a_server)
{
	struct auth_token token = peer_golden("smbd_hint");
	struct spnego_init init;

	cr_assert(spnego_init_decode(peer_span(&token), &init));
	cr_assert(span_equal(init.hint, span_of_text("not_defined_in_RFC4178@please_ignore")));
	cr_assert_null(init.token.data);
	auth_token_free(&token);
}

Test(spnego, reads_the_last_token_of_a_client)
{
	struct auth_token token = peer_golden("samba_last");
	struct spnego_response response;

	cr_assert(spnego_response_decode(peer_span(&token), &response));
	cr_assert_eq(response.state, SPNEGO_STATE_ABSENT);
	cr_assert_null(response.mech.data);
	cr_assert_eq(response.token.len, 402);
	cr_assert_eq(response.mic.len, 16);
	auth_token_free(&token);
}

/* What we write is what others wrote: every golden token comes back byte for byte. */
Test(spnego, writes_what_it_read)
{
	static const char *const inits[] = {"samba_init", "smbd_hint", "smbd_init", "nokx_init"};
	static const char *const responses[] = {
		"samba_init_answer", "samba_last", "smbd_challenge", "smbd_last", "smbd_final"};
	struct auth_token out;

	for (size_t i = 0; i < 4; i++) {
		struct auth_token token = peer_golden(inits[i]);
		struct spnego_init init;

		cr_assert(spnego_init_decode(peer_span(&token), &init));
		cr_assert(spnego_init_make(&out, &init));
		cr_assert(peer_is_golden(&out, inits[i]));
		auth_token_free(&token);
		auth_token_free(&out);
	}
	for (size_t i = 0; i < 5; i++) {
		struct auth_token token = peer_golden(responses[i]);
		struct spnego_response response;

		cr_assert(spnego_response_decode(peer_span(&token), &response));
		cr_assert(spnego_response_make(&out, &response));
		cr_assert(peer_is_golden(&out, responses[i]));
		auth_token_free(&token);
		auth_token_free(&out);
	}
}

Test(spnego, round_trips_every_field)
{
	static uint8_t big[300];
	struct span mechs[] = {
		span_of(kerberos, sizeof(kerberos)), span_of(ntlmssp, sizeof(ntlmssp))};
	uint8_t types[64];
	struct writer w = writer_over(types, sizeof(types));
	struct spnego_init in = {.token = span_of(big, 300), .mic = span_of_text("mic")};
	struct spnego_init back;
	struct auth_token out;

	cr_assert(spnego_mech_types_encode(&w, mechs, 2));
	in.mech_types = writer_span(&w);
	for (int hinted = 0; hinted < 2; hinted++) {
		in.hint = hinted ? span_of_text("hint") : (struct span){0};
		cr_assert(spnego_init_make(&out, &in));
		cr_assert(spnego_init_decode(peer_span(&out), &back));
		cr_assert_eq(back.nmechs, 2);
		cr_assert(
			span_equal(back.mechs[0], mechs[0]) && span_equal(back.mechs[1], mechs[1]));
		cr_assert(span_equal(back.mech_types, in.mech_types));
		cr_assert(span_equal(back.token, in.token));
		cr_assert(span_equal(back.hint, in.hint));
		cr_assert(span_equal(back.mic, in.mic));
		auth_token_free(&out);
	}
}

Test(spnego, refuses_every_truncation_and_any_tail)
{
	static const char *const names[] = {"samba_init", "smbd_hint", "samba_init_answer",
		"samba_last", "smbd_challenge", "smbd_final"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct auth_token token = peer_golden(names[i]);
		struct spnego_init init;
		struct spnego_response response;

		for (size_t len = 0; len < token.len; len++) {
			struct auth_token cut;

			cr_assert(auth_token_copy(&cut, span_of(token.bytes, len)));
			cr_assert_not(spnego_init_decode(peer_span(&cut), &init));
			cr_assert_not(spnego_response_decode(peer_span(&cut), &response));
			auth_token_free(&cut);
		}
		token.bytes = realloc(token.bytes, token.len + 1);
		token.bytes[token.len++] = 0;
		cr_assert_not(spnego_init_decode(peer_span(&token), &init));
		cr_assert_not(spnego_response_decode(peer_span(&token), &response));
		auth_token_free(&token);
	}
}

#define OID_SPNEGO "06062b0601050502"
#define OID_NTLM "060a2b06010401823702020a"

Test(spnego, holds_an_init_to_der)
{
	cr_assert(init_decodes("601c" OID_SPNEGO "a0123010a00e300c" OID_NTLM));
	cr_assert_not(init_decodes("60811c" OID_SPNEGO "a0123010a00e300c" OID_NTLM), "long length");
	cr_assert_not(
		init_decodes("6080" OID_SPNEGO "a0123010a00e300c" OID_NTLM "0000"), "indefinite");
	cr_assert_not(init_decodes("601c06062b0601050503a0123010a00e300c" OID_NTLM), "another OID");
	cr_assert_not(init_decodes("6010" OID_SPNEGO "a0063004a0023000"), "no mechanism");
	cr_assert_not(init_decodes("600c" OID_SPNEGO "a0023000"), "no list");
	cr_assert_not(init_decodes("6012" OID_SPNEGO "a0083006a00430020600"), "empty OID");
	cr_assert_not(init_decodes("6020" OID_SPNEGO "a0163014a2020400a00e300c" OID_NTLM), "order");
	cr_assert_not(
		init_decodes("6020" OID_SPNEGO "a0163014a00e300c" OID_NTLM "02020400"), "tag");
	cr_assert(init_decodes("6020" OID_SPNEGO "a0163014a00e300c" OID_NTLM "a5020400"),
		"extension");
	cr_assert_not(
		init_decodes("6024" OID_SPNEGO "a01a3018a00e300c" OID_NTLM "a2020400a2020400"),
		"twice");
}

Test(spnego, bounds_the_list_of_mechanisms)
{
	uint8_t types[512];
	struct span mechs[SPNEGO_MECHS_MAX + 1];
	struct spnego_init init = {0};
	struct spnego_init back;
	struct auth_token out;

	for (size_t i = 0; i <= SPNEGO_MECHS_MAX; i++)
		mechs[i] = span_of(ntlmssp, sizeof(ntlmssp));
	for (size_t n = SPNEGO_MECHS_MAX; n <= SPNEGO_MECHS_MAX + 1; n++) {
		struct writer w = writer_over(types, sizeof(types));

		cr_assert(spnego_mech_types_encode(&w, mechs, n));
		init.mech_types = writer_span(&w);
		cr_assert(spnego_init_make(&out, &init));
		cr_assert_eq(spnego_init_decode(peer_span(&out), &back), n == SPNEGO_MECHS_MAX);
		auth_token_free(&out);
	}
}

Test(spnego, holds_a_response_to_der)
{
	cr_assert(response_decodes("a1023000"));
	cr_assert(response_decodes("a1073005a0030a0100"));
	cr_assert_not(response_decodes("a1073005a0030a0104"), "no such state");
	cr_assert_not(response_decodes("a1083006a0040a020000"), "state of two bytes");
	cr_assert_not(response_decodes("a1073005a003020100"), "an integer");
	cr_assert_not(response_decodes("a10b3009a2020400a0030a0100"), "order");
	cr_assert_not(response_decodes("a003300130"), "another choice");
	cr_assert_not(response_decodes("a1063004a2020401"), "octets longer than their field");
}

Test(spnego, writes_nothing_that_does_not_fit)
{
	struct spnego_response response = {.state = SPNEGO_ACCEPT_COMPLETED};
	uint8_t bytes[16];

	for (size_t cap = 1; cap < sizeof(bytes); cap++) {
		struct writer w = writer_over(bytes, cap);

		cr_assert_eq(spnego_response_encode(&w, &response), cap >= 9);
	}
}
