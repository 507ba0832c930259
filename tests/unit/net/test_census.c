/* census.h: counts against a plain model, and both limits. */
#include "net/census.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct address
address_of(const char *host)
{
	struct address address;

	cr_assert(address_parse(&address, host, 1000), "%s", host);
	return address;
}

Test(census, admits_so_many_in_all_and_from_one_address)
{
	struct census *census = census_new(3, 2);
	struct address a = address_of("192.0.2.1"), b = address_of("192.0.2.2");

	cr_assert_null(census_enter(census, &a));
	cr_assert_null(census_enter(census, &a));
	cr_assert_eq(census_enter(census, &a), &fault_address_limit);
	cr_assert_eq(census_count(census), 2);
	cr_assert_null(census_enter(census, &b));
	cr_assert_eq(census_enter(census, &b), &fault_client_limit);
	census_leave(census, &a);
	cr_assert_null(census_enter(census, &b));
	cr_assert_eq(census_count(census), 3);
	census_free(&census);
}

Test(census, knows_an_address_however_it_came_and_whatever_the_port)
{
	struct census *census = census_new(10, 1);
	struct address plain = address_of("192.0.2.1"), mapped = address_of("::ffff:192.0.2.1");
	struct address six = address_of("2001:db8::1"), neighbour = address_of("2001:db8::2");
	struct address other_port;

	cr_assert(address_parse(&other_port, "192.0.2.1", 2000));
	cr_assert_null(census_enter(census, &plain));
	cr_assert_eq(census_enter(census, &mapped), &fault_address_limit);
	cr_assert_eq(census_enter(census, &other_port), &fault_address_limit);
	cr_assert_null(census_enter(census, &six));
	cr_assert_null(census_enter(census, &neighbour));
	cr_assert_eq(census_enter(census, &six), &fault_address_limit);
	census_leave(census, &mapped);
	cr_assert_null(census_enter(census, &plain));
	census_free(&census);
}

Test(census, agrees_with_a_plain_model)
{
	struct census *census = census_new(150, 3);
	unsigned counts[100] = {0}, all = 0;
	struct address addresses[100];

	for (int i = 0; i < 100; i++) {
		char host[32];

		snprintf(host, sizeof host, i % 2 ? "10.0.%d.%d" : "fd00:%d::%d", i * 37 % 100, i);
		addresses[i] = address_of(host);
	}
	srand(1);
	for (int i = 0; i < 20000; i++) {
		int who = rand() % 100;

		if (rand() % 5 < 3) {
			bool room = all < 150 && counts[who] < 3;

			cr_assert_eq(!census_enter(census, &addresses[who]), room);
			counts[who] += room;
			all += room;
		} else if (counts[who] > 0) {
			census_leave(census, &addresses[who]);
			counts[who]--;
			all--;
		}
		cr_assert_eq(census_count(census), all);
	}
	census_free(&census);
}
