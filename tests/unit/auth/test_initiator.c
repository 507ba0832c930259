/* The client's side of a logon against a golden smbd, and against servers that lie. */
#include "auth/initiator.h"
#include "auth/ntlm.h"
#include "auth/ntlm_hash.h"
#include "auth/ntlm_message.h"
#include "auth/spnego.h"
#include "peer.h"

#include <criterion/criterion.h>

static const uint8_t kerberos[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};

/* As whom the golden exchange with smbd was made. */
static struct initiator_config
daemon_config(void)
{
	struct initiator_config config = peer_initiator_config();

	config.user = "daemon";
	config.domain = NULL;
	return config;
}

/* An initiator that has sent its first token in answer to smbd's hint. */
static struct initiator *
begun(void)
{
	struct initiator_config config = daemon_config();
	struct initiator *i = initiator_new(&config);
	struct auth_token hint = peer_golden("smbd_hint");
	struct auth_token out;

	cr_assert(i);
	cr_assert_eq(peer_initiate(i, peer_span(&hint), &out), AUTH_MORE);
	cr_assert(peer_is_golden(&out, "smbd_init"));
	cr_assert_not(initiator_has_key(i));
	auth_token_free(&hint);
	auth_token_free(&out);
	return i;
}

/* An initiator that has sent its last token in answer to smbd's challenge. */
static struct initiator *
proven(void)
{
	struct initiator *i = begun();
	struct auth_token challenge = peer_golden("smbd_challenge");
	struct auth_token out;

	cr_assert_eq(peer_initiate(i, peer_span(&challenge), &out), AUTH_MORE);
	cr_assert(peer_is_golden(&out, "smbd_last"));
	cr_assert(initiator_has_key(i));
	auth_token_free(&challenge);
	auth_token_free(&out);
	return i;
}

/* What comes of TOKEN at I, which is freed: the fault, NULL for none. */
static fault
end(struct initiator *i, struct span token)
{
	struct auth_token out;
	enum auth_step step = peer_initiate(i, token, &out);
	fault why = initiator_result(i)->fault;

	cr_assert_eq(step == AUTH_REFUSED, why != NULL);
	cr_assert_eq(initiator_has_key(i) && why, false);
	auth_token_free(&out);
	initiator_free(&i);
	cr_assert_null(i);
	return why;
}

static fault
end_response(struct initiator *i, const struct spnego_response *response)
{
	struct auth_token token;
	fault why;

	cr_assert(spnego_response_make(&token, response));
	why = end(i, peer_span(&token));
	auth_token_free(&token);
	return why;
}

Test(initiator, logs_on_to_smbd)
{
	struct initiator *i = proven();
	struct auth_token final = peer_golden("smbd_final");
	static const uint8_t key[16] = {0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22,
		0x22, 0x22, 0x22, 0x22, 0x22, 0x22};
	struct auth_token out;

	cr_assert_eq(peer_initiate(i, peer_span(&final), &out), AUTH_DONE);
	cr_assert_eq(out.len, 0);
	cr_assert_arr_eq(initiator_result(i)->session_key, key, 16);
	cr_assert_str_eq(initiator_result(i)->mechanism, "ntlmv2");
	cr_assert_eq(peer_initiate(i, peer_span(&final), &out), AUTH_REFUSED, "it is over");
	initiator_free(&i);
	auth_token_free(&final);
}

Test(initiator, hash_serves_as_well_as_the_password)
{
	struct initiator_config config = daemon_config();
	struct auth_token challenge = peer_golden("smbd_challenge");
	uint8_t hash[16];
	struct initiator *i;
	struct auth_token out;

	cr_assert(ntlm_hash_password(peer_legacy(), config.password, hash));
	config.password = NULL;
	config.nt_hash = hash;
	i = initiator_new(&config);
	memset(hash, 0, sizeof(hash)); /* it has a copy */
	cr_assert_eq(peer_initiate(i, (struct span){0}, &out), AUTH_MORE, "no hint is fine");
	auth_token_free(&out);
	cr_assert_eq(peer_initiate(i, peer_span(&challenge), &out), AUTH_MORE);
	cr_assert(peer_is_golden(&out, "smbd_last"));
	auth_token_free(&out);
	auth_token_free(&challenge);
	initiator_free(&i);
}

Test(initiator, refuses_to_be_nobody)
{
	struct initiator_config config = peer_initiator_config();

	config.user = "";
	cr_assert_null(initiator_new(&config));
	config.user = NULL;
	cr_assert_null(initiator_new(&config));
	config.user = "a\xff";
	cr_assert_null(initiator_new(&config));
	config.user = "scanner";
	config.password = NULL;
	cr_assert_null(initiator_new(&config));
}

