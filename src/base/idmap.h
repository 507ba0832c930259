/* 64-bit id -> pointer: an open-addressing hash table. Holds pointers, owns nothing behind them. */
#ifndef BASE_IDMAP_H
#define BASE_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idmap_slot;

/* All zero is an empty map. */
struct idmap {
	struct idmap_slot *slots;
	size_t cap;   /* zero or a power of two */
	size_t count; /* entries in use */
};

/* Frees the table, not what it points to; the map is empty afterwards. */
void idmap_clear(struct idmap *map);

/* Maps ID to VALUE (not NULL), which must not be mapped yet. False when memory is out or ID is taken. */
bool idmap_add(struct idmap *map, uint64_t id, void *value);

/* What ID maps to, or NULL. */
void *idmap_find(const struct idmap *map, uint64_t id);

/* Removes ID and returns what it mapped to, or NULL. */
void *idmap_remove(struct idmap *map, uint64_t id);

/*
 * Walks the map in no particular order: start with *AT = 0, stop at NULL. The map must not grow
 * while it is walked; to tear a map down call idmap_any() until it is empty instead.
 */
void *idmap_next(const struct idmap *map, size_t *at);

/* Some entry, with its id in *ID when ID is not NULL; NULL when the map is empty. */
void *idmap_any(const struct idmap *map, uint64_t *id);

#endif
