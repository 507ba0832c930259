/*
 * YAML as a tree of nodes that know where they were written. The only file pair that knows libyaml.
 * Of YAML it takes what a configuration needs: anchors, aliases, tags, several documents and keys
 * that are not words are refused.
 */
#ifndef POLICY_DOCUMENT_H
#define POLICY_DOCUMENT_H

#include "policy/source.h"

/* Deeper nesting and more nodes are refused; ours nests six deep. */
#define DOCUMENT_DEPTH 16
#define DOCUMENT_NODES 400000u

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool plain;  /* a scalar without quotes */
	bool broken; /* it has been complained about: whoever reads it passes it over in silence */
	unsigned line, column;
	unsigned last_line; /* of its last scalar */
	char *text;         /* of a scalar, a map's key being one; without NUL inside */
	struct node *first; /* of a list's members or of a map's keys */
	size_t count;       /* how many these are */
	struct node *next;  /* in the list or map it is part of */
	struct node *value; /* of a key; never NULL */
};

/*
 * The tree of SOURCE. Complains to DIAGNOSTICS; what can be read in spite of the complaints is
 * returned, so that all faults are found at once. NULL where nothing can. The nodes do not borrow
 * from SOURCE.
 */
struct node *document_parse(const struct source *source, struct diagnostics *diagnostics);

/* Frees the tree and wipes its texts: they may be passwords. */
void node_free(struct node **node);

/* The value of KEY in MAP (which may be NULL or no map), or NULL. */
struct node *node_find(const struct node *map, const char *key);

/* Whether NODE says nothing: an empty plain scalar, ~ or null. */
bool node_is_null(const struct node *node);

/* What is said about NODE. */
struct place node_place(const struct source *source, const struct node *node);

#endif
