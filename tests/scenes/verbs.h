/* What the lines of a scene mean: a table of verbs for each kind of subject. */
#ifndef SCENES_VERBS_H
#define SCENES_VERBS_H

#include "script.h"
#include "stage.h"

#define FAULTS_MAX 256

/* Scenes being played. */
struct run {
	struct stage stage;
	struct legacy *legacy;
	const char *folder;
	char name[256]; /* of the scene being played */
	unsigned played, failed;
	bool shown[FAULTS_MAX]; /* faults that a scene has produced, by their row */
};

struct verb {
	const char *subject, *words; /* the line begins with both */
	void (*play)(struct run *run, struct line *line);
};

/* Each ends with one without a subject. Of two that begin alike the longer is first. */
extern const struct verb verbs_of_players[]; /* client, server */
extern const struct verb verbs_around[];     /* policy, log, clock, and whatever else happens */

#endif
