/* The section `servers`. */
#include "policy/endpoint.h"
#include "policy/pattern.h"
#include "policy/sections.h"
#include "policy/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIALECT_3 0x0300 /* the first that seals */
#define DIALECT_311 0x0311

/* [MS-SMB2] 2.2.3.1.7 */
enum { SIGNS_HMAC_SHA256 = 0, SIGNS_AES_CMAC = 1, SIGNS_AES_GMAC = 2 };

/* [MS-SMB2] 2.2.3.1.2 */
enum { SEALS_AES_128_CCM = 1, SEALS_AES_128_GCM = 2, SEALS_AES_256_CCM = 3, SEALS_AES_256_GCM = 4 };

const struct word signing_words[] = {
	{.text = "aes-128-gmac", .value = SIGNS_AES_GMAC},
	{.text = "aes-128-cmac", .value = SIGNS_AES_CMAC},
	{.text = "hmac-sha256", .value = SIGNS_HMAC_SHA256},
	{0},
};

const struct word cipher_words[] = {
	{.text = "aes-128-gcm", .value = SEALS_AES_128_GCM},
	{.text = "aes-256-gcm", .value = SEALS_AES_256_GCM},
	{.text = "aes-128-ccm", .value = SEALS_AES_128_CCM},
	{.text = "aes-256-ccm", .value = SEALS_AES_256_CCM},
	{0},
};

static const struct word sealing_words[] = {
	{.text = "off", .value = SEAL_OFF},
	{.text = "when_required", .value = SEAL_WHEN_REQUIRED},
	{.text = "always", .value = SEAL_ALWAYS},
	{0},
};

enum { LOGON_KERBEROS, LOGON_NTLMV2 };

static const struct word server_logon_words[] = {
	{.text = "kerberos", .value = LOGON_KERBEROS},
	{.text = "ntlmv2", .value = LOGON_NTLMV2},
	{0},
};

void
upstream_clear(struct upstream *upstream)
{
	for (size_t i = 0; i < upstream->address_count; i++)
		endpoint_clear(&upstream->addresses[i]);
	for (size_t i = 0; i < upstream->name_count; i++) {
		free(upstream->names[i]);
		free(upstream->folded[i]);
	}
	free(upstream->addresses);
	free(upstream->names);
	free(upstream->folded);
	free(upstream->key);
	free(upstream->principal);
	*upstream = (struct upstream){0};
}

void
upstream_defaults(struct upstream *upstream)
{
	static const uint16_t ciphers[] = {
		SEALS_AES_128_GCM, SEALS_AES_256_GCM, SEALS_AES_128_CCM, SEALS_AES_256_CCM};

	upstream->min_dialect = upstream->max_dialect = DIALECT_311;
	upstream->encryption = SEAL_WHEN_REQUIRED;
	upstream->kerberos = upstream->ntlmv2 = true;
	upstream->connect_timeout_ms = 5000;
	memcpy(upstream->ciphers, ciphers, sizeof ciphers);
	upstream->cipher_count = sizeof ciphers / sizeof ciphers[0];
}

/* One more name, unless it is one already. */
static bool
add_name(struct upstream *upstream, const char *spelled)
{
	char *folded = host_fold(spelled), *name = strdup(spelled);

	for (size_t i = 0; folded && i < upstream->name_count; i++) {
		if (strcmp(upstream->folded[i], folded) == 0) {
			free(folded);
			free(name);
			return true;
		}
	}
	if (!folded || !name) {
		free(folded);
		free(name);
		return false;
	}
	upstream->names[upstream->name_count] = name;
	upstream->folded[upstream->name_count++] = folded;
	return true;
}

/* The default: what is strong, and HMAC-SHA256 where 2.x, which knows nothing else, was asked for.
 */
static void
default_signing(struct upstream *upstream)
{
	if (upstream->signing_count)
		return;
	upstream->signing_algorithms[upstream->signing_count++] = SIGNS_AES_GMAC;
	upstream->signing_algorithms[upstream->signing_count++] = SIGNS_AES_CMAC;
	if (upstream->min_dialect < DIALECT_3)
		upstream->signing_algorithms[upstream->signing_count++] = SIGNS_HMAC_SHA256;
}

/* The service at the first address; a numeric one names nobody. */
static bool
default_principal(struct upstream *upstream)
{
	if (upstream->principal || !upstream->host || host_is_numeric(upstream->host))
		return true;
	if (asprintf(&upstream->principal, "cifs/%s", upstream->host) >= 0)
		return true;
	upstream->principal = NULL;
	return false;
}

