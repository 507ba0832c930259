/* What a share demands, by whom, and whether a leg meets it. */
#include "support.h"

#include <criterion/criterion.h>
#include <string.h>

#define HEAD                                                                                       \
	"version: 1\n"                                                                             \
	"servers:\n"                                                                               \
	"  fs1: {address: fs1.corp.example, names: [files]}\n"                                     \
	"  fs2: {address: fs2.corp.example}\n"                                                     \
	"listeners:\n"                                                                             \
	"  - {listen: '127.0.0.1:1', server: fs1}\n"                                               \
	"  - {listen: '10.0.0.1:445', server: fs2}\n"

static const struct strength weak = {.dialect = 0x0210};
static const struct strength signing = {.dialect = 0x0311, .signs = true};
static const struct strength sealing = {.dialect = 0x0311, .seals = true};
static const struct strength kerberos = {
	.dialect = 0x0311, .signs = true, .seals = true, .mutual = true};

static struct verdict
decide(const struct policy *policy, const char *server, const char *share)
{
	struct verdict verdict;

	cr_assert_null(policy_decide(policy, &policy->listeners[0], server, share, &verdict), "%s",
		server);
	return verdict;
}

/* The line that made NEED; 0: built in, or nobody. */
static unsigned
line_of(const struct need *need)
{
	return need->wanted ? need->rule->place.line : 0;
}

Test(decide, defaults_hold_where_no_rule_speaks)
{
	struct policy *policy = policy_of(HEAD);
	struct verdict verdict = decide(policy, "fs1", "any");
	const struct need *which;

	cr_expect(verdict.integrity.wanted && !verdict.privacy.wanted && !verdict.mutual.wanted);
	cr_expect_not(verdict.min_dialect.wanted);
	cr_expect_not(verdict_wants_privacy(&verdict));
	cr_expect_eq(verdict.upstream, &policy->upstreams[0]);
	cr_expect_str_eq(verdict.integrity.rule->place.file, "built-in");
	cr_expect_null(verdict_met(&verdict, &signing, &which));
	cr_expect_null(which);
	cr_expect_null(verdict_met(&verdict, &sealing, NULL));
	cr_expect_eq(verdict_met(&verdict, &weak, &which), &fault_integrity_unmet_server);
	cr_expect_eq(which, &verdict.integrity);
	policy_unref(&policy);
}

/* Whatever the client calls the server, the rule holds: no alias slips past it. */
Test(decide, no_alias_slips_past_a_rule)
{
	static const char *const names[] = {"fs1", "FS1", "files", "FILES", "fs1.corp.example",
		"fs1.corp.example.", "FS1.Corp.Example", "fs1:4450", "127.0.0.1", "127.0.0.1:4500",
		"localhost", "[::1]:445", "some-cname", "192.0.2.1", "*SMBSERVER"};
	static const char *const shares[] = {"hr", "HR", "Hr"};
	struct policy *policy =
		policy_of(HEAD "hardened_paths:\n  '\\\\files\\HR': {require: [privacy]}\n");

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		for (size_t j = 0; j < sizeof shares / sizeof shares[0]; j++) {
			struct verdict verdict = decide(policy, names[i], shares[j]);

			cr_expect(verdict.privacy.wanted, "%s %s", names[i], shares[j]);
			cr_expect(verdict_wants_privacy(&verdict));
			cr_expect_eq(
				verdict_met(&verdict, &signing, NULL), &fault_privacy_unmet_server);
			cr_expect_null(verdict_met(&verdict, &sealing, NULL));
		}
	}
	cr_expect_not(decide(policy, "fs1", "hr2").privacy.wanted);
	cr_expect_not(decide(policy, "fs1", "h").privacy.wanted);
	policy_unref(&policy);
}

Test(decide, case_is_folded_beyond_ascii)
{
	struct policy *policy = policy_of(
		HEAD "hardened_paths:\n  '\\\\fs1\\\303\204RZTE': {require: [privacy]}\n");

	cr_expect(decide(policy, "fs1", "\303\244rzte").privacy.wanted);
	policy_unref(&policy);
}

/* A rule may name what only the client says. */
Test(decide, a_rule_holds_for_the_clients_own_spelling)
{
	struct policy *policy =
		policy_of(HEAD "hardened_paths:\n  '\\\\cname\\hr': {require: [privacy]}\n");

	cr_expect(decide(policy, "CNAME", "hr").privacy.wanted);
	cr_expect_not(decide(policy, "fs1", "hr").privacy.wanted);
	policy_unref(&policy);
}

