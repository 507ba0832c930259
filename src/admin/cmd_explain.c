/* `smbwarden explain`: which rules hold for a share, what each leg must be, and how that ends. */
#include "admin/commands.h"

#include "policy/paths.h"
#include "policy/pattern.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIALECT_3 0x0300 /* the first that seals */

static const char help[] =
	"Usage: smbwarden explain [--config FILE] '\\\\server\\share\\path' [--user NAME]\n"
	"                         [--listener ADDR:PORT]\n"
	"\n"
	"Says which rules of the policy hold for a share, or for a path below it (with the lines "
	"that\n"
	"made them), what the leg to the server and the leg to the client must be, and whether a "
	"client\n"
	"may have it: allow, refuse, or would-refuse where the rule is only audited. Nothing is "
	"connected\n"
	"to: `allow` means that legs as strong as this policy permits will do, and the path is "
	"taken for\n"
	"the name that the server gives the file, which has no other.\n"
	"\n"
	"Write the path in single quotes, or with slashes: //server/share.\n"
	"\n"
	"  -c, --config FILE          the policy; default " POLICY_DEFAULT_PATH "\n"
	"  -u, --user NAME            also say who NAME (user, DOMAIN\\user or user@REALM) becomes "
	"at\n"
	"                             the server\n"
	"  -l, --listener ADDR:PORT   the listener the client comes through; default: each one "
	"that\n"
	"                             leads to that server\n"
	"  -h, --help                 this text\n"
	"\n"
	"Exit status: 0 allow or would-refuse; 1 refuse, or a fault in the policy; 2 wrong usage; "
	"3 a\n"
	"file cannot be read.\n";

struct request {
	const char *config, *user, *listener;
	char *server;  /* of the UNC path; owns its bytes */
	char *share;   /* inside of server */
	char *path;    /* below it, folded; "": the share itself */
	bool is_plain; /* the path means nothing else, if a server calls a file so */
};

/* Takes \\server\share\path, or the same with slashes, apart. */
static bool
request_path(struct request *request, const char *path)
{
	char *share, *rest;

	if (strncmp(path, "\\\\", 2) != 0 && strncmp(path, "//", 2) != 0)
		return false;
	request->server = strdup(path + 2);
	share = request->server ? strpbrk(request->server, "\\/") : NULL;
	if (!share || share == request->server)
		return false;
	*share++ = '\0';
	rest = share + strcspn(share, "\\/");
	request->path = path_fold(rest);
	request->is_plain = path_is_plain(rest);
	*rest = '\0';
	request->share = share;
	return *share != '\0' && request->path;
}

/* Whether to go on; if not, *STATUS is what to exit with. */
static bool
options_read(int argc, char **argv, struct request *request, int *status)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"user", required_argument, NULL, 'u'},
		{"listener", required_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:u:l:h", options, NULL)) != -1) {
		if (option == 'c') {
			request->config = optarg;
		} else if (option == 'u') {
			request->user = optarg;
		} else if (option == 'l') {
			request->listener = optarg;
		} else {
			*status = option == 'h' ? EXIT_FINE : EXIT_USAGE;
			(void)fputs(option == 'h' ? help : "Try 'smbwarden explain --help'.\n",
				option == 'h' ? stdout : stderr);
			return false;
		}
	}
	*status = EXIT_USAGE;
	if (optind + 1 == argc && request_path(request, argv[optind]))
		return true;
	(void)fputs(
		optind + 1 == argc
			? "smbwarden explain: the path must look like "
			  "'\\\\server\\share\\path', without '..'; the shell leaves "
			  "backslashes alone in single quotes\n"
			: "smbwarden explain: one path is wanted; try 'smbwarden explain --help'\n",
		stderr);
	return false;
}

/* Adds ", WORD" to BUFFER, if it fits. */
static void
add_word(char *buffer, size_t size, const char *word)
{
	size_t len = strlen(buffer);

	(void)snprintf(buffer + len, size - len, "%s%s", len ? ", " : "", word);
}

