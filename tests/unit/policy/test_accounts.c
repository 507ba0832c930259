/* Who may log on, and which accounts files are not read at all. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLICY                                                                                     \
	"version: 1\n"                                                                             \
	"servers: {fs1: {address: fs1}}\n"                                                         \
	"listeners: [{listen: '127.0.0.1:1445', server: fs1}]\n"                                   \
	"accounts: accounts.yaml\n"

/* The policy beside an accounts file of TEXT and MODE; what is said about it in *COMPLAINTS. */
static struct policy *
load(const char *text, unsigned mode, char **complaints, int *status)
{
	char *directory = temporary_directory();
	char *path = temporary_file(directory, "smbwarden.yaml", POLICY, 0644);
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy;

	free(temporary_file(directory, "accounts.yaml", text, mode));
	policy = policy_load(path, diagnostics);
	*complaints = support_complaints(diagnostics);
	if (status)
		*status = diagnostics_exit_status(diagnostics);
	diagnostics_free(&diagnostics);
	free(path);
	temporary_remove(directory);
	return policy;
}

static struct policy *
load_good(const char *text)
{
	char *complaints;
	struct policy *policy = load(text, 0600, &complaints, NULL);

	cr_assert_not_null(policy, "%s", complaints);
	cr_expect_str_empty(complaints);
	free(complaints);
	return policy;
}

static void
expect_complaints(const char *text, const char *wanted)
{
	char *complaints;
	struct policy *policy = load(text, 0600, &complaints, NULL);

	cr_expect_null(policy);
	cr_expect_str_eq(complaints, wanted);
	free(complaints);
}

Test(accounts, entries_are_read)
{
	struct policy *policy =
		load_good("accounts:\n"
			  "  - user: scanner\n"
			  "    password: correct horse\n"
			  "    server: {user: svc-scan@CORP.EXAMPLE, password: \"b\\u00e4r\"}\n"
			  "  - user: CORP\\Alice\n"
			  "    nt_hash: 0123456789abcdefFEDCBA9876543210\n"
			  "  - {user: bob, password: b, server: {password: c}}\n");
	const struct account *scanner = &policy->accounts[0], *alice = &policy->accounts[1];

	cr_assert_eq(policy->account_count, 3);
	cr_expect_str_eq(scanner->user, "scanner");
	cr_expect_null(scanner->domain);
	cr_expect_str_eq(scanner->password, "correct horse");
	cr_expect_str_eq(scanner->server.user, "svc-scan");
	cr_expect_str_eq(scanner->server.domain, "CORP.EXAMPLE");
	cr_expect_str_eq(scanner->server.password, "b\303\244r");
	cr_expect_eq(scanner->place.line, 2);
	cr_expect_str_eq(alice->domain, "CORP");
	cr_expect_null(alice->password);
	cr_expect(alice->has_nt_hash);
	cr_expect_eq(alice->nt_hash[0], 0x01);
	cr_expect_eq(alice->nt_hash[8], 0xfe);
	cr_expect_eq(alice->nt_hash[15], 0x10);
	cr_expect_str_eq(alice->server.user, "Alice");
	cr_expect_str_eq(alice->server.domain, "CORP");
	cr_expect(alice->server.has_nt_hash);
	cr_expect_eq(memcmp(alice->server.nt_hash, alice->nt_hash, 16), 0);
	cr_expect_str_eq(policy->accounts[2].server.user, "bob");
	cr_expect_str_eq(policy->accounts[2].server.password, "c");
	policy_unref(&policy);
}

/* The policy POLICY_TEXT beside an accounts file of TEXT and a keytab, about which exactly WANTED
 * is said. */
static struct policy *
load_both(const char *policy_text, const char *text, const char *wanted)
{
	char *directory = temporary_directory();
	char *path = temporary_file(directory, "smbwarden.yaml", policy_text, 0644);
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy;
	char *complaints;

	free(temporary_file(directory, "gate.keytab", "", 0600));
	free(temporary_file(directory, "accounts.yaml", text, 0600));
	policy = policy_load(path, diagnostics);
	complaints = support_complaints(diagnostics);
	cr_expect_str_eq(complaints, wanted);
	free(complaints);
	diagnostics_free(&diagnostics);
	free(path);
	temporary_remove(directory);
	return policy;
}

