/* The accounts file: who may log on at the client leg, and as whom at the server leg. */
#include "base/secret.h"
#include "base/utf16.h"
#include "policy/sections.h"
#include "policy/value.h"

#include <stdlib.h>
#include <string.h>

static void
identity_clear(struct identity *identity)
{
	free(identity->user);
	free(identity->domain);
	free(identity->keytab);
	secret_free_text(&identity->password);
	secret_wipe(identity->nt_hash, sizeof identity->nt_hash);
	*identity = (struct identity){0};
}

void
account_clear(struct account *account)
{
	free(account->user);
	free(account->domain);
	free(account->folded_user);
	free(account->folded_domain);
	secret_free_text(&account->password);
	secret_wipe(account->nt_hash, sizeof account->nt_hash);
	identity_clear(&account->server);
	*account = (struct account){0};
}

/* Splits user, DOMAIN\user or user@REALM into copies; what is wrong as a clause, or NULL. */
static const char *
split_name(const char *text, char **user, char **domain)
{
	const char *slash = strchr(text, '\\');
	const char *at = slash ? NULL : strrchr(text, '@');

	if (slash) {
		*domain = strndup(text, (size_t)(slash - text));
		*user = strdup(slash + 1);
	} else if (at) {
		*user = strndup(text, (size_t)(at - text));
		*domain = strdup(at + 1);
	} else {
		*user = strdup(text);
	}
	if (!*user || ((slash || at) && !*domain))
		return "memory is out";
	if (!**user || (*domain && !**domain) || strchr(*user, '\\'))
		return "a user is written as user, DOMAIN\\user or user@REALM";
	return NULL;
}

static void
read_user(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct identity *identity = target;
	const char *text = value_text(loader, node);
	const char *wrong = text ? split_name(text, &identity->user, &identity->domain) : NULL;

	(void)key;
	identity->is_principal = text && identity->domain && !strchr(text, '\\');
	if (wrong)
		loader_error(loader, node, "%s", wrong);
}

static void
read_password(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct identity *identity = target;
	const char *text = value_text(loader, node);

	(void)key;
	if (!text)
		return;
	identity->password = secret_copy_text(text);
	if (!identity->password)
		loader_error(loader, node, "memory is out");
}

/* The value of a hexadecimal digit, or 16. */
static unsigned
digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return (unsigned)(digit - '0');
	if (digit >= 'a' && digit <= 'f')
		return (unsigned)(digit - 'a') + 10;
	return digit >= 'A' && digit <= 'F' ? (unsigned)(digit - 'A') + 10 : 16;
}

static void
read_nt_hash(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct identity *identity = target;
	const char *text = value_text(loader, node);

	(void)key;
	if (!text)
		return;
	identity->has_nt_hash = strlen(text) == 2 * sizeof identity->nt_hash;
	for (size_t i = 0; identity->has_nt_hash && i < sizeof identity->nt_hash; i++) {
		unsigned high = digit_value(text[2 * i]), low = digit_value(text[2 * i + 1]);

		identity->has_nt_hash = high < 16 && low < 16;
		identity->nt_hash[i] = (uint8_t)(high << 4 | (low & 15));
	}
	if (!identity->has_nt_hash)
		loader_error(loader, node, "an nt_hash has 32 hexadecimal digits");
}

void
read_secret_path(
	struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	char **path = (char **)(void *)((char *)target + key->offset);
	const char *text = value_text(loader, node);
	struct place place = node_place(loader->source, node);
	char *line = source_line(loader->source, node->line);

	*path = text ? path_beside(loader->source->path, text) : NULL;
	if (text && !*path)
		loader_error(loader, node, "memory is out");
	if (*path)
		(void)source_is_fit_secret(*path, &place, line, loader->diagnostics);
	free(line);
}

static const struct key server_keys[] = {
	{.name = "user", .read = read_user},
	{.name = "password", .read = read_password},
	{.name = "nt_hash", .read = read_nt_hash},
	{.name = "keytab", .read = read_secret_path, FIELD(struct identity, keytab)},
	{0},
};

/* Who an entry speaks of before it becomes an account: at the client leg, and at the server leg. */
struct entry {
	struct identity client, server;
};

