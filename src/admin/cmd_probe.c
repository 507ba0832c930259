/* `smbwarden probe`: what a server negotiates, and whether that meets its rules. */
#include "admin/commands.h"

#include "admin/guise.h"
#include "admin/survey.h"
#include "base/event.h"
#include "bridge/recall.h"
#include "net/clock.h"
#include "net/prober.h"
#include "policy/decide.h"
#include "policy/endpoint.h"
#include "policy/paths.h"
#include "policy/pattern.h"
#include "policy/store.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"Usage: smbwarden probe [--config FILE] [--json] [--no-logon] [--user NAME]\n"
	"                       SERVER|HOST[:PORT]\n"
	"\n"
	"Says what a server negotiates: dialects, how each is signed and encrypted, ways to log "
	"on,\n"
	"whether it lets in guests, and clients without a name; and whether that meets its rules "
	"in the\n"
	"policy and what it was seen to be before. SERVER is a server of the policy by any of its "
	"names; any other HOST "
	"is "
	"held\n"
	"against the built-in policy. The guest question is asked with a name and a password that "
	"are\n"
	"made up, which the server may log as a failed logon. No account is used but that of "
	"--user.\n"
	"\n"
	"  -c, --config FILE   the policy; default " POLICY_DEFAULT_PATH ",\n"
	"                      if there is one\n"
	"  -j, --json          one line of JSON instead\n"
	"  -n, --no-logon      do not ask about guests and clients without a name\n"
	"  -u, --user NAME     also log on as whom the policy has NAME (user, DOMAIN\\user or\n"
	"                      user@REALM) be at the server, and say by what that went and whether "
	"the\n"
	"                      server has proved who it is; best as the user that smbwarden runs "
	"as\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: 0 the server meets its rules, and NAME is let in; 1 not so, or the policy "
	"has\n"
	"faults; 2 wrong usage; 3 the server cannot be reached.\n";

struct request {
	const char *config, *server, *user;
	bool json, no_logon;
};

/* A demand on the server, and how that ended. */
struct finding {
	const char *what;            /* a rule's pattern, or what else is demanded */
	char place[PLACE_TEXT_SIZE]; /* where, or empty */
	fault wrong;                 /* NULL: it is met */
	bool audit;                  /* unmet, it is only logged */
	char detail[SOUNDING_DETAIL_SIZE];
};

_Static_assert(RECALL_ACCOUNT_SIZE <= SOUNDING_DETAIL_SIZE, "there is room for either");

struct findings {
	struct finding *all;
	size_t count;
};

/* Whether to go on; if not, *STATUS is what to exit with. */
static bool
options_read(int argc, char **argv, struct request *request, int *status)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},
		{"no-logon", no_argument, NULL, 'n'},
		{"user", required_argument, NULL, 'u'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:jnu:h", options, NULL)) != -1) {
		if (option == 'c') {
			request->config = optarg;
		} else if (option == 'j') {
			request->json = true;
		} else if (option == 'n') {
			request->no_logon = true;
		} else if (option == 'u') {
			request->user = optarg;
		} else {
			*status = option == 'h' ? EXIT_FINE : EXIT_USAGE;
			(void)fputs(option == 'h' ? help : "Try 'smbwarden probe --help'.\n",
				option == 'h' ? stdout : stderr);
			return false;
		}
	}
	request->server = optind + 1 == argc ? argv[optind] : NULL;
	*status = EXIT_USAGE;
	if (!request->server)
		(void)fputs("smbwarden probe: one server is wanted; try 'smbwarden probe --help'\n",
			stderr);
	return request->server;
}

/* --- whom to ask --- */

static bool
is_called(const struct upstream *upstream, const char *folded)
{
	for (size_t i = 0; i < upstream->name_count; i++)
		if (strcmp(upstream->folded[i], folded) == 0)
			return true;
	return false;
}