Test(decide, all_matching_rules_add_up)
{
	struct policy *policy =
		policy_of(HEAD "hardened_paths:\n"
			       "  '\\\\fs1\\hr': {require: [], min_dialect: 3.0}\n"
			       "  '\\\\fs1': {min_dialect: 3.0.2}\n"
			       "  '\\\\*\\hr': {require: [privacy]}\n"
			       "  '\\\\files\\*': {require: [privacy]}\n"
			       "  '\\\\fs2\\hr': {require: [mutual_authentication]}\n");
	struct verdict verdict = decide(policy, "fs1", "hr");

	cr_expect_eq(verdict.min_dialect.value, 0x0302);
	cr_expect_eq(line_of(&verdict.min_dialect), 10);
	/* \\server\* says more than \\*\share */
	cr_expect_eq(line_of(&verdict.privacy), 12);
	cr_expect(verdict.integrity.wanted);
	cr_expect_not(verdict.mutual.wanted);
	verdict = decide(policy, "fs1", "x");
	cr_expect_eq(verdict.min_dialect.value, 0x0302);
	cr_expect_eq(line_of(&verdict.privacy), 12);
	policy_unref(&policy);
}

Test(decide, built_in_rules_for_sysvol_and_netlogon)
{
	struct policy *policy = policy_of(HEAD);
	struct verdict verdict = decide(policy, "fs1", "sysvol");
	const struct need *which;
	char place[32];

	cr_expect_eq(verdict_met(&verdict, &sealing, &which), &fault_mutual_unmet_server);
	cr_expect_str_eq(rule_place_text(which->rule, place, sizeof place), "built-in");
	cr_expect_null(verdict_met(&verdict, &kerberos, NULL));
	cr_expect(decide(policy, "fs1", "NetLogon").mutual.wanted);
	policy_unref(&policy);
	policy = policy_of(HEAD "hardened_paths:\n"
				"  '\\\\*\\SYSVOL': RequireMutualAuthentication=0\n"
				"  '\\\\fs1\\netlogon': {require: []}\n");
	cr_expect_not(decide(policy, "fs1", "sysvol").mutual.wanted);
	/* Not the same pattern: the built-in rule still holds. */
	cr_expect(decide(policy, "fs1", "netlogon").mutual.wanted);
	policy_unref(&policy);
}

/* Each demand against each leg that lacks exactly that. */
Test(decide, matrix_of_demands_and_legs)
{
	static const struct {
		const char *require;
		fault server, client;
	} cases[] = {
		{"require: [integrity]", &fault_integrity_unmet_server,
			&fault_integrity_unmet_client},
		{"require: [privacy]", &fault_privacy_unmet_server, &fault_privacy_unmet_client},
		{"require: [mutual_authentication]", &fault_mutual_unmet_server,
			&fault_mutual_unmet_client},
		{"min_dialect: 3.0", &fault_dialect_unmet_server, &fault_dialect_unmet_client},
	};
	struct listener untrusted = {.wire = WIRE_UNTRUSTED}, trusted = {.wire = WIRE_TRUSTED};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct policy *policy;
		struct verdict verdict;
		char text[1024];

		(void)snprintf(text, sizeof text,
			"%sdefaults: {require: []}\nhardened_paths:\n  '\\\\fs1\\x': {%s}\n", HEAD,
			cases[i].require);
		policy = policy_of(text);
		verdict = decide(policy, "fs1", "x");
		cr_expect_eq(verdict_met(&verdict, &weak, NULL), cases[i].server, "%zu", i);
		cr_expect_null(verdict_met(&verdict, &kerberos, NULL));
		cr_expect_eq(verdict_met_client(&verdict, &untrusted, &weak, NULL), cases[i].client,
			"%zu", i);
		cr_expect_null(verdict_met_client(&verdict, &untrusted, &kerberos, NULL));
		cr_expect_null(verdict_met_client(&verdict, &trusted, &weak, NULL));
		verdict = decide(policy, "fs1", "y");
		cr_expect_null(verdict_met(&verdict, &weak, NULL));
		policy_unref(&policy);
	}
}