static void
complain_of_both(struct loader *loader, const struct node *node)
{
	const struct node *hash = node_find(node, "nt_hash");
	const struct node *keytab = node_find(node, "keytab");

	if (hash && node_find(node, "password"))
		loader_error(loader, hash, "a password or an nt_hash, not both");
	if (keytab && (hash || node_find(node, "password")))
		loader_error(loader, keytab, "a keytab or another secret, not both");
}

/* A keytab holds keys of principals, and is good for Kerberos alone. */
static void
complain_of_keytab(struct loader *loader, const struct node *node, const struct identity *server)
{
	const struct node *keytab = node_find(node, "keytab");

	if (keytab && !server->is_principal)
		loader_error(loader, keytab,
			"a keytab takes a principal: write `user: name@REALM` beside it");
}

static void
read_server_identity(
	struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct entry *entry = target;

	(void)key;
	map_read(loader, node, server_keys, &entry->server, "`server`");
	if (node->kind != NODE_MAP)
		return;
	complain_of_both(loader, node);
	complain_of_keytab(loader, node, &entry->server);
	if (!node_find(node, "password") && !node_find(node, "nt_hash") &&
		!node_find(node, "keytab") &&
		!(entry->server.is_principal && loader->policy->delegation == ACT_BY_S4U))
		loader_error(loader, node,
			"`server` lacks 'password', 'nt_hash' or 'keytab'; left out as a whole, it "
			"is the same name and password");
}

/* The keys of the client's identity are those of the entry: it comes first in it. */
static const struct key account_keys[] = {
	{.name = "user", .read = read_user, .required = true},
	{.name = "password", .read = read_password},
	{.name = "nt_hash", .read = read_nt_hash},
	{.name = "server", .read = read_server_identity},
	{0},
};

static bool
copy_text(char **out, const char *text)
{
	*out = text ? strdup(text) : NULL;
	return !text || *out;
}

/* Fills what the entry does not say about the server leg with what it says about the client leg. */
static bool
inherit(struct entry *entry)
{
	struct identity *server = &entry->server;
	const struct identity *client = &entry->client;
	bool is_another = server->user;
	bool ok = true;

	if (!server->user) {
		ok = copy_text(&server->user, client->user) &&
		     copy_text(&server->domain, client->domain);
		server->is_principal = client->is_principal;
	}
	if (!identity_has_secret(server) && !is_another) {
		ok = ok && copy_text(&server->password, client->password);
		server->has_nt_hash = client->has_nt_hash;
		memcpy(server->nt_hash, client->nt_hash, sizeof server->nt_hash);
	}
	return ok;
}

/* What an account without a password lacks: somebody who knows it, and another for the server. */
static const char *
lacking(const struct loader *loader, const struct entry *entry)
{
	if (identity_has_secret(&entry->client))
		return NULL;
	if (!loader->policy->winbind && !(entry->client.is_principal && loader->policy->keytab))
		return "this account lacks 'password' or 'nt_hash'; only users whom the domain "
		       "knows do without: with `winbind: true`, or a user@REALM with `kerberos:`";
	return identity_has_secret(&entry->server) || loader->policy->delegation
		       ? NULL
		       : "this account lacks a `server` with a password: the domain knows the "
			 "user's, and smbwarden needs one to log on at the server";
}

/* Moves ENTRY into ACCOUNT. False when memory is out. */
static bool
account_from(struct account *account, struct entry *entry)
{
	struct identity *client = &entry->client;
	bool is_said = entry->server.user;
	bool ok = inherit(entry);

	account->user = client->user;
	account->domain = client->domain;
	account->password = client->password;
	account->has_nt_hash = client->has_nt_hash;
	memcpy(account->nt_hash, client->nt_hash, sizeof account->nt_hash);
	account->server = entry->server;
	account->server_said = is_said;
	secret_wipe(entry, sizeof *entry);
	if (account->user)
		account->folded_user = utf8_fold(account->user);
	if (account->domain)
		account->folded_domain = utf8_fold(account->domain);
	return ok && !account->user == !account->folded_user &&
	       !account->domain == !account->folded_domain;
}

static void
read_account(struct loader *loader, const struct node *node, struct account *account)
{
	struct entry entry = {0};

	account->place = loader_place(loader, node);
	map_read(loader, node, account_keys, &entry, "this account");
	if (node->kind == NODE_MAP) {
		const char *wrong = lacking(loader, &entry);

		complain_of_both(loader, node);
		if (wrong && !node_find(node, "password") && !node_find(node, "nt_hash"))
			loader_error(loader, node, "%s", wrong);
	}
	if (!account_from(account, &entry))
		loader_error(loader, node, "memory is out");
}

