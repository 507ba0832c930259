/* `smbwarden account`: lists and edits the accounts file. A password is never an argument: those
 * can be seen. */
#include "admin/commands.h"

#include "base/secret.h"
#include "policy/roster.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* The longest password that is taken, in bytes. */
#define PASSWORD_MAX 512

static const char help[] =
	"Usage: smbwarden account add NAME    [--server-user NAME] [--config FILE | --accounts "
	"FILE]\n"
	"       smbwarden account remove NAME [--config FILE | --accounts FILE]\n"
	"       smbwarden account list        [--config FILE | --accounts FILE]\n"
	"\n"
	"Edits the accounts file: who may log on to smbwarden, and as whom it logs on to the "
	"servers.\n"
	"NAME is user, DOMAIN\\user or user@REALM; without a domain it serves every domain that a "
	"client\n"
	"may say. The password is asked for, or read from standard input where that is no "
	"terminal:\n"
	"one line, and a second one for --server-user. What else is in the file, comments too, "
	"stays as\n"
	"it is; the file is replaced in one step, with mode 0600, and made if there is none.\n"
	"`list` shows no password.\n"
	"\n"
	"  -s, --server-user NAME   be NAME at the server, with a password of its own; default: "
	"the same\n"
	"                           name and password\n"
	"  -c, --config FILE        the policy that names the accounts file;\n"
	"                           default " POLICY_DEFAULT_PATH "\n"
	"  -a, --accounts FILE      the accounts file itself\n"
	"  -h, --help               this text\n"
	"\n"
	"A running smbwarden reads its accounts when it starts.\n"
	"\n"
	"Exit status: 0 done; 1 a fault in what was asked; 2 wrong usage; 3 a file cannot be read "
	"or\n"
	"written.\n";

struct request {
	const char *config, *accounts, *server_user;
	const char *verb, *name;
};

static bool
usage(const char *complaint, int *status)
{
	(void)fprintf(stderr, "smbwarden account: %s; try 'smbwarden account --help'\n", complaint);
	*status = EXIT_USAGE;
	return false;
}

/* Whether the words after the options make sense. */
static bool
words_read(int argc, char **argv, struct request *request, int *status)
{
	bool list;

	if (argc == 0)
		return usage("add, list or remove is wanted", status);
	request->verb = argv[0];
	list = strcmp(argv[0], "list") == 0;
	if (!list && strcmp(argv[0], "add") != 0 && strcmp(argv[0], "remove") != 0)
		return usage("only add, list and remove are known", status);
	if (argc != (list ? 1 : 2))
		return usage(list ? "list takes no name" : "one name is wanted", status);
	request->name = list ? NULL : argv[1];
	if (request->server_user && strcmp(argv[0], "add") != 0)
		return usage("--server-user goes with add", status);
	return true;
}

static bool
options_read(int argc, char **argv, struct request *request, int *status)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"accounts", required_argument, NULL, 'a'},
		{"server-user", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:a:s:h", options, NULL)) != -1) {
		if (option == 'c') {
			request->config = optarg;
		} else if (option == 'a') {
			request->accounts = optarg;
		} else if (option == 's') {
			request->server_user = optarg;
		} else {
			*status = option == 'h' ? EXIT_FINE : EXIT_USAGE;
			(void)fputs(option == 'h' ? help : "Try 'smbwarden account --help'.\n",
				option == 'h' ? stdout : stderr);
			return false;
		}
	}
	if (request->config && request->accounts)
		return usage("--config or --accounts, not both", status);
	return words_read(argc - optind, argv + optind, request, status);
}

/* Reads up to the end of a line, byte by byte: a buffer of stdio's would keep what it read. */
static bool
read_line(char *line, size_t size)
{
	size_t len = 0;
	ssize_t n;
	char c = 0;

	while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') {
		if (len + 1 == size || c == '\0')
			return false;
		line[len++] = c;
	}
	if (n == 1 && len && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	return n >= 0 && len > 0;
}

/* Does nothing: that it was called makes read() return. */
static void
interrupt(int number)
{
	(void)number;
}

/* Asks on the terminal without echo; an interrupt ends the question, and the echo comes back. */
static bool
ask(const char *question, const char *name, char *line, size_t size)
{
	struct sigaction interrupted = {.sa_handler = interrupt}, before;
	struct termios normal, silent;
	bool answered;

	if (tcgetattr(STDIN_FILENO, &normal) != 0)
		return false;
	(void)fprintf(stderr, "%s %s: ", question, name);
	(void)sigaction(SIGINT, &interrupted, &before);
	silent = normal;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	answered = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 && read_line(line, size);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &normal);
	(void)sigaction(SIGINT, &before, NULL);
	(void)fputc('\n', stderr);
	return answered;
}