bool
upstream_complete(struct upstream *upstream, char **more_names, size_t more_count)
{
	size_t most = 1 + more_count + upstream->address_count;
	bool ok;

	upstream->names = calloc(most, sizeof *upstream->names);
	upstream->folded = calloc(most, sizeof *upstream->folded);
	ok = upstream->names && upstream->folded && add_name(upstream, upstream->key);
	for (size_t i = 0; ok && i < more_count; i++)
		ok = add_name(upstream, more_names[i]);
	for (size_t i = 0; ok && i < upstream->address_count; i++)
		ok = add_name(upstream, upstream->addresses[i].host);
	if (upstream->address_count)
		upstream->host = upstream->addresses[0].host;
	default_signing(upstream);
	return ok && default_principal(upstream);
}

static void
add_address(struct loader *loader, const struct node *node, struct upstream *upstream)
{
	const char *text = value_text(loader, node);
	struct endpoint endpoint;
	const char *wrong;

	if (!text)
		return;
	wrong = endpoint_parse_server(text, &endpoint);
	if (wrong)
		loader_error(loader, node, "'%s': %s", text, wrong);
	else
		upstream->addresses[upstream->address_count++] = endpoint;
}

static void
read_address(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct upstream *upstream = target;
	void *room;

	(void)key;
	if (node->kind == NODE_SCALAR) {
		upstream->addresses = calloc(1, sizeof *upstream->addresses);
		if (upstream->addresses)
			add_address(loader, node, upstream);
		else
			loader_error(loader, node, "memory is out");
		return;
	}
	if (!loader_list(loader, node, SERVER_ADDRESSES_MAX, sizeof *upstream->addresses, &room))
		return;
	upstream->addresses = room;
	for (const struct node *at = node->first; at; at = at->next)
		add_address(loader, at, upstream);
}

/* The name in NODE, or NULL where it cannot be a server's. */
static const char *
server_name(struct loader *loader, const struct node *node)
{
	const char *text = value_text(loader, node);

	if (text && !host_is_numeric(text) && strpbrk(text, "\\/:*?\"<>|[] ")) {
		loader_error(loader, node, "'%s' cannot be a server's name", text);
		return NULL;
	}
	return text;
}

/* Only looks at the names; they are put together when the addresses are known. */
static void
read_names(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	(void)key;
	(void)target;
	if (!loader_wants(loader, node, NODE_LIST))
		return;
	if (node->count > SERVER_NAMES_MAX)
		loader_error(loader, node, "more than %d names are not taken", SERVER_NAMES_MAX);
	for (const struct node *at = node->first; at; at = at->next)
		(void)server_name(loader, at);
}

static void
complain_if_empty(struct loader *loader, const struct node *node, size_t count)
{
	if (node->kind == NODE_LIST && node->count == 0 && count == 0)
		loader_error(loader, node, "this is empty: leave it out for the default");
}

static void
read_signing_algorithms(
	struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct upstream *upstream = target;

	value_words(loader, node, key->words, upstream->signing_algorithms, 4,
		&upstream->signing_count);
	complain_if_empty(loader, node, upstream->signing_count);
}

static void
read_ciphers(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct upstream *upstream = target;

	value_words(loader, node, key->words, upstream->ciphers, 4, &upstream->cipher_count);
	complain_if_empty(loader, node, upstream->cipher_count);
}

static bool
holds(const uint16_t *values, size_t count, uint16_t value)
{
	for (size_t i = 0; i < count; i++)
		if (values[i] == value)
			return true;
	return false;
}

static void
read_server_logon(
	struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct upstream *upstream = target;
	uint16_t methods[4];
	size_t count;

	value_words(loader, node, key->words, methods, 4, &count);
	complain_if_empty(loader, node, count);
	upstream->kerberos = holds(methods, count, LOGON_KERBEROS);
	upstream->ntlmv2 = holds(methods, count, LOGON_NTLMV2);
}

