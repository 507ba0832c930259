/* What import makes of .reg files and of Registry.pol. */
#include "policy/import.h"

#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define KEY                                                                                        \
	"[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\NetworkProvider\\"           \
	"HardenedPaths]\n"
#define HEAD "Windows Registry Editor Version 5.00\n\n"
#define PATHS "Software\\Policies\\Microsoft\\Windows\\NetworkProvider"

/* What import writes of LEN bytes, behind the comment that names the file, and *SAID of them. */
static char *
imported_bytes(const void *bytes, size_t len, char **said)
{
	struct source *source = source_of_text("x", SOURCE_PUBLIC, bytes, len);
	struct diagnostics *diagnostics = diagnostics_new();
	char *text = NULL, *rest;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	cr_assert(source && diagnostics && stream);
	(void)import_source(source, stream, diagnostics);
	fclose(stream);
	*said = support_complaints(diagnostics);
	diagnostics_free(&diagnostics);
	source_free(&source);
	rest = strchr(text, '\n');
	if (rest)
		memmove(text, rest + 1, strlen(rest));
	return text;
}

static void
expect_bytes(const void *bytes, size_t len, const char *yaml, const char *complaints)
{
	char *said, *text = imported_bytes(bytes, len, &said);

	cr_expect_str_eq(text, yaml);
	cr_expect_str_eq(said, complaints);
	free(text);
	free(said);
}

static void
expect(const char *file, const char *yaml, const char *complaints)
{
	expect_bytes(file, strlen(file), yaml, complaints);
}

/* TEXT in ASCII as UTF-16LE at OUT; how many bytes. */
static size_t
widen(const char *text, uint8_t *out)
{
	size_t len = 0;

	for (; *text; text++) {
		out[len++] = (uint8_t)*text;
		out[len++] = 0;
	}
	return len;
}

Test(import, utf16_as_regedit_writes_it)
{
	static const char text[] =
		HEAD KEY "\"\\\\\\\\*\\\\SYSVOL\"=\"RequireIntegrity=1\"\r\n"
			 "\"\\\\\\\\fs1\\\\it's\"=\"RequirePrivacy=1\" ; why\r\n";
	uint8_t wide[2 * sizeof text + 2] = {0xff, 0xfe};
	size_t len = 2 + widen(text, wide + 2);

	expect_bytes(wide, len,
		"hardened_paths:\n  # line 4\n  '\\\\*\\SYSVOL': 'RequireIntegrity=1'\n"
		"  # line 5\n  '\\\\fs1\\it''s': 'RequirePrivacy=1'\n",
		"");
	/* Half a character at the end is not passed over. */
	expect_bytes(wide, len - 1,
		"hardened_paths:\n  # line 4\n  '\\\\*\\SYSVOL': 'RequireIntegrity=1'\n"
		"  # line 5, not taken over: it has bytes that are no text in the file's encoding\n"
		"  # \"\\\\\\\\fs1\\\\it's\"=\"RequirePrivacy=1\" ; why?\ufffd\n",
		"5:1: not taken over: it has bytes that are no text in the file's encoding\n");
}

Test(import, utf8_with_and_without_a_mark)
{
	expect(HEAD KEY "\"\\\\\\\\fs1\\\\\u00dcber\"=\"RequireIntegrity=0\"\n",
		"hardened_paths:\n  # line 4\n  '\\\\fs1\\\u00dcber': 'RequireIntegrity=0'\n", "");
	expect("\xef\xbb\xbfREGEDIT4\r\n" KEY "  \"\\\\\\\\fs1\"=\"RequirePrivacy=1\"",
		"hardened_paths:\n  # line 3\n  '\\\\fs1': 'RequirePrivacy=1'\n", "");
}

Test(import, texts_in_bytes)
{
	expect("REGEDIT4\n" KEY "\"\\\\\\\\a\"=hex(1):52,65,71,75,69,72,65,49,6e,74,65,67,72,\\\n"
	       "  69,74,79,\\\n  3d,31,00\n",
		"hardened_paths:\n  # line 3\n  '\\\\a': 'RequireIntegrity=1'\n", "");
	expect("REGEDIT4\n" KEY "\"\\\\\\\\a\"=hex(1):52,e4,00\n",
		"hardened_paths: {}\n  # line 3, not taken over: its bytes are in a code page that "
		"the "
		"file does not name: export it as Version 5.00\n  # "
		"\"\\\\\\\\a\"=hex(1):52,e4,00\n",
		"warning: 0:0: no HardenedPaths were taken over from this file\n"
		"3:1: not taken over: its bytes are in a code page that the file does not name: "
		"export it as Version 5.00\n");
	expect(HEAD KEY "\"\\\\\\\\a\"=hex(2):25,00,00,00\n",
		"hardened_paths: {}\n  # line 4, not taken over: environment variables are not "
		"expanded\n  # \"\\\\\\\\a\"=hex(2):25,00,00,00\n",
		"warning: 0:0: no HardenedPaths were taken over from this file\n"
		"4:1: not taken over: environment variables are not expanded\n");
}

