/* Policies are read as they are written, and every fault is said where it is. */
#include "support.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERVER "servers: {fs1: {address: fs1.corp.example}}\n"
#define LISTENER "listeners: [{listen: '127.0.0.1:1445', server: fs1}]\n"
#define SMALLEST "version: 1\n" SERVER LISTENER

/* The lines of TEXT that begin with "# expect: " or "# warns: ", as support_complaints() writes
 * them. */
static char *
expectations(const char *text)
{
	char *out = calloc(1, strlen(text) + 64), *copy = strdup(text), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")) && *line == '#') {
		if (strncmp(line, "# warns: ", 9) == 0)
			strcat(strcat(out, "warning: "), line + 9);
		else if (strncmp(line, "# expect: ", 10) == 0)
			strcat(out, line + 10);
		else
			continue;
		strcat(out, "\n");
	}
	free(copy);
	return out;
}

static void
check_file(const char *directory, const char *name, bool good)
{
	char path[4096], *text, *wanted, *got;
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy;

	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	text = file_text(path);
	wanted = expectations(text);
	/* From memory, under the bare name: a sentence may name a file that is relative to it. */
	policy = policy_parse(name, text, strlen(text), diagnostics);
	got = support_complaints(diagnostics);
	cr_expect_str_eq(got, wanted, "%s\ngot:\n%swanted:\n%s", name, got, wanted);
	cr_expect_eq(policy != NULL, good, "%s", name);
	policy_unref(&policy);
	diagnostics_free(&diagnostics);
	free(text);
	free(wanted);
	free(got);
}

static void
check_directory(const char *path, bool good, size_t least)
{
	char *directory = source_path(path);
	DIR *listing = opendir(directory);
	struct dirent *entry;
	size_t count = 0;

	cr_assert_not_null(listing, "%s", directory);
	while ((entry = readdir(listing))) {
		if (!strstr(entry->d_name, ".yaml"))
			continue;
		check_file(directory, entry->d_name, good);
		count++;
	}
	cr_assert_geq(count, least);
	(void)closedir(listing);
	free(directory);
}

Test(load, good_files_load)
{
	check_directory("tests/unit/policy/good", true, 4);
}

Test(load, bad_files_say_what_is_wrong)
{
	check_directory("tests/unit/policy/bad", false, 44);
}

/* The examples that we ship, beside an accounts file. */
Test(load, examples_load_without_complaint)
{
	static const char *const names[] = {
		"protect-one-legacy-device.yaml", "windows-11-24h2-baseline.yaml", "strict.yaml"};
	char *directory = temporary_directory();

	free(temporary_file(
		directory, "accounts.yaml", "accounts: [{user: a, password: b}]\n", 0600));
	for (size_t i = 0; i < 3; i++) {
		struct diagnostics *diagnostics = diagnostics_new();
		struct policy *policy;
		char path[64], *source, *text, *copy;

		(void)snprintf(path, sizeof path, "policy/%s", names[i]);
		source = source_path(path);
		text = file_text(source);
		copy = temporary_file(directory, names[i], text, 0644);
		policy = policy_load(copy, diagnostics);
		if (!policy)
			diagnostics_print(diagnostics, stderr);
		cr_assert_not_null(policy, "%s", names[i]);
		cr_expect_eq(diagnostics_warnings(diagnostics), 0, "%s", names[i]);
		policy_unref(&policy);
		diagnostics_free(&diagnostics);
		free(source);
		free(text);
		free(copy);
	}
	temporary_remove(directory);
}

