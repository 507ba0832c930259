/*
 * From nodes to structs by tables: one row per key says how its value is read and where it goes.
 * Whatever a table does not name is refused. Inside policy/ only.
 */
#ifndef POLICY_LOADER_H
#define POLICY_LOADER_H

#include "policy/document.h"
#include "policy/policy.h"

/* What is being loaded; handed to every reader. */
struct loader {
	struct policy *policy;
	struct diagnostics *diagnostics;
	const struct source *source;
	const char *file; /* for places: lives as long as the policy */
};

/* A word that a value may be. */
struct word {
	const char *text; /* NULL ends the table */
	unsigned value;
	const char *refusal; /* known, but not to be had: the clause that says so */
};

struct key {
	const char *name; /* NULL ends the table */
	/* Reads VALUE for the field at TARGET + offset; NULL: known, but not in this version. */
	void (*read)(struct loader *loader, const struct node *value, const struct key *key,
		void *target);
	size_t offset, size;      /* of the field; 0 where the reader takes the whole target */
	uint64_t min, max;        /* of a number or duration (in ms) */
	const struct word *words; /* of a word */
	bool required;
};

/* The offset and size columns of a row. */
#define FIELD(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/*
 * Reads MAP, which is called WHAT in complaints, into TARGET by the rows of KEYS, in the order of
 * the table. Values that are marked broken are passed over.
 */
void map_read(struct loader *loader, const struct node *map, const struct key *keys, void *target,
	const char *what);

/* Whether NODE is what a reader can take; complains where it is not and has not been complained
 * about. */
bool loader_wants(struct loader *loader, const struct node *node, enum node_kind kind);

/*
 * Whether the list NODE has 1 to MAX members, complains if not. Memory for them, SIZE bytes each,
 * all zero, is put in *OUT for the caller to free; NULL there when the answer is no.
 */
bool loader_list(
	struct loader *loader, const struct node *node, size_t max, size_t size, void **out);

/* As loader_list() for the keys of a map. */
bool loader_map(
	struct loader *loader, const struct node *node, size_t max, size_t size, void **out);

__attribute__((format(printf, 3, 4))) void loader_error(
	struct loader *loader, const struct node *node, const char *format, ...);
__attribute__((format(printf, 3, 4))) void loader_warning(
	struct loader *loader, const struct node *node, const char *format, ...);

/* The place of NODE, which lives as long as the policy. */
struct place loader_place(const struct loader *loader, const struct node *node);

#endif