/* Whether PORT, where one was said that is not the usual one, is that of an address of UPSTREAM. */
static bool
is_at(const struct upstream *upstream, uint16_t port)
{
	for (size_t i = 0; i < upstream->address_count; i++)
		if (upstream->addresses[i].port == port)
			return true;
	return port == POLICY_SMB_PORT;
}

/* The server of POLICY that is called NAME, which may bring a port; NULL: there is none. */
static const struct upstream *
upstream_called(const struct policy *policy, const char *name)
{
	struct endpoint said = {.port = POLICY_SMB_PORT};
	char *folded = endpoint_parse_server(name, &said) ? NULL : host_fold(name);
	const struct upstream *found = NULL;

	for (size_t i = 0; folded && i < policy->upstream_count && !found; i++)
		if (is_called(&policy->upstreams[i], folded) &&
			is_at(&policy->upstreams[i], said.port))
			found = &policy->upstreams[i];
	endpoint_clear(&said);
	free(folded);
	return found;
}

/* The policy that SERVER is held against, and in *UPSTREAM the server; NULL: exit with *STATUS. */
static struct policy *
find_server(const struct request *request, const struct upstream **upstream,
	struct diagnostics *diagnostics, int *status)
{
	const char *path = request->config ? request->config : POLICY_DEFAULT_PATH;
	struct policy *policy = NULL;

	if (request->config || access(path, F_OK) == 0) {
		policy = policy_load(path, diagnostics);
		*status = diagnostics_exit_status(diagnostics);
		if (!policy)
			return NULL;
		*upstream = upstream_called(policy, request->server);
		if (*upstream)
			return policy;
		policy_unref(&policy);
	}
	policy = policy_builtin("127.0.0.1:0", request->server, NULL, diagnostics);
	*status = diagnostics_exit_status(diagnostics);
	if (policy)
		*upstream = &policy->upstreams[0];
	return policy;
}

/* --- what is demanded --- */

static struct finding *
add(struct findings *findings, const char *what, fault wrong)
{
	struct finding *grown =
		reallocarray(findings->all, findings->count + 1, sizeof *findings->all);

	if (!grown)
		return NULL;
	findings->all = grown;
	grown += findings->count++;
	*grown = (struct finding){.what = what, .wrong = wrong};
	return grown;
}

/* Whether the server takes what it is offered. */
static void
weigh_negotiation(
	struct findings *findings, const struct survey *survey, const struct upstream *upstream)
{
	fault wrong = survey->found;
	struct finding *finding;

	if (!wrong && !survey->by_policy.dialect)
		wrong = &fault_server_dialect_refused;
	if (!wrong && upstream->encryption == SEAL_ALWAYS && !survey->by_policy.seals_with)
		wrong = &fault_server_cannot_seal;
	finding = add(findings, "what the policy offers", wrong);
	if (finding && upstream->place.line)
		(void)place_text(&upstream->place, finding->place, sizeof finding->place);
}

/* Whether the server is what it was seen to be. A state that cannot be read is for `check`. */
static void
weigh_memory(struct findings *findings, const struct survey *survey, const struct policy *policy,
	const struct upstream *upstream)
{
	struct store *store = NULL;
	struct memory *memory = NULL;
	const struct seen *seen;
	struct finding *finding;

	if (policy->state && access(policy->state, R_OK | X_OK) == 0)
		store = store_open(policy->state, STORE_LOOK, &policy->state_place, NULL);
	if (store)
		memory = store_read(store, NULL, NULL);
	seen = memory ? memory_find(memory, upstream->folded[0]) : NULL;
	finding = seen ? add(findings, "what it was seen to be", NULL) : NULL;
	if (finding)
		finding->wrong =
			recall_judge(seen, &survey->offer, &survey->by_policy, finding->detail);
	memory_free(&memory);
	store_free(&store);
}