Test(load, defaults_are_the_built_in_ones)
{
	struct policy *policy = policy_of(SMALLEST);
	const struct listener *listener = policy->listeners;
	const struct upstream *upstream = policy->upstreams;

	cr_expect_eq(policy->mode, MODE_ENFORCE);
	cr_expect_eq(listener->wire, WIRE_TRUSTED);
	cr_expect_eq(listener->signing, DEMAND_OFFERED);
	cr_expect_eq(listener->encryption, DEMAND_OFFERED);
	cr_expect_eq(listener->min_dialect, 0x0202);
	cr_expect_eq(listener->max_dialect, 0x0311);
	cr_expect_eq(listener->upstream, upstream);
	cr_expect_eq(listener->place.line, 3);
	cr_expect_eq(upstream->min_dialect, 0x0311);
	cr_expect_eq(upstream->max_dialect, 0x0311);
	cr_expect_eq(upstream->addresses[0].port, 445);
	cr_expect_str_eq(upstream->host, "fs1.corp.example");
	cr_expect_eq(upstream->encryption, SEAL_WHEN_REQUIRED);
	cr_expect_eq(upstream->connect_timeout_ms, 5000);
	cr_assert_eq(upstream->signing_count, 2);
	cr_expect_eq(upstream->signing_algorithms[0], 2);
	cr_expect_eq(upstream->signing_algorithms[1], 1);
	cr_assert_eq(upstream->cipher_count, 4);
	cr_expect_eq(upstream->ciphers[0], 2);
	cr_assert_eq(upstream->name_count, 2);
	cr_expect(policy->defaults.integrity && !policy->defaults.privacy);
	cr_expect(policy->defaults.built_in);
	cr_expect_eq(policy->rule_count, 2);
	cr_expect_eq(policy->limits.clients, 4096);
	cr_expect_eq(policy->limits.idle_time_ms, 900000);
	cr_expect_eq(policy->log.format, LOG_FORMAT_JSON);
	cr_expect_eq(policy->log.level, LEVEL_INFO);
	cr_expect_null(policy->accounts_file);
	policy_unref(&policy);
	cr_expect_null(policy);
}

static struct policy *
policy_of_everything(void)
{
	char *path = source_path("tests/unit/policy/good/everything.yaml");
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy = policy_load(path, diagnostics);

	cr_assert_not_null(policy);
	diagnostics_free(&diagnostics);
	free(path);
	return policy;
}

Test(load, listeners_are_read)
{
	struct policy *policy = policy_of_everything();
	const struct listener *first = &policy->listeners[0], *second = &policy->listeners[1];

	cr_assert_eq(policy->listener_count, 3);
	cr_expect_eq(policy->mode, MODE_AUDIT);
	cr_expect_eq(first->wire, WIRE_UNTRUSTED);
	cr_expect_eq(first->min_dialect, 0x0210);
	cr_expect_eq(first->max_dialect, 0x0302);
	cr_expect_eq(first->signing, DEMAND_OFFERED);
	cr_expect_eq(first->encryption, DEMAND_REQUIRED);
	cr_expect_eq(first->from_count, 3);
	cr_expect_str_eq(first->upstream->key, "fs1");
	cr_expect_str_eq(second->listen.host, "::1");
	cr_expect_eq(second->listen.port, 0);
	cr_expect_eq(second->wire, WIRE_TRUSTED);
	cr_expect_str_eq(second->upstream->key, "nas");
	/* Everybody can reach this one: untrusted, so signing is required. */
	cr_expect_eq(policy->listeners[2].wire, WIRE_UNTRUSTED);
	cr_expect_eq(policy->listeners[2].signing, DEMAND_REQUIRED);
	policy_unref(&policy);
}

Test(load, servers_are_read)
{
	struct policy *policy = policy_of_everything();
	const struct upstream *fs1 = &policy->upstreams[0], *nas = &policy->upstreams[1];

	cr_assert_eq(policy->upstream_count, 2);
	cr_assert_eq(fs1->address_count, 3);
	cr_expect_eq(fs1->addresses[0].port, 4450);
	cr_expect_str_eq(fs1->addresses[1].host, "fd00::2");
	/* key, Files, files.corp.example, fs1.corp.example, fd00::2, 10.0.0.2; FS1 is the key again
	 */
	cr_assert_eq(fs1->name_count, 6);
	cr_expect_str_eq(fs1->names[1], "Files");
	cr_expect_str_eq(fs1->folded[1], "files");
	cr_expect_eq(fs1->min_dialect, 0x0300);
	cr_expect_eq(fs1->signing_count, 2);
	cr_expect_eq(fs1->signing_algorithms[0], 1);
	cr_expect_eq(fs1->signing_algorithms[1], 0);
	cr_expect_eq(fs1->cipher_count, 2);
	cr_expect_eq(fs1->ciphers[0], 4);
	cr_expect_eq(fs1->ciphers[1], 1);
	cr_expect_eq(fs1->encryption, SEAL_ALWAYS);
	cr_expect_eq(fs1->connect_timeout_ms, 250);
	cr_expect_eq(nas->encryption, SEAL_OFF);
	/* 2.x was asked for and signs by HMAC-SHA256 only: it is added, last. */
	cr_assert_eq(nas->signing_count, 3);
	cr_expect_eq(nas->signing_algorithms[2], 0);
	policy_unref(&policy);
}

