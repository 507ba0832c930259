/* Clients whom a domain judges: here one that knows amy alone, and does as it is told. */
#include "auth/ntlm_domain.h"
#include "auth/ntlm.h"
#include "auth/ntlm_hash.h"
#include "auth/winbind.h"
#include "base/ntstatus.h"
#include "base/utf16.h"
#include "peer.h"

#include <criterion/criterion.h>

/* What the domain does for the next logon. */
static struct {
	fault refuses;
	bool is_no_member, admits_guests, takes_guests, gives_no_key, gives_another_key;
	bool may_not_be_asked_yet;
	const char *from; /* where the client is */
	unsigned asked;
} domain;

static bool
membership(struct ntlm_membership *out)
{
	*out = (struct ntlm_membership){0};
	if (domain.is_no_member)
		return false;
	*out = (struct ntlm_membership){.computer = strdup("GATEWAY"), .domain = strdup("CORP")};
	return true;
}

static void
prove(const struct ntlm_response *response, uint8_t base_key[16])
{
	uint8_t hash[NTLM_HASH_SIZE], key[NTLM_KEY_SIZE], proof[NTLM_PROOF_SIZE];

	cr_assert(ntlm_hash_password(peer_legacy(), "Secret.2", hash));
	cr_assert(ntlm_v2_key(peer_legacy(), hash, response->user, response->domain, key));
	cr_assert(ntlm_v2_prove(peer_legacy(), key, response->challenge,
		span_of(response->nt.data + NTLM_PROOF_SIZE, response->nt.len - NTLM_PROOF_SIZE),
		proof, base_key));
	cr_assert_arr_eq(proof, response->nt.data, sizeof(proof), "the response as it came");
}

static fault
judge(const struct ntlm_response *response, struct ntlm_opinion *out)
{
	domain.asked++;
	*out = (struct ntlm_opinion){0};
	if (domain.refuses) {
		out->detail = strdup("no");
		return domain.refuses;
	}
	out->is_guest = domain.takes_guests;
	out->user = strdup("Amy");
	out->domain = strdup("CORP");
	if (!domain.gives_no_key)
		prove(response, out->base_key);
	out->base_key[0] ^= domain.gives_another_key;
	return NULL;
}

static const struct ntlm_domain obedient = {.membership = membership, .judge = judge};

static struct auth_time now = {.ms = 1, .filetime = 133500000000000000};

static struct auth_time
clock_read(void *context)
{
	return *(struct auth_time *)context;
}

/* What all logons of a test have in common. */
static struct commons *
commons(void)
{
	static struct commons *all;

	if (!all)
		all = commons_new(&obedient, clock_read, &now);
	cr_assert(all);
	commons_learn(all);
	return all;
}

static struct acceptor *
acceptor_of_domain(void)
{
	struct acceptor_config config = peer_acceptor_config();
	struct acceptor *a;

	config.commons = commons();
	config.domain = &obedient;
	config.guest = domain.admits_guests;
	config.may_ask = !domain.may_not_be_asked_yet;
	config.from = domain.from ? domain.from : "192.0.2.1";
	a = acceptor_new(&config);
	cr_assert(a);
	return a;
}

/* A whole logon by our own initiator; the acceptor, for the caller to free. */
static struct acceptor *
logon(const char *user, const char *password)
{
	struct initiator_config config = peer_initiator_config();
	struct acceptor *a = acceptor_of_domain();
	struct auth_token mine, theirs = {0};
	struct initiator *i;
	enum auth_step step;

	config.user = user;
	config.password = password;
	i = initiator_new(&config);
	do {
		cr_assert_eq(peer_initiate(i, peer_span(&theirs), &mine), AUTH_MORE);
		auth_token_free(&theirs);
		step = peer_accept(a, peer_span(&mine), &theirs);
		if (step == AUTH_ASK_DOMAIN) {
			cr_assert_eq(domain.asked, 0);
			acceptor_let_ask(a);
			step = peer_accept(a, peer_span(&mine), &theirs);
		}
		auth_token_free(&mine);
	} while (step == AUTH_MORE);
	if (step == AUTH_DONE && acceptor_result(a)->standing == AUTH_USER) {
		cr_assert_eq(peer_initiate(i, peer_span(&theirs), &mine), AUTH_DONE);
		cr_assert_arr_eq(
			acceptor_result(a)->session_key, initiator_result(i)->session_key, 16);
	}
	auth_token_free(&theirs);
	initiator_free(&i);
	return a;
}

/* How amy's logon ends. */
static fault
logon_of_amy(void)
{
	struct acceptor *a = logon("amy", "Secret.2");
	fault why = acceptor_result(a)->fault;

	cr_assert_eq(domain.asked, 1);
	acceptor_free(&a);
	return why;
}

Test(ntlm_domain, vouches_by_its_own_names)
{
	struct acceptor *a = logon("amy", "Secret.2");
	const struct auth_result *result = acceptor_result(a);

	cr_assert_null(result->fault);
	cr_expect(result->is_of_domain);
	cr_expect_null(result->account);
	cr_expect_str_eq(result->user, "Amy");
	cr_expect_str_eq(result->domain, "CORP");
	acceptor_free(&a);
}