/* Whether the server lets in whom the policy has there, as himself. */
static void
weigh_logon(struct findings *findings, const struct survey *survey, const struct guise *guise)
{
	static const fault faults[] = {
		[STANDING_GUEST] = &fault_server_made_us_guest,
		[STANDING_NOBODY] = &fault_server_made_us_nobody,
		[STANDING_USER] = NULL,
	};
	const struct sounding_logon *logon = &survey->logon;
	bool refused = logon->refused;
	struct finding *finding;

	if (!guise || logon->standing == STANDING_UNKNOWN)
		return;
	finding = add(
		findings, "the user's logon", refused ? logon->refused : faults[logon->standing]);
	if (!finding)
		return;
	if (refused)
		(void)snprintf(finding->detail, sizeof finding->detail, "%s", logon->detail);
	if (guise->place)
		(void)place_text(guise->place, finding->place, sizeof finding->place);
}

static const struct listener *
listener_to(const struct policy *policy, const struct upstream *upstream)
{
	for (size_t i = 0; i < policy->listener_count; i++)
		if (policy->listeners[i].upstream == upstream)
			return &policy->listeners[i];
	return NULL;
}

/* What is demanded of what RULE is for, with all the rules that hold beside it. */
static fault
decide(const struct policy *policy, const struct listener *listener, const struct rule *rule,
	struct verdict *verdict)
{
	const struct upstream *upstream = listener->upstream;
	const char *share = rule->share ? rule->share : "*";
	struct scope scope = {.reach = REACH_NAME, .name = rule->path, .is_sure = true};
	struct paths *paths = NULL;
	fault wrong = policy_decide(policy, listener, upstream->key, share, verdict);

	if (!wrong && rule->path)
		wrong = paths_new(policy, upstream, upstream->key, share, &paths);
	if (paths)
		(void)paths_decide(paths, &scope, verdict);
	paths_free(&paths);
	return wrong;
}

/* What a logon comes to: by what was seen of one, else by what both ends say that they can. */
static bool
is_mutual(const struct survey *survey, const struct upstream *upstream)
{
	if (survey->logon.standing == STANDING_USER)
		return survey->logon.mutual;
	return upstream_does_kerberos(upstream) &&
	       (!survey->mechanisms || survey->mechanisms & MECHANISM_KERBEROS);
}

/* Whether the server can be what is demanded of what RULE is for. */
static void
weigh_rule(struct findings *findings, const struct survey *survey, const struct policy *policy,
	const struct listener *listener, const struct rule *rule)
{
	const struct upstream *upstream = listener->upstream;
	struct strength strength = {
		.dialect = survey->by_policy.dialect,
		.signs = true,
		.seals = survey->by_policy.seals_with,
		.mutual = is_mutual(survey, upstream),
		.ntlm = !is_mutual(survey, upstream),
	};
	const struct need *need = NULL;
	struct verdict verdict;
	struct finding *finding;

	if (rule->built_in || (rule->host && !is_called(upstream, rule->host)) ||
		decide(policy, listener, rule, &verdict))
		return;
	finding = add(findings, rule->pattern, verdict_met(&verdict, &strength, &need));
	if (!finding)
		return;
	finding->audit = need && need->audit;
	if (rule->place.line)
		(void)place_text(&rule->place, finding->place, sizeof finding->place);
}

static void
weigh_all(struct findings *findings, const struct survey *survey, const struct policy *policy,
	const struct upstream *upstream, const struct guise *guise)
{
	const struct listener *listener = listener_to(policy, upstream);

	weigh_negotiation(findings, survey, upstream);
	weigh_memory(findings, survey, policy, upstream);
	weigh_logon(findings, survey, guise);
	if (findings->all && findings->all[0].wrong)
		return; /* nothing can be said of a leg that will not be */
	for (size_t i = 0; listener && i < policy->rule_count; i++)
		weigh_rule(findings, survey, policy, listener, &policy->rules[i]);
	if (listener)
		weigh_rule(findings, survey, policy, listener, &policy->defaults);
}

