/* Names in the one form in which they are compared. */
#include "policy/pattern.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(pattern, hosts_have_one_form)
{
	static const struct {
		const char *spelled, *folded;
	} cases[] = {
		{"FS1", "fs1"},
		{"fs1:445", "fs1"},
		{"fs1.", "fs1"},
		{"fs1...", "fs1"},
		{"127.0.0.1:4500", "127.0.0.1"},
		{"[::1]:445", "::1"},
		{"[::1]", "::1"},
		{"::1", "::1"},
		{"0:0:0:0:0:0:0:1", "::1"},
		{"FD00:0000::00A", "fd00::a"},
		{"::ffff:10.0.0.1", "10.0.0.1"},
		{"fd00--a.ipv6-literal.net", "fd00::a"},
		{"FE80--1s4.IPV6-Literal.NET", "fe80::1%4"},
		{".ipv6-literal.net", ".ipv6-literal.net"},
		{"", ""},
		{"[", ""},
		{"[]", ""},
		{".", "."},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *folded = host_fold(cases[i].spelled);

		cr_assert_not_null(folded);
		cr_expect_str_eq(folded, cases[i].folded, "%s -> %s", cases[i].spelled, folded);
		free(folded);
	}
	cr_expect_null(host_fold("\xff"));
	cr_expect_null(share_fold("\xed\xa0\x80"));
}

Test(pattern, four_forms)
{
	static const struct {
		const char *text, *host, *share;
	} cases[] = {
		{"\\\\Server\\Share", "server", "share"},
		{"\\\\*\\Share", NULL, "share"},
		{"\\\\Server\\*", "server", NULL},
		{"\\\\Server", "server", NULL},
		{"\\\\Server\\", "server", NULL},
		{"\\\\10.0.0.1:4450\\A B$", "10.0.0.1", "a b$"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *host, *share;

		cr_assert_null(pattern_parse(cases[i].text, &host, &share));
		cr_expect_eq(host == NULL, cases[i].host == NULL);
		cr_expect_eq(share == NULL, cases[i].share == NULL);
		if (host && cases[i].host)
			cr_expect_str_eq(host, cases[i].host);
		if (share && cases[i].share)
			cr_expect_str_eq(share, cases[i].share);
		free(host);
		free(share);
	}
}

Test(pattern, refused_ones_leave_nothing_behind)
{
	static const char *const texts[] = {"", "\\", "\\\\", "\\\\*", "\\\\*\\*", "\\\\a*\\b",
		"\\\\a\\b*", "\\\\a\\b\\c", "\\\\\\a", "a", "//a/b", "\\\\a\\b/c", "\\\\\xff\\a"};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char *host, *share;

		cr_expect_not_null(pattern_parse(texts[i], &host, &share), "%s", texts[i]);
		cr_expect(!host && !share);
	}
}