/* Writes what RULE says: "integrity, privacy, min_dialect 3.1.1". */
static const char *
demands_text(const struct rule *rule, char *buffer, size_t size)
{
	char word[48];

	*buffer = '\0';
	for (unsigned what = 0; what < REQUIREMENTS; what++) {
		(void)snprintf(word, sizeof word, "exempt %s", policy_requirement_word(what));
		if (rule_demands(rule, what) || rule->exempt[what])
			add_word(buffer, size, word + (rule->exempt[what] ? 0 : strlen("exempt ")));
	}
	(void)snprintf(word, sizeof word, "min_dialect %s", policy_dialect_word(rule->min_dialect));
	if (rule->min_dialect)
		add_word(buffer, size, word);
	if (rule->block_ntlm)
		add_word(buffer, size, "block_ntlm");
	if (!*buffer)
		add_word(buffer, size, "nothing");
	if (rule->mode == MODE_AUDIT)
		(void)snprintf(buffer + strlen(buffer), size - strlen(buffer), " (audit)");
	return buffer;
}

static void
print_rules(
	const struct policy *policy, const struct upstream *upstream, const struct request *request)
{
	char place[PLACE_TEXT_SIZE], demands[192];
	const struct rule *rule;
	size_t at = 0;

	(void)puts("  rules that hold, the most specific first:");
	while ((rule = policy_rule_next(
			policy, upstream, request->server, request->share, request->path, &at)))
		(void)printf("    %-24s %-52s %s\n", rule->pattern,
			demands_text(rule, demands, sizeof demands),
			rule_place_text(rule, place, sizeof place));
}

static void
print_need(const struct need *need, const char *text)
{
	char place[PLACE_TEXT_SIZE];

	if (need->wanted)
		(void)printf("    %-77s %s%s\n", text,
			rule_place_text(need->rule, place, sizeof place),
			need->audit ? " (audit)" : "");
}

static void
print_dialect(const struct need *need)
{
	char text[32];

	(void)snprintf(
		text, sizeof text, "speak SMB %s or later", policy_dialect_word(need->value));
	print_need(need, text);
}

/* What does not count, and who says so. */
static void
print_waivers(const struct verdict *verdict)
{
	char by[PLACE_TEXT_SIZE], from[PLACE_TEXT_SIZE];

	for (unsigned what = 0; what < REQUIREMENTS; what++) {
		const struct waiver *waiver = &verdict->waived[what];

		if (waiver->by)
			(void)printf("  %s, which %s (%s) demands, is not demanded here (%s): %s\n",
				policy_requirement_word(what), waiver->from->pattern,
				rule_place_text(waiver->from, from, sizeof from),
				rule_place_text(waiver->by, by, sizeof by), waiver->by->reason);
	}
}

static void
print_needs(const struct verdict *verdict)
{
	print_need(&verdict->mutual, "prove both ends' identity by Kerberos");
	print_need(&verdict->integrity, "be signed or sealed");
	print_need(&verdict->privacy, "be sealed");
	print_dialect(&verdict->min_dialect);
	print_dialect(&verdict->audited_dialect);
	print_need(&verdict->no_ntlm, "not log on by NTLM");
}

static void
print_legs(const struct listener *listener, const struct verdict *verdict)
{
	const struct upstream *upstream = listener->upstream;
	char place[PLACE_TEXT_SIZE];

	(void)printf("  the leg to server '%s', SMB %s to %s (%s), must:\n", upstream->key,
		policy_dialect_word(upstream->min_dialect),
		policy_dialect_word(upstream->max_dialect),
		place_text(&upstream->place, place, sizeof place));
	print_needs(verdict);
	print_need(&verdict->no_ntlm_server, "not log on by NTLM");
	(void)printf("  the leg to the client, SMB %s to %s, on %s wire%s\n",
		policy_dialect_word(listener->min_dialect),
		policy_dialect_word(listener->max_dialect),
		listener->wire == WIRE_TRUSTED ? "a trusted" : "an untrusted",
		listener->wire == WIRE_TRUSTED ? ", need be nothing more." : ", must:");
	if (listener->wire == WIRE_UNTRUSTED)
		print_needs(verdict);
}

/* The most that the policy lets a server leg be. */
static struct strength
best_server_leg(const struct upstream *upstream)
{
	return (struct strength){
		.dialect = upstream->max_dialect,
		.signs = true,
		.seals = upstream->max_dialect >= DIALECT_3 && upstream->encryption != SEAL_OFF,
		.mutual = upstream_does_kerberos(upstream),
		.ntlm = !upstream_does_kerberos(upstream),
	};
}

