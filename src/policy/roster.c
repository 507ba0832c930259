/* Edits the accounts file line by line, and replaces it in one step. */
#include "policy/roster.h"

#include "base/secret.h"
#include "base/utf16.h"
#include "policy/sections.h"
#include "policy/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROSTER_HEAD                                                                                \
	"# Who may log on to smbwarden, and as whom it logs on to the servers.\n"                  \
	"# Keep this file to yourself: mode 0600, owned by root or by the user that runs "         \
	"smbwarden.\n"                                                                             \
	"accounts:\n"

struct roster {
	struct source *source;
	struct policy *policy; /* holds the accounts, nothing else */
	char *directory;
	int lock; /* the directory, locked; -1: not */
};

void
roster_free(struct roster **roster)
{
	if (!*roster)
		return;
	policy_unref(&(*roster)->policy);
	source_free(&(*roster)->source);
	if ((*roster)->lock >= 0)
		(void)close((*roster)->lock);
	free((*roster)->directory);
	free(*roster);
	*roster = NULL;
}

static bool
fail(struct diagnostics *diagnostics, const char *path, const char *what, int error)
{
	struct place place = {.file = path};

	diagnostics_add(diagnostics, SEVERITY_FAILURE, &place, NULL, "%s: %s", what,
		error ? strerror(error) : "memory is out");
	return false;
}