static bool
all_met(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->all[i].wrong && !findings->all[i].audit)
			return false;
	return findings->count > 0;
}

/* --- how it is said --- */

static const char *
or_none(const char *word)
{
	return word ? word : "none";
}

static const char *
stranger_words(enum sounding_standing stranger)
{
	switch (stranger) {
	case STANDING_REFUSED:
		return "refused";
	case STANDING_USER:
	case STANDING_DOUBTED:
	case STANDING_GUEST:
		return "let in";
	case STANDING_NOBODY:
		return "let in as nobody";
	case STANDING_UNKNOWN:
		break;
	}
	return "not known";
}

static const char *
nameless_words(enum sounding_standing nameless)
{
	return nameless == STANDING_NOBODY ? "let in" : stranger_words(nameless);
}

static const char *
mechanism_words(unsigned mechanisms, char buffer[48])
{
	snprintf(buffer, 48, "%s%s%s", mechanisms & MECHANISM_KERBEROS ? ", kerberos" : "",
		mechanisms & MECHANISM_NTLM ? ", ntlm" : "",
		mechanisms & MECHANISM_NEGOEX ? ", negoex" : "");
	return *buffer ? buffer + 2 : "not said";
}

static void
print_dialects(const struct survey *survey)
{
	(void)printf("  %-12s %-9s %-14s %s\n", "dialect", "spoken", "signed by", "sealed by");
	for (size_t i = 0; i < SURVEY_DIALECTS; i++) {
		const struct terms *terms = &survey->dialects[i];
		const char *name = smb2_dialect_word(survey_dialects[i]);

		if (terms->dialect)
			(void)printf("  %-12s %-9s %-14s %s\n", name, "yes",
				signing_word(terms->signs_with),
				or_none(cipher_word(terms->seals_with)));
		else
			(void)printf("  %-12s %s\n", name, "no");
	}
}

/* "aes-128-gmac, aes-128-cmac": those of NAMES that the server HAS. */
static void
print_list(const char *what, const char *(*name)(uint16_t id), const uint16_t *ids, const bool *has,
	size_t count)
{
	const char *between = "";

	(void)printf("  %-12s ", what);
	for (size_t i = 0; i < count; i++) {
		if (!has[i])
			continue;
		(void)printf("%s%s", between, name(ids[i]));
		between = ", ";
	}
	(void)puts(*between ? "" : "none");
}

static const char *
signing_name(uint16_t id)
{
	return signing_word((enum signing_algorithm)id);
}

static const char *
cipher_name(uint16_t id)
{
	return cipher_word((enum cipher)id);
}

static void
print_survey(const struct survey *survey)
{
	char mechanisms[48];

	print_dialects(survey);
	(void)puts("");
	if (survey->dialects[0].dialect) {
		print_list("3.1.1 signs", signing_name, survey_signing, survey->signing,
			SURVEY_SIGNING);
		print_list("3.1.1 seals", cipher_name, survey_ciphers, survey->ciphers,
			SURVEY_CIPHERS);
	}
	(void)printf("  %-12s %s\n", "signing",
		survey->chosen.peer_requires_signing ? "required" : "not required");
	(void)printf("  %-12s %s\n", "logon", mechanism_words(survey->mechanisms, mechanisms));
	(void)printf("  %-12s %s\n", "guests", stranger_words(survey->stranger));
	(void)printf("  %-12s %s\n", "anonymous", nameless_words(survey->nameless));
}

/* Who was logged on, and what that proved. */
static void
print_logon(const struct survey *survey, const struct request *request,
	const struct upstream *upstream, const struct guise *guise)
{
	const struct sounding_logon *logon = &survey->logon;
	fault passed_over = logon->passed_over;

	(void)printf("  %-12s %s, who is %s there%s\n", "user", request->user, guise->name,
		guise->delegate ? ", by delegation" : "");
	(void)printf("  %-12s %s\n", "logged on by", or_none(logon->mechanism));
	if (logon->mechanism)
		(void)printf("  %-12s %s\n", "proved to be",
			logon->mutual ? upstream->principal : "nobody: Kerberos alone does that");
	if (passed_over)
		(void)printf("  kerberos failed: %s\n    %s\n    %s\n", passed_over->words,
			logon->detail, passed_over->remedy);
}

