/* `smbwarden serve`: runs the proxy in the foreground until it is told to stop. */
#include "admin/commands.h"
#include "admin/reach.h"

#include "base/event.h"
#include "crypto/legacy.h"
#include "net/keeper.h"
#include "net/log.h"
#include "net/service.h"
#include "policy/policy.h"
#include "policy/store.h"
#include "process/process.h"
#include "process/user.h"

#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char help[] =
	"Usage: smbwarden serve [--config FILE]\n"
	"       smbwarden serve --listen ADDR:PORT --server HOST[:PORT] [--accounts FILE]\n"
	"                       [--state DIR]\n"
	"\n"
	"Runs the proxy in the foreground. It is ready when the log says `ready` (and systemd "
	"hears\n"
	"READY=1). SIGTERM and SIGINT let clients finish what is under way, then end it; a second "
	"one\n"
	"ends it at once. The log goes to standard error.\n"
	"\n"
	"  -c, --config FILE        the policy; default " POLICY_DEFAULT_PATH "\n"
	"  -l, --listen ADDR:PORT   without a policy file: where clients come to; port 0 takes any "
	"free\n"
	"                           port, which `ready` names\n"
	"  -s, --server HOST[:PORT] without a policy file: the server behind it\n"
	"  -a, --accounts FILE      without a policy file: who may log on, and as whom\n"
	"  -S, --state DIR          without a policy file: where to keep what the server was seen "
	"to "
	"be\n"
	"                           capable of; default: nowhere\n"
	"  -L, --log-level LEVEL    error, warning, info or debug, instead of the policy's\n"
	"  -j, --loops N            event loops, each a thread; default: four for each processor\n"
	"  -u, --user NAME[:GROUP]  whom root becomes once the ports are bound, instead of the "
	"policy's\n"
	"                           `user`\n"
	"  -N, --no-sandbox         no filter of system calls, no fence around files: for "
	"debugging\n"
	"  -h, --help               this text\n"
	"\n"
	"Exit status: 0 it served and was told to stop; 1 the policy has faults; 2 wrong usage; 3 "
	"the\n"
	"environment failed, such as a port that is taken or a file that cannot be read.\n";

/* Descriptors beside those of clients: loops, workers, log, listeners, name lookups. */
#define SERVE_DESCRIPTORS 256

struct options {
	const char *config;
	const char *listen, *server, *accounts, *state;
	const char *level;
	const char *user;
	unsigned loops;
	bool bare; /* no sandbox */
};

static int
complain(const char *words, const char *what)
{
	(void)fprintf(
		stderr, "smbwarden serve: %s%s\nTry 'smbwarden serve --help'.\n", words, what);
	return EXIT_USAGE;
}

/* What goes together; a text that says what does not, or NULL. */
static const char *
options_clash(const struct options *options)
{
	enum level level;

	if (!options->listen != !options->server)
		return "--listen and --server go together";
	if (options->listen && options->config)
		return "--config and --listen exclude each other";
	if (options->accounts && !options->listen)
		return "--accounts is for --listen; a policy file names its accounts itself";
	if (options->state && !options->listen)
		return "--state is for --listen; a policy file says `state` itself";
	if (options->level && !level_parse(options->level, &level))
		return "--log-level is error, warning, info or debug";
	return NULL;
}

/* TEXT as a number of loops; 0 where it is none. */
static unsigned
loops_parse(const char *text)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n > SERVICE_LOOPS_MAX)
		return 0;
	return (unsigned)n;
}

/* Takes one option in; false where it is none of ours, or its value is wrong. */
static bool
option_take(struct options *options, int option, const char *value)
{
	switch (option) {
	case 'c':
		options->config = value;
		return true;
	case 'l':
		options->listen = value;
		return true;
	case 's':
		options->server = value;
		return true;
	case 'a':
		options->accounts = value;
		return true;
	case 'S':
		options->state = value;
		return true;
	case 'L':
		options->level = value;
		return true;
	case 'u':
		options->user = value;
		return true;
	case 'N':
		options->bare = true;
		return true;
	case 'j':
		options->loops = loops_parse(value);
		if (options->loops == 0)
			(void)fputs("smbwarden serve: --loops is a number from 1 to 64\n", stderr);
		return options->loops > 0;
	default:
		return false;
	}
}