/* Two people who edit at once must not lose each other's entries. */
static bool
roster_lock(struct roster *roster, const char *path, struct diagnostics *diagnostics)
{
	const char *slash = strrchr(path, '/');

	roster->directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	if (!roster->directory)
		return fail(diagnostics, path, "the file cannot be edited", 0);
	roster->lock = open(roster->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (roster->lock < 0)
		return fail(diagnostics, roster->directory, "the directory cannot be read", errno);
	if (flock(roster->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	return fail(diagnostics, path,
		errno == EWOULDBLOCK ? "somebody else is editing it" : "it cannot be locked",
		errno);
}

static bool
is_absent(const char *path)
{
	struct stat st;

	return lstat(path, &st) != 0 && errno == ENOENT;
}

/* What SOURCE says, in a policy with accounts only; NULL where it has faults. */
static struct policy *
accounts_of(const struct source *source, struct diagnostics *diagnostics)
{
	size_t errors = diagnostics_errors(diagnostics);
	struct policy *policy = policy_new(source->path);

	if (policy)
		policy->winbind = true; /* whether it is, is not this file's matter */
	if (policy && !accounts_from(policy, source, diagnostics))
		policy_unref(&policy);
	if (!policy)
		(void)fail(diagnostics, source->path, "it cannot be read", 0);
	else if (diagnostics_errors(diagnostics) != errors)
		policy_unref(&policy);
	return policy;
}

static bool
roster_read(struct roster *roster, const char *path, enum roster_use use,
	struct diagnostics *diagnostics)
{
	struct place place = {.file = path};

	if (use == ROSTER_EDIT && is_absent(path))
		roster->source =
			source_of_text(path, SOURCE_SECRET, ROSTER_HEAD, strlen(ROSTER_HEAD));
	else
		roster->source = source_read(path, SOURCE_SECRET, &place, NULL, diagnostics);
	if (roster->source)
		roster->policy = accounts_of(roster->source, diagnostics);
	return roster->policy != NULL;
}

struct roster *
roster_open(const char *path, enum roster_use use, struct diagnostics *diagnostics)
{
	struct roster *roster = calloc(1, sizeof *roster);

	if (!roster) {
		(void)fail(diagnostics, path, "it cannot be read", 0);
		return NULL;
	}
	roster->lock = -1;
	if ((use == ROSTER_EDIT && !roster_lock(roster, path, diagnostics)) ||
		!roster_read(roster, path, use, diagnostics))
		roster_free(&roster);
	return roster;
}

const struct account *
roster_at(const struct roster *roster, size_t i)
{
	return i < roster->policy->account_count ? &roster->policy->accounts[i] : NULL;
}

/* Whether ACCOUNT's entry says NAME, in either of the spellings that mean the same. */
static bool
is_named(const struct account *account, const char *name)
{
	char *back = NULL, *at = NULL;
	bool named;

	if (!account->domain)
		return utf8_same(account->user, name);
	if (asprintf(&back, "%s\\%s", account->domain, account->user) < 0)
		back = NULL;
	if (asprintf(&at, "%s@%s", account->user, account->domain) < 0)
		at = NULL;
	named = (back && utf8_same(back, name)) || (at && utf8_same(at, name));
	free(back);
	free(at);
	return named;
}

const struct account *
roster_find(const struct roster *roster, const char *name)
{
	for (size_t i = 0; i < roster->policy->account_count; i++)
		if (is_named(&roster->policy->accounts[i], name))
			return &roster->policy->accounts[i];
	return NULL;
}

/* TEXT under construction; grows, and wipes what it leaves. Owned by whoever declares it. */
struct draft {
	char *text;
	size_t len, cap;
	bool broken;
};

static void
draft_add(struct draft *draft, const char *text, size_t len)
{
	size_t cap = draft->cap ? draft->cap : 4096;
	char *grown;

	while (cap - draft->len <= len)
		cap *= 2;
	if (cap != draft->cap) {
		grown = calloc(1, cap);
		if (!grown) {
			draft->broken = true;
			return;
		}
		if (draft->len)
			memcpy(grown, draft->text, draft->len);
		secret_wipe(draft->text, draft->len);
		free(draft->text);
		draft->text = grown;
		draft->cap = cap;
	}
	memcpy(draft->text + draft->len, text, len);
	draft->len += len;
}

static void
draft_say(struct draft *draft, const char *text)
{
	draft_add(draft, text, strlen(text));
}

/* TEXT in single quotes, in which YAML knows one special character: the quote, said twice. */
static void
draft_quote(struct draft *draft, const char *text)
{
	draft_say(draft, "'");
	for (; *text; text++)
		draft_add(draft, *text == '\'' ? "''" : text, *text == '\'' ? 2 : 1);
	draft_say(draft, "'");
}

static void
draft_clear(struct draft *draft)
{
	secret_wipe(draft->text, draft->len);
	free(draft->text);
	*draft = (struct draft){0};
}

/* Blanks in front of the dashes of the list: as the entries that there are, else two. */
static size_t
list_indent(const struct roster *roster)
{
	const struct account *first = roster_at(roster, 0);
	const char *at = roster->source->text;
	size_t indent;

	if (!first)
		return 2;
	for (unsigned line = 1; line < first->place.line && at; line++) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	indent = at ? strspn(at, " ") : 2;
	return at && at[indent] == '-' ? indent : 2;
}

static void
draft_key(struct draft *draft, size_t indent, const char *key, const char *value)
{
	for (size_t i = 0; i < indent; i++)
		draft_say(draft, " ");
	draft_say(draft, key);
	if (value) {
		draft_say(draft, " ");
		draft_quote(draft, value);
	}
	draft_say(draft, "\n");
}

static void
draft_entry(struct draft *draft, size_t indent, const struct roster_entry *entry)
{
	draft_key(draft, indent, "- user:", entry->user);
	draft_key(draft, indent + 2, "password:", entry->password);
	if (!entry->server_user)
		return;
	draft_key(draft, indent + 2, "server:", NULL);
	draft_key(draft, indent + 4, "user:", entry->server_user);
	draft_key(draft, indent + 4, "password:", entry->server_password);
}

static bool
replace_file(const struct roster *roster, const struct draft *draft)
{
	const char *slash = strrchr(roster->source->path, '/');
	const char *name = slash ? slash + 1 : roster->source->path;

	return successor_write(roster->lock, name, draft->text, draft->len, NULL);
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a && b && strlen(a) == strlen(b) && secret_equal(a, b, strlen(a)));
}

static bool
same_account(const struct account *a, const struct account *b)
{
	return same_text(a->user, b->user) && same_text(a->domain, b->domain) &&
	       same_text(a->password, b->password) &&
	       secret_equal(a->nt_hash, b->nt_hash, sizeof a->nt_hash) &&
	       same_text(a->server.user, b->server.user) &&
	       same_text(a->server.domain, b->server.domain) &&
	       same_text(a->server.password, b->server.password) &&
	       secret_equal(a->server.nt_hash, b->server.nt_hash, sizeof a->server.nt_hash);
}

/* Whether NEW holds the accounts of OLD in their order, but for one of LONGER that is left out. */
static bool
differ_by_one(const struct policy *longer, const struct policy *shorter, size_t left_out)
{
	if (longer->account_count != shorter->account_count + 1)
		return false;
	for (size_t i = 0; i < shorter->account_count; i++)
		if (!same_account(&longer->accounts[i + (i >= left_out)], &shorter->accounts[i]))
			return false;
	return true;
}

/* The new text as it will be read, or NULL: its faults are not those of the file, and are not
 * shown. */
static struct policy *
draft_policy(const struct roster *roster, const struct draft *draft)
{
	struct diagnostics *unshown = diagnostics_new();
	struct source *source = unshown ? source_of_text(roster->source->path, SOURCE_SECRET,
						  draft->text, draft->len)
					: NULL;
	struct policy *policy = source ? accounts_of(source, unshown) : NULL;

	source_free(&source);
	if (unshown)
		diagnostics_free(&unshown);
	return policy;
}

/* Puts DRAFT in the file's place if it was RIGHT. */
static bool
roster_commit(const struct roster *roster, const struct draft *draft, bool right,
	struct diagnostics *diagnostics)
{
	struct place place = {.file = roster->source->path};

	if (draft->broken)
		return fail(diagnostics, place.file, "it cannot be edited", 0);
	if (!right) {
		diagnostics_add(diagnostics, SEVERITY_ERROR, &place, NULL,
			"it is laid out in a way that cannot be edited safely, or a name or "
			"password "
			"has characters that it cannot hold: nothing was changed, edit it by hand");
		return false;
	}
	if (!replace_file(roster, draft))
		return fail(diagnostics, place.file, "it cannot be written", errno);
	return true;
}

/* Whether the last account of POLICY is what ENTRY says. */
static bool
is_entry(const struct policy *policy, const struct roster_entry *entry)
{
	const struct account *last = &policy->accounts[policy->account_count - 1];

	return is_named(last, entry->user) && same_text(last->password, entry->password) &&
	       same_text(last->server.password,
		       entry->server_user ? entry->server_password : entry->password);
}

bool
roster_add(struct roster *roster, const struct roster_entry *entry, struct diagnostics *diagnostics)
{
	const struct source *source = roster->source;
	struct draft draft = {0};
	struct policy *after;
	bool done;

	draft_add(&draft, source->text, source->len);
	if (source->len && source->text[source->len - 1] != '\n')
		draft_say(&draft, "\n");
	draft_entry(&draft, list_indent(roster), entry);
	after = draft.broken ? NULL : draft_policy(roster, &draft);
	done = roster_commit(roster, &draft,
		after && differ_by_one(after, roster->policy, roster->policy->account_count) &&
			is_entry(after, entry),
		diagnostics);
	policy_unref(&after);
	draft_clear(&draft);
	return done;
}

/* The first byte of line LINE of SOURCE, or its end. */
static size_t
line_start(const struct source *source, unsigned line)
{
	size_t at = 0;

	for (; line > 1 && at < source->len; line--) {
		const char *end = memchr(source->text + at, '\n', source->len - at);

		at = end ? (size_t)(end - source->text) + 1 : source->len;
	}
	return at;
}

/* The last line of the account that begins at LINE; 0 where there is none. */
static unsigned
last_line(const struct roster *roster, unsigned line, struct diagnostics *diagnostics)
{
	struct node *root = document_parse(roster->source, diagnostics);
	const struct node *list = node_find(root, "accounts");
	unsigned last = 0;

	for (const struct node *at = list ? list->first : NULL; at; at = at->next)
		if (at->line == line)
			last = at->last_line;
	node_free(&root);
	return last;
}

bool
roster_remove(struct roster *roster, const struct account *account, struct diagnostics *diagnostics)
{
	const struct source *source = roster->source;
	unsigned last = last_line(roster, account->place.line, diagnostics);
	size_t begin = line_start(source, account->place.line);
	size_t end = last ? line_start(source, last + 1) : begin;
	size_t index = (size_t)(account - roster->policy->accounts);
	struct draft draft = {0};
	struct policy *after;
	bool done;

	draft_add(&draft, source->text, begin);
	draft_add(&draft, source->text + end, source->len - end);
	after = draft.broken ? NULL : draft_policy(roster, &draft);
	done = roster_commit(
		roster, &draft, after && differ_by_one(roster->policy, after, index), diagnostics);
	policy_unref(&after);
	draft_clear(&draft);
	return done;
}