Test(initiator, refuses_a_hint_without_a_mechanism_of_ours)
{
	struct initiator_config config = peer_initiator_config();
	struct span mech = span_of(kerberos, sizeof(kerberos));
	uint8_t types[32];
	struct writer w = writer_over(types, sizeof(types));
	struct spnego_init init = {0};
	struct auth_token hint;

	cr_assert(spnego_mech_types_encode(&w, &mech, 1));
	init.mech_types = writer_span(&w);
	cr_assert(spnego_init_make(&hint, &init));
	cr_assert_eq(end(initiator_new(&config), peer_span(&hint)), &fault_server_logon_mechanism);
	cr_assert_eq(end(initiator_new(&config), span_of(hint.bytes, hint.len - 1)),
		&fault_server_logon_malformed);
	auth_token_free(&hint);
}

/* The NTLMSSP challenge inside smbd's answer, to be changed by the tests. */
static struct spnego_response
challenge_of(struct auth_token *token)
{
	struct spnego_response response;

	*token = peer_golden("smbd_challenge");
	cr_assert(spnego_response_decode(peer_span(token), &response));
	return response;
}

Test(initiator, refuses_every_weakened_flag)
{
	static const uint32_t needed[] = {NTLM_UNICODE, NTLM_SIGN, NTLM_EXTENDED_SECURITY,
		NTLM_TARGET_INFO, NTLM_128, NTLM_KEY_EXCHANGE};

	for (size_t n = 0; n < sizeof(needed) / sizeof(needed[0]); n++) {
		struct auth_token token;
		struct spnego_response response = challenge_of(&token);
		uint8_t *flags = token.bytes + (response.token.data - token.bytes) + 20;

		for (int b = 0; b < 4; b++)
			flags[b] &= (uint8_t) ~(needed[n] >> 8 * b);
		cr_assert_eq(
			end_response(begun(), &response), &fault_server_logon_weakened, "%zu", n);
		auth_token_free(&token);
	}
}

Test(initiator, refuses_a_challenge_without_target_information)
{
	struct auth_token token;
	struct spnego_response response = challenge_of(&token);

	memset(token.bytes + (response.token.data - token.bytes) + 40, 0, 2);
	cr_assert_eq(end_response(begun(), &response), &fault_server_logon_weakened);
	auth_token_free(&token);
}

Test(initiator, refuses_a_choice_that_was_not_offered)
{
	struct auth_token token;
	struct spnego_response response = challenge_of(&token);

	response.mech = span_of(kerberos, sizeof(kerberos));
	cr_assert_eq(end_response(begun(), &response), &fault_server_logon_mechanism);
	auth_token_free(&token);
}

Test(initiator, refuses_an_answer_that_is_out_of_turn)
{
	struct auth_token token;
	struct spnego_response response = challenge_of(&token);

	response.state = SPNEGO_ACCEPT_COMPLETED;
	cr_assert_eq(end_response(begun(), &response), &fault_server_logon_malformed);
	response.state = SPNEGO_STATE_ABSENT;
	cr_assert_eq(end_response(begun(), &response), &fault_server_logon_malformed);
	response.state = SPNEGO_REJECT;
	cr_assert_eq(end_response(begun(), &response), &fault_server_logon_rejected);
	response.state = SPNEGO_ACCEPT_INCOMPLETE;
	response.mic = span_of_text("0123456789abcdef");
	cr_assert_eq(end_response(begun(), &response), &fault_server_logon_malformed);
	auth_token_free(&token);
	cr_assert_eq(end(begun(), (struct span){0}), &fault_server_logon_malformed);
}

Test(initiator, refuses_every_truncation)
{
	struct auth_token challenge = peer_golden("smbd_challenge");
	struct auth_token final = peer_golden("smbd_final");

	for (size_t len = 0; len < challenge.len; len++)
		cr_assert_eq(end(begun(), span_of(challenge.bytes, len)),
			&fault_server_logon_malformed, "%zu", len);
	for (size_t len = 1; len < final.len; len++)
		cr_assert_eq(end(proven(), span_of(final.bytes, len)),
			&fault_server_logon_malformed, "%zu", len);
	auth_token_free(&challenge);
	auth_token_free(&final);
}

Test(initiator, refuses_every_changed_byte_of_the_servers_mic)
{
	struct auth_token final = peer_golden("smbd_final");

	for (size_t at = final.len - 16; at < final.len; at++) {
		final.bytes[at] ^= 0x01;
		cr_assert_eq(
			end(proven(), peer_span(&final)), &fault_server_logon_mic_bad, "%zu", at);
		final.bytes[at] ^= 0x01;
	}
	auth_token_free(&final);
}

