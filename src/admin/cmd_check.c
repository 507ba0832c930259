/* `smbwarden check`: reads the whole policy and says everything that is wrong with it at once. */
#include "admin/commands.h"

#include "policy/policy.h"
#include "policy/store.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"Usage: smbwarden check [--config FILE]\n"
	"\n"
	"Reads the policy, its accounts file and its state, and reports every fault as "
	"file:line:column with\n"
	"the line and a caret. Nothing is started, no server is asked, no password is shown.\n"
	"\n"
	"  -c, --config FILE   the policy; default " POLICY_DEFAULT_PATH "\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: 0 the policy can be used (there may be warnings); 1 it has faults; 2 wrong "
	"usage;\n"
	"3 a file cannot be read.\n";

/* The file to check in *PATH; false: do not go on, and exit with *STATUS. */
static bool
options_read(int argc, char **argv, const char **path, int *status)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c') {
			*path = optarg;
			continue;
		}
		*status = option == 'h' ? EXIT_FINE : EXIT_USAGE;
		(void)fputs(option == 'h' ? help : "Try 'smbwarden check --help'.\n",
			option == 'h' ? stdout : stderr);
		return false;
	}
	if (optind == argc)
		return true;
	(void)fprintf(stderr,
		"smbwarden check: '%s' is not wanted; the policy is named with --config\n",
		argv[optind]);
	*status = EXIT_USAGE;
	return false;
}

/* "1 rule", "2 rules". */
static void
print_count(const char *before, size_t count, const char *what)
{
	(void)printf("%s%zu %s%s", before, count, what, count == 1 ? "" : "s");
}

/* One line that says what there is, and how many warnings went before it. */
static void
print_summary(const struct policy *policy, const struct diagnostics *diagnostics)
{
	size_t rules = 0;

	for (size_t i = 0; i < policy->rule_count; i++)
		rules += !policy->rules[i].built_in;
	(void)printf("%s: ", policy->file);
	print_count("", policy->listener_count, "listener");
	print_count(", ", policy->upstream_count, "server");
	print_count(", ", rules, "rule");
	print_count(", ", policy->account_count, "account");
	if (diagnostics_warnings(diagnostics))
		print_count("; ", diagnostics_warnings(diagnostics), "warning");
	(void)printf("; %s\n", policy->mode == MODE_AUDIT ? "mode: audit" : "fine");
}

/* Whether what is kept of the servers, if anything, can be used. A directory that is not there is
 * made when `serve` begins. */
static bool
check_state(const struct policy *policy, struct diagnostics *diagnostics)
{
	struct memory *memory = NULL;
	struct store *store;

	if (!policy->state || access(policy->state, F_OK) != 0)
		return true;
	store = store_open(policy->state, STORE_LOOK, &policy->state_place, diagnostics);
	if (store)
		memory = store_read(store, NULL, diagnostics);
	store_free(&store);
	if (!memory)
		return false;
	memory_free(&memory);
	return true;
}

int
cmd_check(int argc, char **argv)
{
	const char *path = POLICY_DEFAULT_PATH;
	struct diagnostics *diagnostics;
	struct policy *policy;
	int status = EXIT_FINE;

	if (!options_read(argc, argv, &path, &status))
		return status;
	diagnostics = diagnostics_new();
	if (!diagnostics) {
		(void)fputs("smbwarden check: memory is out\n", stderr);
		return EXIT_ENVIRONMENT;
	}
	policy = policy_load(path, diagnostics);
	if (policy && !check_state(policy, diagnostics))
		policy_unref(&policy);
	diagnostics_print(diagnostics, stderr);
	if (policy)
		print_summary(policy, diagnostics);
	status = policy ? EXIT_FINE : diagnostics_exit_status(diagnostics);
	policy_unref(&policy);
	diagnostics_free(&diagnostics);
	return status;
}
