/* The server's side of a logon against golden clients, and against clients that lie. */
#include "auth/acceptor.h"
#include "auth/mechanism.h"
#include "auth/ntlm_message.h"
#include "auth/ntlm_v1.h"
#include "auth/spnego.h"
#include "base/ntstatus.h"
#include "peer.h"

#include <criterion/criterion.h>

static const uint8_t ntlmssp[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};
static const uint8_t kerberos[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};

/* Feeds FIRST, then LAST, to a new acceptor; the fault that came of it, NULL if the logon is done.
 */
static fault
logon(struct span first, struct span last)
{
	struct acceptor *a = peer_acceptor();
	struct auth_token out;
	enum auth_step step = peer_accept(a, first, &out);
	fault why;

	auth_token_free(&out);
	if (step == AUTH_MORE) {
		step = peer_accept(a, last, &out);
		auth_token_free(&out);
	}
	cr_assert_neq(step, AUTH_MORE);
	why = acceptor_result(a)->fault;
	cr_assert_eq(step == AUTH_DONE, why == NULL);
	acceptor_free(&a);
	return why;
}

static fault
logon_golden(const char *first, const char *last)
{
	struct auth_token one = peer_golden(first);
	struct auth_token two = peer_golden(last);
	fault why = logon(peer_span(&one), peer_span(&two));

	auth_token_free(&one);
	auth_token_free(&two);
	return why;
}

Test(acceptor, hint_names_what_we_take)
{
	const struct acceptor_config config = peer_acceptor_config();
	uint8_t bytes[ACCEPTOR_HINT_MAX];
	struct spnego_init init;
	size_t len;

	cr_assert(acceptor_hint(&config, bytes, sizeof(bytes), &len));
	cr_assert(spnego_init_decode(span_of(bytes, len), &init));
	cr_assert_eq(init.nmechs, 1);
	cr_assert(span_equal(init.mechs[0], span_of(ntlmssp, sizeof(ntlmssp))));
	cr_assert_not(acceptor_hint(&config, bytes, len - 1, &len));
}

Test(acceptor, takes_samba_and_answers_as_samba_accepted)
{
	struct acceptor *a = peer_acceptor();
	struct auth_token init = peer_golden("samba_init");
	struct auth_token last = peer_golden("samba_last");
	const struct auth_result *result = acceptor_result(a);
	struct auth_token out;

	cr_assert_eq(peer_accept(a, peer_span(&init), &out), AUTH_MORE);
	cr_assert(peer_is_golden(&out, "samba_init_answer"));
	auth_token_free(&out);
	cr_assert_eq(peer_accept(a, peer_span(&last), &out), AUTH_DONE);
	cr_assert(peer_is_golden(&out, "samba_last_answer"), "the mechListMIC proves the key");
	auth_token_free(&out);
	cr_assert_str_eq(result->user, "scanner");
	cr_assert_str_eq(result->domain, "DOM");
	cr_assert_str_eq(result->workstation, "DEVICE");
	cr_assert_str_eq(result->account, "scanner-account");
	cr_assert_str_eq(result->mechanism, "ntlmv2");
	cr_assert_null(result->fault);
	acceptor_free(&a);
	auth_token_free(&init);
	auth_token_free(&last);
}

/* Its mechListMIC, which that client accepted, shows whether we made of the flags the keys that it
 * made. */
Test(acceptor, agrees_with_samba_on_keys_of_every_strength)
{
	static const char *const names[][3] = {{"nokx_init", "nokx_last", "nokx_last_answer"},
		{"b56_init", "b56_last", "b56_last_answer"},
		{"b40_init", "b40_last", "b40_last_answer"}};

	for (size_t n = 0; n < 3; n++) {
		struct acceptor *a = peer_acceptor();
		struct auth_token last = peer_golden(names[n][1]);
		struct auth_token out;

		cr_assert_eq(peer_accept_golden(a, names[n][0]), AUTH_MORE);
		cr_assert_eq(peer_accept(a, peer_span(&last), &out), AUTH_DONE);
		cr_assert(peer_is_golden(&out, names[n][2]), "%s", names[n][2]);
		auth_token_free(&last);
		auth_token_free(&out);
		acceptor_free(&a);
	}
}