Test(accounts, users_of_the_domain_need_no_password_but_one_for_the_server)
{
	struct policy *policy = load_both(POLICY "winbind: true\n",
		"accounts:\n"
		"  - {user: CORP\\amy, server: {user: svc, password: s}}\n"
		"  - {user: dan, password: d}\n",
		"");

	cr_assert_not_null(policy);
	cr_expect(policy->winbind);
	cr_expect(account_is_of_domain(&policy->accounts[0]));
	cr_expect_str_eq(policy->accounts[0].server.user, "svc");
	cr_expect_not(account_is_of_domain(&policy->accounts[1]));
	policy_unref(&policy);
	policy = load_both(POLICY "winbind: true\n",
		"accounts:\n"
		"  - {user: CORP\\amy}\n",
		"2:5: this account lacks a `server` with a password: the domain knows the user's, "
		"and "
		"smbwarden needs one to log on at the server\n");
	cr_expect_null(policy);
}

Test(accounts, guests_are_one_of_them)
{
	struct policy *policy = load_both(
		"version: 1\n"
		"servers: {fs1: {address: fs1}}\n"
		"listeners:\n"
		"  - {listen: '127.0.0.1:1445', server: fs1, client: {logon: [guest, lm], "
		"guest_as: SCANNER}}\n"
		"accounts: accounts.yaml\n",
		"accounts: [{user: bob, password: b}, {user: scanner, password: s}]\n", "");
	const struct listener *listener;

	cr_assert_not_null(policy);
	listener = policy->listeners;
	cr_expect_eq(listener->guest_as, &policy->accounts[1]);
	cr_expect(listener->logon.guest && listener->logon.lm);
	cr_expect_not(
		listener->logon.anonymous || listener->logon.ntlmv1 || listener->logon.ntlmv2);
	policy_unref(&policy);
}

#define KEYTAB "kerberos: {keytab: gate.keytab}\n"
#define S4U "kerberos: {keytab: gate.keytab, delegation: s4u}\n"

Test(accounts, principals_need_no_password_where_we_have_keys)
{
	struct policy *policy = load_both(POLICY KEYTAB,
		"accounts:\n"
		"  - {user: alice@CORP.EXAMPLE, server: {user: svc@CORP.EXAMPLE, password: s}}\n"
		"  - {user: alice, password: a}\n",
		"");
	cr_assert_not_null(policy);
	cr_expect_eq(
		policy_account_of_principal(policy, "ALICE", "corp.example"), &policy->accounts[0]);
	cr_expect_null(policy_account_of_principal(policy, "alice", "OTHER.EXAMPLE"),
		"an entry without a domain is nobody whom a KDC vouches for");
	policy_unref(&policy);
	policy = load_both(POLICY KEYTAB,
		"accounts:\n"
		"  - {user: bob, password: b, server: {user: x@CORP.EXAMPLE}}\n",
		"2:38: `server` lacks 'password', 'nt_hash' or 'keytab'; left out as a whole, it "
		"is "
		"the same name and password\n");
	cr_expect_null(policy);
}

Test(accounts, delegation_takes_the_place_of_a_secret_for_the_server)
{
	struct policy *policy = load_both(POLICY S4U,
		"accounts:\n"
		"  - {user: alice@CORP.EXAMPLE}\n"
		"  - {user: device, password: d, server: {user: bob@CORP.EXAMPLE}}\n"
		"  - {user: other, password: o}\n",
		"");
	cr_assert_not_null(policy);
	cr_expect_eq(policy->delegation, ACT_BY_S4U);
	cr_expect_not(identity_has_secret(&policy->accounts[0].server));
	cr_expect_not(policy->accounts[0].server_said);
	cr_expect_not(identity_has_secret(&policy->accounts[1].server),
		"the device's password is not bob's");
	cr_expect(policy->accounts[1].server_said);
	cr_expect(identity_has_secret(&policy->accounts[2].server));
	policy_unref(&policy);
}

