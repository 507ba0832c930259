/* The sections `defaults` and `hardened_paths`, and the built-in rules. */
#include "policy/endpoint.h"
#include "policy/paths.h"
#include "policy/pattern.h"
#include "policy/sections.h"
#include "policy/value.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DIALECT_3 0x0300 /* the first that seals */

static const struct word require_words[] = {
	{.text = "mutual_authentication", .value = REQUIRE_MUTUAL},
	{.text = "integrity", .value = REQUIRE_INTEGRITY},
	{.text = "privacy", .value = REQUIRE_PRIVACY},
	{0},
};

/* Windows' spelling of the same ([KB3000483]). */
static const struct word windows_words[] = {
	{.text = "RequireMutualAuthentication", .value = REQUIRE_MUTUAL},
	{.text = "RequireIntegrity", .value = REQUIRE_INTEGRITY},
	{.text = "RequirePrivacy", .value = REQUIRE_PRIVACY},
	{0},
};

static const struct word mode_words[] = {
	{.text = "enforce", .value = MODE_ENFORCE},
	{.text = "audit", .value = MODE_AUDIT},
	{0},
};

static const struct place built_in = {.file = "built-in"};

void
rule_clear(struct rule *rule)
{
	free(rule->pattern);
	free(rule->host);
	free(rule->share);
	free(rule->path);
	free(rule->reason);
	*rule = (struct rule){0};
}

static void
rule_require(struct rule *rule, unsigned what, bool wanted)
{
	if (what == REQUIRE_MUTUAL)
		rule->mutual = wanted;
	else if (what == REQUIRE_INTEGRITY)
		rule->integrity = wanted;
	else
		rule->privacy = wanted;
}

static void
read_require(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct rule *rule = target;
	uint16_t wanted[REQUIREMENTS];
	size_t count;

	rule->mutual = rule->integrity = rule->privacy = false;
	value_words(loader, node, key->words, wanted, REQUIREMENTS, &count);
	for (size_t i = 0; i < count; i++)
		rule_require(rule, wanted[i], true);
}

static void
read_exempt(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct rule *rule = target;
	uint16_t named[REQUIREMENTS];
	size_t count;

	value_words(loader, node, key->words, named, REQUIREMENTS, &count);
	for (size_t i = 0; i < count; i++)
		rule->exempt[named[i]] = true;
}

static const struct key defaults_keys[] = {
	{.name = "require", .read = read_require, .words = require_words, .required = true},
	{0},
};

static const struct key rule_keys[] = {
	{.name = "require", .read = read_require, .words = require_words},
	{.name = "min_dialect",
		.read = read_word,
		FIELD(struct rule, min_dialect),
		.words = dialect_words},
	{.name = "mode", .read = read_word, FIELD(struct rule, mode), .words = mode_words},
	{.name = "block_ntlm",
		.read = read_word,
		FIELD(struct rule, block_ntlm),
		.words = truth_words},
	{.name = "exempt", .read = read_exempt, .words = require_words},
	{.name = "reason", .read = read_text, FIELD(struct rule, reason)},
	{0},
};

bool
rules_defaults(struct policy *policy)
{
	policy->defaults = (struct rule){
		.pattern = strdup("defaults"),
		.integrity = true,
		.built_in = true,
		.place = built_in,
	};
	return policy->defaults.pattern != NULL;
}

void
read_defaults(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct policy *policy = target;

	(void)key;
	policy->defaults.built_in = false;
	policy->defaults.place = loader_place(loader, node);
	map_read(loader, node, defaults_keys, &policy->defaults, "`defaults`");
}

/* The text from *AT up to END or the string's end, without blanks around it; *AT moves behind END.
 */
static size_t
take_part(const char **at, char end, const char **part)
{
	const char *stop = strchr(*at, end);
	size_t len;

	*part = *at + strspn(*at, " \t");
	len = (stop ? (size_t)(stop - *at) : strlen(*at)) - (size_t)(*part - *at);
	if (stop && *part > stop)
		len = 0;
	*at = stop ? stop + 1 : *at + strlen(*at);
	while (len && isspace((unsigned char)(*part)[len - 1]))
		len--;
	return len;
}