/* The client asks for key exchange at first and takes it back at last: the base key is the key. */
Test(acceptor, agrees_on_what_both_sides_say_at_last)
{
	struct acceptor *a = peer_acceptor();
	struct acceptor *b = peer_acceptor();
	struct auth_token last = peer_golden("impacket_authenticate");
	struct auth_token out;

	cr_assert_eq(peer_accept_golden(a, "impacket_negotiate"), AUTH_MORE);
	cr_assert_eq(peer_accept_golden(b, "impacket_negotiate"), AUTH_MORE);
	cr_assert_eq(peer_accept(a, peer_span(&last), &out), AUTH_DONE);
	cr_assert(last.bytes[63] & 0x40, "key exchange");
	last.bytes[63] &= 0xbf;
	cr_assert_eq(peer_accept(b, peer_span(&last), &out), AUTH_DONE);
	cr_assert_arr_neq(acceptor_result(a)->session_key, acceptor_result(b)->session_key, 16);
	auth_token_free(&last);
	acceptor_free(&a);
	acceptor_free(&b);
}

Test(acceptor, leaves_no_key_behind_a_refusal)
{
	struct acceptor *a = peer_acceptor();
	struct auth_token last = peer_golden("samba_last");
	static const uint8_t zero[16];
	struct auth_token out;

	last.bytes[last.len - 10] ^= 1; /* mechListMIC is the last thing to be judged */
	cr_assert_eq(peer_accept_golden(a, "samba_init"), AUTH_MORE);
	cr_assert_eq(peer_accept(a, peer_span(&last), &out), AUTH_REFUSED);
	cr_assert_eq(acceptor_result(a)->fault, &fault_logon_mic_bad);
	cr_assert_arr_eq(acceptor_result(a)->session_key, zero, 16);
	auth_token_free(&last);
	acceptor_free(&a);
}

Test(acceptor, takes_bare_ntlmssp)
{
	struct acceptor *a = peer_acceptor();
	struct auth_token negotiate = peer_golden("bare_negotiate");
	struct auth_token authenticate = peer_golden("bare_authenticate");
	struct auth_token out;

	cr_assert_eq(peer_accept(a, peer_span(&negotiate), &out), AUTH_MORE);
	cr_assert(peer_is_golden(&out, "bare_challenge"));
	auth_token_free(&out);
	cr_assert_eq(peer_accept(a, peer_span(&authenticate), &out), AUTH_DONE);
	cr_assert_eq(out.len, 0);
	acceptor_free(&a);
	auth_token_free(&negotiate);
	auth_token_free(&authenticate);
}

Test(acceptor, takes_clients_without_unicode_mic_or_key_exchange)
{
	cr_assert_null(logon_golden("oem_negotiate", "oem_authenticate"));
	cr_assert_null(logon_golden("impacket_negotiate", "impacket_authenticate"));
	cr_assert_null(logon_golden("nokx_init", "nokx_last"));
}

Test(acceptor, refuses_what_the_listener_does_not_admit)
{
	struct acceptor_config config = peer_acceptor_config();
	struct acceptor *a;

	cr_assert_eq(logon_golden("v1_negotiate", "v1_authenticate"), &fault_logon_ntlmv1_refused);
	cr_assert_eq(logon_golden("anonymous_negotiate", "anonymous_authenticate"),
		&fault_logon_anonymous_refused);
	config.ntlmv2 = false;
	a = acceptor_new(&config);
	cr_assert_eq(peer_accept_golden(a, "samba_init"), AUTH_REFUSED);
	cr_assert_eq(acceptor_result(a)->fault, &fault_logon_mechanism_refused);
	cr_assert_eq(peer_lookups(), 0, "no account is touched for a way that is not admitted");
	acceptor_free(&a);
}

/* AUTHENTICATE for scanner with these responses, as LM clients and the nameless send it. */
static fault
respond(const char *user, struct span lm, struct span nt)
{
	struct auth_token negotiate = peer_golden("oem_negotiate");
	struct ntlm_authenticate message = {
		.user = span_of_text(user), .lm = lm, .nt = nt, .flags = NTLM_OEM};
	uint8_t bytes[256];
	struct writer w = writer_over(bytes, sizeof(bytes));
	fault why;

	cr_assert(ntlm_authenticate_encode(&w, &message));
	why = logon(peer_span(&negotiate), writer_span(&w));
	auth_token_free(&negotiate);
	return why;
}

