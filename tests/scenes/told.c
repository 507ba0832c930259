/* The log of a stage, held against what a script says of it. */
#include "told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
event_says(struct event *event, struct ask *ask)
{
	for (size_t i = 0; i < ask->count; i++) {
		const char *is = event_field(event, ask->list[i].key);
		const char *due = ask->list[i].value;
		const char *slash = is ? strrchr(is, '/') : NULL;

		/* a file's place without its folder, which no script can know */
		if (strcmp(ask->list[i].key, "rule") == 0 && slash)
			is = slash + 1;
		if (strcmp(due, "none") == 0 ? is && strcmp(is, "none") != 0
					     : !is || strcmp(is, due) != 0)
			return false;
	}
	return true;
}

bool
told_claim(struct stage *stage, const char *name, const char *words, struct ask *ask)
{
	for (size_t i = 0; i < stage->log_count; i++) {
		struct event *event = stage->log[i];
		const char *is = event_field(event, "words");

		if (stage->told[i] || (name && strcmp(event_name(event), name) != 0) ||
			(words && (!is || strcmp(is, words) != 0)) || !event_says(event, ask))
			continue;
		stage->told[i] = true;
		return true;
	}
	return false;
}

void
told_show(const struct stage *stage)
{
	for (size_t i = 0; i < stage->log_count; i++) {
		char *text = stage->told[i] ? NULL : event_plain(stage->log[i], "    log");

		if (text)
			fputs(text, stderr);
		free(text);
	}
}
