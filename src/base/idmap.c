/*
 * 64-bit id -> pointer, by linear probing. An entry that is removed leaves a grave, so that nothing
 * moves: whoever walks the map may remove from it. Graves are cleared when the table is rebuilt,
 * and at once where no run of entries passes over them.
 *
 * The mixer is public, so a peer that chooses ids can make them collide; a lookup then costs as
 * much as there are entries, and the limits of sessions, trees, opens and requests bound those.
 */
#include "base/idmap.h"

#include <stdlib.h>

#define IDMAP_CAP_MIN 8

struct idmap_slot {
	uint64_t id;
	void *value; /* NULL: never used, ends a run */
};

/* Its address marks a removed entry; no caller can map an id to it. */
static const char grave;

/* How many graves there are is kept in one slot past the end of the table. */
static uint64_t *
graves_of(const struct idmap *map)
{
	return &map->slots[map->cap].id;
}

static bool
is_live(const struct idmap_slot *slot)
{
	return slot->value && slot->value != &grave;
}

/* Spreads neighbouring ids over the table: the finalizer of splitmix64. */
static size_t
home_of(const struct idmap *map, uint64_t id)
{
	id ^= id >> 30;
	id *= 0xbf58476d1ce4e5b9;
	id ^= id >> 27;
	id *= 0x94d049bb133111eb;
	id ^= id >> 31;
	return (size_t)id & (map->cap - 1);
}

/* The live slot of ID, or NULL. There is always an empty slot, so the run ends. */
static struct idmap_slot *
slot_find(const struct idmap *map, uint64_t id)
{
	if (map->count == 0)
		return NULL;
	for (size_t i = home_of(map, id);; i = (i + 1) & (map->cap - 1)) {
		struct idmap_slot *slot = &map->slots[i];

		if (!slot->value)
			return NULL;
		if (slot->id == id && is_live(slot))
			return slot;
	}
}

/* Puts an id that is not there yet into the first slot of its run that is free. */
static void
slot_fill(struct idmap *map, uint64_t id, void *value)
{
	size_t i = home_of(map, id);

	while (is_live(&map->slots[i]))
		i = (i + 1) & (map->cap - 1);
	if (map->slots[i].value)
		--*graves_of(map);
	map->slots[i] = (struct idmap_slot){id, value};
	map->count++;
}

/* Moves the live entries into a table of CAP slots. */
static bool
rebuild(struct idmap *map, size_t cap)
{
	struct idmap fresh = {.slots = calloc(cap + 1, sizeof *fresh.slots), .cap = cap};

	if (!fresh.slots)
		return false;
	for (size_t i = 0; i < map->cap; i++)
		if (is_live(&map->slots[i]))
			slot_fill(&fresh, map->slots[i].id, map->slots[i].value);
	free(map->slots);
	*map = fresh;
	return true;
}

/* Sees to it that one more entry leaves a quarter of the table empty. */
static bool
make_room(struct idmap *map)
{
	size_t cap = map->cap;

	if (cap == 0)
		return rebuild(map, IDMAP_CAP_MIN);
	if (map->count + *graves_of(map) < cap / 4 * 3)
		return true;
	if (map->count < cap / 2)
		return rebuild(map, cap); /* mostly graves */
	return cap < SIZE_MAX / 4 / sizeof *map->slots && rebuild(map, cap * 2);
}

void
idmap_clear(struct idmap *map)
{
	free(map->slots);
	*map = (struct idmap){0};
}

bool
idmap_add(struct idmap *map, uint64_t id, void *value)
{
	if (!value || slot_find(map, id) || !make_room(map))
		return false;
	slot_fill(map, id, value);
	return true;
}

void *
idmap_find(const struct idmap *map, uint64_t id)
{
	const struct idmap_slot *slot = slot_find(map, id);

	return slot ? slot->value : NULL;
}

/* Clears the grave at I and those in front of it if no run goes on behind it. */
static void
bury(struct idmap *map, size_t i)
{
	size_t mask = map->cap - 1;

	if (map->slots[(i + 1) & mask].value)
		return;
	for (; map->slots[i].value == &grave; i = (i - 1) & mask) {
		map->slots[i].value = NULL;
		--*graves_of(map);
	}
}

void *
idmap_remove(struct idmap *map, uint64_t id)
{
	struct idmap_slot *slot = slot_find(map, id);
	void *value;

	if (!slot)
		return NULL;
	value = slot->value;
	slot->value = (void *)&grave;
	map->count--;
	++*graves_of(map);
	bury(map, (size_t)(slot - map->slots));
	return value;
}

void *
idmap_next(const struct idmap *map, size_t *at)
{
	while (*at < map->cap) {
		const struct idmap_slot *slot = &map->slots[(*at)++];

		if (is_live(slot))
			return slot->value;
	}
	return NULL;
}

void *
idmap_any(const struct idmap *map, uint64_t *id)
{
	size_t i;

	if (map->count == 0)
		return NULL;
	/* Starts elsewhere each time the count changes: from slot 0 a teardown would be quadratic.
	 */
	i = home_of(map, map->count);
	while (!is_live(&map->slots[i]))
		i = (i + 1) & (map->cap - 1);
	if (id)
		*id = map->slots[i].id;
	return map->slots[i].value;
}
