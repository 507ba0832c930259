/* Reads numbers, times and words. */
#include "policy/value.h"

#include "policy/nearest.h"

#include <stdlib.h>
#include <string.h>

const struct word dialect_words[] = {
	{.text = "2.0.2", .value = 0x0202},
	{.text = "2.1", .value = 0x0210},
	{.text = "3.0", .value = 0x0300},
	{.text = "3.0.2", .value = 0x0302},
	{.text = "3.1.1", .value = 0x0311},
	{.text = "NT1", .refusal = "SMB1 is not in this version; the lowest is 2.0.2"},
	{0},
};

const struct word flag_words[] = {
	{.text = "false", .value = false},
	{.text = "true", .value = true},
	{0},
};

/* Stores VALUE in the field of KEY, whatever its width. */
static void
store(const struct key *key, void *target, uint64_t value)
{
	char *field = (char *)target + key->offset;
	uint8_t one = (uint8_t)value;
	uint16_t two = (uint16_t)value;
	uint32_t four = (uint32_t)value;

	if (key->size == sizeof one)
		memcpy(field, &one, sizeof one);
	else if (key->size == sizeof two)
		memcpy(field, &two, sizeof two);
	else if (key->size == sizeof four)
		memcpy(field, &four, sizeof four);
	else
		memcpy(field, &value, sizeof value);
}

static bool
has_controls(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

const char *
value_text(struct loader *loader, const struct node *node)
{
	if (!loader_wants(loader, node, NODE_SCALAR))
		return NULL;
	if (!*node->text)
		loader_error(loader, node, "this is empty");
	else if (strlen(node->text) > VALUE_TEXT_MAX)
		loader_error(loader, node, "this is longer than %d bytes", VALUE_TEXT_MAX);
	else if (has_controls(node->text))
		loader_error(loader, node, "control characters and line breaks have no place here");
	else
		return node->text;
	return NULL;
}

void
read_text(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	const char *text = value_text(loader, node);
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		loader_error(loader, node, "memory is out");
	memcpy((char *)target + key->offset, &copy, sizeof copy);
}

/* Digits at the start of *TEXT, which moves behind them; false where there are none, or too many
 * for any use. */
static bool
take_digits(const char **text, uint64_t *out)
{
	size_t len = strspn(*text, "0123456789");

	if (len == 0 || len > 15)
		return false;
	*out = strtoull(*text, NULL, 10);
	*text += len;
	return true;
}

void
read_number(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	const char *text = value_text(loader, node);
	uint64_t value;

	if (!text)
		return;
	if (!take_digits(&text, &value) || *text)
		loader_error(loader, node, "a number is wanted here");
	else if (value < key->min || value > key->max)
		loader_error(loader, node, "a number from %llu to %llu is wanted here",
			(unsigned long long)key->min, (unsigned long long)key->max);
	else
		store(key, target, value);
}

/* Milliseconds in UNIT, or 0 where that is none. */
static uint64_t
unit_ms(const char *unit)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(unit, units[i].name) == 0)
			return units[i].ms;
	return 0;
}

void
read_duration(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	const char *text = value_text(loader, node);
	uint64_t value, unit;

	if (!text)
		return;
	unit = take_digits(&text, &value) ? unit_ms(text) : 0;
	if (!unit)
		loader_error(loader, node,
			"a time with its unit is wanted here, such as 500ms, 30s, 15m or 1h");
	else if (value > key->max / unit || value * unit < key->min)
		loader_error(loader, node, "a time from %llums to %llus is wanted here",
			(unsigned long long)key->min, (unsigned long long)key->max / 1000);
	else
		store(key, target, value * unit);
}

/* "a, b, c": the words that may be said, cut where they do not fit. */
static const char *
list_words(const struct word *words, char *buffer, size_t size)
{
	size_t at = 0;

	*buffer = '\0';
	for (; words->text && at < size; words++)
		if (!words->refusal)
			at += (size_t)snprintf(
				buffer + at, size - at, "%s%s", at ? ", " : "", words->text);
	return buffer;
}

static void
complain_of_word(struct loader *loader, const struct node *node, const struct word *words)
{
	unsigned best = nearest_limit(node->text);
	const char *guess = NULL;
	char list[256];

	for (const struct word *word = words; word->text; word++)
		if (!word->refusal && nearest_try(node->text, word->text, &best))
			guess = word->text;
	(void)list_words(words, list, sizeof list);
	if (guess)
		loader_error(loader, node, "'%s' is none of: %s; did you mean '%s'?", node->text,
			list, guess);
	else
		loader_error(loader, node, "'%s' is none of: %s", node->text, list);
}

bool
value_word(struct loader *loader, const struct node *node, const struct word *words, unsigned *out)
{
	const char *text = value_text(loader, node);
	const struct word *word = words;

	if (!text)
		return false;
	while (word->text && strcmp(word->text, text) != 0)
		word++;
	if (!word->text)
		complain_of_word(loader, node, words);
	else if (word->refusal)
		loader_error(loader, node, "'%s': %s", text, word->refusal);
	*out = word->value;
	return word->text && !word->refusal;
}

void
read_word(struct loader *loader, const struct node *node, const struct key *key, void *target)
{
	unsigned value;

	if (value_word(loader, node, key->words, &value))
		store(key, target, value);
}

void
value_words(struct loader *loader, const struct node *node, const struct word *words,
	uint16_t *values, size_t max, size_t *count)
{
	unsigned value;

	*count = 0;
	if (!loader_wants(loader, node, NODE_LIST))
		return;
	for (const struct node *at = node->first; at; at = at->next) {
		size_t i = 0;

		if (!value_word(loader, at, words, &value))
			continue;
		while (i < *count && values[i] != value)
			i++;
		if (i < *count)
			loader_error(loader, at, "'%s' is named already", at->text);
		else if (*count < max)
			values[(*count)++] = (uint16_t)value;
	}
}
