/* Requests that a server still owes an answer. */
#include "leg/match.h"

#include <stdlib.h>

void
match_start(struct match *match)
{
	*match = (struct match){.credits = 1};
}

void
match_clear(struct match *match)
{
	struct asked *asked;
	uint64_t id;

	while ((asked = idmap_any(&match->asked, &id)) != NULL) {
		idmap_remove(&match->asked, id);
		free(asked);
	}
	idmap_clear(&match->asked);
}

bool
match_can_ask(const struct match *match, uint16_t charge)
{
	return charge <= match->credits;
}

struct asked *
match_ask(struct match *match, uint16_t charge)
{
	struct asked *asked;

	if (!match_can_ask(match, charge))
		return NULL;
	asked = calloc(1, sizeof *asked);
	if (!asked)
		return NULL;
	asked->message_id = match->next_id;
	if (!idmap_add(&match->asked, asked->message_id, asked)) {
		free(asked);
		return NULL;
	}
	match->next_id += charge;
	match->credits -= charge;
	return asked;
}

struct asked *
match_find(const struct match *match, uint64_t message_id)
{
	return idmap_find(&match->asked, message_id);
}

void
match_granted(struct match *match, uint16_t credits)
{
	match->credits += credits;
	if (match->credits > MATCH_CREDITS_MAX)
		match->credits = MATCH_CREDITS_MAX;
}

void
match_close(struct match *match, struct asked **asked)
{
	idmap_remove(&match->asked, (*asked)->message_id);
	free(*asked);
	*asked = NULL;
}

bool
match_has_session(const struct match *match, const struct leg_session *session)
{
	const struct asked *asked;
	size_t at = 0;

	while ((asked = idmap_next(&match->asked, &at)) != NULL)
		if (asked->session == session)
			return true;
	return false;
}

void
match_drop_session(struct match *match, const struct leg_session *session)
{
	struct asked *asked;
	size_t at = 0;

	while ((asked = idmap_next(&match->asked, &at)) != NULL)
		if (asked->session == session)
			asked->session = NULL;
}