Test(decide, unmet_faults_deny_access_to_one_message)
{
	static const fault all[] = {&fault_mutual_unmet_server, &fault_integrity_unmet_server,
		&fault_privacy_unmet_server, &fault_dialect_unmet_server,
		&fault_mutual_unmet_client, &fault_integrity_unmet_client,
		&fault_privacy_unmet_client, &fault_dialect_unmet_client};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		cr_expect_eq(all[i]->status, 0xc0000022u);
		cr_expect_eq(all[i]->cut, CUT_MESSAGE);
	}
}

Test(decide, audit_is_told_from_enforce)
{
	struct policy *policy = policy_of(HEAD "hardened_paths:\n"
					       "  '\\\\fs1\\a': {require: [privacy], mode: audit}\n"
					       "  '\\\\fs1\\b': {require: [privacy], mode: audit}\n"
					       "  '\\\\*\\b': {require: [privacy]}\n");
	struct verdict verdict = decide(policy, "fs1", "a");
	const struct need *which;

	cr_expect_eq(verdict_met(&verdict, &signing, &which), &fault_privacy_unmet_server);
	cr_expect(which->audit);
	cr_expect_eq(line_of(which), 9);
	/* An enforced need goes before an audited one, be that the first to look at. */
	cr_expect_eq(verdict_met(&verdict, &weak, &which), &fault_integrity_unmet_server);
	cr_expect_not(which->audit);
	/* The same demand, audited by the more specific rule and enforced by the other: enforced.
	 */
	verdict = decide(policy, "fs1", "b");
	cr_expect_eq(verdict_met(&verdict, &signing, &which), &fault_privacy_unmet_server);
	cr_expect_not(which->audit);
	cr_expect_eq(line_of(which), 11);
	policy_unref(&policy);
}

Test(decide, audited_dialect_does_not_hide_the_enforced_one)
{
	struct policy *policy = policy_of(HEAD "hardened_paths:\n"
					       "  '\\\\fs1\\a': {min_dialect: 3.1.1, mode: audit}\n"
					       "  '\\\\fs1': {min_dialect: 3.0}\n"
					       "  '\\\\*\\c': {min_dialect: 3.0.2, mode: audit}\n"
					       "  '\\\\*\\d': {min_dialect: 2.1, mode: audit}\n");
	const struct strength three = {.dialect = 0x0300, .signs = true};
	struct verdict verdict = decide(policy, "fs1", "a");
	const struct need *which;

	cr_expect_eq(verdict.min_dialect.value, 0x0300);
	cr_expect_not(verdict.min_dialect.audit);
	cr_expect_eq(verdict_met(&verdict, &three, &which), &fault_dialect_unmet_server);
	cr_expect(which->audit && which->value == 0x0311);
	cr_expect_eq(
		verdict_met(&verdict, &(struct strength){.dialect = 0x0210, .signs = true}, &which),
		&fault_dialect_unmet_server);
	cr_expect(!which->audit && which->value == 0x0300);
	verdict = decide(policy, "fs1", "d");
	cr_expect_not(verdict.audited_dialect.wanted);
	policy_unref(&policy);
}

Test(decide, a_policy_in_audit_mode_refuses_nothing)
{
	struct policy *policy = policy_of(
		"mode: audit\n" HEAD
		"hardened_paths:\n  '\\\\fs1\\a': {require: [privacy], min_dialect: 3.0}\n");
	struct verdict verdict = decide(policy, "fs1", "a");
	const struct need *which;

	cr_expect(verdict.integrity.audit && verdict.privacy.audit && verdict.min_dialect.audit);
	cr_expect_eq(verdict.min_dialect.value, 0x0300);
	cr_expect_not_null(verdict_met(&verdict, &weak, &which));
	cr_expect(which->audit);
	policy_unref(&policy);
}

Test(decide, another_servers_name_leads_nowhere)
{
	struct policy *policy = policy_of(HEAD);
	struct verdict verdict;

	cr_expect_eq(policy_decide(policy, &policy->listeners[0], "FS2", "x", &verdict),
		&fault_no_such_server);
	cr_expect_eq(
		policy_decide(policy, &policy->listeners[0], "fs2.corp.example:445", "x", &verdict),
		&fault_no_such_server);
	cr_expect_eq(policy_decide(policy, &policy->listeners[1], "files", "x", &verdict),
		&fault_no_such_server);
	cr_expect_null(policy_decide(policy, &policy->listeners[1], "fs2", "x", &verdict));
	cr_expect_eq(verdict.upstream, &policy->upstreams[1]);
	cr_expect_null(policy_decide(policy, &policy->listeners[1], "10.0.0.1", "x", &verdict));
	cr_expect_eq(fault_no_such_server.status, 0xc00000ccu);
	policy_unref(&policy);
}

