/* The message ids a client may use ([MS-SMB2] 3.3.1.1, 3.3.1.2, 3.3.5.2.3). */
#include "leg/window.h"

#include <string.h>

static bool
is_used(const struct window *w, uint64_t id)
{
	return w->used[id % WINDOW_SPAN / 64] >> id % 64 & 1;
}

static void
mark(struct window *w, uint64_t id, bool used)
{
	uint64_t bit = (uint64_t)1 << id % 64;

	if (used)
		w->used[id % WINDOW_SPAN / 64] |= bit;
	else
		w->used[id % WINDOW_SPAN / 64] &= ~bit;
}

void
window_start(struct window *window, uint16_t limit)
{
	memset(window, 0, sizeof *window);
	window->high = 1;
	window->available = 1;
	window->limit = limit;
}

fault
window_take(struct window *window, uint64_t id, uint16_t charge)
{
	if (charge == 0)
		charge = 1;
	if (id < window->low)
		return &fault_message_replayed;
	if (id >= window->high || charge > window->high - id)
		return &fault_message_outside_window;
	for (uint64_t i = id; i < id + charge; i++)
		if (is_used(window, i))
			return &fault_message_replayed;
	for (uint64_t i = id; i < id + charge; i++)
		mark(window, i, true);
	window->available -= charge;
	while (window->low < window->high && is_used(window, window->low))
		mark(window, window->low++, false);
	return NULL;
}

uint16_t
window_grant(struct window *window, uint16_t wanted)
{
	uint64_t room = WINDOW_SPAN - (window->high - window->low);
	uint16_t most = window->limit - window->available;
	uint16_t grant = wanted < most ? wanted : most;

	/* A client left without credits could never speak again, [MS-SMB2] 3.3.1.2. */
	if (grant == 0 && window->available == 0)
		grant = 1;
	if (grant > room)
		grant = (uint16_t)room;
	window->high += grant;
	window->available += grant;
	return grant;
}
