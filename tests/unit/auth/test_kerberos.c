/*
 * Kerberos as far as it goes without a KDC: the library's errors in our words, and an initiator
 * that cannot begin it. Whole logons are in tests/system/kerberos.py.
 */
#include "auth/initiator.h"
#include "auth/kerberos_fault.h"
#include "auth/kerberos_party.h"
#include "auth/mechanism.h"
#include "auth/spnego.h"
#include "peer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A krb5.conf that knows one realm, whose KDC nobody is. */
static void
lonely(void)
{
	static char path[] = "/tmp/smbwarden-krb5-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	cr_assert(file);
	fputs("[libdefaults]\n dns_lookup_kdc = false\n dns_lookup_realm = false\n"
	      "[realms]\n LONELY.TEST = {\n  kdc = 127.0.0.1:1\n }\n",
		file);
	fclose(file);
	setenv("KRB5_CONFIG", path, 1);
}

static void
lonely_no_more(void)
{
	unlink(getenv("KRB5_CONFIG"));
}

Test(kerberos, errors_have_words_of_ours)
{
	static const struct {
		krb5_error_code code;
		fault fault;
	} cases[] = {
		{KRB5_KDC_UNREACH, &fault_kerberos_kdc_unreachable},
		{KRB5_REALM_UNKNOWN, &fault_kerberos_kdc_unreachable},
		{KRB5_CONFIG_NODEFREALM, &fault_kerberos_no_realm},
		{KRB5KRB_AP_ERR_SKEW, &fault_kerberos_clock_skew},
		{KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, &fault_kerberos_account_unknown},
		{KRB5KDC_ERR_PREAUTH_FAILED, &fault_kerberos_bad_secret},
		{KRB5KDC_ERR_CLIENT_REVOKED, &fault_kerberos_account_barred},
		{KRB5KDC_ERR_KEY_EXP, &fault_kerberos_account_barred},
		{KRB5_KT_NOTFOUND, &fault_kerberos_keytab_unfit},
		{ENOENT, &fault_kerberos_keytab_unfit},
		{KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, &fault_kerberos_target_unknown},
		{KRB5KDC_ERR_ETYPE_NOSUPP, &fault_kerberos_no_cipher},
		{KRB5KRB_AP_ERR_TKT_EXPIRED, &fault_kerberos_ticket_expired},
		{KRB5KDC_ERR_BADOPTION, &fault_kerberos_delegation_refused},
		{KRB5KRB_AP_ERR_BADVERSION, &fault_kerberos_failed},
		{0, &fault_kerberos_failed},
		{ENOMEM, &fault_server_logon_undecided},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(kerberos_fault(cases[i].code), cases[i].fault, "%zu", i);
}

Test(kerberos, what_the_server_answers_is_its_own_failure)
{
	cr_expect_eq(
		kerberos_fault_of_server(KRB5KRB_AP_ERR_MODIFIED), &fault_kerberos_server_unproven);
	cr_expect_eq(kerberos_fault_of_server(KRB5KRB_AP_ERR_BAD_INTEGRITY),
		&fault_kerberos_server_unproven);
	cr_expect_eq(kerberos_fault_of_server(0), &fault_kerberos_server_unproven);
	cr_expect_eq(kerberos_fault_of_server(KRB5KRB_AP_ERR_SKEW), &fault_kerberos_clock_skew);
}

Test(kerberos, what_a_client_shows_is_judged_by_our_keys)
{
	static const struct {
		krb5_error_code code;
		fault fault;
	} cases[] = {
		{KRB5KRB_AP_ERR_SKEW, &fault_logon_clock_skew},
		{KRB5KRB_AP_ERR_TKT_EXPIRED, &fault_logon_ticket_expired},
		{KRB5KRB_AP_ERR_REPEAT, &fault_logon_ticket_replayed},
		{KRB5_KT_KVNONOTFOUND, &fault_logon_key_missing},
		{KRB5KRB_AP_ERR_BAD_INTEGRITY, &fault_logon_key_missing},
		{KRB5KRB_AP_ERR_BADVERSION, &fault_logon_kerberos_failed},
		{ENOMEM, &fault_logon_undecided},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(kerberos_fault_of_client(cases[i].code), cases[i].fault, "%zu", i);
}

/* A listener with a keytab that is none. */
static struct acceptor_config
keyless_config(void)
{
	struct acceptor_config config = peer_acceptor_config();

	config.keytab = "/nonexistent/keytab";
	config.kerberos = true;
	return config;
}

Test(kerberos, acceptor_hints_both_its_names_first)
{
	struct acceptor_config config = keyless_config();
	uint8_t bytes[ACCEPTOR_HINT_MAX];
	struct spnego_init init;
	size_t len;

	cr_assert(acceptor_hint(&config, bytes, sizeof(bytes), &len));
	cr_assert(spnego_init_decode(span_of(bytes, len), &init));
	cr_assert_eq(init.nmechs, 3);
	cr_assert(mechanism_is(mechanism_at(0), init.mechs[0]));
	cr_assert(mechanism_is(mechanism_at(0), init.mechs[1]));
	cr_assert_not(mechanism_is(mechanism_at(0), init.mechs[2]), "NTLMSSP");
	cr_assert(initiator_hints_kerberos(span_of(bytes, len)));
	config.keytab = NULL;
	cr_assert(acceptor_hint(&config, bytes, sizeof(bytes), &len));
	cr_assert_not(initiator_hints_kerberos(span_of(bytes, len)), "there is no key");
}

Test(kerberos, acceptor_without_a_key_says_so, .init = lonely, .fini = lonely_no_more)
{
	struct acceptor_config config = keyless_config();
	struct acceptor *a = acceptor_new(&config);
	struct auth_token request = peer_hex("600d06092a864886f7120102020100");
	struct auth_token out;

	cr_assert_eq(peer_accept(a, peer_span(&request), &out), AUTH_REFUSED);
	cr_assert_eq(acceptor_result(a)->fault, &fault_logon_key_missing);
	cr_assert(acceptor_result(a)->detail);
	cr_assert_eq(peer_lookups(), 0);
	auth_token_free(&request);
	acceptor_free(&a);
}

Test(kerberos, acceptor_that_does_not_admit_it_does_not_look, .init = lonely,
	.fini = lonely_no_more)
{
	struct acceptor *a = peer_acceptor();
	struct auth_token request = peer_hex("600d06092a864886f7120102020100");
	struct auth_token out;

	cr_assert_eq(peer_accept(a, peer_span(&request), &out), AUTH_REFUSED);
	cr_assert_eq(acceptor_result(a)->fault, &fault_logon_mechanism_refused);
	auth_token_free(&request);
	acceptor_free(&a);
}

Test(kerberos, first_tokens_are_told_from_others)
{
	struct auth_token ours = peer_hex("600d06092a864886f712010202"
					  "0100");
	struct auth_token spnego = peer_golden("samba_init");

	cr_expect(kerberos_party_knows(peer_span(&ours)));
	cr_expect_not(kerberos_party_knows(peer_span(&spnego)));
	for (size_t len = 0; len < ours.len; len++)
		cr_expect_not(kerberos_party_knows(span_of(ours.bytes, len)), "%zu", len);
	auth_token_free(&ours);
	auth_token_free(&spnego);
}

/* Somebody of the realm that has no KDC, whom NTLM would do for, too. */
static struct initiator_config
lonely_config(void)
{
	struct initiator_config config = peer_initiator_config();

	config.client = "scanner@LONELY.TEST";
	config.principal = "cifs/fs1.lonely.test";
	config.kerberos = true;
	return config;
}

Test(kerberos, passed_over_for_ntlm_where_that_is_admitted, .init = lonely, .fini = lonely_no_more)
{
	struct initiator_config config = lonely_config();
	struct initiator *i = initiator_new(&config);
	struct spnego_init init;
	struct auth_token out;

	cr_assert(i);
	cr_assert_eq(peer_initiate(i, (struct span){0}, &out), AUTH_MORE);
	cr_assert(spnego_init_decode(peer_span(&out), &init));
	cr_assert_eq(init.nmechs, 1, "one mechanism is offered, never a choice");
	cr_assert_eq(init.mechs[0].len, 10, "NTLMSSP");
	cr_assert_eq(initiator_result(i)->passed_over, &fault_kerberos_kdc_unreachable);
	cr_assert(strstr(initiator_result(i)->detail, "scanner@LONELY.TEST"));
	auth_token_free(&out);
	initiator_free(&i);
}

Test(kerberos, alone_is_refused_with_its_own_words, .init = lonely, .fini = lonely_no_more)
{
	struct initiator_config config = lonely_config();
	struct auth_token out;
	struct initiator *i;

	config.ntlmv2 = false;
	i = initiator_new(&config);
	cr_assert_eq(peer_initiate(i, (struct span){0}, &out), AUTH_REFUSED);
	cr_assert_eq(initiator_result(i)->fault, &fault_kerberos_kdc_unreachable);
	cr_assert(strstr(initiator_result(i)->detail, "scanner@LONELY.TEST"));
	initiator_free(&i);
}

Test(kerberos, looks_at_no_keytab_but_its_own, .init = lonely, .fini = lonely_no_more)
{
	struct initiator_config config = lonely_config();
	struct auth_token out;
	struct initiator *i;

	config.ntlmv2 = false;
	config.password = NULL;
	config.keytab = "/nonexistent/keytab";
	i = initiator_new(&config);
	cr_assert_eq(peer_initiate(i, (struct span){0}, &out), AUTH_REFUSED);
	cr_assert_eq(initiator_result(i)->fault, &fault_kerberos_keytab_unfit);
	initiator_free(&i);
}

Test(kerberos, a_hint_without_it_is_believed, .init = lonely, .fini = lonely_no_more)
{
	struct initiator_config config = lonely_config();
	struct auth_token hint = peer_golden("smbd_hint");
	struct initiator *i = initiator_new(&config);
	struct auth_token out;

	cr_assert_not(initiator_hints_kerberos(peer_span(&hint)));
	cr_assert(initiator_hints_kerberos((struct span){0}));
	cr_assert_not(initiator_hints_kerberos(span_of_text("no hint")));
	cr_assert_eq(peer_initiate(i, peer_span(&hint), &out), AUTH_MORE);
	cr_assert_null(initiator_result(i)->passed_over, "it has not been tried");
	auth_token_free(&hint);
	auth_token_free(&out);
	initiator_free(&i);
}

Test(kerberos, delegate_is_shared_and_never_gives_way_to_ntlm, .init = lonely,
	.fini = lonely_no_more)
{
	struct kerberos_delegate *delegate =
		kerberos_delegate_for("alice@LONELY.TEST", "/nonexistent/keytab");
	struct initiator_config config = lonely_config();
	struct auth_token out;
	struct initiator *i;

	config.user = kerberos_delegate_name(delegate);
	config.password = NULL;
	config.client = NULL;
	config.delegate = delegate;
	i = initiator_new(&config);
	cr_assert(i);
	kerberos_delegate_unref(&delegate);
	cr_assert_null(delegate);
	cr_assert_eq(peer_initiate(i, (struct span){0}, &out), AUTH_REFUSED);
	cr_assert_eq(initiator_result(i)->fault, &fault_kerberos_keytab_unfit);
	cr_assert(strstr(initiator_result(i)->detail, "our own account"));
	initiator_free(&i);
}

Test(kerberos, nothing_that_fits_is_said_so)
{
	struct initiator_config config = peer_initiator_config();
	struct auth_token out;
	struct initiator *i;

	config.ntlmv2 = false;
	config.kerberos = true; /* but nobody says who is meant */
	i = initiator_new(&config);
	cr_assert_eq(peer_initiate(i, (struct span){0}, &out), AUTH_REFUSED);
	cr_assert_eq(initiator_result(i)->fault, &fault_server_logon_no_way);
	initiator_free(&i);
}