/* Clients call us by our address, which may be another server's too: on loopback it often is. */
Test(decide, the_listeners_own_address_is_its_server)
{
	struct policy *policy =
		policy_of("version: 1\n"
			  "servers: {a: {address: 192.0.2.1}, b: {address: '127.0.0.1:4452'}}\n"
			  "listeners:\n"
			  "  - {listen: '127.0.0.1:1', server: a}\n"
			  "  - {listen: '127.0.0.1:2', server: b}\n");

	cr_expect_eq(decide(policy, "127.0.0.1", "x").upstream, &policy->upstreams[0]);
	cr_expect_eq(decide(policy, "localhost", "x").upstream, &policy->upstreams[0]);
	policy_unref(&policy);
}

Test(decide, names_that_cannot_be_compared_are_refused)
{
	struct policy *policy = policy_of(HEAD);
	struct verdict verdict;

	cr_expect_eq(policy_decide(policy, &policy->listeners[0], "fs1", "\xff", &verdict),
		&fault_policy_undecided);
	cr_expect_eq(policy_decide(policy, &policy->listeners[0], "\xc0\xaf", "x", &verdict),
		&fault_policy_undecided);
	policy_unref(&policy);
}

Test(decide, rules_are_walked_most_specific_first)
{
	struct policy *policy = policy_of(HEAD "hardened_paths:\n"
					       "  '\\\\*\\hr': {require: [privacy]}\n"
					       "  '\\\\fs1': {require: [privacy]}\n"
					       "  '\\\\fs1\\other': {require: [privacy]}\n"
					       "  '\\\\files\\hr': {require: [privacy]}\n");
	static const unsigned lines[] = {12, 10, 9, 0};
	const struct rule *rule;
	size_t at = 0, count = 0;

	while ((rule = policy_rule_next(policy, &policy->upstreams[0], "fs1", "hr", "", &at))) {
		cr_assert_lt(count, 4);
		cr_expect_eq(rule->place.line, lines[count++]);
	}
	cr_expect_eq(count, 4);
	policy_unref(&policy);
}

/* BY exempts from WHAT of FROM, lines both; a BY of zero: nobody does. */
static void
expect_waived(const struct verdict *verdict, enum requirement what, unsigned by, unsigned from)
{
	const struct waiver *waiver = &verdict->waived[what];

	cr_expect_eq(waiver->by ? waiver->by->place.line : 0, by);
	cr_expect_eq(waiver->from ? waiver->from->place.line : 0, from);
}

Test(decide, only_a_more_specific_rule_exempts)
{
	struct policy *policy = policy_of(
		HEAD "defaults: {require: [integrity, privacy]}\n"
		     "hardened_paths:\n"
		     "  '\\\\files\\*': {exempt: [privacy], reason: old disks}\n"
		     "  '\\\\*\\hr': {require: [privacy]}\n"
		     "  '\\\\fs1\\leaflets': {exempt: [integrity, privacy], reason: public}\n");
	struct verdict verdict = decide(policy, "fs1", "any");

	/* The defaults' privacy is taken back, for every name of the server; nothing else is. */
	expect_waived(&verdict, REQUIRE_PRIVACY, 10, 8);
	cr_expect(verdict.integrity.wanted && !verdict.privacy.wanted);
	cr_expect_not(verdict_wants_privacy(&verdict));
	cr_expect_null(verdict_met(&verdict, &signing, NULL));
	/* \\server\* says neither more nor less than \\*\share. */
	verdict = decide(policy, "fs1", "hr");
	cr_expect_eq(line_of(&verdict.privacy), 11);
	verdict = decide(policy, "FILES", "Leaflets");
	expect_waived(&verdict, REQUIRE_PRIVACY, 12, 8);
	expect_waived(&verdict, REQUIRE_INTEGRITY, 12, 8);
	cr_expect(!verdict.integrity.wanted && !verdict.privacy.wanted);
	verdict = decide(policy, "other", "hr");
	cr_expect(verdict.privacy.wanted);
	policy_unref(&policy);
}