Test(acceptor, tells_the_ways_to_log_on_apart)
{
	static const uint8_t bytes[64];
	struct span none = {0};

	cr_assert_eq(respond("scanner", span_of(bytes, 24), none), &fault_logon_lm_refused);
	cr_assert_eq(respond("scanner", span_of(bytes, 24), span_of(bytes, 24)),
		&fault_logon_ntlmv1_refused);
	cr_assert_eq(respond("scanner", none, none), &fault_logon_mechanism_refused);
	cr_assert_eq(respond("", span_of(bytes, 1), none), &fault_logon_anonymous_refused);
	cr_assert_eq(respond("scanner", none, span_of(bytes, 43)), &fault_logon_token_malformed);
	cr_assert_eq(respond("scanner", none, span_of(bytes, 44)), &fault_logon_bad_password);
	cr_assert_eq(respond("", none, span_of(bytes, 44)), &fault_logon_unknown_account);
	cr_assert_eq(respond("GUEST", none, span_of(bytes, 44)), &fault_logon_guest_refused);
}

/* The fault of a logon by our own initiator with this name and password. */
static fault
logon_as(const char *user, const char *password)
{
	struct initiator_config config = peer_initiator_config();
	struct acceptor *a = peer_acceptor();
	struct initiator *i;
	struct auth_token mine, theirs = {0};
	enum auth_step step;
	fault why;

	config.user = user;
	config.password = password;
	i = initiator_new(&config);
	do {
		cr_assert_eq(peer_initiate(i, peer_span(&theirs), &mine), AUTH_MORE);
		auth_token_free(&theirs);
		step = peer_accept(a, peer_span(&mine), &theirs);
		auth_token_free(&mine);
	} while (step == AUTH_MORE);
	if (step == AUTH_DONE) {
		cr_assert_eq(peer_initiate(i, peer_span(&theirs), &mine), AUTH_DONE);
		cr_assert_arr_eq(
			acceptor_result(a)->session_key, initiator_result(i)->session_key, 16);
	}
	auth_token_free(&theirs);
	why = acceptor_result(a)->fault;
	acceptor_free(&a);
	initiator_free(&i);
	return why;
}

Test(acceptor, knows_its_accounts)
{
	cr_assert_null(logon_as("scanner", "Secret.1"));
	cr_assert_null(logon_as("SCANNER", "Secret.1"));
	cr_assert_eq(logon_as("scanner", "secret.1"), &fault_logon_bad_password);
	cr_assert_eq(logon_as("nobody", "Secret.1"), &fault_logon_unknown_account);
	cr_assert_eq(logon_as("Guest", ""), &fault_logon_guest_refused);
}

Test(acceptor, unknown_account_looks_like_a_wrong_password)
{
	fault unknown = logon_as("nobody", "x");
	unsigned lookups = peer_lookups();
	fault wrong = logon_as("scanner", "x");

	cr_assert_eq(lookups, 1);
	cr_assert_eq(peer_lookups(), 2);
	cr_assert_eq(unknown->status, wrong->status);
	cr_assert_eq(unknown->cut, wrong->cut);
	cr_assert_eq(fault_logon_guest_refused.status, wrong->status);
}

/* Whoever knows the hash of those who do not exist gets no further than anybody else. */
Test(acceptor, nobody_is_nobody_even_with_the_right_hash)
{
	uint8_t nobody[16];
	struct initiator_config config = peer_initiator_config();
	struct acceptor *a = peer_acceptor();
	struct initiator *i;
	struct auth_token mine, theirs = {0};

	memset(nobody, 0x22, sizeof(nobody)); /* what random_bytes() gives for it here */
	config.user = "ghost";
	config.nt_hash = nobody;
	i = initiator_new(&config);
	for (int n = 0; n < 2; n++) {
		cr_assert_eq(peer_initiate(i, peer_span(&theirs), &mine), AUTH_MORE);
		auth_token_free(&theirs);
		cr_assert_eq(
			peer_accept(a, peer_span(&mine), &theirs), n ? AUTH_REFUSED : AUTH_MORE);
		auth_token_free(&mine);
	}
	cr_assert_eq(acceptor_result(a)->fault, &fault_logon_unknown_account);
	acceptor_free(&a);
	initiator_free(&i);
}

