/* Builds the tree of nodes out of libyaml's events. */
#include "policy/document.h"

#include "base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A list or map under construction. */
struct nest {
	struct node *node;
	struct node **end; /* where its next member or key goes */
	struct node *key;  /* of a map: waits for its value */
};

struct builder {
	const struct source *source;
	struct diagnostics *diagnostics;
	yaml_parser_t parser;
	struct nest stack[DOCUMENT_DEPTH];
	size_t depth;
	size_t nodes;
	size_t documents;
	struct node *root;
	bool over; /* the end was reached, or nothing more can be made of it */
};

void
node_free(struct node **node)
{
	struct node *next;

	/* Recursion ends at DOCUMENT_DEPTH. */
	for (struct node *at = *node; at; at = next) {
		next = at->next;
		node_free(&at->first);
		node_free(&at->value);
		secret_free_text(&at->text);
		free(at);
	}
	*node = NULL;
}

struct node *
node_find(const struct node *map, const char *key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (struct node *at = map->first; at; at = at->next)
		if (!at->broken && strcmp(at->text, key) == 0)
			return at->value;
	return NULL;
}

bool
node_is_null(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->plain &&
	       (!*node->text || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

struct place
node_place(const struct source *source, const struct node *node)
{
	return (struct place){.file = source->path, .line = node->line, .column = node->column};
}

static void
complain_at(struct builder *b, unsigned line, unsigned column, const char *sentence)
{
	source_complain(b->source, b->diagnostics, SEVERITY_ERROR, line, column, "%s", sentence);
}

static void
complain(struct builder *b, struct node *node, const char *sentence)
{
	complain_at(b, node->line, node->column, sentence);
	node->broken = true;
}

/* Nothing more can be made of the file. */
static void
give_up(struct builder *b, const yaml_mark_t *mark, const char *sentence)
{
	complain_at(b, (unsigned)mark->line + 1, (unsigned)mark->column + 1, sentence);
	b->over = true;
}

static struct node *
node_new(struct builder *b, const yaml_event_t *event, enum node_kind kind)
{
	struct node *node = b->nodes < DOCUMENT_NODES ? calloc(1, sizeof *node) : NULL;

	if (!node) {
		give_up(b, &event->start_mark, "this is more than is read of one file");
		return NULL;
	}
	b->nodes++;
	node->kind = kind;
	node->line = (unsigned)event->start_mark.line + 1;
	node->column = (unsigned)event->start_mark.column + 1;
	node->last_line = node->line;
	return node;
}

/* Puts NODE where it belongs and returns it as it is now reachable; a map's key must be a scalar.
 */
static void
attach(struct builder *b, struct node *node)
{
	struct nest *top = b->depth ? &b->stack[b->depth - 1] : NULL;

	if (!top) {
		b->root = node;
		return;
	}
	if (top->key) {
		top->key->value = node;
		top->key = NULL;
		return;
	}
	*top->end = node;
	top->end = &node->next;
	top->node->count++;
	if (top->node->kind == NODE_MAP)
		top->key = node;
}

/* A key that is a list or a map is refused; it stands in the tree as an empty word. */
static struct node *
attach_key_or_value(struct builder *b, struct node *node)
{
	struct nest *top = b->depth ? &b->stack[b->depth - 1] : NULL;
	struct node *key;

	if (!top || top->node->kind != NODE_MAP || top->key || node->kind == NODE_SCALAR) {
		attach(b, node);
		return node;
	}
	give_up(b, &(yaml_mark_t){.line = node->line - 1, .column = node->column - 1},
		"a key must be a word, not a list or a mapping");
	key = node;
	node_free(&key);
	return NULL;
}

static void
take_scalar(struct builder *b, const yaml_event_t *event)
{
	struct node *node = node_new(b, event, NODE_SCALAR);
	size_t len = event->data.scalar.length;

	if (!node)
		return;
	node->text = strndup((const char *)event->data.scalar.value, len);
	if (!node->text) {
		give_up(b, &event->start_mark, "memory is out");
		node_free(&node);
		return;
	}
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	/* A plain scalar may end on an empty mark of the next line; its last character counts. */
	node->last_line = (unsigned)event->end_mark.line + (event->end_mark.column ? 1 : 0);
	if (node->last_line < node->line)
		node->last_line = node->line;
	if (strlen(node->text) != len)
		complain(b, node, "a NUL character has no place here");
	if (event->data.scalar.anchor)
		complain(b, node, "anchors (&) are not taken: say it again where it holds again");
	if (event->data.scalar.tag)
		complain(b, node, "tags (!) are not taken: every value has one meaning here");
	attach(b, node);
}

static void
take_alias(struct builder *b, const yaml_event_t *event)
{
	struct node *node = node_new(b, event, NODE_SCALAR);

	if (!node)
		return;
	node->text = strdup("");
	if (!node->text) {
		give_up(b, &event->start_mark, "memory is out");
		node_free(&node);
		return;
	}
	complain(b, node,
		"aliases (*) are not taken: say it again; a pattern such as '\\\\*\\share' "
		"needs quotes");
	attach(b, node);
}

static void
take_start(struct builder *b, const yaml_event_t *event, enum node_kind kind)
{
	bool list = kind == NODE_LIST;
	struct node *node = node_new(b, event, kind);

	if (!node)
		return;
	if (list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor)
		complain(b, node, "anchors (&) are not taken: say it again where it holds again");
	if (list ? event->data.sequence_start.tag : event->data.mapping_start.tag)
		complain(b, node, "tags (!) are not taken: every value has one meaning here");
	node = attach_key_or_value(b, node);
	if (!node)
		return;
	if (b->depth == DOCUMENT_DEPTH) {
		give_up(b, &event->start_mark, "this is nested too deep");
		return;
	}
	b->stack[b->depth++] = (struct nest){.node = node, .end = &node->first};
}

static int
key_compare(const void *left, const void *right)
{
	const struct node *a = *(const struct node *const *)left;
	const struct node *b = *(const struct node *const *)right;
	int order = strcmp(a->text, b->text);

	return order                   ? order
	       : a->line < b->line     ? -1
	       : a->line > b->line     ? 1
	       : a->column < b->column ? -1
				       : a->column > b->column;
}

static void
complain_of_duplicate(struct builder *b, struct node *key, const struct node *first)
{
	char sentence[256];

	if (b->source->kind == SOURCE_PUBLIC)
		(void)snprintf(sentence, sizeof sentence,
			"duplicate key '%.100s': it is in line %u already", key->text, first->line);
	else
		(void)snprintf(sentence, sizeof sentence, "duplicate key: it is in line %u already",
			first->line);
	complain(b, key, sentence);
}

/* Complains of the keys of MAP that come again. By sorting: a map may have thousands of keys. */
static void
find_duplicates(struct builder *b, const struct node *map)
{
	struct node **keys = calloc(map->count + 1, sizeof *keys);
	size_t count = 0, first = 0;

	if (!keys) {
		b->over = true;
		complain_at(b, map->line, map->column, "memory is out");
		return;
	}
	for (struct node *at = map->first; at; at = at->next)
		keys[count++] = at;
	qsort(keys, count, sizeof *keys, key_compare);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(keys[i]->text, keys[first]->text) != 0)
			first = i;
		else
			complain_of_duplicate(b, keys[i], keys[first]);
	}
	free(keys);
}