static void
print_finding(const struct finding *finding)
{
	const char *how = !finding->wrong ? "met" : finding->audit ? "audited" : "unmet";

	if (*finding->place)
		(void)printf("  %-28s %-8s (%s)\n", finding->what, how, finding->place);
	else
		(void)printf("  %-28s %s\n", finding->what, how);
	if (!finding->wrong)
		return;
	(void)printf("    %s: %s\n", reason_word(finding->wrong->reason), finding->wrong->words);
	if (*finding->detail)
		(void)printf("    %s\n", finding->detail);
	if (*finding->wrong->remedy)
		(void)printf("    %s\n", finding->wrong->remedy);
}

static void
print_all(const struct survey *survey, const struct findings *findings, const struct policy *policy,
	const struct request *request, const struct upstream *upstream, const struct guise *guise)
{
	(void)printf("%s at %s port %u, held against %s\n\n", upstream->key,
		upstream->addresses[0].host, upstream->addresses[0].port,
		upstream->place.line ? policy->file : "the built-in policy");
	print_survey(survey);
	if (guise)
		print_logon(survey, request, upstream, guise);
	(void)puts("");
	for (size_t i = 0; i < findings->count; i++)
		print_finding(&findings->all[i]);
	(void)printf("\n%s\n",
		all_met(findings) ? "It meets its rules." : "It does not meet its rules.");
}

/* Flags by name, as an object of its own. */
static void
tell_list(struct event *event, const char *key, const char *(*name)(uint16_t id),
	const uint16_t *ids, const bool *has, size_t count)
{
	event_open(event, key);
	for (size_t i = 0; i < count; i++)
		event_flag(event, name(ids[i]), has[i]);
	event_close(event);
}

static void
tell_findings(struct event *event, const struct findings *findings)
{
	event_flag(event, "met", all_met(findings));
	event_open(event, "unmet");
	for (size_t i = 0; i < findings->count; i++)
		if (findings->all[i].wrong)
			event_text(event, findings->all[i].what,
				reason_word(findings->all[i].wrong->reason));
	event_close(event);
}

static void
tell_logon(struct event *event, const struct survey *survey, const struct request *request,
	const struct upstream *upstream, const struct guise *guise)
{
	const struct sounding_logon *logon = &survey->logon;

	event_open(event, "user");
	event_text(event, "name", request->user);
	event_text(event, "server_user", guise->name);
	event_flag(event, "delegated", guise->delegate);
	event_text(event, "logon", or_none(logon->mechanism));
	event_flag(event, "mutual", logon->mutual);
	event_text(event, "principal", logon->mutual ? upstream->principal : "none");
	if (logon->refused || logon->passed_over)
		event_text(event, "words",
			(logon->refused ? logon->refused : logon->passed_over)->words);
	if (*logon->detail)
		event_text(event, "detail", logon->detail);
	event_close(event);
}