Test(acceptor, refuses_every_changed_byte_of_the_last_token)
{
	static const char *const pairs[][2] = {
		{"samba_init", "samba_last"}, {"bare_negotiate", "bare_authenticate"}};

	for (size_t p = 0; p < 2; p++) {
		struct auth_token first = peer_golden(pairs[p][0]);
		struct auth_token last = peer_golden(pairs[p][1]);

		for (size_t at = 0; at < last.len; at++) {
			last.bytes[at] ^= 0x01;
			cr_assert(logon(peer_span(&first), peer_span(&last)), "%s %zu", pairs[p][1],
				at);
			last.bytes[at] ^= 0x81;
			cr_assert(logon(peer_span(&first), peer_span(&last)), "%s %zu", pairs[p][1],
				at);
			last.bytes[at] ^= 0x80;
		}
		cr_assert_null(logon(peer_span(&first), peer_span(&last)));
		auth_token_free(&first);
		auth_token_free(&last);
	}
}

Test(acceptor, refuses_every_truncation_of_either_token)
{
	struct auth_token first = peer_golden("samba_init");
	struct auth_token last = peer_golden("samba_last");

	for (size_t len = 0; len < first.len; len++)
		cr_assert_eq(logon(span_of(first.bytes, len), peer_span(&last)),
			&fault_logon_token_malformed);
	for (size_t len = 0; len < last.len; len++)
		cr_assert_eq(logon(peer_span(&first), span_of(last.bytes, len)),
			&fault_logon_token_malformed);
	auth_token_free(&first);
	auth_token_free(&last);
}

/* Without a MIC the name, the domain and the response are still covered by the proof. */
Test(acceptor, refuses_a_changed_name_or_response_of_a_client_without_mic)
{
	struct auth_token first = peer_golden("impacket_negotiate");
	struct auth_token last = peer_golden("impacket_authenticate");
	struct ntlm_authenticate message;
	struct span fields[3];

	cr_assert(ntlm_authenticate_decode(peer_span(&last), &message));
	fields[0] = message.user;
	fields[1] = message.domain;
	fields[2] = message.nt;
	for (size_t f = 0; f < 3; f++) {
		cr_assert_gt(fields[f].len, 0);
		for (size_t at = 0; at < fields[f].len; at++) {
			last.bytes[fields[f].data - last.bytes + at] ^= 0x01;
			cr_assert(logon(peer_span(&first), peer_span(&last)), "%zu %zu", f, at);
			last.bytes[fields[f].data - last.bytes + at] ^= 0x01;
		}
	}
	auth_token_free(&first);
	auth_token_free(&last);
}

/* A man in the middle asks for less in NEGOTIATE: the client's MIC covers what it really sent. */
Test(acceptor, refuses_a_changed_negotiate)
{
	struct auth_token first = peer_golden("bare_negotiate");
	struct auth_token last = peer_golden("bare_authenticate");

	first.bytes[39] ^= 0x01; /* a byte of the version, which nobody acts upon */
	cr_assert_eq(logon(peer_span(&first), peer_span(&last)), &fault_logon_mic_bad);
	auth_token_free(&first);
	auth_token_free(&last);
}

/* The MIC taken out, header and all, as if the client had never heard of it. */
Test(acceptor, refuses_a_mic_that_was_promised_and_taken_out)
{
	struct auth_token first = peer_golden("bare_negotiate");
	struct auth_token last = peer_golden("bare_authenticate");

	memmove(last.bytes + NTLM_MIC_OFFSET, last.bytes + NTLM_MIC_OFFSET + NTLM_MIC_SIZE,
		last.len - NTLM_MIC_OFFSET - NTLM_MIC_SIZE);
	last.len -= NTLM_MIC_SIZE;
	for (size_t field = 12; field < 60; field += 8)
		last.bytes[field + 4] -=
			(last.bytes[field] | last.bytes[field + 1]) ? NTLM_MIC_SIZE : 0;
	cr_assert_eq(logon(peer_span(&first), peer_span(&last)), &fault_logon_mic_bad);
	auth_token_free(&first);
	auth_token_free(&last);
}

