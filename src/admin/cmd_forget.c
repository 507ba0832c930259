/* `smbwarden forget`: lets a server be weaker than it was seen to be. */
#include "admin/commands.h"

#include "policy/pattern.h"
#include "policy/policy.h"
#include "policy/store.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage: smbwarden forget [--config FILE | --state DIR] SERVER\n"
	"\n"
	"Forgets what SERVER was seen to be capable of: from now on it may be weaker, as far as "
	"the\n"
	"policy lets it. Weaken the server first: what it is still capable of is remembered again "
	"with\n"
	"the next logon. SERVER is its name in the policy, or another that the policy has for it.\n"
	"\n"
	"  -c, --config FILE   the policy that names the state directory;\n"
	"                      default " POLICY_DEFAULT_PATH "\n"
	"  -S, --state DIR     the state directory itself\n"
	"  -h, --help          this text\n"
	"\n"
	"A running smbwarden takes notice at once; none need run.\n"
	"\n"
	"Exit status: 0 forgotten; 1 nothing was remembered of that server, or the policy has "
	"faults;\n"
	"2 wrong usage; 3 the state cannot be read or written.\n";

struct request {
	const char *config, *state, *server;
};

/* Whether to go on; if not, *STATUS is what to exit with. */
static bool
options_read(int argc, char **argv, struct request *request, int *status)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"state", required_argument, NULL, 'S'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:S:h", options, NULL)) != -1) {
		if (option == 'c') {
			request->config = optarg;
		} else if (option == 'S') {
			request->state = optarg;
		} else {
			*status = option == 'h' ? EXIT_FINE : EXIT_USAGE;
			(void)fputs(option == 'h' ? help : "Try 'smbwarden forget --help'.\n",
				option == 'h' ? stdout : stderr);
			return false;
		}
	}
	*status = EXIT_USAGE;
	request->server = optind + 1 == argc ? argv[optind] : NULL;
	if (request->server && !(request->config && request->state))
		return true;
	(void)fputs(
		request->server
			? "smbwarden forget: --config and --state exclude each other\n"
			: "smbwarden forget: one server is wanted; try 'smbwarden forget --help'\n",
		stderr);
	return false;
}

/* The name by which the server called FOLDED is remembered. */
static const char *
remembered_name(const struct policy *policy, const char *folded)
{
	for (size_t i = 0; policy && i < policy->upstream_count; i++)
		for (size_t n = 0; n < policy->upstreams[i].name_count; n++)
			if (strcmp(policy->upstreams[i].folded[n], folded) == 0)
				return policy->upstreams[i].folded[0];
	return folded;
}

/* The store's lock is held. */
static int
forget_locked(struct store *store, const char *name, struct diagnostics *diagnostics)
{
	struct memory *memory = store_read(store, NULL, diagnostics);
	const struct seen *seen = memory ? memory_find(memory, name) : NULL;
	char words[MEMORY_WORDS_SIZE] = "";
	int status = EXIT_ENVIRONMENT;

	if (seen) {
		(void)memory_words(seen, words, sizeof words);
		(void)memory_remove(memory, name);
		if (store_write(store, memory, diagnostics)) {
			(void)printf(
				"%s is forgotten; it was seen to be capable of %s\n", name, words);
			status = EXIT_FINE;
		}
	} else if (memory) {
		(void)fprintf(stderr, "smbwarden forget: nothing is remembered of '%s' in %s\n",
			name, store_path(store));
		status = EXIT_FAULT;
	}
	memory_free(&memory);
	return status;
}

static int
forget(const char *directory, const struct place *named, const char *name,
	struct diagnostics *diagnostics)
{
	struct store *store = store_open(directory, STORE_LOOK, named, diagnostics);
	int status = EXIT_ENVIRONMENT;

	if (store && store_lock(store, diagnostics)) {
		status = forget_locked(store, name, diagnostics);
		store_unlock(store);
	}
	store_free(&store);
	return status;
}

/* With the policy, if one is asked. */
static int
forget_request(const struct request *request, struct diagnostics *diagnostics)
{
	struct place place = {.file = "--state"};
	struct policy *policy = NULL;
	const char *directory = request->state;
	char *folded = host_fold(request->server);
	int status;

	if (!directory) {
		policy = policy_load(
			request->config ? request->config : POLICY_DEFAULT_PATH, diagnostics);
		directory = policy ? policy->state : NULL;
		if (policy)
			place = policy->state_place;
	}
	if (directory && folded) {
		status = forget(directory, &place, remembered_name(policy, folded), diagnostics);
	} else if (policy || directory) {
		(void)fputs(directory ? "smbwarden forget: that is no server's name\n"
				      : "smbwarden forget: the policy says `state: none`: nothing "
					"is remembered\n",
			stderr);
		status = EXIT_FAULT;
	} else {
		status = diagnostics_exit_status(diagnostics);
	}
	free(folded);
	policy_unref(&policy);
	return status;
}

int
cmd_forget(int argc, char **argv)
{
	struct request request = {0};
	struct diagnostics *diagnostics;
	int status;

	if (!options_read(argc, argv, &request, &status))
		return status;
	diagnostics = diagnostics_new();
	if (!diagnostics)
		return EXIT_ENVIRONMENT;
	status = forget_request(&request, diagnostics);
	/* Warnings about the policy are for `check`. */
	if (diagnostics_errors(diagnostics))
		diagnostics_print(diagnostics, stderr);
	diagnostics_free(&diagnostics);
	return status;
}