/* False: do not go on, and exit with *STATUS. */
static bool
options_read(int argc, char **argv, struct options *options, int *status)
{
	static const struct option known[] = {
		{"config", required_argument, NULL, 'c'},
		{"listen", required_argument, NULL, 'l'},
		{"server", required_argument, NULL, 's'},
		{"accounts", required_argument, NULL, 'a'},
		{"state", required_argument, NULL, 'S'},
		{"log-level", required_argument, NULL, 'L'},
		{"loops", required_argument, NULL, 'j'},
		{"user", required_argument, NULL, 'u'},
		{"no-sandbox", no_argument, NULL, 'N'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	const char *clash;
	int option;

	while ((option = getopt_long(argc, argv, "c:l:s:a:S:L:j:u:Nh", known, NULL)) != -1) {
		if (option == 'h') {
			(void)fputs(help, stdout);
			*status = EXIT_FINE;
			return false;
		}
		if (!option_take(options, option, optarg)) {
			(void)fputs("Try 'smbwarden serve --help'.\n", stderr);
			*status = EXIT_USAGE;
			return false;
		}
	}
	clash = optind < argc ? "no such argument: " : options_clash(options);
	if (clash)
		*status = complain(clash, optind < argc ? argv[optind] : "");
	return !clash;
}

/* The policy that OPTIONS ask for; NULL: it has faults, or could not be read. */
static struct policy *
read_policy(const struct options *options, struct diagnostics *diagnostics)
{
	struct policy *policy;

	if (options->listen)
		policy = policy_builtin(
			options->listen, options->server, options->accounts, diagnostics);
	else
		policy = policy_load(
			options->config ? options->config : POLICY_DEFAULT_PATH, diagnostics);
	if (policy && options->state) {
		policy->state_place.file = "--state";
		free(policy->state);
		policy->state = strdup(options->state);
		if (!policy->state)
			policy_unref(&policy);
	}
	return policy;
}

/* The policy, and in *WARNINGS what is to be warned of; NULL: exit with *STATUS, all is said. */
static struct policy *
load(const struct options *options, struct diagnostics **warnings, int *status)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy;

	if (!diagnostics) {
		(void)fputs("smbwarden serve: memory is out\n", stderr);
		*status = EXIT_ENVIRONMENT;
		return NULL;
	}
	policy = read_policy(options, diagnostics);
	*status = policy ? EXIT_FINE : diagnostics_exit_status(diagnostics);
	*warnings = diagnostics;
	if (!policy) {
		diagnostics_print(diagnostics, stderr);
		diagnostics_free(warnings);
	}
	return policy;
}

/* What there is to say of a policy goes where everything goes from now on. */
static void
log_diagnostics(struct log *log, struct diagnostics *diagnostics, enum level level,
	const char *name, const char *remedy)
{
	const struct diagnostic *diagnostic;

	diagnostics_sort(diagnostics);
	for (size_t i = 0; (diagnostic = diagnostics_at(diagnostics, i)) != NULL; i++) {
		struct event *event = event_new(level, name);

		event_text(event, "file", diagnostic->file);
		if (diagnostic->line > 0) {
			event_number(event, "line", diagnostic->line);
			event_number(event, "column", diagnostic->column);
		}
		event_text(event, "words", diagnostic->sentence);
		event_text(event, "remedy", remedy);
		log_write(log, &event);
	}
}

static void
log_warnings(struct log *log, struct diagnostics *warnings)
{
	log_diagnostics(log, warnings, LEVEL_WARNING, "policy-warning", NULL);
}

/* Adds ", WORD" to what is exempt. */
static void
add_word(char *list, size_t size, const char *word)
{
	size_t len = strlen(list);

	(void)snprintf(list + len, size - len, "%s%s", len ? ", " : "", word);
}

/* Whoever reads the log of a start learns where the policy holds back, and why. */
static void
log_exemptions(struct log *log, const struct policy *policy)
{
	char place[PLACE_TEXT_SIZE];

	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];
		struct event *event = rule->reason ? event_new(LEVEL_WARNING, "exemption") : NULL;
		char list[64] = "";

		for (unsigned what = 0; what < REQUIREMENTS; what++)
			if (rule->exempt[what])
				add_word(list, sizeof list, policy_requirement_word(what));
		event_text(event, "rule", place_text(&rule->place, place, sizeof place));
		event_text(event, "pattern", rule->pattern);
		event_text(event, "exempt", list);
		event_text(event, "why", rule->reason);
		log_write(log, &event);
	}
}

/*
 * Messages of up to a few MiB come and go by the thousand: their memory is kept at hand instead of
 * being given back to the kernel and fetched anew, page by page, for each of them.
 */
static void
tune_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 32 * 1024 * 1024);
}

/* As many descriptors as we may have; says so where that is too few for the clients that are
 * admitted. */