Test(acceptor, refuses_what_comes_out_of_turn)
{
	struct acceptor *a = peer_acceptor();

	cr_assert_eq(logon_golden("samba_last", "samba_last"), &fault_logon_token_malformed);
	cr_assert_eq(logon_golden("bare_authenticate", "bare_authenticate"),
		&fault_logon_token_malformed);
	cr_assert_eq(logon_golden("samba_init", "samba_init"), &fault_logon_token_malformed);
	cr_assert_eq(
		logon_golden("bare_negotiate", "bare_negotiate"), &fault_logon_token_malformed);
	cr_assert_eq(logon_golden("bare_negotiate", "samba_last"), &fault_logon_token_malformed);
	cr_assert_eq(peer_accept_golden(a, "samba_init"), AUTH_MORE);
	cr_assert_eq(peer_accept_golden(a, "samba_last"), AUTH_DONE);
	cr_assert_eq(peer_accept_golden(a, "samba_last"), AUTH_REFUSED);
	cr_assert_eq(acceptor_result(a)->fault, &fault_logon_token_malformed);
	acceptor_free(&a);
}

Test(acceptor, without_randomness_there_is_no_logon)
{
	peer_dry();
	cr_assert_eq(logon_golden("samba_init", "samba_last"), &fault_logon_undecided);
}

/* A client of several mechanisms, whose SPNEGO the test writes itself around a sound NTLMSSP. */
struct client {
	struct initiator_config config;
	struct auth_result result;
	struct mechanism_context *context;
	struct span mechs[2];
	size_t nmechs;
	uint8_t types[64];
	struct span mech_types;
};

static struct client *
client_new(bool kerberos_first)
{
	struct client *c = calloc(1, sizeof(*c));
	struct writer w = writer_over(c->types, sizeof(c->types));
	struct span own;

	if (kerberos_first)
		c->mechs[c->nmechs++] = span_of(kerberos, sizeof(kerberos));
	c->mechs[c->nmechs++] = span_of(ntlmssp, sizeof(ntlmssp));
	cr_assert(spnego_mech_types_encode(&w, c->mechs, c->nmechs));
	c->mech_types = writer_span(&w);
	c->config = peer_initiator_config();
	c->context =
		mechanism_find(c->mechs[c->nmechs - 1], &own)->initiate(&c->config, &c->result);
	return c;
}

static void
client_free(struct client *c)
{
	mechanism_context_free(&c->context);
	auth_result_wipe(&c->result);
	free(c);
}

/* Sends NegTokenInit with the list TYPES and TOKEN; the decoded answer borrows from OUT. */
static struct spnego_response
client_opens(struct acceptor *a, struct span types, struct span token, struct auth_token *out)
{
	struct spnego_init init = {.mech_types = types, .token = token};
	struct spnego_response response = {0};
	struct auth_token bytes;

	cr_assert(spnego_init_make(&bytes, &init));
	cr_assert_eq(peer_accept(a, peer_span(&bytes), out), AUTH_MORE);
	cr_assert(spnego_response_decode(peer_span(out), &response));
	auth_token_free(&bytes);
	return response;
}

/* Sends TOKEN and MIC in a NegTokenResp. */
static enum auth_step
client_goes_on(struct acceptor *a, struct span token, struct span mic, struct auth_token *out)
{
	struct spnego_response response = {
		.state = SPNEGO_STATE_ABSENT, .token = token, .mic = mic};
	struct auth_token bytes;
	enum auth_step step;

	cr_assert(spnego_response_make(&bytes, &response));
	step = peer_accept(a, peer_span(&bytes), out);
	auth_token_free(&bytes);
	return step;
}

