/* Whom a user is at a server: the accounts file's word, or our own right to act for him. */
#include "admin/guise.h"

#include "policy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
take_identity(struct guise *guise, const struct identity *identity)
{
	struct initiator_config *config = &guise->config;

	(void)identity_text(identity, guise->name, sizeof guise->name);
	guise->client = identity_client(identity);
	config->client = guise->client;
	config->user = identity->user;
	config->domain = identity->domain;
	config->password = identity->password;
	config->nt_hash = identity->has_nt_hash ? identity->nt_hash : NULL;
	config->keytab = identity->keytab;
}

/* By S4U2Self for NAME, user@REALM; a ticket of a client's is not to be had without the client. */
static const char *
take_delegate(struct guise *guise, const struct policy *policy, const char *name)
{
	if (policy->delegation != ACT_BY_S4U)
		return policy->delegation
			       ? "a client is that one there by a ticket that it hands over, and "
				 "none has come"
			       : "the accounts file has no such user";
	if (!strchr(name, '@'))
		return "the accounts file has no such user; one whom the domain knows is written "
		       "as user@REALM here";
	(void)snprintf(guise->name, sizeof guise->name, "%s", name);
	guise->delegate = kerberos_delegate_for(guise->name, policy->keytab);
	guise->config.delegate = guise->delegate;
	guise->config.user = guise->name;
	return guise->delegate ? NULL : "memory is out";
}

const char *
guise_make(struct guise *guise, const struct policy *policy, const struct upstream *upstream,
	const char *user, const struct legacy *legacy)
{
	const struct account *account = policy_account(policy, user, NULL);
	const struct identity *identity = account ? &account->server : NULL;
	char name[sizeof guise->name];

	*guise = (struct guise){.config = {.legacy = legacy,
					.principal = upstream->principal,
					.kerberos = upstream->kerberos,
					.ntlmv2 = upstream->ntlmv2}};
	(void)snprintf(guise->service, sizeof guise->service, "cifs/%s", upstream->host);
	guise->config.service = guise->service;
	if (!identity)
		return take_delegate(guise, policy, user);
	guise->place = &account->place;
	if (!identity_has_secret(identity))
		return take_delegate(guise, policy, identity_text(identity, name, sizeof name));
	take_identity(guise, identity);
	return NULL;
}

void
guise_clear(struct guise *guise)
{
	kerberos_delegate_unref(&guise->delegate);
	free(guise->client);
	guise->client = NULL;
}