/* A password from the terminal, asked for twice, or from standard input. */
static bool
password_read(const char *name, char *password)
{
	char again[PASSWORD_MAX + 1];
	bool same;

	if (!isatty(STDIN_FILENO)) {
		if (read_line(password, PASSWORD_MAX + 1))
			return true;
		(void)fprintf(stderr,
			"smbwarden account: no password for %s, of 1 to %d bytes, came from "
			"standard "
			"input\n",
			name, PASSWORD_MAX);
		return false;
	}
	if (!ask("Password of", name, password, PASSWORD_MAX + 1) ||
		!ask("Once more, the password of", name, again, sizeof again)) {
		(void)fputs("smbwarden account: no password, nothing was changed\n", stderr);
		return false;
	}
	same = strcmp(password, again) == 0;
	secret_wipe(again, sizeof again);
	if (!same)
		(void)fputs("smbwarden account: these are two passwords, nothing was changed\n",
			stderr);
	return same;
}

static bool
add_with_passwords(
	struct roster *roster, const struct request *request, struct diagnostics *diagnostics)
{
	char password[PASSWORD_MAX + 1] = "", server_password[PASSWORD_MAX + 1] = "";
	struct roster_entry entry = {
		.user = request->name,
		.password = password,
		.server_user = request->server_user,
		.server_password = server_password,
	};
	bool added;

	added = password_read(request->name, password) &&
		(!request->server_user || password_read(request->server_user, server_password)) &&
		roster_add(roster, &entry, diagnostics);
	secret_wipe(password, sizeof password);
	secret_wipe(server_password, sizeof server_password);
	return added;
}

static bool
account_add(struct roster *roster, const struct request *request, struct diagnostics *diagnostics)
{
	if (roster_find(roster, request->name)) {
		(void)fprintf(stderr,
			"smbwarden account: %s is there already; remove it first to change it\n",
			request->name);
		return false;
	}
	return add_with_passwords(roster, request, diagnostics);
}

static bool
account_remove(
	struct roster *roster, const struct request *request, struct diagnostics *diagnostics)
{
	const struct account *account = roster_find(roster, request->name);

	if (!account)
		(void)fprintf(stderr, "smbwarden account: there is no %s\n", request->name);
	return account && roster_remove(roster, account, diagnostics);
}

/* What the server is shown. */
static const char *
secret_word(const struct identity *identity)
{
	if (!identity_has_secret(identity))
		return "delegation";
	if (identity->keytab)
		return "keytab";
	return identity->has_nt_hash ? "nt_hash" : "password";
}

static bool
account_list(struct roster *roster, const struct request *request, struct diagnostics *diagnostics)
{
	const struct account *account;
	char name[1024];

	(void)request;
	(void)diagnostics;
	for (size_t i = 0; (account = roster_at(roster, i)); i++)
		(void)printf("%s%s%s is %s at the server, by %s (line %u)\n",
			account->domain ? account->domain : "", account->domain ? "\\" : "",
			account->user, identity_text(&account->server, name, sizeof name),
			secret_word(&account->server), account->place.line);
	return true;
}

/* The accounts file that is meant, on the heap. */
static char *
accounts_path(const struct request *request, struct diagnostics *diagnostics)
{
	const char *config = request->config ? request->config : POLICY_DEFAULT_PATH;
	struct place place = {.file = config};
	char *path;

	if (request->accounts)
		return strdup(request->accounts);
	path = policy_accounts_path(config, diagnostics);
	if (!path && !diagnostics_errors(diagnostics))
		diagnostics_add(diagnostics, SEVERITY_ERROR, &place, NULL,
			"the policy names no accounts file: give it a line 'accounts: "
			"accounts.yaml', "
			"or name the file with --accounts");
	return path;
}

static int
account_run(const struct request *request, struct diagnostics *diagnostics)
{
	static const struct {
		const char *verb;
		enum roster_use use;
		bool (*run)(struct roster *, const struct request *, struct diagnostics *);
	} verbs[] = {
		{"add", ROSTER_EDIT, account_add},
		{"remove", ROSTER_EDIT, account_remove},
		{"list", ROSTER_READ, account_list},
	};
	char *path = accounts_path(request, diagnostics);
	struct roster *roster = NULL;
	bool done = false;
	size_t i = 0;

	while (strcmp(verbs[i].verb, request->verb) != 0)
		i++;
	if (path)
		roster = roster_open(path, verbs[i].use, diagnostics);
	if (roster)
		done = verbs[i].run(roster, request, diagnostics);
	diagnostics_print(diagnostics, stderr);
	roster_free(&roster);
	free(path);
	if (done)
		return EXIT_FINE;
	return diagnostics_errors(diagnostics) ? diagnostics_exit_status(diagnostics) : EXIT_FAULT;
}

int
cmd_account(int argc, char **argv)
{
	struct request request = {0};
	struct diagnostics *diagnostics;
	int status = EXIT_FINE;

	if (!options_read(argc, argv, &request, &status))
		return status;
	diagnostics = diagnostics_new();
	if (!diagnostics) {
		(void)fputs("smbwarden account: memory is out\n", stderr);
		return EXIT_ENVIRONMENT;
	}
	status = account_run(&request, diagnostics);
	diagnostics_free(&diagnostics);
	return status;
}