/* service/host or service/host@REALM; a host by number is nobody that Kerberos knows. */
static void
read_principal(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	const char *text = value_text(loader, node);
	const char *slash = text ? strchr(text, '/') : NULL;
	const char *at = slash ? strchr(slash, '@') : NULL;
	struct upstream *upstream = target;

	if (!text)
		return;
	if (!slash || slash == text || !slash[1] || at == slash + 1 || strchr(slash + 1, '/') ||
		strpbrk(text, "\\ ") || (at && (!at[1] || strchr(at + 1, '@')))) {
		loader_error(loader, node,
			"'%s': a principal is written as cifs/HOST or cifs/HOST@REALM", text);
		return;
	}
	(void)key;
	upstream->principal = strdup(text);
	if (!upstream->principal)
		loader_error(loader, node, "memory is out");
}

static const struct key server_keys[] = {
	{.name = "address", .read = read_address, .required = true},
	{.name = "names", .read = read_names},
	{.name = "principal", .read = read_principal},
	{.name = "min_dialect",
		.read = read_word,
		FIELD(struct upstream, min_dialect),
		.words = dialect_words},
	{.name = "max_dialect",
		.read = read_word,
		FIELD(struct upstream, max_dialect),
		.words = dialect_words},
	{.name = "signing_algorithms", .read = read_signing_algorithms, .words = signing_words},
	{.name = "ciphers", .read = read_ciphers, .words = cipher_words},
	{.name = "encryption",
		.read = read_word,
		FIELD(struct upstream, encryption),
		.words = sealing_words},
	{.name = "logon", .read = read_server_logon, .words = server_logon_words},
	{.name = "block_ntlm",
		.read = read_word,
		FIELD(struct upstream, section.block_ntlm),
		.words = truth_words},
	{.name = "connect_timeout",
		.read = read_duration,
		FIELD(struct upstream, connect_timeout_ms),
		.min = 10,
		.max = 600000},
	{0},
};

/* Whether the server leg can sign at DIALECT with what the policy allows ([MS-SMB2] 3.1.4.1). */
static bool
can_sign(const struct upstream *upstream, uint16_t dialect)
{
	if (dialect == DIALECT_311)
		return upstream->signing_count > 0;
	return holds(upstream->signing_algorithms, upstream->signing_count,
		dialect < DIALECT_3 ? SIGNS_HMAC_SHA256 : SIGNS_AES_CMAC);
}

/* Before 3.1.1 there is no cipher to choose: it is AES-128-CCM ([MS-SMB2] 3.1.4.3). */
static bool
can_seal(const struct upstream *upstream, uint16_t dialect)
{
	if (dialect < DIALECT_3 || upstream->encryption == SEAL_OFF)
		return false;
	return dialect == DIALECT_311
		       ? upstream->cipher_count > 0
		       : holds(upstream->ciphers, upstream->cipher_count, SEALS_AES_128_CCM);
}

/* How many of the dialects that the server may speak can do what CAN asks; *OF is how many there
 * are. */
static size_t
count_dialects(const struct upstream *upstream,
	bool (*can)(const struct upstream *, uint16_t dialect), size_t *of)
{
	size_t count = 0;

	*of = 0;
	for (const struct word *word = dialect_words; word->text; word++) {
		uint16_t dialect = (uint16_t)word->value;

		if (word->refusal || dialect < upstream->min_dialect ||
			dialect > upstream->max_dialect)
			continue;
		(*of)++;
		count += can(upstream, dialect);
	}
	return count;
}

static void
check_dialects(struct loader *loader, const struct node *map, const struct upstream *upstream)
{
	const struct node *min = node_find(map, "min_dialect");
	const struct node *max = node_find(map, "max_dialect");

	if (upstream->min_dialect <= upstream->max_dialect)
		return;
	loader_error(loader, min ? min : max, "min_dialect %s%s is above max_dialect %s%s",
		policy_dialect_word(upstream->min_dialect), min ? "" : " (the default)",
		policy_dialect_word(upstream->max_dialect), max ? "" : " (the default)");
}

static void
check_strength(struct loader *loader, const struct node *map, const struct upstream *upstream)
{
	const struct node *signing = node_find(map, "signing_algorithms");
	const struct node *ciphers = node_find(map, "ciphers");
	const struct node *encryption = node_find(map, "encryption");
	size_t of, can = count_dialects(upstream, can_sign, &of);

	if (of && can == 0 && signing)
		loader_error(loader, signing,
			"none of these signs at the dialects from min_dialect to max_dialect: 2.x "
			"takes "
			"hmac-sha256, 3.0 and 3.0.2 take aes-128-cmac");
	else if (can < of && signing)
		loader_warning(loader, signing,
			"not all dialects from min_dialect to max_dialect can be used: 2.x takes "
			"hmac-sha256, 3.0 and 3.0.2 take aes-128-cmac");
	if (!of || upstream->encryption == SEAL_OFF || count_dialects(upstream, can_seal, &of))
		return;
	if (upstream->encryption == SEAL_ALWAYS && upstream->max_dialect < DIALECT_3)
		loader_error(loader, encryption, "encryption takes SMB 3.0, and max_dialect is %s",
			policy_dialect_word(upstream->max_dialect));
	else if (ciphers && upstream->cipher_count && upstream->max_dialect >= DIALECT_3)
		loader_error(loader, ciphers, "3.0 and 3.0.2 take aes-128-ccm, which is not named");
}

