/* address.h: text to address and back. */
#include "net/address.h"

#include <criterion/criterion.h>

static void
check(const char *host, uint16_t port, const char *wanted, size_t bytes)
{
	char text[ADDRESS_TEXT_SIZE];
	struct address address;
	uint8_t out[16];

	cr_assert(address_parse(&address, host, port), "%s", host);
	cr_assert_str_eq(address_text(&address, text), wanted);
	cr_assert_eq(address_bytes(&address, out), bytes, "%s", host);
}

Test(address, is_written_as_people_write_it)
{
	check("127.0.0.1", 445, "127.0.0.1:445", 4);
	check("0.0.0.0", 0, "0.0.0.0:0", 4);
	check("2001:db8:0:0::1", 65535, "[2001:db8::1]:65535", 16);
	check("::1", 1, "[::1]:1", 16);
	check("::ffff:192.0.2.7", 80, "192.0.2.7:80", 4);
}

Test(address, gives_its_bytes_in_network_order)
{
	struct address address;
	uint8_t out[16];

	cr_assert(address_parse(&address, "192.0.2.7", 1));
	cr_assert_eq(address_bytes(&address, out), 4);
	cr_assert_arr_eq(out, "\xc0\x00\x02\x07", 4);
	cr_assert(address_parse(&address, "2001:db8::7", 1));
	cr_assert_eq(address_bytes(&address, out), 16);
	cr_assert_arr_eq(out, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
}

Test(address, is_no_name)
{
	struct address address;

	cr_assert_not(address_parse(&address, "localhost", 445));
	cr_assert_not(address_parse(&address, "", 445));
	cr_assert_not(address_parse(&address, "127.0.0.1:445", 445));
}

Test(address, of_no_family_is_unknown_and_has_no_bytes)
{
	struct address address = {0};
	char text[ADDRESS_TEXT_SIZE];
	uint8_t out[16];

	cr_assert_str_eq(address_text(&address, text), "unknown");
	cr_assert_eq(address_bytes(&address, out), 0);
}

Test(address, is_found_by_name_within_the_limit)
{
	struct address found[1];
	char text[ADDRESS_TEXT_SIZE];
	size_t count;

	cr_assert_null(address_lookup("localhost", 445, found, 1, &count));
	cr_assert_eq(count, 1);
	cr_assert(strstr(address_text(&found[0], text), ":445"), "%s", text);
	cr_assert_not_null(address_lookup("nobody.invalid", 445, found, 1, &count));
	cr_assert_eq(count, 0);
}
