/* negotiate.h: both ends of a NEGOTIATE, held against each other and against what may not be. */
#include "leg/negotiate.h"

#include <criterion/criterion.h>

static const struct offer all = {
	.min_dialect = SMB2_DIALECT_0202,
	.max_dialect = SMB2_DIALECT_0311,
	.signing = {SIGNING_AES_GMAC, SIGNING_AES_CMAC, SIGNING_HMAC_SHA256},
	.signing_count = 3,
	.ciphers = {CIPHER_AES_128_GCM, CIPHER_AES_128_CCM},
	.cipher_count = 2,
	.capabilities = SMB2_CAP_LEASING | SMB2_CAP_LARGE_MTU | SMB2_CAP_DIRECTORY_LEASING,
	.max_transact = LEG_PAYLOAD_MAX,
	.max_read = LEG_PAYLOAD_MAX,
	.max_write = LEG_PAYLOAD_MAX,
	.guid = "fifteen letters",
};

static struct leg client, server;
static uint8_t asked[4096], answered[4096];

static void
start(void)
{
	leg_start(&client, LEG_BACK, 0);
	leg_start(&server, LEG_FRONT, 100);
}

static void
stop(void)
{
	leg_clear(&client);
	leg_clear(&server);
}

TestSuite(negotiate, .init = start, .fini = stop);

static struct span
ask(const struct offer *offer)
{
	struct writer w = writer_over(asked, sizeof asked);

	writer_zero(&w, SMB2_HEADER_SIZE);
	negotiate_ask(&client, offer, span_of("0123456789abcdef0123456789abcdef", 32), &w);
	cr_assert(writer_ok(&w));
	return writer_span(&w);
}

static struct smb2_negotiate_request
heard(struct span question)
{
	struct smb2_negotiate_request request;

	cr_assert(smb2_negotiate_request_decode(question, &request));
	negotiate_heard(&server, &request);
	return request;
}

static struct span
answer(const struct offer *offer, const struct terms *terms)
{
	struct writer w = writer_over(answered, sizeof answered);

	writer_zero(&w, SMB2_HEADER_SIZE);
	negotiate_answer(&server, offer, terms, span_of("hint", 4),
		span_of("fedcba9876543210fedcba9876543210", 32), 1, &w);
	cr_assert(writer_ok(&w));
	return writer_span(&w);
}

/* A whole exchange; the client's terms are in client.terms. */
static fault
exchange(const struct offer *of_client, const struct offer *of_server, struct terms *chosen)
{
	struct smb2_negotiate_request request = heard(ask(of_client));
	fault found = negotiate_choose(of_server, &request, chosen);
	struct span token;

	if (found)
		return found;
	found = negotiate_accept(&client, of_client, answer(of_server, chosen), &token);
	if (!found)
		cr_assert(span_equal(token, span_of_text("hint")));
	return found;
}

Test(negotiate, both_ends_agree_at_every_dialect)
{
	static const uint16_t dialects[] = {SMB2_DIALECT_0202, SMB2_DIALECT_0210, SMB2_DIALECT_0300,
		SMB2_DIALECT_0302, SMB2_DIALECT_0311};

	for (size_t i = 0; i < 5; i++) {
		struct offer offer = all;
		struct terms chosen;

		offer.max_dialect = dialects[i];
		cr_assert_null(exchange(&all, &offer, &chosen));
		cr_assert_eq(chosen.dialect, dialects[i]);
		cr_assert_eq(client.terms.dialect, dialects[i]);
		cr_assert_eq(client.terms.signs_with, chosen.signs_with);
		cr_assert_eq(client.terms.seals_with, chosen.seals_with);
		cr_assert_eq(client.terms.has_multi_credit, dialects[i] > SMB2_DIALECT_0202);
		cr_assert_eq(client.terms.has_multi_credit, chosen.has_multi_credit);
		cr_assert_eq(client.terms.has_preauth, dialects[i] == SMB2_DIALECT_0311);
		cr_assert_eq(client.terms.max_read, chosen.max_read);
	}
}