Test(ntlm_domain, is_asked_only_where_it_may_be_waited_for)
{
	struct acceptor *a;

	domain.may_not_be_asked_yet = true;
	a = logon("amy", "Secret.2");
	cr_expect_null(acceptor_result(a)->fault);
	cr_expect_str_eq(acceptor_result(a)->user, "Amy");
	cr_expect_eq(domain.asked, 1);
	acceptor_free(&a);
	a = logon("scanner", "Secret.1");
	cr_expect_null(acceptor_result(a)->fault);
	acceptor_free(&a);
}

/* How a logon as NAME ends, and what the client is told. */
static fault
logon_as(const char *name, uint32_t *told)
{
	struct acceptor *a = logon(name, "Secret.2");
	const struct auth_result *result = acceptor_result(a);
	fault why = result->fault;

	*told = result->told;
	if (why == &fault_domain_spared)
		cr_expect(strstr(result->detail, "after 3 refusals in a row"));
	acceptor_free(&a);
	return why;
}

Test(ntlm_domain, is_spared_a_user_it_has_refused_three_times)
{
	uint32_t told;

	domain.refuses = &fault_domain_account_locked;
	for (unsigned i = 0; i < 3; i++)
		cr_assert_eq(logon_as(i ? "AMY" : "amy", &told), &fault_domain_account_locked);
	cr_assert_eq(logon_as("amy", &told), &fault_domain_spared);
	cr_expect_eq(told, STATUS_ACCOUNT_LOCKED_OUT);
	cr_expect_eq(domain.asked, 3);
	domain.from = "192.0.2.2";
	cr_expect_eq(logon_as("amy", &told), &fault_domain_account_locked, "another device");
	domain.from = NULL;
	cr_expect_eq(logon_as("ben", &told), &fault_domain_account_locked, "another user");
	now.ms += SETBACKS_FIRST_MS;
	domain.refuses = NULL;
	cr_expect_null(logon_as("amy", &told), "the account is well again");
	domain.refuses = &fault_domain_bad_password;
	for (unsigned i = 0; i < 3; i++)
		cr_assert_eq(logon_as("amy", &told), &fault_domain_bad_password);
}

/* Neither that it cannot be asked, nor who comes as a guest. */
Test(ntlm_domain, is_not_spared_what_is_nobodys_mistake)
{
	static const fault others[] = {&fault_domain_unreachable, &fault_domain_closed,
		&fault_domain_refused, &fault_domain_logon_hours, &fault_domain_workstation,
		&fault_domain_without_ntlm};
	uint32_t told;

	for (size_t n = 0; n < sizeof(others) / sizeof(others[0]); n++) {
		domain.refuses = others[n];
		for (unsigned i = 0; i < 4; i++)
			cr_expect_eq(logon_as("amy", &told), others[n]);
	}
	domain.refuses = &fault_domain_unknown_user;
	domain.admits_guests = true;
	for (unsigned i = 0; i < 5; i++)
		cr_expect_null(logon_as("stranger", &told));
}

Test(ntlm_domain, is_not_asked_about_our_accounts)
{
	struct acceptor *a = logon("scanner", "Secret.1");

	cr_expect_null(acceptor_result(a)->fault);
	cr_expect_not(acceptor_result(a)->is_of_domain);
	acceptor_free(&a);
	a = logon("scanner", "Secret.2");
	cr_expect_eq(acceptor_result(a)->fault, &fault_logon_bad_password);
	acceptor_free(&a);
	cr_expect_eq(domain.asked, 0);
}

Test(ntlm_domain, refuses_in_its_own_words)
{
	struct acceptor *a;

	domain.refuses = &fault_domain_account_locked;
	a = logon("amy", "Secret.2");
	cr_expect_eq(acceptor_result(a)->fault, &fault_domain_account_locked);
	cr_expect_str_eq(acceptor_result(a)->detail, "no");
	cr_expect_not(acceptor_result(a)->is_of_domain);
	acceptor_free(&a);
}

Test(ntlm_domain, its_guests_are_refused)
{
	domain.takes_guests = true;
	cr_expect_eq(logon_of_amy(), &fault_logon_guest_refused);
}

Test(ntlm_domain, nothing_is_built_on_a_key_of_zeros)
{
	domain.gives_no_key = true;
	cr_expect_eq(logon_of_amy(), &fault_domain_keyless);
}

/* Whom neither knows is a guest, where the listener admits some; nobody asks about the name guest.
 */
Test(ntlm_domain, does_not_know_who_is_a_guest)
{
	struct acceptor *a;

	domain.admits_guests = true;
	a = logon("guest", "");
	cr_expect_eq(acceptor_result(a)->standing, AUTH_GUEST);
	acceptor_free(&a);
	cr_expect_eq(domain.asked, 0);
	domain.refuses = &fault_domain_bad_password;
	a = logon("amy", "Secret.3");
	cr_expect_eq(acceptor_result(a)->fault, &fault_domain_bad_password);
	acceptor_free(&a);
	domain.refuses = &fault_domain_unknown_user;
	a = logon("stranger", "x");
	cr_expect_null(acceptor_result(a)->fault);
	cr_expect_eq(acceptor_result(a)->standing, AUTH_GUEST);
	cr_expect_not(acceptor_result(a)->is_of_domain);
	acceptor_free(&a);
}

