/*
 * HardenedPaths as they are found in somebody else's file: values in the order in which they are
 * applied, of which some undo others. What holds at the end is written as `hardened_paths`;
 * whatever cannot be taken over is written as a comment with the reason, and complained about.
 */
#ifndef POLICY_HARVEST_H
#define POLICY_HARVEST_H

#include "policy/diagnostics.h"

/* More values than this are refused: no policy takes more rules. */
#define HARVEST_MAX 20000

/* Where in the file something stands: a line, or the number of an entry in a file without lines. */
struct origin {
	unsigned number;
	const char *line; /* its text, to be shown and borrowed for the call only; NULL: no lines */
};

/* What a key is to HardenedPaths. */
enum kinship {
	KINSHIP_NONE,
	KINSHIP_SAME,
	KINSHIP_ABOVE,   /* HardenedPaths is somewhere below it */
	KINSHIP_BELOW,   /* it is below HardenedPaths, where Windows does not look */
	KINSHIP_FOREIGN, /* it is called like it, in a place where Windows does not look */
};

struct harvest;

/* An empty one for FILE, which is borrowed, as is DIAGNOSTICS. NULL when memory is out. */
struct harvest *harvest_new(const char *file, struct diagnostics *diagnostics);
void harvest_free(struct harvest **harvest);

/* What KEY, a path below HKEY_LOCAL_MACHINE, is to HardenedPaths; case does not count. */
enum kinship harvest_kinship(const char *key);

/* The value NAME is TEXT from here on. */
void harvest_set(struct harvest *harvest, struct origin origin, const char *name, const char *text);

/* The value NAME is gone from here on; all values are. What is said afterwards holds. */
void harvest_delete(struct harvest *harvest, struct origin origin, const char *name);
void harvest_wipe(struct harvest *harvest, struct origin origin);

/* TEXT (may be NULL) cannot be taken over, because of WHY, which is a clause. */
void harvest_leave(
	struct harvest *harvest, struct origin origin, const char *text, const char *why);

/* The file cannot be used at all, because of WHY; nothing is to be written. */
void harvest_fail(struct harvest *harvest, struct origin origin, const char *why);

/*
 * Decides what holds at the end, and complains of whatever does not come through: an error for what
 * Windows heeds and a policy cannot say, a warning for what the file itself undoes. Once, after
 * everything has been said. False where the file cannot be used.
 */
bool harvest_settle(struct harvest *harvest);

/* Writes `hardened_paths` to STREAM. After harvest_settle() has returned true. */
void harvest_write(const struct harvest *harvest, FILE *stream);

/* How many values were taken over. */
size_t harvest_taken(const struct harvest *harvest);

#endif