Test(negotiate, who_offers_any_cipher_of_3_1_1_says_that_it_can_seal)
{
	struct offer offer = all;

	cr_expect(heard(ask(&offer)).capabilities & SMB2_CAP_ENCRYPTION);
	offer.ciphers[0] = CIPHER_AES_256_GCM;
	offer.cipher_count = 1;
	cr_expect(heard(ask(&offer)).capabilities & SMB2_CAP_ENCRYPTION, "without AES-128-CCM");
	offer.max_dialect = SMB2_DIALECT_0302; /* which has no other */
	cr_expect_not(heard(ask(&offer)).capabilities & SMB2_CAP_ENCRYPTION);
	offer.max_dialect = SMB2_DIALECT_0311;
	offer.cipher_count = 0;
	cr_expect_not(heard(ask(&offer)).capabilities & SMB2_CAP_ENCRYPTION);
}

Test(negotiate, gmac_before_all_and_the_clients_first_cipher)
{
	struct offer of_client = all;
	struct terms chosen;

	of_client.signing[0] = SIGNING_AES_CMAC;
	of_client.signing[1] = SIGNING_AES_GMAC;
	of_client.ciphers[0] = CIPHER_AES_128_CCM;
	of_client.ciphers[1] = CIPHER_AES_128_GCM;
	cr_assert_null(exchange(&of_client, &all, &chosen));
	cr_assert_eq(chosen.signs_with, SIGNING_AES_GMAC);
	cr_assert_eq(chosen.seals_with, CIPHER_AES_128_CCM);
}

Test(negotiate, nothing_in_common_is_no_cipher_and_cmac)
{
	struct offer of_client = all;
	struct terms chosen;

	of_client.signing_count = 0;
	of_client.cipher_count = 0;
	cr_assert_eq(exchange(&of_client, &all, &chosen), &fault_server_signing_unoffered);
	cr_assert_eq(chosen.signs_with, SIGNING_AES_CMAC);
	cr_assert_eq(chosen.seals_with, 0);
}

Test(negotiate, a_listener_that_seals_nothing_offers_no_cipher)
{
	struct offer of_server = all;
	struct terms chosen;

	of_server.cipher_count = 0;
	cr_assert_null(exchange(&all, &of_server, &chosen));
	cr_assert_eq(client.terms.seals_with, 0);
	of_server.max_dialect = SMB2_DIALECT_0302;
	cr_assert_null(exchange(&all, &of_server, &chosen));
	cr_assert_eq(client.terms.seals_with, 0);
}

Test(negotiate, what_a_client_must_have_said)
{
	struct smb2_negotiate_request request = heard(ask(&all));
	struct terms terms;

	request.dialect_count = 0;
	cr_assert_eq(negotiate_choose(&all, &request, &terms), &fault_no_dialects);
	request = heard(ask(&all));
	request.contexts.hashes.ids[0] = 7;
	cr_assert_eq(negotiate_choose(&all, &request, &terms), &fault_no_common_hash);
	request.contexts.hashes.present = false;
	cr_assert_eq(negotiate_choose(&all, &request, &terms), &fault_no_preauth_context);
	request.dialects[0] = 0x0333;
	request.dialect_count = 1;
	cr_assert_eq(negotiate_choose(&all, &request, &terms), &fault_no_common_dialect);
}

/* What a server may answer to ALL, changed by CHANGE. */
static fault
accept(void (*change)(struct smb2_negotiate_response *))
{
	struct smb2_negotiate_request request = heard(ask(&all));
	struct smb2_negotiate_response response;
	struct writer w = writer_over(asked, sizeof asked);
	struct terms chosen;
	struct span token;

	cr_assert_null(negotiate_choose(&all, &request, &chosen));
	cr_assert(smb2_negotiate_response_decode(answer(&all, &chosen), &response));
	change(&response);
	writer_zero(&w, SMB2_HEADER_SIZE);
	smb2_negotiate_response_encode(&w, &response);
	return negotiate_accept(&client, &all, writer_span(&w), &token);
}

