/* idmap.h: random operations against an array that cannot be wrong, and walks with removal. */
#include "base/idmap.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define MODEL 512

/* xorshift64: the same sequence on every machine. */
static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Something distinct to point to for each id. */
static char things[MODEL];

Test(idmap, empty)
{
	struct idmap map = {0};
	uint64_t id;
	size_t at = 0;

	cr_assert_null(idmap_find(&map, 0));
	cr_assert_null(idmap_remove(&map, 0));
	cr_assert_null(idmap_any(&map, &id));
	cr_assert_null(idmap_next(&map, &at));
	idmap_clear(&map);
	idmap_clear(&map);
}

Test(idmap, an_id_maps_once_and_never_to_nothing)
{
	struct idmap map = {0};

	cr_assert_not(idmap_add(&map, 1, NULL));
	cr_assert(idmap_add(&map, 1, &things[1]));
	cr_assert_not(idmap_add(&map, 1, &things[2]));
	cr_assert_eq(idmap_find(&map, 1), &things[1]);
	cr_assert_eq(map.count, 1);
	cr_assert_eq(idmap_remove(&map, 1), &things[1]);
	cr_assert_null(idmap_remove(&map, 1));
	cr_assert_eq(map.count, 0);
	idmap_clear(&map);
}

Test(idmap, ids_at_the_ends_of_the_range)
{
	struct idmap map = {0};

	cr_assert(idmap_add(&map, 0, &things[0]));
	cr_assert(idmap_add(&map, UINT64_MAX, &things[1]));
	cr_assert_eq(idmap_find(&map, 0), &things[0]);
	cr_assert_eq(idmap_find(&map, UINT64_MAX), &things[1]);
	idmap_clear(&map);
}

/* Ids as SMB has them: small, sparse, and different only in their high bits. */
static uint64_t
id_of(size_t i, unsigned kind)
{
	return kind == 0 ? i : kind == 1 ? (uint64_t)i << 48 : i * 0x9e3779b97f4a7c15;
}

static void
compare(const struct idmap *map, void *const model[MODEL], unsigned kind)
{
	size_t at = 0, walked = 0, held = 0;

	for (size_t i = 0; i < MODEL; i++) {
		cr_assert_eq(idmap_find(map, id_of(i, kind)), model[i], "id %zu", i);
		held += model[i] != NULL;
	}
	while (idmap_next(map, &at))
		walked++;
	cr_assert_eq(walked, held);
	cr_assert_eq(map->count, held);
}

static void
operate(unsigned kind, unsigned removals, uint64_t state)
{
	struct idmap map = {0};
	void *model[MODEL] = {0};

	for (unsigned step = 0; step < 20000; step++) {
		size_t i = next_random(&state) % MODEL;

		if (next_random(&state) % 8 < removals) {
			cr_assert_eq(idmap_remove(&map, id_of(i, kind)), model[i]);
			model[i] = NULL;
		} else {
			cr_assert_eq(idmap_add(&map, id_of(i, kind), &things[i]), !model[i]);
			model[i] = &things[i];
		}
		if (step % 1000 == 0)
			compare(&map, model, kind);
	}
	compare(&map, model, kind);
	cr_assert_leq(map.cap, 4 * MODEL, "graves made the table grow");
	idmap_clear(&map);
}

Test(idmap, random_operations_do_what_an_array_does)
{
	for (unsigned kind = 0; kind < 3; kind++)
		for (unsigned removals = 1; removals < 8; removals += 3)
			operate(kind, removals, 88172645463325252 + kind);
}

Test(idmap, a_moving_window_does_not_grow_the_table)
{
	struct idmap map = {0};

	for (uint64_t id = 0; id < 100000; id++) {
		cr_assert(idmap_add(&map, id, &things[id % MODEL]));
		if (id >= 16)
			cr_assert_eq(idmap_remove(&map, id - 16), &things[(id - 16) % MODEL]);
	}
	cr_assert_leq(map.cap, 64);
	idmap_clear(&map);
}

Test(idmap, random_ids_that_come_and_go_do_not_grow_the_table)
{
	struct idmap map = {0};
	uint64_t coming = 88172645463325252, going = coming;

	for (unsigned i = 0; i < 100000; i++) {
		cr_assert(idmap_add(&map, next_random(&coming), &things[0]));
		if (i >= 20)
			cr_assert_not_null(idmap_remove(&map, next_random(&going)));
	}
	cr_assert_leq(map.cap, 64);
	idmap_clear(&map);
}

Test(idmap, what_a_walk_meets_may_be_removed)
{
	struct idmap map = {0};
	bool met[MODEL] = {0};
	size_t at = 0;
	char *thing;

	for (size_t i = 0; i < MODEL; i++)
		cr_assert(idmap_add(&map, i, &things[i]));
	while ((thing = idmap_next(&map, &at))) {
		size_t i = (size_t)(thing - things);

		cr_assert_not(met[i], "met %zu twice", i);
		met[i] = true;
		if (i % 2 == 0)
			cr_assert_eq(idmap_remove(&map, i), thing);
	}
	for (size_t i = 0; i < MODEL; i++)
		cr_assert(met[i], "missed %zu", i);
	cr_assert_eq(map.count, MODEL / 2);
	idmap_clear(&map);
}

Test(idmap, any_until_empty_ends, .timeout = 20)
{
	struct idmap map = {0};
	uint64_t id;
	char *thing;
	static char many[1 << 17];

	for (size_t i = 0; i < sizeof many; i++)
		cr_assert(idmap_add(&map, i, &many[i]));
	while ((thing = idmap_any(&map, &id))) {
		cr_assert_eq(thing, &many[id]);
		cr_assert_eq(idmap_remove(&map, id), thing);
	}
	cr_assert_eq(map.count, 0);
	idmap_clear(&map);
}