static const struct word *
windows_word(const char *name, size_t len)
{
	for (const struct word *word = windows_words; word->text; word++)
		if (strlen(word->text) == len && strncasecmp(word->text, name, len) == 0)
			return word;
	return NULL;
}

/* One "RequireIntegrity=1" of LEN bytes. SEEN are the properties so far, as bits. */
static void
read_property(struct loader *loader, const struct node *node, const char *text, size_t len,
	struct rule *rule, unsigned *seen)
{
	size_t name = strcspn(text, "= \t,"), blanks = name + strspn(text + name, " \t");
	size_t value = blanks + 1 + strspn(text + blanks + (blanks < len), " \t");
	const struct word *word = windows_word(text, name);

	if (!word)
		loader_error(loader, node,
			"'%.*s' is none of Windows' properties: RequireMutualAuthentication, "
			"RequireIntegrity, RequirePrivacy",
			(int)name, text);
	else if (*seen & 1u << word->value)
		loader_error(loader, node, "%s is said twice", word->text);
	else if (text[blanks] != '=' || value + 1 != len || !strchr("01", text[value]))
		loader_error(loader, node, "%s wants =0 or =1 behind it", word->text);
	else
		rule_require(rule, word->value, text[value] == '1');
	if (word)
		*seen |= 1u << word->value;
}

/* Windows' value as it stands in the registry: "RequireMutualAuthentication=1, RequireIntegrity=1".
 */
static void
read_windows_rule(struct loader *loader, const struct node *node, struct rule *rule)
{
	const char *text = value_text(loader, node), *at = text;
	unsigned seen = 0;

	while (at && *at) {
		struct node place = *node;
		const char *part;
		size_t len = take_part(&at, ',', &part);

		/* Only there does the text stand in the file as it is. */
		if (node->plain && node->last_line == node->line)
			place.column += (unsigned)(part - text);
		if (len)
			read_property(loader, &place, part, len, rule, &seen);
	}
}

bool
rule_demands(const struct rule *rule, enum requirement what)
{
	return what == REQUIRE_MUTUAL      ? rule->mutual
	       : what == REQUIRE_INTEGRITY ? rule->integrity
					   : rule->privacy;
}

/* What cannot be together in the rule of MAP, where it exempts. */
static void
check_exempt(struct loader *loader, const struct node *map, const struct rule *rule)
{
	const struct node *exempt = node_find(map, "exempt"), *reason = node_find(map, "reason");
	bool any = false;

	if (reason && !exempt)
		loader_error(
			loader, reason, "'reason' says why a rule exempts: 'exempt' is missing");
	if (!exempt)
		return;
	if (!reason)
		loader_error(loader, exempt, "who exempts says why: give this rule its 'reason'");
	if (rule->mode == MODE_AUDIT)
		loader_error(loader, exempt,
			"an exemption cannot be audited: give it a rule of its own");
	for (const struct word *word = require_words; word->text; word++) {
		any = any || rule->exempt[word->value];
		if (rule->exempt[word->value] && rule_demands(rule, word->value))
			loader_error(loader, exempt, "this rule demands %s itself", word->text);
	}
	if (!any && exempt->kind == NODE_LIST && !exempt->count)
		loader_error(loader, exempt, "this exempts from nothing");
}

static void
read_rule(struct loader *loader, const struct node *key, struct rule *rule)
{
	const char *wrong = pattern_parse(key->text, &rule->host, &rule->share, &rule->path);
	const struct node *value = key->value;

	rule->place = loader_place(loader, key);
	rule->pattern = strdup(key->text);
	if (wrong || !rule->pattern)
		loader_error(loader, key, "%s", wrong ? wrong : "memory is out");
	if (value->kind == NODE_SCALAR) {
		read_windows_rule(loader, value, rule);
		return;
	}
	map_read(loader, value, rule_keys, rule, "this rule");
	if (value->kind != NODE_MAP)
		return;
	check_exempt(loader, value, rule);
	if (!node_find(value, "require") && !node_find(value, "min_dialect") &&
		!node_find(value, "block_ntlm") && !node_find(value, "exempt"))
		loader_error(loader, key,
			"this rule demands nothing: give it 'require', 'min_dialect', "
			"'block_ntlm' or 'exempt'");
}

