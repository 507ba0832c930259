/* Reads a policy: the table of smbwarden.yaml, and the policy that needs no file. */
#include "policy/endpoint.h"
#include "policy/sections.h"
#include "policy/store.h"
#include "policy/value.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000u

static const struct word policy_modes[] = {
	{.text = "enforce", .value = MODE_ENFORCE},
	{.text = "audit", .value = MODE_AUDIT},
	{0},
};

static const struct word format_words[] = {
	{.text = "json", .value = LOG_FORMAT_JSON},
	{.text = "text", .value = LOG_FORMAT_TEXT},
	{0},
};

static const struct word level_words[] = {
	{.text = "error", .value = LEVEL_ERROR},
	{.text = "warning", .value = LEVEL_WARNING},
	{.text = "info", .value = LEVEL_INFO},
	{.text = "debug", .value = LEVEL_DEBUG},
	{0},
};

static const struct limits default_limits = {
	.clients = 4096,
	.clients_per_address = 256,
	.requests_in_flight = 512,
	.sessions_per_client = 64,
	.trees_per_session = 256,
	.opens_per_session = 16384,
	.logon_time_ms = 30000,
	.idle_time_ms = 900000,
};

static const struct key limit_keys[] = {
	{.name = "clients",
		.read = read_number,
		FIELD(struct limits, clients),
		.min = 1,
		.max = 1000000},
	{.name = "clients_per_address",
		.read = read_number,
		FIELD(struct limits, clients_per_address),
		.min = 1,
		.max = 1000000},
	{.name = "logon_time",
		.read = read_duration,
		FIELD(struct limits, logon_time_ms),
		.min = 1000,
		.max = DAY_MS},
	{.name = "idle_time",
		.read = read_duration,
		FIELD(struct limits, idle_time_ms),
		.min = 1000,
		.max = 365ull * DAY_MS},
	{.name = "requests_in_flight",
		.read = read_number,
		FIELD(struct limits, requests_in_flight),
		.min = 1,
		.max = 8192},
	{.name = "sessions_per_client",
		.read = read_number,
		FIELD(struct limits, sessions_per_client),
		.min = 1,
		.max = 65536},
	{.name = "trees_per_session",
		.read = read_number,
		FIELD(struct limits, trees_per_session),
		.min = 1,
		.max = 65536},
	{.name = "opens_per_session",
		.read = read_number,
		FIELD(struct limits, opens_per_session),
		.min = 1,
		.max = 1048576},
	{0},
};

static const struct key log_keys[] = {
	{.name = "format",
		.read = read_word,
		FIELD(struct log_config, format),
		.words = format_words},
	{.name = "level", .read = read_word, FIELD(struct log_config, level), .words = level_words},
	{0},
};

static void
read_version(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	const char *text = value_text(loader, node);

	(void)key;
	(void)target;
	if (text && strcmp(text, "1") != 0)
		loader_error(loader, node, "version '%s' is not known; this is version 1", text);
}

static void
read_limits(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct policy *policy = target;

	(void)key;
	map_read(loader, node, limit_keys, &policy->limits, "`limits`");
}

static const struct word delegation_words[] = {
	{.text = "none", .value = ACT_FOR_NOBODY},
	{.text = "forwarded", .value = ACT_BY_FORWARDED},
	{.text = "s4u", .value = ACT_BY_S4U},
	{0},
};

static const struct key kerberos_keys[] = {
	{.name = "keytab",
		.read = read_secret_path,
		FIELD(struct policy, keytab),
		.required = true},
	{.name = "delegation",
		.read = read_word,
		FIELD(struct policy, delegation),
		.words = delegation_words},
	{0},
};

static void
read_kerberos(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	(void)key;
	map_read(loader, node, kerberos_keys, target, "`kerberos`");
}

static void
read_log(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct policy *policy = target;

	(void)key;
	map_read(loader, node, log_keys, &policy->log, "`log`");
}

