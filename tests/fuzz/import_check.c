/* Imports, and lets the policy loader judge. */
#include "import_check.h"

#include "policy/import.h"
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

static const char before[] = "version: 1\n"
			     "servers: {fs1: {address: fs1.example}}\n"
			     "listeners: [{listen: '127.0.0.1:1445', server: fs1}]\n";

static void
require(bool what)
{
	if (!what)
		abort();
}

/* Whether the policy with the section TEXT in it is without fault. */
static bool
is_accepted(const char *text)
{
	struct diagnostics *diagnostics = diagnostics_new();
	char *whole = NULL;
	struct policy *policy = NULL;
	int len = asprintf(&whole, "%s%s", before, text);

	require(len > 0 && diagnostics);
	/* The comments of a file of nothing else may be longer than a policy. */
	if ((size_t)len <= SOURCE_MAX)
		policy = policy_parse("fuzz.yaml", whole, (size_t)len, diagnostics);
	free(whole);
	diagnostics_free(&diagnostics);
	if (!policy)
		return (size_t)len > SOURCE_MAX;
	policy_unref(&policy);
	return true;
}

void
import_check(const void *head, size_t head_len, const uint8_t *data, size_t size)
{
	char *all = malloc(head_len + size + 1), *text = NULL;
	struct diagnostics *diagnostics = diagnostics_new();
	struct source *source;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	bool imported;

	require(all && diagnostics && stream);
	memcpy(all, head, head_len);
	memcpy(all + head_len, data, size);
	source = source_of_text("fuzz", SOURCE_PUBLIC, all, head_len + size);
	free(all);
	require(source);
	imported = import_source(source, stream, diagnostics);
	(void)fclose(stream);
	require(imported ? is_accepted(text) : len == 0 && diagnostics_errors(diagnostics));
	free(text);
	source_free(&source);
	diagnostics_free(&diagnostics);
}
