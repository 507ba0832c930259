/* Memories of a process, put together, and as whom it is in its domain. */
#include "auth/commons.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A machine seldom joins another domain, but nobody shall have to restart us for it. */
#define LEARN_AGAIN_MS (10u * 60 * 1000)

struct commons {
	const struct ntlm_domain *domain;
	auth_clock *clock;
	void *context;
	struct setbacks *setbacks;
	struct realms *realms;
	struct kerberos_wallet *wallet;
	pthread_mutex_t lock; /* over all below */
	struct ntlm_membership member;
	uint64_t learned_ms; /* when it was */
};

struct commons *
commons_new(const struct ntlm_domain *domain, auth_clock *clock, void *context)
{
	struct commons *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->domain = domain;
	c->clock = clock;
	c->context = context;
	pthread_mutex_init(&c->lock, NULL);
	c->setbacks = setbacks_new(clock, context);
	c->realms = realms_new(clock, context);
	c->wallet = kerberos_wallet_new();
	if (!c->setbacks || !c->realms || !c->wallet)
		commons_free(&c);
	return c;
}

void
commons_free(struct commons **commons)
{
	struct commons *c = *commons;

	*commons = NULL;
	if (!c)
		return;
	setbacks_free(&c->setbacks);
	realms_free(&c->realms);
	kerberos_wallet_free(&c->wallet);
	ntlm_membership_clear(&c->member);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

const struct ntlm_domain *
commons_domain(const struct commons *commons)
{
	return commons ? commons->domain : NULL;
}

struct setbacks *
commons_setbacks(const struct commons *commons)
{
	return commons ? commons->setbacks : NULL;
}

struct realms *
commons_realms(const struct commons *commons)
{
	return commons ? commons->realms : NULL;
}

struct kerberos_wallet *
commons_wallet(const struct commons *commons)
{
	return commons ? commons->wallet : NULL;
}

static bool
is_fresh(struct commons *c)
{
	bool fresh;

	pthread_mutex_lock(&c->lock);
	fresh = c->member.domain && c->clock(c->context).ms - c->learned_ms < LEARN_AGAIN_MS;
	pthread_mutex_unlock(&c->lock);
	return fresh;
}

void
commons_learn(struct commons *commons)
{
	struct commons *c = commons;
	struct ntlm_membership former, member;

	if (is_fresh(c) || !c->domain->membership(&member))
		return;
	pthread_mutex_lock(&c->lock);
	former = c->member;
	c->member = member;
	c->learned_ms = c->clock(c->context).ms;
	pthread_mutex_unlock(&c->lock);
	ntlm_membership_clear(&former);
}

bool
commons_membership(struct commons *commons, struct ntlm_membership *out)
{
	struct commons *c = commons;

	*out = (struct ntlm_membership){0};
	pthread_mutex_lock(&c->lock);
	if (c->member.domain) {
		out->computer = strdup(c->member.computer);
		out->domain = strdup(c->member.domain);
	}
	pthread_mutex_unlock(&c->lock);
	if (out->computer && out->domain)
		return true;
	ntlm_membership_clear(out);
	return false;
}