/* The rest of the logon from NEGOTIATE on, with MIC in the last token; how it ended. */
static fault
client_finishes(struct acceptor *a, struct client *c, struct span mic)
{
	struct auth_token token, out;
	struct spnego_response response;
	enum auth_step step;

	cr_assert_eq(c->context->work->step(c->context, (struct span){0}, 0, &token), AUTH_MORE);
	cr_assert_eq(client_goes_on(a, peer_span(&token), (struct span){0}, &out), AUTH_MORE);
	auth_token_free(&token);
	cr_assert(spnego_response_decode(peer_span(&out), &response));
	cr_assert_null(response.mech.data, "it was named before");
	peer_rewind();
	cr_assert_eq(c->context->work->step(c->context, response.token, 0, &token), AUTH_DONE);
	auth_token_free(&out);
	if (mic.data == c->types) { /* stands for the right one */
		struct auth_token right;

		cr_assert(c->context->work->mic(c->context, c->mech_types, &right));
		step = client_goes_on(a, peer_span(&token), peer_span(&right), &out);
		auth_token_free(&right);
	} else {
		step = client_goes_on(a, peer_span(&token), mic, &out);
	}
	auth_token_free(&token);
	if (step == AUTH_DONE) {
		cr_assert(spnego_response_decode(peer_span(&out), &response));
		cr_assert_eq(response.state, SPNEGO_ACCEPT_COMPLETED);
		cr_assert_eq(response.mic.data != NULL, mic.data != NULL);
		if (mic.data)
			cr_assert(c->context->work->mic_verify(
				c->context, c->mech_types, response.mic));
	}
	auth_token_free(&out);
	return acceptor_result(a)->fault;
}

Test(acceptor, takes_an_init_without_token)
{
	struct acceptor *a = peer_acceptor();
	struct client *c = client_new(false);
	struct auth_token out;
	struct spnego_response response = client_opens(a, c->mech_types, (struct span){0}, &out);

	cr_assert_eq(response.state, SPNEGO_ACCEPT_INCOMPLETE);
	cr_assert(span_equal(response.mech, c->mechs[0]));
	cr_assert_eq(response.token.len, 0);
	auth_token_free(&out);
	cr_assert_null(client_finishes(a, c, (struct span){0}));
	client_free(c);
	acceptor_free(&a);
}

/* How a logon ends whose client prefers Kerberos and sends MIC; TYPES_SEEN reach us. */
static fault
second_choice(struct client *c, struct span types_seen, struct span mic)
{
	struct acceptor *a = peer_acceptor();
	struct auth_token out;
	struct spnego_response response =
		client_opens(a, types_seen, span_of_text("a Kerberos token"), &out);
	fault why;

	cr_assert_eq(response.state, SPNEGO_REQUEST_MIC);
	cr_assert(span_equal(response.mech, span_of(ntlmssp, sizeof(ntlmssp))));
	cr_assert_eq(response.token.len, 0);
	auth_token_free(&out);
	why = client_finishes(a, c, mic);
	acceptor_free(&a);
	return why;
}

Test(acceptor, second_choice_needs_the_right_mech_list_mic)
{
	struct client *c = client_new(true);

	cr_assert_null(second_choice(c, c->mech_types, span_of(c->types, 1)));
	client_free(c);
	c = client_new(true);
	cr_assert_eq(second_choice(c, c->mech_types, (struct span){0}), &fault_logon_mic_bad);
	client_free(c);
	c = client_new(true);
	cr_assert_eq(second_choice(c, c->mech_types, span_of_text("0123456789abcdef")),
		&fault_logon_mic_bad);
	client_free(c);
}

/* Somebody turned the client's list round so that we would take NTLM as its first choice. */
Test(acceptor, refuses_a_changed_list_of_mechanisms)
{
	struct acceptor *a = peer_acceptor();
	struct client *c = client_new(true);
	struct client *forged = client_new(false);
	struct auth_token out;

	(void)client_opens(a, forged->mech_types, (struct span){0}, &out);
	auth_token_free(&out);
	cr_assert_eq(client_finishes(a, c, span_of(c->types, 1)), &fault_logon_mic_bad);
	client_free(c);
	client_free(forged);
	acceptor_free(&a);
}

/* Some clients name Kerberos first and send NTLMSSP's token all the same. */
Test(acceptor, takes_our_token_under_another_first_choice)
{
	struct acceptor *a = peer_acceptor();
	struct client *c = client_new(true);
	struct auth_token token, out;
	struct spnego_response response;

	cr_assert_eq(c->context->work->step(c->context, (struct span){0}, 0, &token), AUTH_MORE);
	response = client_opens(a, c->mech_types, peer_span(&token), &out);
	cr_assert_eq(response.state, SPNEGO_REQUEST_MIC);
	cr_assert_gt(response.token.len, 0);
	auth_token_free(&token);
	auth_token_free(&out);
	client_free(c);
	acceptor_free(&a);
}