static void
read_state(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	const char *text = value_text(loader, node);
	struct policy *policy = target;

	(void)key;
	if (!text)
		return;
	policy->state_place = loader_place(loader, node);
	if (strcmp(text, "none") == 0)
		return;
	policy->state = path_beside(loader->file, text);
	if (!policy->state)
		loader_error(loader, node, "memory is out");
}

/* In the order in which they are read: listeners name servers and accounts, and lean on our keys;
 * accounts lean on those, and on the
 * domain. */
static const struct key policy_keys[] = {
	{.name = "version", .read = read_version, .required = true},
	{.name = "mode", .read = read_word, FIELD(struct policy, mode), .words = policy_modes},
	{.name = "servers", .read = read_servers, .required = true},
	{.name = "kerberos", .read = read_kerberos},
	{.name = "winbind", .read = read_word, FIELD(struct policy, winbind), .words = truth_words},
	{.name = "accounts", .read = read_accounts},
	{.name = "listeners", .read = read_listeners, .required = true},
	{.name = "defaults", .read = read_defaults},
	{.name = "hardened_paths", .read = read_rules},
	{.name = "user", .read = read_text, FIELD(struct policy, user)},
	{.name = "limits", .read = read_limits},
	{.name = "log", .read = read_log},
	{.name = "routes"},
	{.name = "admin"},
	{.name = "state", .read = read_state},
	{0},
};

struct policy *
policy_new(const char *file)
{
	struct policy *policy = calloc(1, sizeof *policy);

	if (!policy)
		return NULL;
	atomic_init(&policy->references, 1);
	policy->limits = default_limits;
	policy->log = (struct log_config){.format = LOG_FORMAT_JSON, .level = LEVEL_INFO};
	policy->file = strdup(file);
	if (!policy->file || !rules_defaults(policy))
		policy_unref(&policy);
	return policy;
}

/* What can only be said when all is read. */
static void
policy_check(struct loader *loader, const struct node *root)
{
	struct policy *policy = loader->policy;

	rules_check(loader);
	if (!node_find(root, "state")) {
		policy->state_place.file = policy->file;
		policy->state = strdup(STORE_DEFAULT_PATH);
		if (!policy->state)
			loader_error(loader, root, "memory is out");
	}
	if (!node_find(root, "accounts") && policy->winbind)
		loader_warning(loader, root,
			"there are no `accounts`: the domain's users can log on, but nothing says "
			"whom to be at the server");
	else if (!node_find(root, "accounts"))
		loader_warning(loader, root,
			"there are no `accounts`: nobody can log on; `smbwarden account add` makes "
			"them");
	if (!rules_complete(policy))
		loader_error(loader, root, "memory is out");
	rules_check_exemptions(loader);
}

/* *SOURCE goes to the policy, or with it. */
static struct policy *
policy_from(struct source **source, struct diagnostics *diagnostics)
{
	struct loader loader = {.diagnostics = diagnostics, .source = *source};
	struct place place = {.file = (*source)->path};
	size_t errors = diagnostics_errors(diagnostics);
	struct node *root = document_parse(*source, diagnostics);

	loader.policy = policy_new((*source)->path);
	if (!loader.policy) {
		diagnostics_add(diagnostics, SEVERITY_FAILURE, &place, NULL, "memory is out");
	} else if (root) {
		loader.file = loader.policy->file;
		map_read(&loader, root, policy_keys, loader.policy, "the policy");
		if (root->kind == NODE_MAP)
			policy_check(&loader, root);
	} else if (diagnostics_errors(diagnostics) == errors) {
		diagnostics_add(diagnostics, SEVERITY_ERROR, &place, NULL, "the file is empty");
	}
	node_free(&root);
	if (diagnostics_errors(diagnostics) != errors)
		policy_unref(&loader.policy);
	if (loader.policy)
		loader.policy->text = *source;
	else
		source_free(source);
	return loader.policy;
}