static int
compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int
name_compare(const struct account *a, const struct account *b)
{
	int order = compare_texts(a->folded_user, b->folded_user);

	return order ? order : compare_texts(a->folded_domain, b->folded_domain);
}

static int
account_compare(const void *left, const void *right)
{
	const struct account *a = *(const struct account *const *)left;
	const struct account *b = *(const struct account *const *)right;
	int order = name_compare(a, b);

	return order ? order : (a > b) - (a < b);
}

static void
find_duplicates(struct loader *loader, const struct policy *policy)
{
	const struct account **sorted = calloc(policy->account_count + 1, sizeof *sorted);
	size_t count = 0, first = 0;

	for (size_t i = 0; sorted && i < policy->account_count; i++)
		if (policy->accounts[i].folded_user)
			sorted[count++] = &policy->accounts[i];
	if (count)
		qsort(sorted, count, sizeof *sorted, account_compare);
	for (size_t i = 1; i < count; i++) {
		if (name_compare(sorted[i], sorted[first]) != 0)
			first = i;
		else
			source_complain(loader->source, loader->diagnostics, SEVERITY_ERROR,
				sorted[i]->place.line, sorted[i]->place.column,
				"this user has an entry in line %u already",
				sorted[first]->place.line);
	}
	free(sorted);
}

static void
read_account_list(
	struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	struct policy *policy = target;

	(void)key;
	/* An empty list stays behind when the last account is removed. */
	if (node_is_null(node) || (node->kind == NODE_LIST && node->count == 0))
		return;
	if (!loader_wants(loader, node, NODE_LIST))
		return;
	if (node->count > ACCOUNTS_MAX) {
		loader_error(loader, node, "more than %d accounts are not taken", ACCOUNTS_MAX);
		return;
	}
	policy->accounts = calloc(node->count, sizeof *policy->accounts);
	if (!policy->accounts) {
		loader_error(loader, node, "memory is out");
		return;
	}
	for (const struct node *at = node->first; at; at = at->next)
		read_account(loader, at, &policy->accounts[policy->account_count++]);
	find_duplicates(loader, policy);
}

static const struct key file_keys[] = {
	{.name = "accounts", .read = read_account_list, .required = true},
	{0},
};

bool
accounts_from(struct policy *policy, const struct source *source, struct diagnostics *diagnostics)
{
	struct loader loader = {.policy = policy, .diagnostics = diagnostics, .source = source};
	size_t errors = diagnostics_errors(diagnostics);
	struct place place = {.file = source->path};
	struct node *root;

	policy->accounts_file = strdup(source->path);
	if (!policy->accounts_file)
		return false;
	loader.file = policy->accounts_file;
	root = document_parse(source, diagnostics);
	if (root)
		map_read(&loader, root, file_keys, policy, "the accounts file");
	else if (diagnostics_errors(diagnostics) == errors)
		diagnostics_add(diagnostics, SEVERITY_ERROR, &place, NULL,
			"the file is empty: it wants a line 'accounts:'");
	node_free(&root);
	return true;
}

void
accounts_load(struct policy *policy, const char *path, const struct place *named, const char *line,
	struct diagnostics *diagnostics)
{
	struct source *source = source_read(path, SOURCE_SECRET, named, line, diagnostics);

	if (source && !accounts_from(policy, source, diagnostics))
		diagnostics_add(diagnostics, SEVERITY_FAILURE, named, line, "memory is out");
	source_free(&policy->accounts_text);
	policy->accounts_text = source;
}

char *
path_beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	char *out = NULL;

	if (*path == '/' || !slash)
		return strdup(path);
	if (asprintf(&out, "%.*s/%s", (int)(slash - file), file, path) < 0)
		return NULL;
	return out;
}

void
read_accounts(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	const char *text = value_text(loader, node);
	char *path = text ? path_beside(loader->source->path, text) : NULL;
	struct place place = node_place(loader->source, node);
	char *line = source_line(loader->source, node->line);

	(void)key;
	if (text && !path)
		loader_error(loader, node, "memory is out");
	if (path)
		accounts_load(target, path, &place, line, loader->diagnostics);
	free(line);
	free(path);
}
