/* A policy's life, and the questions about its parts. */
#include "policy/policy.h"

#include "base/secret.h"
#include "base/utf16.h"
#include "policy/endpoint.h"
#include "policy/sections.h"
#include "policy/source.h"
#include "policy/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct policy *
policy_ref(struct policy *policy)
{
	(void)atomic_fetch_add_explicit(&policy->references, 1, memory_order_relaxed);
	return policy;
}

static void
policy_free(struct policy *policy)
{
	for (size_t i = 0; i < policy->listener_count; i++)
		listener_clear(&policy->listeners[i]);
	for (size_t i = 0; i < policy->upstream_count; i++)
		upstream_clear(&policy->upstreams[i]);
	for (size_t i = 0; i < policy->rule_count; i++)
		rule_clear(&policy->rules[i]);
	for (size_t i = 0; i < policy->account_count; i++)
		account_clear(&policy->accounts[i]);
	rule_clear(&policy->defaults);
	free(policy->listeners);
	free(policy->upstreams);
	free(policy->rules);
	free(policy->accounts);
	free(policy->accounts_file);
	free(policy->user);
	free(policy->state);
	free(policy->keytab);
	free(policy->file);
	source_free(&policy->text);
	source_free(&policy->accounts_text);
	free(policy);
}

void
policy_unref(struct policy **policy)
{
	struct policy *taken = *policy;

	*policy = NULL;
	/* Whoever frees must have seen everything that the others did before they let go. */
	if (taken && atomic_fetch_sub_explicit(&taken->references, 1, memory_order_acq_rel) == 1)
		policy_free(taken);
}

/* Whether two files were the same words at the same place; NULL is no file. */
static bool
is_same_source(const struct source *a, const struct source *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a->path, b->path) == 0 && a->len == b->len &&
	       secret_equal(a->text, b->text, a->len);
}

bool
policy_is_same(const struct policy *a, const struct policy *b)
{
	return is_same_source(a->text, b->text) &&
	       is_same_source(a->accounts_text, b->accounts_text);
}

/* The account of FOLDED_USER for exactly the domain DOMAIN (NULL: the entries for any). */
static const struct account *
account_find(const struct policy *policy, const char *user, const char *domain)
{
	for (size_t i = 0; i < policy->account_count; i++) {
		const struct account *account = &policy->accounts[i];

		if (strcmp(account->folded_user, user) == 0 && !account->folded_domain == !domain &&
			(!domain || strcmp(account->folded_domain, domain) == 0))
			return account;
	}
	return NULL;
}

/* FOLDED is a user as the client said it, its domain perhaps in it; cuts it in two where none was
 * said. */
static void
split_folded(char *folded, char **user, char **domain)
{
	char *slash = strchr(folded, '\\');
	char *at = slash ? NULL : strrchr(folded, '@');

	*user = slash ? slash + 1 : folded;
	if (slash)
		*domain = folded;
	else if (at)
		*domain = at + 1;
	if (slash)
		*slash = '\0';
	else if (at)
		*at = '\0';
}

const struct account *
policy_account(const struct policy *policy, const char *user, const char *domain)
{
	char *folded = utf8_fold(user);
	char *folded_domain = domain && *domain ? utf8_fold(domain) : NULL;
	const struct account *account = NULL;
	char *name = folded, *said = folded_domain;

	if (folded && (folded_domain || !domain || !*domain)) {
		if (!said)
			split_folded(folded, &name, &said);
		if (said && *said)
			account = account_find(policy, name, said);
		if (!account)
			account = account_find(policy, name, NULL);
	}
	free(folded);
	free(folded_domain);
	return account;
}

const struct account *
policy_account_of_principal(const struct policy *policy, const char *user, const char *realm)
{
	char *folded_user = utf8_fold(user), *folded_realm = utf8_fold(realm);
	const struct account *account = NULL;

	if (folded_user && folded_realm)
		account = account_find(policy, folded_user, folded_realm);
	free(folded_user);
	free(folded_realm);
	return account;
}

bool
identity_has_secret(const struct identity *identity)
{
	return identity->password || identity->has_nt_hash || identity->keytab;
}

bool
listener_does_kerberos(const struct policy *policy, const struct listener *listener)
{
	return listener->logon.kerberos && policy->keytab;
}

bool
account_is_of_domain(const struct account *account)
{
	return !account->password && !account->has_nt_hash;
}

bool
upstream_does_kerberos(const struct upstream *upstream)
{
	return upstream->kerberos && upstream->principal;
}

char *
identity_client(const struct identity *identity)
{
	bool is_domain = identity->domain && !identity->is_principal;
	char *out;

	if (is_domain || (!identity->password && !identity->keytab))
		return NULL;
	if (asprintf(&out, "%s%s%s", identity->user, identity->domain ? "@" : "",
		    identity->domain ? identity->domain : "") < 0)
		return NULL;
	return out;
}

const char *
identity_text(const struct identity *identity, char *buffer, size_t size)
{
	const char *domain = identity->domain ? identity->domain : "";

	if (identity->is_principal)
		(void)snprintf(buffer, size, "%s@%s", identity->user, domain);
	else
		(void)snprintf(buffer, size, "%s%s%s", domain, *domain ? "\\" : "", identity->user);
	return buffer;
}

bool
listener_admits(const struct listener *listener, const uint8_t *address, size_t size)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool admitted = listener->from_count == 0;

	if (size == 16 && memcmp(address, mapped, sizeof mapped) == 0) {
		address += sizeof mapped;
		size -= sizeof mapped;
	}
	for (size_t i = 0; i < listener->from_count && !admitted; i++)
		admitted = network_holds(&listener->from[i], address, size);
	return admitted;
}

const char *
policy_requirement_word(enum requirement what)
{
	static const char *const words[REQUIREMENTS] = {
		"mutual_authentication", "integrity", "privacy"};

	return words[what];
}

const char *
policy_dialect_word(uint16_t dialect)
{
	for (const struct word *word = dialect_words; word->text; word++)
		if (word->value == dialect && !word->refusal)
			return word->text;
	return "none";
}
