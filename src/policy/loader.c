/* Reads maps by tables, and complains about what is not in them. */
#include "policy/loader.h"

#include "policy/nearest.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct place
loader_place(const struct loader *loader, const struct node *node)
{
	return (struct place){.file = loader->file, .line = node->line, .column = node->column};
}

__attribute__((format(printf, 4, 0))) static void
say(struct loader *loader, const struct node *node, enum severity severity, const char *format,
	va_list arguments)
{
	char sentence[DIAGNOSTIC_SENTENCE_SIZE];

	(void)vsnprintf(sentence, sizeof sentence, format, arguments);
	source_complain(loader->source, loader->diagnostics, severity, node->line, node->column,
		"%s", sentence);
}

void
loader_error(struct loader *loader, const struct node *node, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(loader, node, SEVERITY_ERROR, format, arguments);
	va_end(arguments);
}

void
loader_warning(struct loader *loader, const struct node *node, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(loader, node, SEVERITY_WARNING, format, arguments);
	va_end(arguments);
}

bool
loader_wants(struct loader *loader, const struct node *node, enum node_kind kind)
{
	static const char *const wanted[] = {
		[NODE_SCALAR] = "a single value is wanted here",
		[NODE_LIST] = "a list is wanted here, such as [a, b]",
		[NODE_MAP] = "a mapping is wanted here, lines of 'key: value'",
	};

	if (node->broken)
		return false;
	if (node_is_null(node)) {
		loader_error(loader, node, "the value is missing");
		return false;
	}
	if (node->kind != kind)
		loader_error(loader, node, "%s", wanted[kind]);
	return node->kind == kind;
}

static bool
loader_many(struct loader *loader, const struct node *node, size_t max, size_t size, void **out)
{
	*out = NULL;
	if (node->count == 0 || node->count > max) {
		loader_error(loader, node,
			node->count ? "more than %zu of these are not taken"
				    : "this is empty: 1 to %zu of these are wanted",
			max);
		return false;
	}
	*out = calloc(node->count, size);
	if (!*out)
		loader_error(loader, node, "memory is out");
	return *out != NULL;
}

bool
loader_list(struct loader *loader, const struct node *node, size_t max, size_t size, void **out)
{
	*out = NULL;
	return loader_wants(loader, node, NODE_LIST) && loader_many(loader, node, max, size, out);
}

bool
loader_map(struct loader *loader, const struct node *node, size_t max, size_t size, void **out)
{
	*out = NULL;
	return loader_wants(loader, node, NODE_MAP) && loader_many(loader, node, max, size, out);
}

static const struct key *
key_find(const struct key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

static const char *
nearest_key(const struct key *keys, const char *name)
{
	unsigned best = nearest_limit(name);
	const char *found = NULL;

	for (; keys->name; keys++)
		if (keys->read && nearest_try(name, keys->name, &best))
			found = keys->name;
	return found;
}

static void
complain_of_unknown(struct loader *loader, const struct node *node, const struct key *keys)
{
	const char *guess = nearest_key(keys, node->text);

	/* What stands in a key's place in a secret file may be a password that lost its own. */
	if (loader->source->kind == SOURCE_SECRET)
		loader_error(loader, node,
			guess ? "unknown key; did you mean '%s'?" : "unknown key%s",
			guess ? guess : "");
	else if (guess)
		loader_error(
			loader, node, "unknown key '%s'; did you mean '%s'?", node->text, guess);
	else
		loader_error(loader, node, "unknown key '%s'", node->text);
}

static void
check_keys(struct loader *loader, const struct node *map, const struct key *keys)
{
	for (const struct node *at = map->first; at; at = at->next) {
		const struct key *key = key_find(keys, at->text);

		if (at->broken)
			continue;
		if (!key)
			complain_of_unknown(loader, at, keys);
		else if (!key->read)
			loader_error(loader, at,
				"unknown key '%s': this version does not have it yet", key->name);
	}
}

/* Whether KEY is in MAP, be it broken. */
static bool
has_key(const struct node *map, const char *key)
{
	for (const struct node *at = map->first; at; at = at->next)
		if (strcmp(at->text, key) == 0)
			return true;
	return false;
}

void
map_read(struct loader *loader, const struct node *map, const struct key *keys, void *target,
	const char *what)
{
	if (!loader_wants(loader, map, NODE_MAP))
		return;
	check_keys(loader, map, keys);
	for (const struct key *key = keys; key->name; key++) {
		const struct node *value = key->read ? node_find(map, key->name) : NULL;

		if (value && !value->broken)
			key->read(loader, value, key, target);
		else if (key->required && !has_key(map, key->name))
			loader_error(loader, map, "%s lacks '%s'", what, key->name);
	}
}
