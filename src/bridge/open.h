/*
 * Opens: a FileId of the server's behind one of ours. The persistent half stays the server's own,
 * so that durable handles can be named after a new connection; the volatile half is ours.
 */
#ifndef BRIDGE_OPEN_H
#define BRIDGE_OPEN_H

#include "bridge/parts.h"

/* A new open of TREE that the server calls SERVER; NULL when memory is out. */
struct open *open_new(struct bridge *bridge, struct tree *tree, struct file_id server);

/* The open that the client means by ID, or NULL: both halves must be right. */
struct open *open_find(const struct login *login, struct file_id id);

/* The open at BACK that the server calls ID, or NULL. */
struct open *open_at_server(
	const struct bridge *bridge, const struct back *back, struct file_id id);

/* What the client calls OPEN. */
struct file_id open_id(const struct open *open);

void open_free(struct open *open);

/* Frees the opens of TREE. */
void open_free_all(struct tree *tree);

#endif