bool
rule_judge(char *pattern, char *value, char *why, size_t size)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct source *source = source_of_text("", SOURCE_PUBLIC, "", 0);
	struct loader loader = {.diagnostics = diagnostics, .source = source, .file = ""};
	struct node said = {.kind = NODE_SCALAR, .text = value, .line = 1, .column = 1};
	struct node key = {.kind = NODE_SCALAR, .text = pattern, .line = 1, .value = &said};
	const struct diagnostic *first = NULL;
	struct rule rule = {0};

	(void)snprintf(why, size, "memory is out");
	if (diagnostics && source) {
		read_rule(&loader, &key, &rule);
		first = diagnostics_at(diagnostics, 0);
		(void)snprintf(why, size, "%s", first ? first->sentence : "");
	}
	rule_clear(&rule);
	source_free(&source);
	if (diagnostics)
		diagnostics_free(&diagnostics);
	return !*why;
}

static int
pattern_compare(const struct rule *a, const struct rule *b)
{
	int order = pattern_compare_parts(a->host, b->host);

	if (!order)
		order = pattern_compare_parts(a->share, b->share);
	return order ? order : pattern_compare_parts(a->path, b->path);
}

static int
rule_compare(const void *left, const void *right)
{
	const struct rule *a = *(const struct rule *const *)left;
	const struct rule *b = *(const struct rule *const *)right;
	int order = pattern_compare(a, b);

	return order ? order : (a > b) - (a < b);
}

static void
complain_of(
	struct loader *loader, const struct rule *rule, enum severity severity, const char *text)
{
	source_complain(loader->source, loader->diagnostics, severity, rule->place.line,
		rule->place.column, "%s", text);
}

/* Complains of patterns that come again, be it in another spelling. */
static void
find_duplicates(struct loader *loader, const struct policy *policy)
{
	const struct rule **sorted = calloc(policy->rule_count + 1, sizeof *sorted);
	size_t count = 0, first = 0;
	char sentence[160];

	for (size_t i = 0; sorted && i < policy->rule_count; i++)
		if (policy->rules[i].host || policy->rules[i].share)
			sorted[count++] = &policy->rules[i];
	if (count)
		qsort(sorted, count, sizeof *sorted, rule_compare);
	for (size_t i = 1; i < count; i++) {
		if (pattern_compare(sorted[i], sorted[first]) != 0) {
			first = i;
			continue;
		}
		(void)snprintf(sentence, sizeof sentence,
			"the same pattern stands in line %u already", sorted[first]->place.line);
		complain_of(loader, sorted[i], SEVERITY_ERROR, sentence);
	}
	free(sorted);
}

void
read_rules(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct policy *policy = target;

	(void)key;
	if (!loader_wants(loader, node, NODE_MAP))
		return;
	if (node->count > RULES_MAX) {
		loader_error(loader, node, "more than %d rules are not taken", RULES_MAX);
		return;
	}
	policy->rules = calloc(node->count + 1, sizeof *policy->rules);
	if (!policy->rules) {
		loader_error(loader, node, "memory is out");
		return;
	}
	for (const struct node *at = node->first; at; at = at->next)
		if (!at->broken)
			read_rule(loader, at, &policy->rules[policy->rule_count++]);
	find_duplicates(loader, policy);
}

/* Whether a rule of the policy has the pattern of RULE. */
static bool
is_replaced(const struct policy *policy, const struct rule *rule)
{
	for (size_t i = 0; i < policy->rule_count; i++)
		if (!policy->rules[i].built_in && pattern_compare(&policy->rules[i], rule) == 0)
			return true;
	return false;
}

bool
rules_complete(struct policy *policy)
{
	static const char *const patterns[] = {"\\\\*\\SYSVOL", "\\\\*\\NETLOGON"};
	const size_t most = sizeof patterns / sizeof patterns[0];
	struct rule *rules =
		realloc(policy->rules, (policy->rule_count + most) * sizeof *policy->rules);

	if (!rules)
		return false;
	policy->rules = rules;
	for (size_t i = 0; i < most; i++) {
		struct rule rule = {
			.mutual = true, .integrity = true, .built_in = true, .place = built_in};

		rule.pattern = strdup(patterns[i]);
		if (!rule.pattern ||
			pattern_parse(patterns[i], &rule.host, &rule.share, &rule.path)) {
			rule_clear(&rule);
			return false;
		}
		if (is_replaced(policy, &rule))
			rule_clear(&rule);
		else
			rules[policy->rule_count++] = rule;
	}
	return true;
}