Test(load, rules_and_limits_are_read)
{
	struct policy *policy = policy_of_everything();
	const struct rule *hr = &policy->rules[0], *files = &policy->rules[1];

	cr_assert_eq(policy->rule_count, 5);
	cr_expect_str_eq(hr->pattern, "\\\\fs1\\hr");
	cr_expect(hr->integrity && hr->privacy && !hr->mutual);
	cr_expect_eq(hr->min_dialect, 0x0311);
	cr_expect_eq(hr->mode, MODE_AUDIT);
	cr_expect_str_eq(files->host, "files");
	cr_expect_null(files->share);
	cr_expect(files->integrity && !files->privacy && !files->mutual);
	cr_expect_str_eq(policy->rules[3].host, "fd00::2");
	/* \\*\NETLOGON is replaced, \\*\SYSVOL is not. */
	cr_expect(policy->rules[4].built_in && policy->rules[4].mutual);
	cr_expect_str_eq(policy->rules[4].share, "sysvol");
	cr_expect_eq(policy->limits.clients, 10);
	cr_expect_eq(policy->limits.clients_per_address, 2);
	cr_expect_eq(policy->limits.logon_time_ms, 60000);
	cr_expect_eq(policy->limits.idle_time_ms, 3600000);
	cr_expect_eq(policy->limits.requests_in_flight, 64);
	cr_expect_eq(policy->limits.sessions_per_client, 3);
	cr_expect_eq(policy->limits.trees_per_session, 4);
	cr_expect_eq(policy->limits.opens_per_session, 5);
	cr_expect_eq(policy->log.format, LOG_FORMAT_TEXT);
	cr_expect_eq(policy->log.level, LEVEL_DEBUG);
	policy_unref(&policy);
}

Test(load, builtin_policy)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy = policy_builtin("127.0.0.1:0", "[fd00::1]:4450", NULL, diagnostics);

	cr_assert_not_null(policy);
	cr_expect_eq(diagnostics_errors(diagnostics), 0);
	cr_expect_eq(policy->listeners[0].upstream, &policy->upstreams[0]);
	cr_expect_eq(policy->listeners[0].wire, WIRE_TRUSTED);
	cr_expect_str_eq(policy->upstreams[0].key, "fd00::1");
	cr_expect_eq(policy->upstreams[0].addresses[0].port, 4450);
	cr_expect_eq(policy->upstreams[0].min_dialect, 0x0311);
	cr_expect_eq(policy->rule_count, 2);
	cr_expect(policy->defaults.integrity);
	policy_unref(&policy);
	policy = policy_builtin("localhost:1", "a b", "/nonexistent/accounts.yaml", diagnostics);
	cr_expect_null(policy);
	cr_expect_eq(diagnostics_errors(diagnostics), 3);
	cr_expect_eq(diagnostics_exit_status(diagnostics), 1);
	diagnostics_free(&diagnostics);
}

Test(load, unreadable_file_is_the_environments_fault)
{
	struct diagnostics *diagnostics = diagnostics_new();

	cr_expect_null(policy_load("/nonexistent/smbwarden.yaml", diagnostics));
	cr_expect_eq(diagnostics_exit_status(diagnostics), 3);
	diagnostics_free(&diagnostics);
	diagnostics = diagnostics_new();
	cr_expect_null(policy_load("/tmp", diagnostics));
	cr_expect_eq(diagnostics_exit_status(diagnostics), 1);
	diagnostics_free(&diagnostics);
}

/* A file that is too long is refused before it is read. */
Test(load, long_file_is_refused)
{
	char *directory = temporary_directory();
	char *path = temporary_file(directory, "long.yaml", "version: 1\n", 0600);
	struct diagnostics *diagnostics = diagnostics_new();

	cr_assert_eq(truncate(path, (4 << 20) + 1), 0);
	cr_expect_null(policy_load(path, diagnostics));
	cr_expect(strstr(diagnostics_at(diagnostics, 0)->sentence, "longer than 4 MiB"));
	diagnostics_free(&diagnostics);
	free(path);
	temporary_remove(directory);
}