Test(acceptor, refuses_a_client_with_kerberos_only)
{
	struct acceptor *a = peer_acceptor();
	struct span mech = span_of(kerberos, sizeof(kerberos));
	uint8_t types[32];
	struct writer w = writer_over(types, sizeof(types));
	struct spnego_init init = {0};
	struct auth_token token, out;

	cr_assert(spnego_mech_types_encode(&w, &mech, 1));
	init.mech_types = writer_span(&w);
	cr_assert(spnego_init_make(&token, &init));
	cr_assert_eq(peer_accept(a, peer_span(&token), &out), AUTH_REFUSED);
	cr_assert_eq(acceptor_result(a)->fault, &fault_logon_mechanism_refused);
	auth_token_free(&token);
	acceptor_free(&a);
}

Test(acceptor, refuses_names_it_cannot_show)
{
	struct acceptor_config config = peer_acceptor_config();
	char name[300];

	config.target = "\xff";
	cr_assert_null(acceptor_new(&config));
	memset(name, 'a', sizeof(name));
	name[256] = '\0';
	config.target = name;
	cr_assert_null(acceptor_new(&config));
	name[255] = '\0';
	config.dns_name = name;
	struct acceptor *a = acceptor_new(&config);

	cr_assert(a);
	cr_assert_eq(peer_accept_golden(a, "samba_init"), AUTH_MORE, "the longest names fit");
	acceptor_free(&a);
}

/* Whom an acceptor that admits these ways lets in with these tokens, and as what. */
struct ways {
	bool ntlmv2, ntlmv1, lm, guest, anonymous;
};

static struct acceptor *
logon_by(struct ways ways, struct span first, struct span last)
{
	struct acceptor_config config = peer_acceptor_config();
	struct acceptor *a;
	struct auth_token out;

	config.ntlmv2 = ways.ntlmv2;
	config.ntlmv1 = ways.ntlmv1;
	config.lm = ways.lm;
	config.guest = ways.guest;
	config.anonymous = ways.anonymous;
	a = acceptor_new(&config);
	cr_assert_eq(peer_accept(a, first, &out), AUTH_MORE);
	auth_token_free(&out);
	cr_assert_neq(peer_accept(a, last, &out), AUTH_MORE);
	auth_token_free(&out);
	return a;
}

static struct acceptor *
logon_golden_by(struct ways ways, const char *first, const char *last)
{
	struct auth_token one = peer_golden(first);
	struct auth_token two = peer_golden(last);
	struct acceptor *a = logon_by(ways, peer_span(&one), peer_span(&two));

	auth_token_free(&one);
	auth_token_free(&two);
	return a;
}

static void
expect_outsider(struct acceptor *a, enum auth_standing standing, const char *mechanism)
{
	static const uint8_t zero[16];
	const struct auth_result *result = acceptor_result(a);

	cr_assert_null(result->fault);
	cr_expect_eq(result->standing, standing);
	cr_expect_str_eq(result->mechanism, mechanism);
	cr_expect_null(result->account);
	cr_expect_arr_eq(result->session_key, zero, sizeof(zero));
	acceptor_free(&a);
}

Test(acceptor, takes_ntlmv1_where_it_is_admitted)
{
	struct ways v1 = {.ntlmv1 = true};
	struct acceptor *a = logon_golden_by(v1, "v1_negotiate", "v1_authenticate");

	cr_assert_null(acceptor_result(a)->fault);
	cr_expect_str_eq(acceptor_result(a)->mechanism, "ntlmv1");
	cr_expect_str_eq(acceptor_result(a)->account, "scanner-account");
	cr_expect_eq(acceptor_result(a)->standing, AUTH_USER);
	acceptor_free(&a);
	/* the stronger is not admitted along with it */
	a = logon_golden_by(v1, "bare_negotiate", "bare_authenticate");
	cr_expect_eq(acceptor_result(a)->fault, &fault_logon_mechanism_refused);
	acceptor_free(&a);
}

