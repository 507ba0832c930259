/* open.h: what a client calls a file leads to its own, and to nobody else's. */
#include "bridge/open.h"

#include <criterion/criterion.h>

static struct bridge bridge;
static struct login alice, bob;
static struct back back, other;
static struct tree hers = {.login = &alice, .back = &back};
static struct tree too = {.login = &alice, .back = &other};
static struct tree his = {.login = &bob, .back = &back};

static void
start(void)
{
	cr_assert(idmap_add(&bridge.logins, 1, &alice));
	cr_assert(idmap_add(&bridge.logins, 2, &bob));
}

static void
stop(void)
{
	open_free_all(&hers);
	open_free_all(&too);
	open_free_all(&his);
	idmap_clear(&alice.opens);
	idmap_clear(&bob.opens);
	idmap_clear(&bridge.logins);
}

TestSuite(open, .init = start, .fini = stop);

Test(open, both_halves_of_the_id_must_be_right)
{
	struct open *open = open_new(&bridge, &hers, (struct file_id){5, 6});
	struct file_id id = open_id(open);

	cr_assert_eq(id.persistent, 5);
	cr_assert_neq(id.volatile_, 6);
	cr_assert_eq(open_find(&alice, id), open);
	id.persistent = 6;
	cr_assert_null(open_find(&alice, id));
	id = open_id(open);
	id.volatile_++;
	cr_assert_null(open_find(&alice, id));
}

Test(open, is_its_logins_own)
{
	struct open *open = open_new(&bridge, &hers, (struct file_id){5, 6});

	cr_assert_null(open_find(&bob, open_id(open)));
	open_free(open);
	cr_assert_eq(alice.opens.count, 0);
}

Test(open, a_break_finds_it_at_its_own_server)
{
	struct file_id id = {5, 6};
	struct open *there = open_new(&bridge, &too, id);
	struct open *here = open_new(&bridge, &his, id);

	cr_assert_eq(open_at_server(&bridge, &back, id), here);
	cr_assert_eq(open_at_server(&bridge, &other, id), there);
	cr_assert_null(open_at_server(&bridge, &back, (struct file_id){5, 7}));
}

Test(open, a_trees_opens_go_with_it)
{
	for (uint64_t i = 0; i < 100; i++)
		cr_assert_not_null(open_new(&bridge, i % 3 ? &hers : &too, (struct file_id){i, i}));
	open_free_all(&hers);
	cr_assert_eq(alice.opens.count, 34);
}
