/* The sections of smbwarden.yaml: readers for the table in load.c, and what is checked when all are
 * read. */
#ifndef POLICY_SECTIONS_H
#define POLICY_SECTIONS_H

#include "policy/loader.h"

/* The names of algorithms, the most wanted first; their values are those of [MS-SMB2] 2.2.3.1. */
extern const struct word signing_words[], cipher_words[];

/* The most there may be of each. */
#define SERVERS_MAX 256
#define SERVER_ADDRESSES_MAX 16
#define SERVER_NAMES_MAX 32
#define LISTENERS_MAX 64
#define LISTENER_NETWORKS_MAX 256
#define RULES_MAX 20000
#define ACCOUNTS_MAX 10000

/* Table readers; the target is the policy. `listeners` wants `servers` to be read before. */
void read_servers(
	struct loader *loader, const struct node *node, const struct key *key, void *target);
void read_listeners(
	struct loader *loader, const struct node *node, const struct key *key, void *target);
void read_defaults(
	struct loader *loader, const struct node *node, const struct key *key, void *target);
void read_rules(
	struct loader *loader, const struct node *node, const struct key *key, void *target);
void read_accounts(
	struct loader *loader, const struct node *node, const struct key *key, void *target);

/* The path in the char * field, seen from the file that names it, of a file that is as closely
 * guarded as the accounts: it is looked at, not read. */
void read_secret_path(
	struct loader *loader, const struct node *node, const struct key *key, void *target);

/* An empty policy with all defaults and one reference; NULL when memory is out. */
struct policy *policy_new(const char *file);

/* What holds where a file says nothing. False when memory is out. */
void upstream_defaults(struct upstream *upstream);
void listener_defaults(struct listener *listener);
bool rules_defaults(struct policy *policy);

/* Fills in what depends on what has been said: names and algorithms; wire and signing. */
bool upstream_complete(struct upstream *upstream, char **more_names, size_t more_count);
void listener_complete(struct listener *listener, bool wire_said, bool signing_said);

/* Adds the built-in rules that no rule of the policy replaces. False when memory is out. */
bool rules_complete(struct policy *policy);

/* Complains of what cannot be together: between rules, servers and listeners. */
void rules_check(struct loader *loader);

/*
 * Whether `hardened_paths` takes the rule of PATTERN and VALUE in Windows' spelling, as it would be
 * read from a file. What it complains of is put in WHY, SIZE bytes; nothing there: it takes it.
 */
bool rule_judge(char *pattern, char *value, char *why, size_t size);

/* Whether RULE is strictly more specific than WIDER, of two rules that hold for one share. */
bool rule_is_within(const struct rule *rule, const struct rule *wider);

/* Complains of rules that exempt from nothing; after rules_complete(). */
void rules_check_exemptions(struct loader *loader);

/* Whether RULE speaks of UPSTREAM at all, by any of its names. */
bool rule_reaches(const struct rule *rule, const struct upstream *upstream);

/* A UNC path in the form in which it is compared. */
struct unc {
	char *host, *share;
};

/* Of what a client says; false for invalid UTF-8, or when memory is out. */
bool unc_fold(struct unc *unc, const char *server, const char *share);
void unc_clear(struct unc *unc);

/* Whether RULE holds for the share, or for some path below it. */
bool rule_holds(const struct rule *rule, const struct upstream *upstream, const struct unc *unc);

/* The rules that hold for a share, or for something in it. */
struct rulebook {
	const struct upstream *upstream;
	enum mode mode; /* the policy's */
	size_t count;
	const struct rule *rules[];
};

/* Those of POLICY for UNC at UPSTREAM, the defaults among them; BELOW: also those for paths below
 * the share. On the heap; NULL when memory is out. */
struct rulebook *rulebook_new(const struct policy *policy, const struct upstream *upstream,
	const struct unc *unc, bool below);

/* What BOOK comes to at SCOPE. Whether no rule for a path can add to it, wherever that lies. */
struct scope;
struct verdict;
bool rulebook_sum(const struct rulebook *book, const struct scope *scope, struct verdict *out);

/* Reads the accounts file PATH, which was named at NAMED in line LINE (may be NULL), into the
 * policy. */
void accounts_load(struct policy *policy, const char *path, const struct place *named,
	const char *line, struct diagnostics *diagnostics);

/* The same from a SOURCE that has been read. False when memory is out. */
bool accounts_from(
	struct policy *policy, const struct source *source, struct diagnostics *diagnostics);

/* PATH as it is seen from FILE, on the heap: relative ones are relative to it. NULL when memory is
 * out. */
char *path_beside(const char *file, const char *path);

/* Free what is inside. */
void upstream_clear(struct upstream *upstream);
void listener_clear(struct listener *listener);
void rule_clear(struct rule *rule);
void account_clear(struct account *account);

#endif