Test(accounts, names_are_found)
{
	struct policy *policy =
		load_good("accounts:\n"
			  "  - {user: scanner, password: any}\n"
			  "  - {user: CORP\\scanner, password: corp}\n"
			  "  - {user: j\303\266rg@other.example, password: other}\n");
	static const struct {
		const char *user, *domain, *password;
	} cases[] = {
		{"scanner", NULL, "any"},
		{"SCANNER", "", "any"},
		{"scanner", "WORKGROUP", "any"},
		{"scanner", "corp", "corp"},
		{"CORP\\scanner", NULL, "corp"},
		{"scanner@Corp", "", "corp"},
		{"scanner@elsewhere", NULL, "any"},
		{"J\303\226RG", "OTHER.example", "other"},
		{"j\303\266rg", NULL, NULL},
		{"j\303\266rg", "corp", NULL},
		{"nobody", NULL, NULL},
		{"", NULL, NULL},
		{"\xff", NULL, NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct account *account =
			policy_account(policy, cases[i].user, cases[i].domain);

		cr_expect_eq(account != NULL, cases[i].password != NULL, "%zu", i);
		if (account && cases[i].password)
			cr_expect_str_eq(account->password, cases[i].password, "%zu", i);
	}
	cr_expect_null(policy_account(policy, "scanner", "\xff"));
	policy_unref(&policy);
}

Test(accounts, faults_are_said_without_secrets)
{
	expect_complaints("accounts:\n"
			  "  - {password: hunter2}\n"
			  "  - {user: a}\n"
			  "  - {user: b, password: hunter2, nt_hash: 00}\n"
			  "  - {user: c, nt_hash: hunter2hunter2hunter2hunter2hunt}\n"
			  "  - {user: d, pasword: hunter2}\n"
			  "  - {user: e, password: hunter2, keytab: x}\n"
			  "  - {user: f, password: hunter2, server: {user: g}}\n"
			  "  - {user: f, password: hunter2, server: {user: g, keytab: /dev/null}}\n"
			  "  - {user: '\\h', password: ''}\n"
			  "  - hunter2\n",
		"2:5: this account lacks 'user'\n"
		"3:5: this account lacks 'password' or 'nt_hash'; only users whom the domain "
		"knows do without: with `winbind: true`, or a user@REALM with `kerberos:`\n"
		"4:43: an nt_hash has 32 hexadecimal digits\n"
		"4:43: a password or an nt_hash, not both\n"
		"5:24: an nt_hash has 32 hexadecimal digits\n"
		"6:5: this account lacks 'password' or 'nt_hash'; only users whom the domain "
		"knows do without: with `winbind: true`, or a user@REALM with `kerberos:`\n"
		"6:15: unknown key; did you mean 'password'?\n"
		"7:34: unknown key\n"
		"7:42: a keytab or another secret, not both\n"
		"8:42: `server` lacks 'password', 'nt_hash' or 'keytab'; left out as a whole, it "
		"is the same name and password\n"
		"9:5: this user has an entry in line 8 already\n"
		"9:60: '/dev/null' is not a regular file\n"
		"9:60: a keytab takes a principal: write `user: name@REALM` beside it\n"
		"10:12: a user is written as user, DOMAIN\\user or user@REALM\n"
		"10:28: this is empty\n"
		"11:5: a mapping is wanted here, lines of 'key: value'\n");
}

Test(accounts, duplicates_ignore_case)
{
	expect_complaints("accounts:\n"
			  "  - {user: CORP\\a, password: x}\n"
			  "  - {user: a, password: x}\n"
			  "  - {user: A@corp, password: x}\n",
		"4:5: this user has an entry in line 2 already\n");
}

Test(accounts, empty_files_and_lists)
{
	struct policy *policy = load_good("accounts: []\n");

	policy_unref(&policy);
	policy = load_good("accounts:\n# nobody left\n");
	policy_unref(&policy);
	expect_complaints("", "0:0: the file is empty: it wants a line 'accounts:'\n");
	expect_complaints(
		"users: []\n", "1:1: unknown key\n1:1: the accounts file lacks 'accounts'\n");
}

/* The line below a complaint shows keys, never what stands behind them or in their place. */
Test(accounts, printed_lines_are_masked)
{
	char *directory = temporary_directory(), *text = NULL;
	char *path = temporary_file(directory, "smbwarden.yaml", POLICY, 0644);
	struct diagnostics *diagnostics = diagnostics_new();
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	free(temporary_file(directory, "accounts.yaml",
		"accounts:\n"
		"  - user: a\n"
		"    password: [hunter2]\n"
		"    hunter2: x\n"
		"  - {user: b, password: [hunter2]}\n"
		"  - user: c\n"
		"    password: |\n"
		"      hunter2\n"
		"      password: hunter2\n"
		"  - nt_hash: \"hunter2\n"
		"      hunter2\"\n"
		"  - hunter2\n"
		"  hunter2: \"\n",
		0600));
	cr_expect_null(policy_load(path, diagnostics));
	diagnostics_print(diagnostics, stream);
	(void)fclose(stream);
	cr_expect_not(strstr(text, "hunter2"), "%s", text);
	cr_expect(strstr(text, "***"));
	free(text);
	diagnostics_free(&diagnostics);
	diagnostics = diagnostics_new();
	free(temporary_file(directory, "accounts.yaml",
		"accounts:\n"
		"  - user: a\n"
		"    password: [hunter2]\n"
		"    hunter2: x\n"
		"  - {user: b, password: [hunter2]}\n"
		"  - user: c\n"
		"    password: |\n"
		"      hunter2\n"
		"  - hunter2\n",
		0600));
	stream = open_memstream(&text, &len);
	cr_expect_null(policy_load(path, diagnostics));
	cr_expect_geq(diagnostics_errors(diagnostics), 5);
	diagnostics_print(diagnostics, stream);
	(void)fclose(stream);
	cr_expect_not(strstr(text, "hunter2"), "%s", text);
	cr_expect(strstr(text, "    password: ***\n"), "%s", text);
	free(text);
	diagnostics_free(&diagnostics);
	free(path);
	temporary_remove(directory);
}

Test(accounts, files_open_to_others_are_refused)
{
	static const unsigned modes[] = {0644, 0640, 0604, 0660, 0602, 0610, 0601};
	char *complaints;
	int status;

	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		cr_expect_null(load("accounts: []\n", modes[i], &complaints, &status));
		cr_expect(strstr(complaints, "4:11: ") && strstr(complaints, "chmod 600"), "%s",
			complaints);
		cr_expect_eq(status, 1);
		free(complaints);
	}
}