/* Each line behind the first is left, and its comment says why. */
Test(import, what_a_policy_cannot_say)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{"\"\\\\\\\\*\"=\"RequireIntegrity=1\"", "a pattern for everything is not taken, "
							 "as Windows takes none: say it under "
							 "defaults"},
		{"\"\\\\\\\\fs*\"=\"RequireIntegrity=1\"",
			"* stands for a whole server or a whole share, not for a part of a name"},
		{"\"\\\\*\\x\"=\"RequireIntegrity=1\"",
			"a backslash in quotes is written twice in a .reg file"},
		{"\"\\\\\\\\a\"=\"RequireMagic=1\"", "'RequireMagic' is none of Windows' "
						     "properties: RequireMutualAuthentication, "
						     "RequireIntegrity, RequirePrivacy"},
		{"\"\\\\\\\\a\"=\"\"", "this is empty"},
		{"\"\\\\\\\\a\"=dword:00000001",
			"Windows reads texts only, and this is a value of another type"},
		{"\"\\\\\\\\a\"=hex(1):5", "its bytes are not written in hexadecimal"},
		{"\"\\\\\\\\a\"=\"RequireIntegrity=1\" x",
			"something stands behind the closing quotes"},
		{"\"\\\\\\\\a\"", "it is no line of a .reg file"},
		{"RequireIntegrity=1", "it is no line of a .reg file"},
		{"@=\"x\"", "a key's default value names no path"},
		{"\"\\\\\\\\a\x7f\"=\"RequireIntegrity=1\"",
			"control characters and line breaks have no place here"},
		{"\"\\\\\\\\a\"=\"Require\nIntegrity=1\"",
			"control characters and line breaks have no place here"},
		{"\"\\\\\\\\a\xff\"=\"RequireIntegrity=1\"",
			"it has bytes that are no text in the file's encoding"},
		{"[HKLM\\x", "the key's bracket is not closed"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *file = NULL, *wanted = NULL, *said, *text;

		cr_assert(asprintf(&file, HEAD KEY "%s\n", cases[i].line) > 0);
		cr_assert(asprintf(&wanted, "\n  # line 4, not taken over: %s\n  # ",
				  cases[i].why) > 0);
		text = imported_bytes(file, strlen(file), &said);
		cr_expect(strstr(text, wanted), "%s", text);
		cr_expect(strstr(said, cases[i].why), "%s", said);
		free(file);
		free(wanted);
		free(text);
		free(said);
	}
}

Test(import, the_last_word_counts)
{
	expect(HEAD KEY "\"\\\\\\\\a\"=\"RequireIntegrity=1\"\n\"\\\\\\\\A\"=\"RequirePrivacy=1\"\n"
			"\"\\\\\\\\b\"=\"RequireIntegrity=1\"\n\"\\\\\\\\B\"=-\n",
		"hardened_paths:\n  # line 4, not taken over: line 5 says it anew\n"
		"  # \\\\a: RequireIntegrity=1\n  # line 5\n  '\\\\A': 'RequirePrivacy=1'\n"
		"  # line 6, not taken over: line 7 takes it away again\n"
		"  # \\\\b: RequireIntegrity=1\n  # line 7 takes away: \\\\B\n",
		"warning: 4:1: not taken over: line 5 says it anew\n"
		"warning: 6:1: not taken over: line 7 takes it away again\n");
	expect(HEAD KEY "\"\\\\\\\\a\"=\"RequireIntegrity=1\"\n[-HKLM\\Software\\Policies]\n" KEY
			"\"\\\\\\\\b\"=\"RequireIntegrity=1\"\n",
		"hardened_paths:\n  # line 4, not taken over: line 5 takes all values away that "
		"were "
		"said before it\n  # \\\\a: RequireIntegrity=1\n"
		"  # line 5 takes all values away that were said before it\n"
		"  # line 7\n  '\\\\b': 'RequireIntegrity=1'\n",
		"warning: 4:1: not taken over: line 5 takes all values away that were said before "
		"it\n");
	expect(HEAD KEY "\"\\\\\\\\a\"=\"RequireIntegrity=1\"\n"
			"\"\\\\\\\\A\\\\*\"=\"RequirePrivacy=1\"\n",
		"hardened_paths:\n  # line 4\n  '\\\\a': 'RequireIntegrity=1'\n"
		"  # line 5, not taken over: this is the pattern of line 4 in another spelling: "
		"add to "
		"that one what this one demands\n  # \\\\A\\*: RequirePrivacy=1\n",
		"5:1: not taken over: this is the pattern of line 4 in another spelling: add to "
		"that "
		"one what this one demands\n");
}