/* As specific is not more specific, whatever name of the server it uses. */
Test(decide, an_alias_does_not_exempt)
{
	struct policy *policy =
		policy_of(HEAD "hardened_paths:\n"
			       "  '\\\\fs1\\*': {require: [privacy]}\n"
			       "  '\\\\files\\hr': {require: [privacy]}\n"
			       "  '\\\\fs1\\hr': {exempt: [privacy], reason: by another name}\n");
	struct verdict verdict = decide(policy, "fs1", "hr");

	cr_expect_eq(line_of(&verdict.privacy), 10);
	expect_waived(&verdict, REQUIRE_PRIVACY, 11, 9);
	policy_unref(&policy);
}

/* Who demands privacy alone has demanded integrity with it. */
Test(decide, integrity_is_left_of_privacy)
{
	struct policy *policy = policy_of(
		HEAD "defaults: {require: []}\n"
		     "hardened_paths:\n"
		     "  '\\\\fs1\\*': {require: [privacy]}\n"
		     "  '\\\\fs1\\hr': {exempt: [privacy], reason: old disks}\n"
		     "  '\\\\fs1\\open': {exempt: [privacy, integrity], reason: public}\n");
	struct verdict verdict = decide(policy, "fs1", "hr");

	cr_expect(!verdict.privacy.wanted);
	cr_expect_eq(line_of(&verdict.integrity), 10);
	cr_expect_eq(verdict_met(&verdict, &weak, NULL), &fault_integrity_unmet_server);
	verdict = decide(policy, "fs1", "open");
	cr_expect(!verdict.privacy.wanted && !verdict.integrity.wanted);
	cr_expect_null(verdict_met(&verdict, &weak, NULL));
	policy_unref(&policy);
}

Test(decide, exempt_from_what_is_built_in)
{
	struct policy *policy = policy_of(
		HEAD "hardened_paths:\n"
		     "  '\\\\fs1\\SYSVOL': {exempt: [mutual_authentication], reason: no domain}\n");
	struct verdict verdict = decide(policy, "fs1", "sysvol");

	cr_expect(!verdict.mutual.wanted && verdict.integrity.wanted);
	expect_waived(&verdict, REQUIRE_MUTUAL, 9, 0);
	cr_expect(decide(policy, "fs1", "netlogon").mutual.wanted);
	policy_unref(&policy);
}

Test(decide, blocked_ntlm)
{
	static const struct strength ntlm = {.dialect = 0x0311, .signs = true, .ntlm = true};
	struct policy *policy = policy_of("version: 1\n"
					  "servers:\n"
					  "  fs1: {address: fs1, block_ntlm: true}\n"
					  "  fs2: {address: fs2}\n"
					  "listeners:\n"
					  "  - {listen: '127.0.0.1:1', server: fs2}\n"
					  "  - {listen: '10.0.0.1:445', server: fs1}\n"
					  "hardened_paths:\n"
					  "  '\\\\fs2\\hr': {block_ntlm: true}\n"
					  "  '\\\\*\\tried': {block_ntlm: true, mode: audit}\n");
	const struct listener *untrusted = &policy->listeners[1];
	struct verdict verdict = decide(policy, "fs2", "hr");
	const struct need *which;

	cr_expect_eq(verdict_met(&verdict, &ntlm, &which), &fault_ntlm_blocked_server);
	cr_expect(which->rule->place.line == 9 && !which->audit);
	cr_expect_null(verdict_met(&verdict, &signing, NULL));
	cr_expect_eq(
		verdict_met_client(&verdict, untrusted, &ntlm, NULL), &fault_ntlm_blocked_client);
	cr_expect_null(verdict_met_client(&verdict, &policy->listeners[0], &ntlm, NULL));
	verdict = decide(policy, "fs2", "tried");
	cr_expect_eq(verdict_met(&verdict, &ntlm, &which), &fault_ntlm_blocked_server);
	cr_expect(which->audit);
	/* A server's section speaks of the leg to the server alone, and of all of its shares. */
	cr_assert_null(policy_decide(policy, untrusted, "fs1", "any", &verdict));
	cr_expect_eq(verdict_met(&verdict, &ntlm, &which), &fault_ntlm_blocked_server);
	cr_expect_eq(which->rule->place.line, 3);
	cr_expect_str_eq(which->rule->pattern, "fs1");
	cr_expect_null(verdict_met_client(&verdict, untrusted, &ntlm, NULL));
	policy_unref(&policy);
}
