/* What a client has open, and what its server calls it. */
#include "bridge/open.h"

#include <stdlib.h>

struct open *
open_new(struct bridge *bridge, struct tree *tree, struct file_id server)
{
	struct open *open = calloc(1, sizeof *open);

	if (!open)
		return NULL;
	open->id = ++bridge->next_open;
	open->server = server;
	open->tree = tree;
	if (!idmap_add(&tree->login->opens, open->id, open)) {
		free(open);
		return NULL;
	}
	return open;
}

struct file_id
open_id(const struct open *open)
{
	return (struct file_id){.persistent = open->server.persistent, .volatile_ = open->id};
}

struct open *
open_find(const struct login *login, struct file_id id)
{
	struct open *open = idmap_find(&login->opens, id.volatile_);

	return open && open->server.persistent == id.persistent ? open : NULL;
}

struct open *
open_at_server(const struct bridge *bridge, const struct back *back, struct file_id id)
{
	struct login *login;
	size_t at = 0;

	while ((login = idmap_next(&bridge->logins, &at)) != NULL) {
		struct open *open;
		size_t o = 0;

		while ((open = idmap_next(&login->opens, &o)) != NULL)
			if (open->tree->back == back && file_id_equal(open->server, id))
				return open;
	}
	return NULL;
}

void
open_free(struct open *open)
{
	idmap_remove(&open->tree->login->opens, open->id);
	free(open->ruled);
	free(open);
}

void
open_free_all(struct tree *tree)
{
	struct open *open;
	size_t at = 0;

	while ((open = idmap_next(&tree->login->opens, &at)) != NULL)
		if (open->tree == tree)
			open_free(open);
}