/* What the client says about the logon is signed with its key; the domain must have the same. */
Test(ntlm_domain, the_clients_mic_shows_whether_its_key_is_right)
{
	domain.gives_another_key = true;
	cr_expect_eq(logon_of_amy(), &fault_logon_mic_bad);
}

/* The value of the pair ID in the challenge of an acceptor with the domain; NULL: it has none. */
static char *
shown(enum ntlm_av id)
{
	struct acceptor *a = acceptor_of_domain();
	struct auth_token negotiate = peer_golden("bare_negotiate");
	struct auth_token out;
	struct ntlm_challenge challenge;
	struct span value;
	char *text = NULL;

	cr_assert_eq(peer_accept(a, peer_span(&negotiate), &out), AUTH_MORE);
	cr_assert(ntlm_challenge_decode(peer_span(&out), &challenge));
	cr_expect_eq(!(challenge.flags & NTLM_TARGET_TYPE_DOMAIN), domain.is_no_member);
	value = ntlm_av_find(challenge.target_info, id);
	if (value.data)
		text = utf16_to_utf8(value);
	auth_token_free(&negotiate);
	auth_token_free(&out);
	acceptor_free(&a);
	return text;
}

Test(ntlm_domain, the_challenge_names_us_as_the_domain_does)
{
	char *computer = shown(NTLM_AV_COMPUTER), *name = shown(NTLM_AV_DOMAIN);

	cr_expect_str_eq(computer, "GATEWAY");
	cr_expect_str_eq(name, "CORP");
	free(computer);
	free(name);
}

Test(ntlm_domain, or_not_at_all_until_that_has_been_learned)
{
	char *computer;

	domain.is_no_member = true;
	cr_expect_null(shown(NTLM_AV_COMPUTER));
	cr_expect_null(shown(NTLM_AV_DNS_COMPUTER));
	domain.is_no_member = false;
	computer = shown(NTLM_AV_COMPUTER);
	cr_expect_str_eq(computer, "GATEWAY");
	free(computer);
}

/* The client is told what the domain says, but for what would tell which names there are. */
Test(ntlm_domain, every_status_has_its_fault)
{
	static const struct {
		uint32_t status;
		fault fault;
		uint32_t told;
	} cases[] = {
		{STATUS_NO_SUCH_USER, &fault_domain_unknown_user, STATUS_LOGON_FAILURE},
		{STATUS_WRONG_PASSWORD, &fault_domain_bad_password, STATUS_LOGON_FAILURE},
		{STATUS_LOGON_FAILURE, &fault_domain_logon_failed, STATUS_LOGON_FAILURE},
		{STATUS_ACCOUNT_RESTRICTION, &fault_domain_account_restricted,
			STATUS_ACCOUNT_RESTRICTION},
		{STATUS_INVALID_LOGON_HOURS, &fault_domain_logon_hours, STATUS_INVALID_LOGON_HOURS},
		{STATUS_INVALID_WORKSTATION, &fault_domain_workstation, STATUS_INVALID_WORKSTATION},
		{STATUS_PASSWORD_EXPIRED, &fault_domain_password_expired, STATUS_PASSWORD_EXPIRED},
		{STATUS_PASSWORD_MUST_CHANGE, &fault_domain_password_must_change,
			STATUS_PASSWORD_MUST_CHANGE},
		{STATUS_ACCOUNT_DISABLED, &fault_domain_account_disabled, STATUS_ACCOUNT_DISABLED},
		{STATUS_ACCOUNT_EXPIRED, &fault_domain_account_expired, STATUS_ACCOUNT_EXPIRED},
		{STATUS_ACCOUNT_LOCKED_OUT, &fault_domain_account_locked,
			STATUS_ACCOUNT_LOCKED_OUT},
		{STATUS_NTLM_BLOCKED, &fault_domain_without_ntlm, STATUS_NTLM_BLOCKED},
		{STATUS_NO_LOGON_SERVERS, &fault_domain_unreachable, STATUS_NO_LOGON_SERVERS},
		{STATUS_ACCESS_DENIED, &fault_domain_closed, STATUS_NO_LOGON_SERVERS},
		{STATUS_INTERNAL_ERROR, &fault_domain_refused, STATUS_LOGON_FAILURE},
		{0xc0000413, &fault_domain_refused, STATUS_LOGON_FAILURE},
		{STATUS_SUCCESS, &fault_domain_refused, STATUS_LOGON_FAILURE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(winbind_fault(cases[i].status), cases[i].fault, "%zu", i);
		cr_expect_eq(cases[i].fault->status, cases[i].told, "%zu", i);
	}
}