/* Ten thousand rules are read and matched, and rules too many are refused, both in no time. */
Test(load, many_rules, .timeout = 20)
{
	size_t size = 2u << 20, at;
	char *text = calloc(1, size), *complaints;
	struct policy *policy;

	at = (size_t)sprintf(text, "%shardened_paths:\n", SMALLEST);
	for (unsigned i = 0; i < 10000; i++)
		at += (size_t)sprintf(text + at, "  '\\\\fs1\\share%u': {require: [privacy]}\n", i);
	policy = policy_of(text);
	cr_expect_eq(policy->rule_count, 10002);
	policy_unref(&policy);
	for (unsigned i = 10000; i < 20001; i++)
		at += (size_t)sprintf(text + at, "  '\\\\fs1\\share%u': {require: []}\n", i);
	complaints = complaints_about(text);
	cr_expect(strstr(complaints, "more than 20000 rules are not taken"));
	free(complaints);
	free(text);
}

/* A policy that is cut short anywhere is refused or, between two sections, taken; it never breaks
 * us. */
Test(load, every_truncation)
{
	char *path = source_path("tests/unit/policy/good/everything.yaml");
	char *text = file_text(path);

	for (size_t len = 0; len < strlen(text); len++) {
		struct diagnostics *diagnostics = diagnostics_new();
		struct policy *policy = policy_parse("cut.yaml", text, len, diagnostics);

		cr_expect_eq(policy == NULL, diagnostics_errors(diagnostics) > 0, "%zu", len);
		policy_unref(&policy);
		diagnostics_free(&diagnostics);
	}
	free(text);
	free(path);
}

Test(load, references_keep_it_alive)
{
	struct policy *policy = policy_of(SMALLEST), *other = policy_ref(policy);

	policy_unref(&policy);
	cr_expect_null(policy);
	cr_expect_str_eq(other->upstreams[0].key, "fs1");
	policy_unref(&other);
	policy_unref(&other);
}

Test(load, same_words_are_the_same_policy)
{
	static const char with_accounts[] = "accounts: a.yaml\n" SMALLEST;
	char *directory = temporary_directory();
	char *secrets = temporary_file(
		directory, "a.yaml", "accounts:\n  - {user: a, password: b}\n", 0600);
	char *path = temporary_file(directory, "p.yaml", with_accounts, 0644);
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy = policy_load(path, diagnostics),
		      *again = policy_load(path, diagnostics);
	struct policy *small = policy_of(SMALLEST), *longer = policy_of(SMALLEST "\n");

	cr_assert(policy && again);
	cr_expect(policy_is_same(policy, again));
	cr_expect_not(policy_is_same(small, longer));
	cr_expect_not(policy_is_same(policy, small));
	policy_unref(&again);
	free(temporary_file(directory, "a.yaml", "accounts:\n  - {user: a, password: c}\n", 0600));
	again = policy_load(path, diagnostics);
	cr_expect_not(policy_is_same(policy, again), "another password");
	policy_unref(&again);
	policy_unref(&policy);
	policy_unref(&small);
	policy_unref(&longer);
	diagnostics_free(&diagnostics);
	free(secrets);
	free(path);
	temporary_remove(directory);
}

Test(load, sources_are_admitted_by_network)
{
	struct policy *policy = policy_of_everything();
	const struct listener *listener = policy->listeners;
	const uint8_t own[4] = {127, 1, 2, 3}, one[4] = {10, 1, 2, 3}, next[4] = {10, 1, 2, 4};
	const uint8_t six[16] = {0xfd, 1}, other[16] = {0xfe, 0x80};
	const uint8_t mapped[16] = {
		[10] = 0xff, [11] = 0xff, [12] = 10, [13] = 1, [14] = 2, [15] = 3};

	cr_expect(listener_admits(listener, own, 4));
	cr_expect(listener_admits(listener, one, 4));
	cr_expect_not(listener_admits(listener, next, 4));
	cr_expect(listener_admits(listener, six, 16));
	cr_expect_not(listener_admits(listener, other, 16));
	cr_expect(listener_admits(listener, mapped, 16));
	cr_expect(listener_admits(&policy->listeners[1], next, 4));
	policy_unref(&policy);
}