static void
tell_all(const struct survey *survey, const struct findings *findings,
	const struct request *request, const struct upstream *upstream, const struct guise *guise)
{
	struct event *event = event_new(LEVEL_INFO, "probe");
	char time[CLOCK_TEXT_SIZE], mechanisms[48], *line;
	bool spoken[SURVEY_DIALECTS];

	for (size_t i = 0; i < SURVEY_DIALECTS; i++)
		spoken[i] = survey->dialects[i].dialect != 0;
	event_text(event, "server", upstream->key);
	event_text(event, "host", upstream->addresses[0].host);
	event_number(event, "port", upstream->addresses[0].port);
	tell_list(event, "dialects", smb2_dialect_word, survey_dialects, spoken, SURVEY_DIALECTS);
	tell_list(event, "signing", signing_name, survey_signing, survey->signing, SURVEY_SIGNING);
	tell_list(event, "ciphers", cipher_name, survey_ciphers, survey->ciphers, SURVEY_CIPHERS);
	event_open(event, "chosen");
	event_text(event, "dialect",
		survey->chosen.dialect ? smb2_dialect_word(survey->chosen.dialect) : "none");
	event_text(event, "signing",
		survey->chosen.dialect ? signing_word(survey->chosen.signs_with) : "none");
	event_text(event, "cipher", or_none(cipher_word(survey->chosen.seals_with)));
	event_close(event);
	event_flag(event, "signing_required", survey->chosen.peer_requires_signing);
	event_text(event, "logon", mechanism_words(survey->mechanisms, mechanisms));
	event_text(event, "guests", stranger_words(survey->stranger));
	event_text(event, "anonymous", nameless_words(survey->nameless));
	if (guise)
		tell_logon(event, survey, request, upstream, guise);
	tell_findings(event, findings);
	line = event_json(event, clock_text(time));
	if (line)
		(void)fputs(line, stdout);
	free(line);
	event_free(&event);
}

/* --- the whole --- */

static int
probe(const struct request *request, const struct policy *policy, const struct upstream *upstream,
	const struct legacy *legacy, const struct guise *guise)
{
	struct prober *prober = prober_new();
	struct findings findings = {0};
	struct survey survey;
	char error[256] = "memory, descriptors or threads are out";
	int status = EXIT_ENVIRONMENT;

	if (prober && survey_take(&survey, prober, upstream, request->no_logon ? NULL : legacy,
			      guise ? &guise->config : NULL, error, sizeof error)) {
		weigh_all(&findings, &survey, policy, upstream, guise);
		if (request->json)
			tell_all(&survey, &findings, request, upstream, guise);
		else
			print_all(&survey, &findings, policy, request, upstream, guise);
		status = all_met(&findings) ? EXIT_FINE : EXIT_FAULT;
	} else {
		(void)fprintf(stderr, "smbwarden probe: %s cannot be reached: %s\n", upstream->key,
			error);
	}
	free(findings.all);
	prober_free(&prober);
	return status;
}

/* The same as somebody, if one is named whom there is. */
static int
probe_as(const struct request *request, const struct policy *policy,
	const struct upstream *upstream, const struct legacy *legacy)
{
	struct guise guise = {0};
	const char *why;
	int status;

	if (!request->user)
		return probe(request, policy, upstream, legacy, NULL);
	why = legacy ? guise_make(&guise, policy, upstream, request->user, legacy)
		     : "OpenSSL's legacy provider, which NTLM needs, is not to be had";
	status = why ? EXIT_FAULT : probe(request, policy, upstream, legacy, &guise);
	if (why)
		(void)fprintf(stderr, "smbwarden probe: user %s: %s\n", request->user, why);
	guise_clear(&guise);
	return status;
}

int
cmd_probe(int argc, char **argv)
{
	struct request request = {0};
	const struct upstream *upstream = NULL;
	struct diagnostics *diagnostics;
	struct legacy *legacy = NULL;
	struct policy *policy;
	int status;

	if (!options_read(argc, argv, &request, &status))
		return status;
	(void)signal(SIGPIPE, SIG_IGN);
	diagnostics = diagnostics_new();
	if (!diagnostics)
		return EXIT_ENVIRONMENT;
	policy = find_server(&request, &upstream, diagnostics, &status);
	if (policy) {
		legacy = request.no_logon && !request.user ? NULL : legacy_new();
		status = probe_as(&request, policy, upstream, legacy);
	} else {
		diagnostics_print(diagnostics, stderr);
	}
	legacy_free(&legacy);
	policy_unref(&policy);
	diagnostics_free(&diagnostics);
	return status;
}