Test(initiator, judges_the_final_answer)
{
	struct spnego_response response = {.state = SPNEGO_ACCEPT_COMPLETED};

	cr_assert_null(end(proven(), (struct span){0}));
	cr_assert_null(end_response(proven(), &response));
	response.token = span_of_text("more");
	cr_assert_eq(end_response(proven(), &response), &fault_server_logon_malformed);
	response.token = (struct span){0};
	response.state = SPNEGO_ACCEPT_INCOMPLETE;
	cr_assert_eq(end_response(proven(), &response), &fault_server_logon_malformed);
	response.state = SPNEGO_REJECT;
	cr_assert_eq(end_response(proven(), &response), &fault_server_logon_rejected);
	response.state = SPNEGO_ACCEPT_COMPLETED;
	response.mech = span_of(kerberos, sizeof(kerberos));
	cr_assert_eq(end_response(proven(), &response), &fault_server_logon_mechanism);
}

/* A server that asks for our mechListMIC owes us its own. */
static struct initiator *
proven_with_mic_due(void)
{
	struct initiator *i = begun();
	struct auth_token token, bytes, out;
	struct spnego_response response = challenge_of(&token);

	response.state = SPNEGO_REQUEST_MIC;
	cr_assert(spnego_response_make(&bytes, &response));
	cr_assert_eq(peer_initiate(i, peer_span(&bytes), &out), AUTH_MORE);
	auth_token_free(&token);
	auth_token_free(&bytes);
	auth_token_free(&out);
	return i;
}

Test(initiator, insists_on_the_mech_list_mic_that_was_asked_for)
{
	struct spnego_response response = {.state = SPNEGO_ACCEPT_COMPLETED};
	struct auth_token final = peer_golden("smbd_final");

	cr_assert_eq(end_response(proven_with_mic_due(), &response), &fault_server_logon_mic_bad);
	cr_assert_eq(end(proven_with_mic_due(), (struct span){0}), &fault_server_logon_mic_bad);
	cr_assert_null(end(proven_with_mic_due(), peer_span(&final)));
	auth_token_free(&final);
}

/* What is in our AUTHENTICATE for a server that fills in the pairs that are ours to fill. */
Test(initiator, says_the_service_and_a_mic_in_the_servers_stead)
{
	struct auth_token pairs = peer_hex("0200020041000600040001000000"
					   "0900020042000a0010"
					   "00ffffffffffffffffffffffffffffffff"
					   "00000000");
	struct ntlm_challenge challenge = {
		.flags = 0xe28a8235, .target_info = peer_span(&pairs), .challenge = {1}};
	struct spnego_response response = {.state = SPNEGO_ACCEPT_INCOMPLETE};
	struct ntlm_authenticate message;
	uint8_t bytes[256];
	static const uint8_t zero[24];
	struct writer w = writer_over(bytes, sizeof(bytes));
	struct initiator *i = begun();
	struct auth_token token, out;
	struct span said;

	cr_assert(ntlm_challenge_encode(&w, &challenge));
	response.token = writer_span(&w);
	cr_assert(spnego_response_make(&token, &response));
	cr_assert_eq(peer_initiate(i, peer_span(&token), &out), AUTH_MORE);
	cr_assert(spnego_response_decode(peer_span(&out), &response));
	cr_assert_eq(response.mic.len, 16, "unasked, too");
	cr_assert(ntlm_authenticate_decode(response.token, &message));
	cr_assert(span_equal(message.lm, span_of(zero, 24)));
	said = span_of(message.nt.data + NTLM_PROOF_SIZE + NTLM_BLOB_HEAD,
		message.nt.len - NTLM_PROOF_SIZE - NTLM_BLOB_HEAD);
	cr_assert(span_equal(ntlm_av_find(said, NTLM_AV_DOMAIN), span_of("A", 2)));
	cr_assert(span_equal(ntlm_av_find(said, NTLM_AV_FLAGS), span_of("\2\0\0", 4)));
	cr_assert(span_equal(ntlm_av_find(said, NTLM_AV_CHANNEL_BINDINGS), span_of(zero, 16)));
	cr_assert(span_equal(ntlm_av_find(said, NTLM_AV_TARGET_NAME),
		span_of("c\0i\0f\0s\0/\0f\0s\0001\0", 16)));
	cr_assert_eq(message.flags & NTLM_OEM, 0);
	auth_token_free(&pairs);
	auth_token_free(&token);
	auth_token_free(&out);
	initiator_free(&i);
}

Test(initiator, without_randomness_there_is_no_logon)
{
	struct initiator *i = begun();
	struct auth_token challenge = peer_golden("smbd_challenge");

	peer_dry();
	cr_assert_eq(end(i, peer_span(&challenge)), &fault_server_logon_undecided);
	auth_token_free(&challenge);
}
