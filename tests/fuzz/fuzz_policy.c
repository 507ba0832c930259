/*
 * Any bytes at all as a policy, and the same bytes as an accounts file and as a state file. What is
 * refused has at least one complaint, what is complained about can be printed and moves no cursor,
 * and what is taken can be asked about every share that its own rules name.
 */
#include "policy/decide.h"
#include "policy/memory.h"
#include "policy/sections.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool what)
{
	if (!what)
		abort();
}

/* Prints to memory, and looks at what a terminal would get. */
static void
print(struct diagnostics *diagnostics)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	if (!stream)
		return;
	diagnostics_print(diagnostics, stream);
	(void)fclose(stream);
	for (size_t i = 0; i < len; i++)
		require((unsigned char)text[i] >= 0x20 || text[i] == '\n' || text[i] == '\t');
	free(text);
}

/* The weakest leg there can be meets no more than the strongest. */
static void
decide(const struct policy *policy, const char *host, const char *share)
{
	static const struct strength strongest = {0x0311, true, true, true, false},
				     weakest = {.dialect = 0};

	for (size_t i = 0; i < policy->listener_count; i++) {
		const struct listener *listener = &policy->listeners[i];
		const struct rule *rule;
		struct verdict verdict;
		size_t at = 0;

		if (policy_decide(policy, listener, host, share, &verdict))
			continue;
		require(verdict_met(&verdict, &strongest, NULL) == NULL);
		while ((rule = policy_rule_next(policy, listener->upstream, host, share, "", &at)))
			require(!rule->privacy || verdict_wants_privacy(&verdict) ||
				verdict.waived[REQUIRE_PRIVACY].by);
		(void)!verdict_met_client(&verdict, listener, &weakest, NULL);
	}
}

static void
ask(const struct policy *policy)
{
	for (size_t i = 0; i < policy->rule_count && i < 64; i++) {
		const struct rule *rule = &policy->rules[i];

		decide(policy, rule->host ? rule->host : "any", rule->share ? rule->share : "any");
	}
	(void)policy_account(policy, "user", "domain");
}

static void
try_policy(const char *text, size_t size)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy;

	if (!diagnostics)
		return;
	policy = policy_parse("fuzz.yaml", text, size, diagnostics);
	require(!policy == (diagnostics_errors(diagnostics) > 0));
	if (policy)
		ask(policy);
	print(diagnostics);
	policy_unref(&policy);
	diagnostics_free(&diagnostics);
}

static void
try_accounts(const char *text, size_t size)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct source *source = source_of_text("fuzz.yaml", SOURCE_SECRET, text, size);
	struct policy *policy = policy_new("fuzz.yaml");

	if (diagnostics && source && policy && accounts_from(policy, source, diagnostics)) {
		if (!diagnostics_errors(diagnostics))
			(void)policy_account(policy, "user", "domain");
		print(diagnostics);
	}
	policy_unref(&policy);
	source_free(&source);
	if (diagnostics)
		diagnostics_free(&diagnostics);
}

/* What is taken for a state file is written as one, and that is taken for the same. */
static void
try_state(const char *text, size_t size)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct source *source = source_of_text("fuzz", SOURCE_GUARDED, text, size);
	struct memory *memory = diagnostics && source ? memory_parse(source, diagnostics) : NULL;
	struct memory *again = NULL;
	struct source *rewritten = NULL;
	size_t len = 0, len_again = 0;
	char *first = memory ? memory_text(memory, &len) : NULL, *second = NULL;

	if (first) {
		require(diagnostics_errors(diagnostics) == 0);
		rewritten = source_of_text("fuzz", SOURCE_GUARDED, first, len);
		again = rewritten ? memory_parse(rewritten, diagnostics) : NULL;
		second = again ? memory_text(again, &len_again) : NULL;
		require(!rewritten || (second && len == len_again && !memcmp(first, second, len)));
	} else if (diagnostics && source) {
		require(diagnostics_errors(diagnostics) > 0);
		print(diagnostics);
	}
	free(first);
	free(second);
	source_free(&rewritten);
	source_free(&source);
	memory_free(&memory);
	memory_free(&again);
	if (diagnostics)
		diagnostics_free(&diagnostics);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_policy((const char *)data, size);
	try_accounts((const char *)data, size);
	try_state((const char *)data, size);
	return 0;
}
