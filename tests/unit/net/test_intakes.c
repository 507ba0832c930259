/* intakes.h: which sockets there are when one policy follows another. */
#include "net/intakes.h"

#include "net/census.h"
#include "net/loop.h"
#include "policy/policy.h"
#include "support.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

struct told {
	struct loop *loop;
	struct census *census;
	const struct listener *came_by; /* of the last that was taken in */
	unsigned taken;
};

static bool
take(void *owner, struct arrival *arrival)
{
	struct told *told = owner;

	told->came_by = arrival->listener;
	told->taken++;
	close(arrival->fd);
	census_leave(told->census, &arrival->peer);
	return true;
}

/* A policy of COUNT listeners in ALL, at 127.0.0.1 and PORTS. */
static struct policy
policy_at(struct listener *all, const uint16_t *ports, size_t count)
{
	for (size_t i = 0; i < count; i++)
		all[i] = (struct listener){
			.listen = {.host = (char *)"127.0.0.1", .port = ports[i]}};
	return (struct policy){.listeners = all, .listener_count = count};
}

static struct intakes *
make(struct told *told, const struct policy *policy, struct intakes *former, char error[128])
{
	struct intake_config config = {
		.loop = told->loop, .census = told->census, .take = take, .owner = told};

	return intakes_new(&config, policy, former, error, 128);
}

static void
begin(struct told *told)
{
	*told = (struct told){.loop = loop_new(), .census = census_new(100, 100)};
}

static void
end(struct told *told, struct intakes **intakes)
{
	intakes_free(intakes);
	census_free(&told->census);
	loop_free(&told->loop);
}

/* Whether somebody listens there. */
static bool
is_open(uint16_t port)
{
	int fd = connect_to(port);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

Test(intakes, those_that_stay_serve_the_new_policy_and_the_rest_are_closed, .timeout = 30)
{
	const uint16_t before[] = {deaf_port(), deaf_port()}, after[] = {deaf_port(), before[0]};
	struct listener old_ones[2], new_ones[2];
	struct policy old = policy_at(old_ones, before, 2), new = policy_at(new_ones, after, 2);
	struct intakes *intakes, *heirs;
	const struct intake *kept;
	struct told told;
	char error[128];

	begin(&told);
	intakes = make(&told, &old, NULL, error);
	cr_assert(intakes && intakes_open(intakes), "%s", error);
	kept = intakes_at(intakes, 0);
	heirs = make(&told, &new, intakes, error);
	cr_assert(heirs && intakes_open(heirs), "%s", error);
	intakes_succeed(heirs, &intakes);
	cr_expect_null(intakes);
	cr_expect_eq(intakes_at(heirs, 1), kept);
	cr_expect(is_open(after[0]) && is_open(before[0]));
	cr_expect(!is_open(before[1]));
	run_until(told.loop, &told.taken, 2);
	cr_expect(told.came_by == &new_ones[0] || told.came_by == &new_ones[1]);
	end(&told, &heirs);
}

Test(intakes, where_a_new_one_cannot_be_the_former_ones_stay, .timeout = 30)
{
	uint16_t taken;
	int holder = listen_somewhere(1, &taken);
	const uint16_t before[] = {deaf_port()}, after[] = {before[0], taken};
	struct listener old_ones[1], new_ones[2];
	struct policy old = policy_at(old_ones, before, 1), new = policy_at(new_ones, after, 2);
	struct intakes *intakes;
	struct told told;
	char error[128];

	begin(&told);
	intakes = make(&told, &old, NULL, error);
	cr_assert(intakes && intakes_open(intakes), "%s", error);
	cr_expect_null(make(&told, &new, intakes, error));
	cr_expect(strstr(error, "cannot listen at 127.0.0.1 port"), "%s", error);
	cr_expect(is_open(before[0]));
	run_until(told.loop, &told.taken, 1);
	cr_expect_eq(told.came_by, &old_ones[0]);
	end(&told, &intakes);
	close(holder);
}

Test(intakes, two_at_any_port_are_two, .timeout = 30)
{
	const uint16_t any[] = {0, 0};
	struct listener old_ones[2], new_ones[2];
	struct policy old = policy_at(old_ones, any, 2), new = policy_at(new_ones, any, 2);
	struct intakes *intakes, *heirs;
	struct told told;
	char error[128];

	begin(&told);
	intakes = make(&told, &old, NULL, error);
	cr_assert(intakes && intakes_open(intakes), "%s", error);
	heirs = make(&told, &new, intakes, error);
	cr_assert_not_null(heirs);
	cr_expect_neq(intakes_at(heirs, 0), intakes_at(heirs, 1));
	intakes_free(&heirs);
	heirs = make(&told, &new, intakes, error);
	cr_assert_not_null(heirs);
	intakes_succeed(heirs, &intakes);
	end(&told, &heirs);
}