static struct strength
best_client_leg(const struct policy *policy, const struct listener *listener)
{
	return (struct strength){
		.dialect = listener->max_dialect,
		.signs = true,
		.seals = listener->max_dialect >= DIALECT_3 && listener->encryption != DEMAND_OFF,
		.mutual = listener_does_kerberos(policy, listener),
		.ntlm = !listener_does_kerberos(policy, listener),
	};
}

/* The last line; what to exit with. IS_PATH: what is refused is a path, not the share. */
static int
print_end(fault wrong, const struct need *need, bool is_path)
{
	char place[PLACE_TEXT_SIZE];

	if (!wrong) {
		(void)puts("  allow");
		return EXIT_FINE;
	}
	(void)printf("  %s: %s: %s", need && need->audit ? "would-refuse" : "refuse",
		reason_word(is_path ? REASON_PATH_REFUSED : wrong->reason), wrong->words);
	if (need)
		(void)printf(" (%s)", rule_place_text(need->rule, place, sizeof place));
	(void)printf("\n");
	if (*wrong->remedy)
		(void)printf("  %s\n", wrong->remedy);
	return need && need->audit ? EXIT_FINE : EXIT_FAULT;
}

/* What is asked of the policy through one listener, and what it comes to. */
struct answer {
	const struct policy *policy;
	const struct listener *listener;
	const struct request *request;
	struct strength server, client; /* the most that the policy lets the legs be */
	struct paths *paths;            /* rules below the share, or NULL; owned */
	struct verdict verdict;         /* on what the request names */
};

/* What VERDICT comes to with the strongest legs: enforced before audited, then the server's. */
static fault
weigh(const struct answer *answer, const struct verdict *verdict, const struct need **need)
{
	const struct need *client_need = NULL;
	fault wrong = verdict_met(verdict, &answer->server, need);
	fault client_wrong =
		verdict_met_client(verdict, answer->listener, &answer->client, &client_need);

	if (!client_wrong || (wrong && !((*need)->audit && !client_need->audit)))
		return wrong;
	*need = client_need;
	return client_wrong;
}

static bool
is_refused(const struct answer *answer, const struct verdict *verdict)
{
	const struct need *need = NULL;

	return weigh(answer, verdict, &need) && !need->audit;
}

/* Whether something below the share is served by an exemption, though the share is not. */
static bool
serves_below(const struct answer *answer)
{
	struct verdict verdict;
	size_t at = 0;

	while (answer->paths && paths_exempt_next(answer->paths, &at, &verdict))
		if (!is_refused(answer, &verdict))
			return true;
	return false;
}

/* The verdict on what the request names, be it a share or something below it. */
static fault
decide(struct answer *answer)
{
	const struct request *request = answer->request;
	struct scope scope = {
		.reach = REACH_NAME, .name = request->path, .is_sure = request->is_plain};
	fault wrong = policy_decide(answer->policy, answer->listener, request->server,
		request->share, &answer->verdict);

	if (!wrong)
		wrong = paths_new(answer->policy, answer->listener->upstream, request->server,
			request->share, &answer->paths);
	if (wrong || !answer->paths)
		return wrong;
	(void)paths_decide(answer->paths, &scope, &answer->verdict);
	if (!*request->path)
		(void)printf("  %zu %s for paths below it: name one to see what holds there\n",
			paths_count(answer->paths),
			paths_count(answer->paths) == 1 ? "rule" : "rules");
	return NULL;
}

/* The last lines; what to exit with. A path is refused as one where its share can be connected. */
static int
print_outcome(const struct answer *answer, fault wrong, const struct need *need)
{
	struct verdict share;
	bool is_narrow, is_path;

	if (!wrong || need->audit)
		return print_end(wrong, need, need && need->rule->path);
	is_narrow = !policy_decide(answer->policy, answer->listener, answer->request->server,
			    answer->request->share, &share) &&
		    is_refused(answer, &share) && serves_below(answer);
	is_path = need->rule->path || is_narrow;
	if (is_narrow)
		(void)puts("  the share is connected for what is exempt below it, and for nothing "
			   "else");
	return print_end(wrong, need, is_path);
}