static void
raise_descriptors(struct log *log, const struct limits *limits)
{
	rlim_t wanted = (rlim_t)limits->clients * 2 + SERVE_DESCRIPTORS;
	struct rlimit limit;
	struct event *event;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max >= wanted)
		return;
	event = event_new(LEVEL_WARNING, "descriptors-short");
	event_number(event, "have", limit.rlim_max);
	event_number(event, "wanted", wanted);
	event_text(event, "words",
		"limits.clients admits more clients than the process may have descriptors for");
	event_text(event, "remedy",
		"Raise the limit of open files (LimitNOFILE= of the service), or lower "
		"limits.clients.");
	log_write(log, &event);
}

/* What settle() and reread() are to know. */
struct settling {
	const struct options *options;
	const struct policy *policy;
	struct log *log;
	struct keeper **keeper; /* of what is remembered, made by it */
};

static const char *
user_of(const struct settling *settling)
{
	return settling->options->user ? settling->options->user : settling->policy->user;
}

/* Gives up whatever is not needed any more; STATE (NULL: none) is where we go on writing. */
static bool
confine(const struct settling *settling, const char *state)
{
	struct reach reach;
	bool known = reach_make(&reach, settling->policy);
	struct process_path *paths = calloc(reach.count + 1, sizeof *paths);
	struct process_plan plan = {
		.user = user_of(settling),
		.sandbox = !settling->options->bare,
		.paths = paths,
	};
	struct event *event = NULL;
	bool settled = false;

	for (size_t i = 0; paths && i < reach.count; i++)
		paths[plan.path_count++] = (struct process_path){.path = reach.folders[i]};
	if (paths && state)
		paths[plan.path_count++] = (struct process_path){.path = state, .writes = true};
	if (known && paths)
		settled = process_settle(&plan, &event);
	else
		(void)fputs("smbwarden serve: memory is out\n", stderr);
	log_write(settling->log, &event);
	free(paths);
	reach_clear(&reach);
	return settled;
}

/*
 * Whether what servers were seen to be capable of is to be remembered. Where nobody has said where,
 * an unprivileged user who cannot make the usual directory is warned, and served.
 */
static bool
has_store(const struct policy *policy, struct log *log, const char *user)
{
	bool was_there = policy->state && access(policy->state, F_OK) == 0;
	struct event *event;
	int error;

	if (!policy->state)
		return false;
	if (store_is_possible(policy->state)) {
		if (!was_there && user)
			user_give(user, policy->state);
		return true;
	}
	error = errno;
	if (policy->state_place.line > 0)
		return true; /* begin_store() will say what is wrong with it */
	event = event_new(LEVEL_WARNING, "state-off");
	event_text(event, "file", policy->state);
	event_text(event, "error", strerror(error));
	event_text(event, "words",
		"the directory cannot be made: what servers are seen to be capable of is not "
		"remembered");
	event_text(event, "remedy", "Name a directory of your own with `state`.");
	log_write(log, &event);
	return false;
}

static void
say_store(struct log *log, const struct store *store, const struct memory *memory, bool absent)
{
	struct event *event = event_new(
		absent ? LEVEL_WARNING : LEVEL_INFO, absent ? "state-begun" : "state-loaded");

	event_text(event, "file", store_path(store));
	event_number(event, "servers", memory_count(memory));
	log_write(log, &event);
}

/* The keeper of what is remembered, in *KEEPER; NULL there where nothing is to be. False: it cannot
 * be kept, and that is said. */
static bool
begin_store(const struct policy *policy, struct log *log, struct keeper **keeper)
{
	struct diagnostics *faults = diagnostics_new();
	struct store *store = NULL;
	struct memory *memory = NULL;
	bool absent = false;

	if (faults)
		store = store_open(policy->state, STORE_KEEP, &policy->state_place, faults);
	if (store)
		memory = store_begin(store, &absent, faults);
	if (memory) {
		say_store(log, store, memory, absent);
		*keeper = keeper_new(&store, &memory, log);
	}
	if (faults && diagnostics_errors(faults))
		diagnostics_print(faults, stderr);
	else if (!*keeper)
		(void)fputs("smbwarden serve: memory, descriptors or threads are out\n", stderr);
	store_free(&store);
	if (faults)
		diagnostics_free(&faults);
	return *keeper;
}

/* The ports are bound: nothing of root, and nothing that is not needed, is needed any more. What is
 * kept is opened by whom we are from now on. */
