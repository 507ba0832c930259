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
		const char *text, *host, *share, *path;
	} cases[] = {
		{"\\\\Server\\Share", "server", "share", NULL},
		{"\\\\Server\\Share\\", "server", "share", NULL},
		{"\\\\*\\Share", NULL, "share", NULL},
		{"\\\\Server\\*", "server", NULL, NULL},
		{"\\\\Server", "server", NULL, NULL},
		{"\\\\Server\\", "server", NULL, NULL},
		{"\\\\10.0.0.1:4450\\A B$", "10.0.0.1", "a b$", NULL},
		{"\\\\Server\\Share\\Path", "server", "share", "path"},
		{"\\\\*\\Share\\A b\\C.d\\", NULL, "share", "a b\\c.d"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *host, *share, *path;

		cr_assert_null(pattern_parse(cases[i].text, &host, &share, &path));
		cr_expect_eq(host == NULL, cases[i].host == NULL);
		cr_expect_eq(share == NULL, cases[i].share == NULL);
		if (host && cases[i].host)
			cr_expect_str_eq(host, cases[i].host);
		if (share && cases[i].share)
			cr_expect_str_eq(share, cases[i].share);
		cr_expect_eq(path == NULL, cases[i].path == NULL);
		if (path && cases[i].path)
			cr_expect_str_eq(path, cases[i].path);
		free(host);
		free(share);
		free(path);
	}
}

Test(pattern, refused_ones_leave_nothing_behind)
{
	static const char *const texts[] = {"", "\\", "\\\\", "\\\\*", "\\\\*\\*", "\\\\a*\\b",
		"\\\\a\\b*", "\\\\\\a", "a", "//a/b", "\\\\a\\b/c", "\\\\\xff\\a", "\\\\a\\*\\c",
		"\\\\a\\ipc$\\c", "\\\\a\\b\\c*", "\\\\a\\b\\c\\\\d", "\\\\a\\b\\..",
		"\\\\a\\b\\c.", "\\\\a\\b\\c \\d", "\\\\a\\b\\c:d", "\\\\a\\b\\\xff",
		"\\\\a\\b\\@GMT-2026.01.02-03.04.05"};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char *host, *share, *path;

		cr_expect_not_null(pattern_parse(texts[i], &host, &share, &path), "%s", texts[i]);
		cr_expect(!host && !share && !path);
	}
}

/* However a file below "secret" is spelled, it is there; what is not, is not. */
Test(pattern, names_of_files)
{
	static const struct {
		const char *spelled, *folded;
	} cases[] = {
		{"", ""},
		{"\\", ""},
		{".", ""},
		{"Secret", "secret"},
		{"\\secret\\X.txt", "secret\\x.txt"},
		{"secret/x", "secret\\x"},
		{"secret\\\\x\\", "secret\\x"},
		{"secret.\\x", "secret\\x"},
		{"secret. . \\x...", "secret\\x"},
		{"secret:stream", "secret"},
		{"secret::$INDEX_ALLOCATION\\x:y:$DATA", "secret\\x"},
		{"@GMT-2026.01.02-03.04.05\\secret\\x", "secret\\x"},
		{"secret\\@gmt-2026.01.02-03.04.05\\x", "secret\\x"},
		{"@GMT-2026.01.02-03.04.5\\secret", "@gmt-2026.01.02-03.04.5\\secret"},
		{".\\secret\\.\\x", "secret\\x"},
		{"se\305\277ret", "sesret"}, /* long s */
		{"\303\204\316\243", "\303\244\317\203"},
		{".hidden", ".hidden"},
		{"a.b", "a.b"},
	};
	static const char *const unsayable[] = {
		"..", "a\\..\\secret", "secret\\..", "\xff", "a\\\xed\xa0\x80"};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *folded = path_fold(cases[i].spelled);

		cr_assert_not_null(folded, "%s", cases[i].spelled);
		cr_expect_str_eq(folded, cases[i].folded, "%s -> %s", cases[i].spelled, folded);
		free(folded);
	}
	for (size_t i = 0; i < sizeof unsayable / sizeof unsayable[0]; i++)
		cr_expect_null(path_fold(unsayable[i]), "%s", unsayable[i]);
}

/* What path_fold() cuts off may stand for another file on a server of another mind. */
Test(pattern, plain_paths)
{
	static const char *const plain[] = {
		"", "x", "\\x\\Y z", "a/b", "x:stream", "x\\y::$DATA", "a.b\\c~1", "a\\", ".x"};
	static const char *const others[] = {".", "x\\..", "..\\x", "x.", "x \\y", "x\\y. :s",
		"x:s\\y", "@GMT-2026.01.02-03.04.05\\x", "x\\@GMT-2026.01.02-03.04.05", "x\\.\\y"};

	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		cr_expect(path_is_plain(plain[i]), "%s", plain[i]);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		cr_expect_not(path_is_plain(others[i]), "%s", others[i]);
}