/* The names in MAP that can be taken; borrowed. *COUNT of them, at most MAX. */
static void
collect_names(const struct node *map, char **names, size_t max, size_t *count)
{
	const struct node *list = node_find(map, "names");

	*count = 0;
	for (const struct node *at = list ? list->first : NULL; at && *count < max; at = at->next)
		if (at->kind == NODE_SCALAR && *at->text && list->kind == NODE_LIST)
			names[(*count)++] = at->text;
}

/* Kerberos alone takes somebody to mean; and where NTLM is blocked it is alone. */
static void
check_logon(struct loader *loader, const struct node *map, struct upstream *upstream)
{
	const struct node *node = node_find(map, "logon");

	if (upstream->section.block_ntlm) {
		node = node_find(map, "block_ntlm");
		upstream->ntlmv2 = false;
		if (!upstream->kerberos)
			loader_error(loader, node,
				"block_ntlm takes Kerberos, which `logon` of this server does not "
				"have");
	}
	if (!upstream->kerberos || upstream->ntlmv2 || upstream->principal || !upstream->host)
		return;
	loader_error(loader, node,
		"Kerberos takes a name, and the address is %s: write the server's name as "
		"`address`, or `principal: cifs/NAME`",
		upstream->host);
}

static void
read_server(struct loader *loader, const struct node *key, struct upstream *upstream)
{
	const char *name = server_name(loader, key);
	char *names[SERVER_NAMES_MAX];
	size_t count;

	upstream_defaults(upstream);
	upstream->place = loader_place(loader, key);
	upstream->key = strdup(name ? name : "");
	map_read(loader, key->value, server_keys, upstream, "this server");
	collect_names(key->value, names, SERVER_NAMES_MAX, &count);
	if (!upstream->key || !upstream_complete(upstream, names, count))
		loader_error(loader, key, "memory is out");
	upstream->section.pattern = upstream->key;
	upstream->section.place = upstream->place;
	check_dialects(loader, key->value, upstream);
	check_strength(loader, key->value, upstream);
	check_logon(loader, key->value, upstream);
}

static bool
is_address(const struct upstream *upstream, const char *folded)
{
	bool found = false;

	for (size_t i = 0; i < upstream->address_count && !found; i++) {
		char *host = host_fold(upstream->addresses[i].host);

		found = host && strcmp(host, folded) == 0;
		free(host);
	}
	return found;
}

/*
 * A name leads to one server. Only an address may be shared: there, servers are told apart by their
 * ports, and clients by the listeners they come through.
 */
static void
check_names(struct loader *loader, const struct upstream *upstream, const struct upstream *other)
{
	for (size_t i = 0; i < upstream->name_count; i++) {
		for (size_t j = 0; j < other->name_count; j++) {
			const char *name = upstream->folded[i];

			if (strcmp(name, other->folded[j]) != 0 ||
				(is_address(upstream, name) && is_address(other, name)))
				continue;
			source_complain(loader->source, loader->diagnostics, SEVERITY_ERROR,
				upstream->place.line, upstream->place.column,
				"'%s' is a name of server '%s' in line %u too: a name leads to one "
				"server",
				upstream->names[i], other->key, other->place.line);
		}
	}
}

void
read_servers(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct policy *policy = target;
	void *room;

	(void)key;
	if (!loader_map(loader, node, SERVERS_MAX, sizeof *policy->upstreams, &room))
		return;
	policy->upstreams = room;
	for (const struct node *at = node->first; at; at = at->next) {
		if (at->broken)
			continue;
		read_server(loader, at, &policy->upstreams[policy->upstream_count++]);
	}
	for (size_t i = 1; i < policy->upstream_count; i++)
		for (size_t j = 0; j < i; j++)
			check_names(loader, &policy->upstreams[i], &policy->upstreams[j]);
}