bool
rule_reaches(const struct rule *rule, const struct upstream *upstream)
{
	bool reaches = !rule->host;

	for (size_t i = 0; i < upstream->name_count && !reaches; i++)
		reaches = strcmp(rule->host, upstream->folded[i]) == 0;
	return reaches;
}

/* Whether A and B may hold for one server, under whatever names. */
static bool
share_a_server(const struct policy *policy, const struct rule *a, const struct rule *b)
{
	if (!a->host || !b->host || strcmp(a->host, b->host) == 0)
		return true;
	for (size_t i = 0; i < policy->upstream_count; i++)
		if (rule_reaches(a, &policy->upstreams[i]) &&
			rule_reaches(b, &policy->upstreams[i]))
			return true;
	return false;
}

bool
rule_is_within(const struct rule *rule, const struct rule *wider)
{
	bool is_deeper = rule->path && (!wider->path || strcmp(rule->path, wider->path) != 0);
	bool strictly = (rule->host && !wider->host) || (rule->share && !wider->share) || is_deeper;

	return (rule->host || !wider->host) && (rule->share || !wider->share) &&
	       (!wider->path || (rule->path && path_is_within(rule->path, wider->path))) &&
	       strictly;
}

/* Whether OTHER demands WHAT of all that RULE holds for, and of more. */
static bool
has_demanded(const struct policy *policy, const struct rule *rule, const struct rule *other,
	enum requirement what)
{
	bool demands = rule_demands(other, what) || (what == REQUIRE_INTEGRITY && other->privacy);

	return demands && rule_is_within(rule, other) && share_a_server(policy, rule, other) &&
	       (!other->share || strcmp(other->share, rule->share) == 0);
}

/* Complains of what RULE exempts from though no less specific rule demands it. */
static void
check_exemptions(struct loader *loader, const struct policy *policy, const struct rule *rule)
{
	char sentence[160];

	for (const struct word *word = require_words; word->text; word++) {
		bool found = !rule->exempt[word->value] ||
			     has_demanded(policy, rule, &policy->defaults, word->value);

		for (size_t i = 0; i < policy->rule_count && !found; i++)
			found = has_demanded(policy, rule, &policy->rules[i], word->value);
		(void)snprintf(sentence, sizeof sentence,
			"no less specific rule demands %s: there is nothing to exempt from",
			word->text);
		if (!found)
			complain_of(loader, rule, SEVERITY_ERROR, sentence);
	}
}

void
rules_check_exemptions(struct loader *loader)
{
	const struct policy *policy = loader->policy;

	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].reason && (policy->rules[i].host || policy->rules[i].share))
			check_exemptions(loader, policy, &policy->rules[i]);
}

/* What UPSTREAM can never give of what RULE demands, as a clause; NULL: it may give all. */
static const char *
impossibility(const struct rule *rule, const struct upstream *upstream, char *buffer, size_t size)
{
	const char *max = policy_dialect_word(upstream->max_dialect);
	const char *what = rule->mutual ? "mutual_authentication" : "block_ntlm";
	bool takes_kerberos = rule->mutual || rule->block_ntlm;

	if (takes_kerberos && !upstream->kerberos)
		(void)snprintf(buffer, size,
			"%s takes Kerberos, and server '%s' has no kerberos in its `logon`", what,
			upstream->key);
	else if (takes_kerberos && !upstream->principal)
		(void)snprintf(buffer, size,
			"%s takes Kerberos, which takes a name, and the address of server '%s' is "
			"%s: write its name as `address`, or `principal: cifs/NAME`",
			what, upstream->key, upstream->host ? upstream->host : "missing");
	else if (rule->privacy && upstream->max_dialect < DIALECT_3)
		(void)snprintf(buffer, size,
			"privacy takes SMB 3.0, and server '%s' has max_dialect %s", upstream->key,
			max);
	else if (rule->privacy && upstream->encryption == SEAL_OFF)
		(void)snprintf(buffer, size,
			"privacy takes encryption, and server '%s' has encryption: off",
			upstream->key);
	else if (rule->min_dialect > upstream->max_dialect)
		(void)snprintf(buffer, size,
			"min_dialect is %s, and server '%s' has max_dialect %s",
			policy_dialect_word(rule->min_dialect), upstream->key, max);
	else
		return NULL;
	return buffer;
}

