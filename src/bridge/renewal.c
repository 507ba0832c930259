/* Renewals in good time, and not all at once. */
#include "bridge/renewal.h"

/* So long before the end, or a tenth of the life where that is less; and up to half as long again.
 */
#define RENEWAL_LEAD_MS (5u * 60 * 1000)

/* After the first failure. */
#define RENEWAL_WAIT_MS 10000u

static uint64_t
lead_of(uint64_t life_ms)
{
	uint64_t lead = life_ms / 10;

	return lead < RENEWAL_LEAD_MS ? lead : RENEWAL_LEAD_MS;
}

void
renewal_clear(struct renewal *renewal)
{
	*renewal = (struct renewal){.end = RENEWAL_NEVER, .at = RENEWAL_NEVER};
}

bool
renewal_begin(struct renewal *renewal, uint64_t now, uint32_t life, uint8_t luck)
{
	uint64_t life_ms = (uint64_t)life * 1000, lead = lead_of(life_ms);
	uint64_t before = renewal->end;

	renewal_clear(renewal);
	if (life == 0)
		return true;
	renewal->end = now + life_ms;
	/* An end that is over was no renewal's. */
	if (before != RENEWAL_NEVER && before > now && renewal->end < before + lead) {
		renewal->wait = RENEWAL_WAIT_MS;
		return false;
	}
	renewal->at = renewal->end - lead - lead * luck / (2 * UINT8_MAX);
	return true;
}

void
renewal_fail(struct renewal *renewal, uint64_t now, bool may_pass)
{
	renewal->wait = renewal->wait ? 2 * renewal->wait : RENEWAL_WAIT_MS;
	renewal->at = now + renewal->wait;
	if (!may_pass || renewal->at >= renewal->end)
		renewal->at = RENEWAL_NEVER;
}

void
renewal_hope(struct renewal *renewal, uint64_t now)
{
	if (renewal->wait && renewal->end > now) {
		renewal->wait = 0;
		renewal->at = now;
	}
}