static int
explain_through(
	const struct policy *policy, const struct listener *listener, const struct request *request)
{
	struct answer answer = {
		.policy = policy,
		.listener = listener,
		.request = request,
		.server = best_server_leg(listener->upstream),
		.client = best_client_leg(policy, listener),
	};
	const struct need *need = NULL;
	char place[PLACE_TEXT_SIZE];
	fault wrong;
	int status;

	(void)printf("\\\\%s\\%s%s%s through %s:%u (%s)\n", request->server, request->share,
		*request->path ? "\\" : "", request->path, listener->listen.host,
		listener->listen.port, place_text(&listener->place, place, sizeof place));
	wrong = decide(&answer);
	if (wrong) {
		paths_free(&answer.paths);
		return print_end(wrong, NULL, false);
	}
	print_rules(policy, listener->upstream, request);
	print_waivers(&answer.verdict);
	print_legs(listener, &answer.verdict);
	wrong = weigh(&answer, &answer.verdict, &need);
	status = print_outcome(&answer, wrong, need);
	paths_free(&answer.paths);
	return status;
}

/* Whether LISTENER is the one called TEXT, "127.0.0.1:1445" or "[::1]:1445". */
static bool
is_called(const struct listener *listener, const char *text)
{
	const char *host = listener->listen.host;
	char called[320];

	(void)snprintf(called, sizeof called, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host,
		listener->listen.port);
	return strcmp(called, text) == 0;
}

/* Whether the client is likely to come through LISTENER: it leads to the server that was named. */
static bool
leads_there(
	const struct policy *policy, const struct listener *listener, const struct request *request)
{
	struct verdict verdict;

	return !policy_decide(policy, listener, request->server, request->share, &verdict);
}

static bool
explain_user(const struct policy *policy, const char *user)
{
	const struct account *account = policy_account(policy, user, NULL);
	char place[PLACE_TEXT_SIZE], name[1024];

	if (!account && policy->delegation) {
		(void)printf("user %s is at the server who the domain says it is, by delegation\n",
			user);
		return true;
	}
	if (!account) {
		(void)printf("user %s: refuse: logon-failed: the accounts file has no such user\n",
			user);
		return false;
	}
	(void)printf("user %s is %s at the server%s (%s)\n", user,
		identity_text(&account->server, name, sizeof name),
		identity_has_secret(&account->server) ? "" : ", by delegation",
		place_text(&account->place, place, sizeof place));
	return true;
}

static int
explain(const struct policy *policy, const struct request *request)
{
	int status = EXIT_FINE, end;
	size_t shown = 0;

	if (request->user && !explain_user(policy, request->user))
		status = EXIT_FAULT;
	for (size_t i = 0; i < policy->listener_count; i++) {
		const struct listener *listener = &policy->listeners[i];

		if (request->listener ? !is_called(listener, request->listener)
				      : !leads_there(policy, listener, request))
			continue;
		end = explain_through(policy, listener, request);
		status = end == EXIT_FINE ? status : end;
		shown++;
	}
	if (shown)
		return status;
	if (request->listener)
		(void)fprintf(stderr, "smbwarden explain: no listener of the policy is '%s'\n",
			request->listener);
	else
		(void)fprintf(stderr, "smbwarden explain: no listener leads to server '%s'\n",
			request->server);
	return EXIT_FAULT;
}

int
cmd_explain(int argc, char **argv)
{
	struct request request = {.config = POLICY_DEFAULT_PATH};
	struct diagnostics *diagnostics = NULL;
	struct policy *policy = NULL;
	int status = EXIT_FINE;

	if (options_read(argc, argv, &request, &status)) {
		diagnostics = diagnostics_new();
		policy = diagnostics ? policy_load(request.config, diagnostics) : NULL;
		status = diagnostics ? diagnostics_exit_status(diagnostics) : EXIT_ENVIRONMENT;
		/* Warnings are for `check`: here they would stand in the answer's way. */
		if (!policy && diagnostics)
			diagnostics_print(diagnostics, stderr);
		if (policy)
			status = explain(policy, &request);
	}
	policy_unref(&policy);
	if (diagnostics)
		diagnostics_free(&diagnostics);
	free(request.server);
	free(request.path);
	return status;
}
