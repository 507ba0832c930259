/* A client's proof, judged against the accounts of the policy. */
#include "bridge/acceptance.h"

#include "auth/ntlm_hash.h"
#include "auth/winbind.h"
#include "base/utf16.h"

#include <stdio.h>
#include <stdlib.h>

/* 15 characters and a NUL. */
#define NETBIOS_NAME_SIZE 16

struct acceptance {
	struct policy *policy;
	const struct listener *listener; /* of the policy */
	const struct legacy *legacy;
	const struct account *account;
	struct acceptor *acceptor;
	char *principal; /* of a user that winbindd vouched for, where that is to be acted for */
};

/* Not every password has an LM hash, and nobody else wants it. */
static void
add_lm_hash(const struct acceptance *a, const struct account *account, struct ntlm_secret *out)
{
	out->has_lm_hash = a->listener->logon.lm && account->password &&
			   ntlm_hash_password_lm(a->legacy, account->password, out->lm_hash);
}

static bool
find(void *context, const char *user, const char *domain, struct ntlm_secret *out)
{
	struct acceptance *a = context;
	const struct account *account = policy_account(a->policy, user, domain);
	size_t len = account ? strlen(account->user) : 0;

	if (!account || account_is_of_domain(account) || len >= sizeof out->account)
		return false;
	memcpy(out->account, account->user, len + 1);
	if (account->has_nt_hash)
		memcpy(out->nt_hash, account->nt_hash, sizeof out->nt_hash);
	else if (!ntlm_hash_password(a->legacy, account->password, out->nt_hash))
		return false;
	add_lm_hash(a, account, out);
	a->account = account;
	return true;
}

/* What a challenge calls us: what the client means, the server's short name. */
static bool
name_target(const struct upstream *upstream, char out[NETBIOS_NAME_SIZE])
{
	char *upper = utf8_upper(upstream->key);
	size_t n = 0;

	if (!upper)
		return false;
	/* Clients only show it. */
	while (upper[n] && upper[n] != '.' && n < NETBIOS_NAME_SIZE - 1 &&
		(unsigned char)upper[n] < 0x80)
		n++;
	snprintf(out, NETBIOS_NAME_SIZE, "%.*s", (int)(n ? n : sizeof "SERVER"),
		n ? upper : "SERVER");
	free(upper);
	return true;
}

static const enum delegation delegations[] = {
	[ACT_FOR_NOBODY] = DELEGATION_NONE,
	[ACT_BY_FORWARDED] = DELEGATION_FORWARDED,
	[ACT_BY_S4U] = DELEGATION_S4U,
};

struct acceptor_config
acceptance_ways(const struct policy *policy, const struct listener *listener)
{
	return (struct acceptor_config){
		.keytab = policy->keytab,
		.delegation = delegations[policy->delegation],
		.kerberos = listener_does_kerberos(policy, listener),
		.ntlmv2 = listener->logon.ntlmv2,
		.ntlmv1 = listener->logon.ntlmv1,
		.lm = listener->logon.lm,
		.guest = listener->logon.guest,
		.anonymous = listener->logon.anonymous,
	};
}

/* Where CLIENT is, without the port, which is another one each time: on the heap, or NULL. */
static char *
address_of(const char *client)
{
	const char *colon = strrchr(client, ':');

	return strndup(client, colon ? (size_t)(colon - client) : strlen(client));
}

struct acceptance *
acceptance_new(struct policy *policy, const struct listener *listener, const struct legacy *legacy,
	struct commons *commons, const char *client)
{
	struct acceptance *a = calloc(1, sizeof *a);
	char target[NETBIOS_NAME_SIZE];
	char *from = address_of(client);

	if (!a || !from) {
		free(from);
		free(a);
		return NULL;
	}
	a->policy = policy_ref(policy);
	a->listener = listener;
	a->legacy = legacy;
	if (name_target(listener->upstream, target)) {
		struct acceptor_config config = acceptance_ways(policy, listener);

		config.legacy = legacy;
		config.target = target;
		config.find = find;
		config.context = a;
		config.domain = policy->winbind ? commons_domain(commons) : NULL;
		config.commons = commons;
		config.from = from;
		a->acceptor = acceptor_new(&config);
	}
	free(from);
	if (!a->acceptor)
		acceptance_free(&a);
	return a;
}

void
acceptance_free(struct acceptance **acceptance)
{
	struct acceptance *a = *acceptance;

	if (!a)
		return;
	acceptor_free(&a->acceptor);
	free(a->principal);
	policy_unref(&a->policy);
	free(a);
	*acceptance = NULL;
}

/* What Kerberos calls the user that winbindd vouched for. */
static void
name_principal(struct acceptance *a)
{
	const struct auth_result *result = acceptor_result(a->acceptor);
	char *realm = a->policy->delegation == ACT_BY_S4U ? winbind_realm(result->domain) : NULL;

	if (realm && asprintf(&a->principal, "%s@%s", result->user, realm) < 0)
		a->principal = NULL;
	free(realm);
}

enum auth_step
acceptance_step(struct acceptance *acceptance, struct span token, uint64_t filetime_now,
	struct auth_token *out)
{
	enum auth_step step = acceptor_step(acceptance->acceptor, token, filetime_now, out);

	if (step == AUTH_DONE && acceptor_result(acceptance->acceptor)->is_of_domain)
		name_principal(acceptance);
	return step;
}

void
acceptance_let_ask(struct acceptance *acceptance)
{
	acceptor_let_ask(acceptance->acceptor);
}

const struct auth_result *
acceptance_result(const struct acceptance *acceptance)
{
	return acceptor_result(acceptance->acceptor);
}

const struct account *
acceptance_account(const struct acceptance *acceptance)
{
	const struct auth_result *result = acceptor_result(acceptance->acceptor);
	const struct account *account;

	if (result->standing != AUTH_USER)
		return acceptance->listener->guest_as;
	if (result->is_principal)
		return policy_account_of_principal(
			acceptance->policy, result->user, result->domain);
	if (!result->is_of_domain)
		return acceptance->account;
	account = policy_account(acceptance->policy, result->user, result->domain);
	/* Who has a password here must have shown that one. */
	return account && account_is_of_domain(account) ? account : NULL;
}

/* By the word of our account alone: whom the account's entry names, or whom the domain vouched for.
 */
static struct kerberos_delegate *
delegate_by_word(const struct acceptance *acceptance, const struct account *account)
{
	const struct policy *policy = acceptance->policy;
	struct kerberos_delegate *delegate = NULL;
	char name[1024];

	if (policy->delegation != ACT_BY_S4U)
		return NULL;
	if (account && account->server.is_principal)
		delegate = kerberos_delegate_for(
			identity_text(&account->server, name, sizeof name), policy->keytab);
	else if (acceptance->principal)
		delegate = kerberos_delegate_for(acceptance->principal, policy->keytab);
	return delegate;
}

struct kerberos_delegate *
acceptance_delegate(const struct acceptance *acceptance)
{
	const struct auth_result *result = acceptor_result(acceptance->acceptor);
	const struct account *account = acceptance_account(acceptance);
	bool is_another = account && account->server_said;

	if (account && identity_has_secret(&account->server))
		return NULL;
	if (result->delegate && !is_another)
		return kerberos_delegate_ref(result->delegate);
	return delegate_by_word(acceptance, account);
}