/*
 * A rule that its server can never meet is an error. One for every server is that only where none
 * can meet it: the share may be one that the weaker ones do not have.
 */
static void
check_possible(struct loader *loader, const struct policy *policy, const struct rule *rule)
{
	char first[256], buffer[256];
	size_t reached = 0, impossible = 0;

	if (!rule->mutual && !rule->privacy && !rule->min_dialect && !rule->block_ntlm)
		return;
	for (size_t i = 0; i < policy->upstream_count; i++) {
		if (!rule_reaches(rule, &policy->upstreams[i]))
			continue;
		reached++;
		if (impossibility(rule, &policy->upstreams[i], impossible ? buffer : first,
			    sizeof buffer))
			impossible++;
	}
	if (impossible)
		complain_of(loader, rule, impossible == reached ? SEVERITY_ERROR : SEVERITY_WARNING,
			first);
}

/* Whether the rule's server is one that somebody may call so. */
static bool
is_known_host(const struct policy *policy, const struct rule *rule)
{
	bool known = !rule->host;

	for (size_t i = 0; i < policy->upstream_count && !known; i++)
		known = rule_reaches(rule, &policy->upstreams[i]);
	/* Listeners have addresses, no names. */
	for (size_t i = 0; i < policy->listener_count && !known && host_is_numeric(rule->host);
		i++) {
		const char *host = policy->listeners[i].listen.host;
		char *folded = host ? host_fold(host) : NULL;

		known = folded && strcmp(folded, rule->host) == 0;
		free(folded);
	}
	return known;
}

static void
check_rule(struct loader *loader, const struct policy *policy, const struct rule *rule)
{
	check_possible(loader, policy, rule);
	if (!is_known_host(policy, rule))
		complain_of(loader, rule, SEVERITY_WARNING,
			"no server has this name: the rule holds only where a client spells it so; "
			"add "
			"it to the `names` of the server that is meant");
}

/* Nobody could be served on an untrusted wire where the defaults demand what its clients may not
 * do. */
static void
check_untrusted(struct loader *loader, const struct policy *policy, const struct listener *listener)
{
	if (listener->wire == WIRE_TRUSTED || !policy->defaults.privacy)
		return;
	if (listener->max_dialect >= DIALECT_3 && listener->encryption != DEMAND_OFF)
		return;
	source_complain(loader->source, loader->diagnostics, SEVERITY_ERROR, listener->place.line,
		listener->place.column,
		"the defaults require privacy, on an untrusted wire of the client too, and %s",
		listener->max_dialect < DIALECT_3 ? "max_dialect is below 3.0"
						  : "encryption is off");
}

static void
check_use(struct loader *loader, const struct policy *policy, const struct upstream *upstream)
{
	for (size_t i = 0; i < policy->listener_count; i++)
		if (policy->listeners[i].upstream == upstream || !policy->listeners[i].upstream ||
			!*upstream->key)
			return;
	source_complain(loader->source, loader->diagnostics, SEVERITY_WARNING, upstream->place.line,
		upstream->place.column, "no listener leads to server '%s'", upstream->key);
}

void
rules_check(struct loader *loader)
{
	const struct policy *policy = loader->policy;

	if (!policy->defaults.built_in)
		check_rule(loader, policy, &policy->defaults);
	for (size_t i = 0; i < policy->rule_count; i++)
		if (!policy->rules[i].built_in && (policy->rules[i].host || policy->rules[i].share))
			check_rule(loader, policy, &policy->rules[i]);
	for (size_t i = 0; i < policy->listener_count; i++)
		check_untrusted(loader, policy, &policy->listeners[i]);
	for (size_t i = 0; i < policy->upstream_count; i++)
		check_use(loader, policy, &policy->upstreams[i]);
}