Test(accounts, files_that_only_the_owner_reads_are_taken)
{
	char *complaints;
	struct policy *policy = load("accounts: []\n", 0400, &complaints, NULL);

	cr_expect_not_null(policy, "%s", complaints);
	policy_unref(&policy);
	free(complaints);
}

Test(accounts, links_and_strangers_files_are_refused)
{
	char *directory = temporary_directory(), *complaints;
	char *path = temporary_file(directory, "smbwarden.yaml", POLICY, 0644);
	char *real = temporary_file(directory, "real.yaml", "accounts: []\n", 0600);
	char link[128];
	struct diagnostics *diagnostics = diagnostics_new();

	(void)snprintf(link, sizeof link, "%s/accounts.yaml", directory);
	cr_assert_eq(symlink(real, link), 0);
	cr_expect_null(policy_load(path, diagnostics));
	complaints = support_complaints(diagnostics);
	cr_expect(strstr(complaints, "is a symbolic link"), "%s", complaints);
	free(complaints);
	diagnostics_free(&diagnostics);
	cr_assert_eq(rename(real, link), 0);
	/* Only root can give a file away. */
	if (geteuid() == 0) {
		diagnostics = diagnostics_new();
		cr_assert_eq(chown(link, 12345, 12345), 0);
		cr_expect_null(policy_load(path, diagnostics));
		complaints = support_complaints(diagnostics);
		cr_expect(strstr(complaints, "belongs to somebody else"), "%s", complaints);
		free(complaints);
		diagnostics_free(&diagnostics);
	}
	(void)unlink(link);
	cr_assert_eq(mkdir(link, 0700), 0);
	diagnostics = diagnostics_new();
	cr_expect_null(policy_load(path, diagnostics));
	complaints = support_complaints(diagnostics);
	cr_expect(strstr(complaints, "is not a regular file"), "%s", complaints);
	free(complaints);
	diagnostics_free(&diagnostics);
	cr_assert_eq(rmdir(link), 0);
	free(path);
	free(real);
	temporary_remove(directory);
}
