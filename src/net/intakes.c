/* The sockets of one policy, some of which may still be the former one's. */
#include "net/intakes.h"

#include "policy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	struct intake *intake;
	const struct listener *listener;
	struct slot *lender; /* of the former intakes, until these succeed them; NULL: its own */
	bool lent;
};

struct intakes {
	size_t count;
	struct slot slots[];
};

static bool
is_at(const struct intake *intake, const struct endpoint *where)
{
	const struct endpoint *at = intake_where(intake);

	return at->port == where->port && strcmp(at->host, where->host) == 0;
}

static struct slot *
find(struct intakes *intakes, const struct endpoint *where)
{
	for (size_t i = 0; intakes && i < intakes->count; i++)
		if (!intakes->slots[i].lent && is_at(intakes->slots[i].intake, where))
			return &intakes->slots[i];
	return NULL;
}

/* False: ERROR of SIZE bytes says why. */
static bool
fill(struct slot *slot, const struct intake_config *like, struct intakes *former, char *error,
	size_t size)
{
	const struct endpoint *where = &slot->listener->listen;
	struct intake_config config = *like;
	const char *why = NULL;

	slot->lender = find(former, where);
	if (slot->lender) {
		slot->lender->lent = true;
		slot->intake = slot->lender->intake;
		return true;
	}
	config.listener = slot->listener;
	slot->intake = intake_new(&config, &why);
	if (!slot->intake)
		snprintf(error, size, "cannot listen at %s port %u: %s", where->host, where->port,
			why);
	return slot->intake;
}

struct intakes *
intakes_new(const struct intake_config *config, const struct policy *policy, struct intakes *former,
	char *error, size_t size)
{
	struct intakes *intakes =
		calloc(1, sizeof *intakes + policy->listener_count * sizeof(struct slot));

	if (!intakes) {
		snprintf(error, size, "memory is out");
		return NULL;
	}
	for (size_t i = 0; i < policy->listener_count; i++) {
		struct slot *slot = &intakes->slots[intakes->count++];

		slot->listener = &policy->listeners[i];
		if (!fill(slot, config, former, error, size)) {
			intakes_free(&intakes);
			return NULL;
		}
	}
	return intakes;
}

bool
intakes_open(struct intakes *intakes)
{
	for (size_t i = 0; i < intakes->count; i++)
		if (!intakes->slots[i].lender && !intake_open(intakes->slots[i].intake))
			return false;
	return true;
}

void
intakes_succeed(struct intakes *intakes, struct intakes **former)
{
	for (size_t i = 0; i < intakes->count; i++) {
		struct slot *slot = &intakes->slots[i];

		if (slot->lender)
			slot->lender->intake = NULL;
		slot->lender = NULL;
		intake_serve(slot->intake, slot->listener);
	}
	intakes_free(former);
}

void
intakes_free(struct intakes **intakes)
{
	for (size_t i = 0; *intakes && i < (*intakes)->count; i++) {
		struct slot *slot = &(*intakes)->slots[i];

		if (slot->lender)
			slot->lender->lent = false;
		else
			intake_free(&slot->intake);
	}
	free(*intakes);
	*intakes = NULL;
}

const struct intake *
intakes_at(const struct intakes *intakes, size_t i)
{
	return i < intakes->count ? intakes->slots[i].intake : NULL;
}