/* No MIC protects it, but the challenge of either side, the response and the name count. */
Test(acceptor, refuses_changed_bytes_of_ntlmv1)
{
	struct auth_token first = peer_golden("v1_negotiate");
	struct auth_token last = peer_golden("v1_authenticate");
	struct ntlm_authenticate message;
	struct ways v1 = {.ntlmv1 = true};
	struct span fields[3];

	cr_assert(ntlm_authenticate_decode(peer_span(&last), &message));
	fields[0] = message.user;
	fields[1] = message.nt;
	fields[2] = span_of(message.lm.data, 8);
	for (size_t f = 0; f < 3; f++)
		for (size_t at = 0; at < fields[f].len; at++) {
			uint8_t *byte = last.bytes + (fields[f].data - last.bytes) + at;
			struct acceptor *a;

			*byte ^= 0x01;
			a = logon_by(v1, peer_span(&first), peer_span(&last));
			cr_expect(acceptor_result(a)->fault, "%zu %zu", f, at);
			acceptor_free(&a);
			*byte ^= 0x01;
		}
	auth_token_free(&first);
	auth_token_free(&last);
}

/* AUTHENTICATE for scanner with an LM response to the challenge of peer.c, and nothing else. */
static fault
logon_lm(const char *password, bool knows_lm)
{
	struct auth_token negotiate = peer_golden("oem_negotiate");
	uint8_t hash[16], response[24], challenge[8], bytes[256];
	struct writer w = writer_over(bytes, sizeof(bytes));
	struct ntlm_authenticate message = {.user = span_of_text("scanner"),
		.lm = span_of(response, sizeof(response)),
		.flags = NTLM_OEM};
	struct acceptor *a;
	fault why;

	memset(challenge, 0x11, sizeof(challenge));
	cr_assert(ntlm_hash_password_lm(peer_legacy(), password, hash));
	cr_assert(ntlm_v1_respond(peer_legacy(), hash, challenge, response));
	cr_assert(ntlm_authenticate_encode(&w, &message));
	peer_lm(knows_lm);
	a = logon_by((struct ways){.lm = true}, peer_span(&negotiate), writer_span(&w));
	why = acceptor_result(a)->fault;
	cr_expect_str_eq(acceptor_result(a)->mechanism, "lm");
	acceptor_free(&a);
	auth_token_free(&negotiate);
	return why;
}

Test(acceptor, takes_lm_where_it_is_admitted)
{
	cr_expect_null(logon_lm("SECRET.1", true));
	cr_expect_eq(logon_lm("SECRET.2", true), &fault_logon_bad_password);
	cr_expect_eq(logon_lm("SECRET.1", false), &fault_logon_lm_impossible);
}

Test(acceptor, takes_the_nameless_where_they_are_admitted)
{
	expect_outsider(logon_golden_by((struct ways){.anonymous = true}, "anonymous_negotiate",
				"anonymous_authenticate"),
		AUTH_ANONYMOUS, "anonymous");
	cr_expect_eq(peer_lookups(), 0);
}

/* However they prove themselves: it proves nothing. */
Test(acceptor, takes_who_is_unknown_for_a_guest_where_guests_are_admitted)
{
	struct auth_token negotiate = peer_golden("oem_negotiate");
	static const uint8_t nt[64];
	static const size_t lens[] = {0, 24, 44, 64};
	struct ways guests = {.guest = true};

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct ntlm_authenticate message = {.user = span_of_text("stranger"),
			.nt = span_of(nt, lens[i]),
			.flags = NTLM_OEM};
		uint8_t bytes[256];
		struct writer w = writer_over(bytes, sizeof(bytes));

		cr_assert(ntlm_authenticate_encode(&w, &message));
		expect_outsider(logon_by(guests, peer_span(&negotiate), writer_span(&w)),
			AUTH_GUEST, "guest");
	}
	auth_token_free(&negotiate);
}

Test(acceptor, takes_nobody_for_a_guest_who_has_an_account)
{
	struct ways guests = {.ntlmv2 = true, .guest = true};
	struct acceptor *a = logon_golden_by(guests, "bare_negotiate", "bare_authenticate");

	cr_assert_null(acceptor_result(a)->fault);
	cr_expect_eq(acceptor_result(a)->standing, AUTH_USER);
	acceptor_free(&a);
	guests.ntlmv2 = false;
	a = logon_golden_by(guests, "bare_negotiate", "bare_authenticate");
	cr_expect_eq(acceptor_result(a)->fault, &fault_logon_mechanism_refused);
	acceptor_free(&a);
	a = logon_golden_by(guests, "v1_negotiate", "v1_authenticate");
	cr_expect_eq(acceptor_result(a)->fault, &fault_logon_ntlmv1_refused);
	acceptor_free(&a);
}