Test(import, other_keys)
{
	/* A string of another key that goes on over a line like ours does not open ours. */
	expect(HEAD "[HKEY_LOCAL_MACHINE\\X]\n\"a\"=\"\n" KEY
		    "\"\n\"\\\\\\\\a\"=\"RequireIntegrity=1\"\n",
		"hardened_paths: {}\n",
		"warning: 0:0: no HardenedPaths were taken over from this file\n");
	expect(HEAD "[HKEY_CURRENT_USER\\Software\\Policies\\Microsoft\\Windows\\NetworkProvider\\"
		    "HardenedPaths]\n\"a\"=\"b\"\n",
		"hardened_paths: {}\n  # line 4, not taken over: Windows looks below "
		"HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies only\n  # \"a\"=\"b\"\n",
		"warning: 0:0: no HardenedPaths were taken over from this file\n"
		"4:1: not taken over: Windows looks below HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies "
		"only\n");
	expect(HEAD KEY "\"\\\\\\\\a\"=\"RequireIntegrity=1\n\"\\\\\\\\b\"=-\n", "",
		"4:1: the quotes are never closed: nothing behind them can be read\n");
	expect("version: 1\n", "",
		"0:0: this is neither a .reg file, in UTF-16 or UTF-8, nor a Registry.pol\n");
}

/* Adds [KEY;NAME;TYPE;size;DATA] at OUT; how many bytes. DATA is a text, written in UTF-16. */
static size_t
entry(uint8_t *out, const char *key, const char *name, uint8_t type, const char *data)
{
	size_t len = widen("[", out), size = 2 * strlen(data) + 2;

	len += widen(key, out + len) + 2;
	len += widen(";", out + len);
	len += widen(name, out + len) + 2;
	len += widen(";", out + len);
	out[len] = type;
	len += 4;
	len += widen(";", out + len);
	out[len] = (uint8_t)size;
	len += 4;
	len += widen(";", out + len);
	(void)widen(data, out + len);
	len += size;
	return len + widen("]", out + len);
}

Test(import, registry_pol)
{
	static uint8_t pol[4096] = {'P', 'R', 'e', 'g', 1};
	size_t len = 8, whole;

	len += entry(pol + len, "Software\\X", "\\\\a", 1, "RequireIntegrity=1");
	len += entry(pol + len, PATHS "\\HardenedPaths", "**delvals.", 1, " ");
	len += entry(pol + len, PATHS "\\HardenedPaths", "\\\\*\\SYSVOL", 1, "RequireIntegrity=1");
	len += entry(pol + len, PATHS "\\HardenedPaths", "\\\\b", 1, "RequirePrivacy=1");
	len += entry(pol + len, PATHS "\\HardenedPaths", "**DEL.\\\\B", 1, " ");
	len += entry(pol + len, PATHS "\\HardenedPaths", "\\\\*", 1, "RequireIntegrity=1");
	whole = len;
	expect_bytes(pol, whole,
		"hardened_paths:\n  # entry 2 takes all values away that were said before it\n"
		"  # entry 3\n  '\\\\*\\SYSVOL': 'RequireIntegrity=1'\n"
		"  # entry 4, not taken over: entry 5 takes it away again\n"
		"  # \\\\b: RequirePrivacy=1\n  # entry 5 takes away: \\\\B\n"
		"  # entry 6, not taken over: a pattern for everything is not taken, as Windows "
		"takes "
		"none: say it under defaults\n  # \\\\*: RequireIntegrity=1\n",
		"warning: 0:0: entry 4: not taken over: entry 5 takes it away again\n"
		"0:0: entry 6: not taken over: a pattern for everything is not taken, as Windows "
		"takes none: say it under defaults\n");
	/* Wherever it is cut, but between two entries, nothing is written. */
	for (len = whole - 1; len > whole - 40; len--)
		expect_bytes(pol, len, "",
			"0:0: entry 6: the file is damaged here: it is cut short, or no "
			"Registry.pol\n");
	pol[4] = 2;
	expect_bytes(pol, whole, "", "0:0: this is no Registry.pol of version 1\n");
}