static bool
settle(void *owner)
{
	const struct settling *settling = owner;
	const struct policy *policy = settling->policy;
	bool remembers = has_store(policy, settling->log, user_of(settling));

	return confine(settling, remembers ? policy->state : NULL) &&
	       (!remembers || begin_store(policy, settling->log, settling->keeper));
}

static bool
is_same_text(const char *a, const char *b)
{
	return !a == !b && (!a || strcmp(a, b) == 0);
}

/* What of NEXT cannot take the place of what NOW says in a running process; NULL: nothing. */
static const char *
first_fixed(const struct policy *now, const struct policy *next)
{
	if (!is_same_text(now->user, next->user))
		return "`user` is another, and who we are is settled at the start";
	if (!is_same_text(now->state, next->state))
		return "`state` is another, and what it holds is read at the start";
	if (now->log.format != next->log.format || now->log.level != next->log.level)
		return "`log` is another, and how the log is written is settled at the start";
	return NULL;
}

static void
say_policy(struct log *log, enum level level, const char *name, const struct policy *policy,
	const char *words, const char *remedy)
{
	struct event *event = event_new(level, name);

	event_text(event, "file", policy->file);
	event_text(event, "words", words);
	event_text(event, "remedy", remedy);
	log_write(log, &event);
}

/* Whether NEXT, which has no faults, is to take the place of NOW; the log says why not. */
static bool
is_to_follow(struct log *log, const struct policy *now, const struct policy *next)
{
	const char *fixed = first_fixed(now, next);

	if (policy_is_same(now, next))
		say_policy(log, LEVEL_INFO, "policy-unchanged", now, NULL, NULL);
	else if (fixed)
		say_policy(log, LEVEL_ERROR, "policy-refused", next, fixed,
			"The former policy stays in force. Restart smbwarden to let this one "
			"count.");
	else
		return true;
	return false;
}

/* SIGHUP: the policy that is to take the place of NOW, or NULL. */
static struct policy *
reread(void *owner, const struct policy *now)
{
	const struct settling *settling = owner;
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy = diagnostics ? read_policy(settling->options, diagnostics) : NULL;

	if (!policy && diagnostics)
		log_diagnostics(settling->log, diagnostics, LEVEL_ERROR, "policy-refused",
			"The former policy stays in force. Mend this, try `smbwarden check` as the "
			"user that serves, and reload.");
	else if (!policy)
		say_policy(
			settling->log, LEVEL_ERROR, "policy-refused", now, "memory is out", NULL);
	else if (!is_to_follow(settling->log, now, policy))
		policy_unref(&policy);
	if (policy) {
		log_warnings(settling->log, diagnostics);
		log_exemptions(settling->log, policy);
		raise_descriptors(settling->log, &policy->limits);
	}
	if (diagnostics)
		diagnostics_free(&diagnostics);
	return policy;
}

/* Serves with LOG and all that needs no undoing done. */
static int
serve(struct policy *policy, struct log *log, const struct options *options)
{
	struct legacy *legacy = legacy_new();
	struct settling settling = {.options = options, .policy = policy, .log = log};
	struct service_config config = {
		.policy = policy,
		.log = log,
		.legacy = legacy,
		.loops = options->loops,
		.bound = settle,
		.reread = reread,
		.owner = &settling,
	};
	bool served;

	settling.keeper = &config.keeper;
	if (!legacy) {
		(void)fputs("smbwarden serve: OpenSSL's legacy provider, which NTLM needs, is not "
			    "to be "
			    "had\n",
			stderr);
		return EXIT_ENVIRONMENT;
	}
	raise_descriptors(log, &policy->limits);
	served = service_run(&config);
	keeper_free(&config.keeper);
	legacy_free(&legacy);
	return served ? EXIT_FINE : EXIT_ENVIRONMENT;
}

int
cmd_serve(int argc, char **argv)
{
	struct options options = {0};
	struct log_config log_config;
	struct diagnostics *warnings = NULL;
	struct policy *policy;
	struct log *log;
	int status;

	if (!options_read(argc, argv, &options, &status))
		return status;
	process_begin();
	tune_memory();
	policy = load(&options, &warnings, &status);
	if (!policy)
		return status;
	log_config = policy->log;
	if (options.level)
		(void)level_parse(options.level, &log_config.level);
	log = log_new(STDERR_FILENO, log_config);
	if (log) {
		log_warnings(log, warnings);
		log_exemptions(log, policy);
	}
	diagnostics_free(&warnings);
	status = log ? serve(policy, log, &options) : EXIT_ENVIRONMENT;
	log_free(&log);
	policy_unref(&policy);
	return status;
}