static void
take_end(struct builder *b)
{
	struct node *node = b->stack[--b->depth].node;

	for (const struct node *at = node->first; at; at = at->next) {
		const struct node *last = at->value ? at->value : at;

		if (last->last_line > node->last_line)
			node->last_line = last->last_line;
	}
	if (node->kind == NODE_MAP)
		find_duplicates(b, node);
}

static void
take(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (b->documents++)
			give_up(b, &event->start_mark, "a second document (---) is not taken");
		break;
	case YAML_SCALAR_EVENT:
		take_scalar(b, event);
		break;
	case YAML_ALIAS_EVENT:
		take_alias(b, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		take_start(b, event, NODE_LIST);
		break;
	case YAML_MAPPING_START_EVENT:
		take_start(b, event, NODE_MAP);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		take_end(b);
		break;
	case YAML_STREAM_END_EVENT:
		b->over = true;
		break;
	default:
		break;
	}
}

/* libyaml gives no mark, only a byte's offset, for what is no text at all. */
static yaml_mark_t
mark_of_offset(const struct source *source, size_t offset)
{
	yaml_mark_t mark = {0};

	for (size_t i = 0; i < offset && i < source->len; i++) {
		mark.column++;
		if (source->text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

/* What people who write patterns stumble over. */
static const char *
syntax_hint(const yaml_parser_t *p)
{
	if (p->problem && strstr(p->problem, "escape"))
		return "; in single quotes a backslash stands for itself";
	if (p->context && strstr(p->context, "alias"))
		return "; what begins with * needs quotes";
	return "";
}

static void
complain_of_syntax(struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	yaml_mark_t mark = p->problem_mark;
	char sentence[256];

	if (p->error == YAML_READER_ERROR)
		mark = mark_of_offset(b->source, p->problem_offset);
	(void)snprintf(sentence, sizeof sentence, "this is not YAML: %s%s",
		p->problem ? p->problem : "memory is out", syntax_hint(p));
	give_up(b, &mark, sentence);
}

/* libyaml frees its copies without wiping them; those that can be reached are wiped first. */
static void
wipe_event(yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT)
		secret_wipe(event->data.scalar.value, event->data.scalar.length);
	yaml_event_delete(event);
}

static void
wipe_parser(yaml_parser_t *p)
{
	if (p->raw_buffer.start)
		secret_wipe(p->raw_buffer.start, (size_t)(p->raw_buffer.end - p->raw_buffer.start));
	if (p->buffer.start)
		secret_wipe(p->buffer.start, (size_t)(p->buffer.end - p->buffer.start));
	for (yaml_token_t *token = p->tokens.head; token && token < p->tokens.tail; token++)
		if (token->type == YAML_SCALAR_TOKEN)
			secret_wipe(token->data.scalar.value, token->data.scalar.length);
	yaml_parser_delete(p);
}

struct node *
document_parse(const struct source *source, struct diagnostics *diagnostics)
{
	struct builder b = {.source = source, .diagnostics = diagnostics};
	yaml_event_t event;

	if (!yaml_parser_initialize(&b.parser)) {
		complain_at(&b, 1, 1, "memory is out");
		return NULL;
	}
	/* Said, not guessed: UTF-16 would make the lines we show differ from the ones it counts. */
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)source->text, source->len);
	while (!b.over) {
		if (!yaml_parser_parse(&b.parser, &event)) {
			complain_of_syntax(&b);
			break;
		}
		take(&b, &event);
		wipe_event(&event);
	}
	wipe_parser(&b.parser);
	/* What was cut off in the middle may lack values: nothing of it is looked at. */
	if (b.depth)
		node_free(&b.root);
	return b.root;
}