static void
change_nothing(struct smb2_negotiate_response *r)
{
	(void)r;
}

static void
two_hashes(struct smb2_negotiate_response *r)
{
	r->contexts.hashes.count = 2;
	r->contexts.hashes.ids[1] = 2;
}

static void
two_ciphers(struct smb2_negotiate_response *r)
{
	r->contexts.ciphers.count = 2;
	r->contexts.ciphers.ids[1] = CIPHER_AES_128_CCM;
}

static void
another_cipher(struct smb2_negotiate_response *r)
{
	r->contexts.ciphers.ids[0] = CIPHER_AES_256_GCM;
}

static void
no_cipher(struct smb2_negotiate_response *r)
{
	r->contexts.ciphers.ids[0] = 0;
}

static void
another_signer(struct smb2_negotiate_response *r)
{
	r->contexts.signers.ids[0] = 9;
}

static void
two_signers(struct smb2_negotiate_response *r)
{
	r->contexts.signers.count = 2;
	r->contexts.signers.ids[1] = SIGNING_AES_CMAC;
}

static void
no_signing(struct smb2_negotiate_response *r)
{
	r->security_mode = 0;
}

static void
another_dialect(struct smb2_negotiate_response *r)
{
	r->dialect = SMB2_DIALECT_WILD;
}

static void
little(struct smb2_negotiate_response *r)
{
	r->max_write = 65535;
}

static void
more_than_we_take(struct smb2_negotiate_response *r)
{
	r->max_write = r->max_read = r->max_transact = UINT32_MAX;
}

Test(negotiate, a_server_may_answer_only_what_was_offered)
{
	cr_assert_null(accept(change_nothing));
	cr_assert_eq(accept(two_hashes), &fault_server_preauth_unsound);
	cr_assert_eq(accept(two_ciphers), &fault_server_cipher_unoffered);
	cr_assert_eq(accept(another_cipher), &fault_server_cipher_unoffered);
	cr_assert_eq(accept(another_signer), &fault_server_signing_unoffered);
	cr_assert_eq(accept(two_signers), &fault_server_signing_unoffered);
	cr_assert_eq(accept(no_signing), &fault_server_signing_off);
	cr_assert_eq(accept(another_dialect), &fault_server_dialect_unoffered);
	cr_assert_eq(accept(little), &fault_server_sizes_unsound);
	cr_assert_null(accept(no_cipher));
	cr_assert_eq(client.terms.seals_with, 0);
	cr_assert_null(accept(more_than_we_take));
	cr_assert_eq(client.terms.max_write, LEG_PAYLOAD_MAX);
}

Test(negotiate, both_ends_confirm_what_they_agreed_on)
{
	uint8_t said[256], confirmed[64];
	struct writer input = writer_over(said, sizeof said);
	struct writer output = writer_over(confirmed, sizeof confirmed);
	struct offer offer = all;
	struct terms chosen;

	offer.max_dialect = SMB2_DIALECT_0302;
	cr_assert_null(exchange(&all, &offer, &chosen));
	negotiate_validate(&client, &input);
	cr_assert_null(negotiate_confirm(&server, writer_span(&input), &output));
	cr_assert_null(negotiate_validated(&client, writer_span(&output)));
	for (size_t i = 0; i < output.at; i++) {
		confirmed[i] ^= 1;
		cr_assert_eq(negotiate_validated(&client, writer_span(&output)),
			&fault_server_validation_failed, "byte %zu", i);
		confirmed[i] ^= 1;
	}
	cr_assert_eq(negotiate_validated(&client, span_of(confirmed, output.at - 1)),
		&fault_server_validation_failed);
	for (size_t i = 0; i < input.at; i++) {
		struct writer again = writer_over(confirmed, sizeof confirmed);

		said[i] ^= 1;
		cr_assert_eq(negotiate_confirm(&server, writer_span(&input), &again),
			&fault_validation_failed, "byte %zu", i);
		said[i] ^= 1;
	}
}