struct policy *
policy_parse(const char *file, const char *text, size_t len, struct diagnostics *diagnostics)
{
	struct source *source = source_of_text(file, SOURCE_PUBLIC, text, len);
	struct place place = {.file = file};
	struct policy *policy = NULL;

	if (source)
		policy = policy_from(&source, diagnostics);
	else
		diagnostics_add(diagnostics, SEVERITY_FAILURE, &place, NULL,
			"memory is out, or the text too long");
	return policy;
}

struct policy *
policy_load(const char *path, struct diagnostics *diagnostics)
{
	struct place place = {.file = path};
	struct source *source = source_read(path, SOURCE_PUBLIC, &place, NULL, diagnostics);

	return source ? policy_from(&source, diagnostics) : NULL;
}

char *
policy_accounts_path(const char *path, struct diagnostics *diagnostics)
{
	struct place place = {.file = path};
	struct source *source = source_read(path, SOURCE_PUBLIC, &place, NULL, diagnostics);
	struct node *root = source ? document_parse(source, diagnostics) : NULL;
	const struct node *value = node_find(root, "accounts");
	char *out = NULL;

	if (value && value->kind == NODE_SCALAR && !node_is_null(value)) {
		out = path_beside(path, value->text);
		if (!out)
			diagnostics_add(
				diagnostics, SEVERITY_FAILURE, &place, NULL, "memory is out");
	}
	node_free(&root);
	source_free(&source);
	return out;
}

static void
complain_of_option(
	struct diagnostics *diagnostics, const char *option, const char *value, const char *wrong)
{
	struct place place = {.file = option};

	if (wrong)
		diagnostics_add(
			diagnostics, SEVERITY_ERROR, &place, NULL, "'%s': %s", value, wrong);
}

/* One server, called by its host, with room for its one address. */
static const char *
add_builtin_server(struct policy *policy, const char *server)
{
	struct upstream *upstream = calloc(1, sizeof *upstream);
	const char *wrong;

	if (!upstream)
		return "memory is out";
	policy->upstreams = upstream;
	policy->upstream_count = 1;
	upstream_defaults(upstream);
	upstream->place = (struct place){.file = policy->file};
	upstream->addresses = calloc(1, sizeof *upstream->addresses);
	if (!upstream->addresses)
		return "memory is out";
	wrong = endpoint_parse_server(server, &upstream->addresses[0]);
	if (wrong)
		return wrong;
	upstream->address_count = 1;
	upstream->key = strdup(upstream->addresses[0].host);
	return upstream->key && upstream_complete(upstream, NULL, 0) ? NULL : "memory is out";
}

static const char *
add_builtin_listener(struct policy *policy, const char *listen)
{
	struct listener *listener = calloc(1, sizeof *listener);
	const char *wrong;

	if (!listener)
		return "memory is out";
	policy->listeners = listener;
	policy->listener_count = 1;
	listener_defaults(listener);
	listener->place = (struct place){.file = policy->file};
	listener->upstream = policy->upstreams;
	wrong = endpoint_parse_listen(listen, &listener->listen);
	listener_complete(listener, false, false);
	return wrong;
}

struct policy *
policy_builtin(const char *listen, const char *server, const char *accounts,
	struct diagnostics *diagnostics)
{
	struct place place = {.file = "--accounts"};
	size_t errors = diagnostics_errors(diagnostics);
	struct policy *policy = policy_new("command line");

	if (!policy || !rules_complete(policy)) {
		diagnostics_add(diagnostics, SEVERITY_FAILURE, &place, NULL, "memory is out");
		policy_unref(&policy);
		return NULL;
	}
	complain_of_option(diagnostics, "--server", server, add_builtin_server(policy, server));
	complain_of_option(diagnostics, "--listen", listen, add_builtin_listener(policy, listen));
	if (accounts)
		accounts_load(policy, accounts, &place, NULL, diagnostics);
	if (diagnostics_errors(diagnostics) != errors)
		policy_unref(&policy);
	return policy;
}
