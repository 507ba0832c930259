/*
 * Registry.pol, [MS-GPREG] 2.2: a signature, a version, and entries [key;value;type;size;data], in
 * which all but type, size and data is UTF-16LE, and key and value end with a NUL. Names that begin
 * with ** are instructions, [MS-GPREG] 2.2.1.1.
 */
#include "policy/registry_pol.h"

#include "base/reader.h"
#include "base/utf16.h"

#include <stdio.h>
#include <stdlib.h>

#define PREG_SIGNATURE 0x67655250u /* "PReg" */
#define PREG_VERSION 1u

/* Keys and values' names are no longer, in bytes, with their NUL ([MS-GPREG] 2.2.1 sets no bound).
 */
#define NAME_MAX_BYTES 32768u

enum { REG_SZ = 1, REG_EXPAND_SZ = 2 };

/* One entry. The texts are on the heap, NULL where they are not valid. */
struct entry {
	unsigned number;
	char *key, *name;
	uint32_t type;
	struct span data;
};

bool
registry_pol_is(const struct source *source)
{
	struct reader r = reader_over(span_of(source->text, source->len));

	return reader_u32(&r) == PREG_SIGNATURE;
}

static struct origin
origin_of(const struct entry *entry)
{
	return (struct origin){.number = entry->number};
}

/* A UTF-16 text with its NUL, on the heap; NULL where it is no valid one. */
static char *
take_name(struct reader *r)
{
	size_t start = r->at;

	while (reader_u16(r) != 0)
		reader_require(r, r->at - start < NAME_MAX_BYTES);
	return reader_ok(r) ? utf16_to_utf8(span_of(r->data + start, r->at - start - 2)) : NULL;
}

static void
take_mark(struct reader *r, char mark)
{
	reader_require(r, reader_u16(r) == (unsigned char)mark);
}

/* Whether ENTRY was read; its texts are there either way. */
static bool
take_entry(struct reader *r, struct entry *entry)
{
	uint32_t size;

	take_mark(r, '[');
	entry->key = take_name(r);
	take_mark(r, ';');
	entry->name = take_name(r);
	take_mark(r, ';');
	entry->type = reader_u32(r);
	take_mark(r, ';');
	size = reader_u32(r);
	take_mark(r, ';');
	entry->data = reader_bytes(r, size);
	take_mark(r, ']');
	return reader_ok(r);
}

/* DATA as a text, on the heap, without the NULs at its end; NULL where it is none. */
static char *
data_text(struct span data)
{
	while (data.len >= 2 && data.data[data.len - 1] == 0 && data.data[data.len - 2] == 0)
		data.len -= 2;
	return utf16_to_utf8(data);
}

static void
leave(struct harvest *harvest, const struct entry *entry, const char *why)
{
	harvest_leave(harvest, origin_of(entry), entry->name, why);
}

/* What is behind PREFIX in NAME; NULL where it begins otherwise. */
static const char *
behind(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncasecmp(name, prefix, len) == 0 ? name + len : NULL;
}

static void
read_value(struct harvest *harvest, const struct entry *entry, const char *name)
{
	char *text = data_text(entry->data);

	if (entry->type != REG_SZ && entry->type != REG_EXPAND_SZ)
		leave(harvest, entry,
			"Windows reads texts only, and this is a value of another type");
	else if (!text)
		leave(harvest, entry, "its data is no text in UTF-16");
	else if (entry->type == REG_EXPAND_SZ && strchr(text, '%'))
		leave(harvest, entry, "environment variables are not expanded");
	else
		harvest_set(harvest, origin_of(entry), name, text);
	free(text);
}

/* The names between the semicolons of LIST are gone. */
static void
delete_listed(struct harvest *harvest, const struct entry *entry, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ";");
		char *name = strndup(list, len);

		if (name && *name)
			harvest_delete(harvest, origin_of(entry), name);
		free(name);
		list += len + (list[len] == ';');
	}
}

static void
read_instruction(struct harvest *harvest, const struct entry *entry)
{
	const char *name = behind(entry->name, "**del.");
	char *list;

	if (name) {
		harvest_delete(harvest, origin_of(entry), name);
	} else if (behind(entry->name, "**delvals")) {
		harvest_wipe(harvest, origin_of(entry));
	} else if (strcasecmp(entry->name, "**DeleteValues") == 0) {
		list = data_text(entry->data);
		if (list)
			delete_listed(harvest, entry, list);
		else
			leave(harvest, entry, "its list of values is no text in UTF-16");
		free(list);
	} else if (!behind(entry->name, "**SecureKey")) {
		leave(harvest, entry,
			"it depends on what the machine's registry holds, or is not known");
	}
}

/* Keys that **DeleteKeys of the key above takes away. */
static void
read_above(struct harvest *harvest, const struct entry *entry)
{
	char *list, *whole, *rest = NULL;

	if (strcasecmp(entry->name, "**DeleteKeys") != 0)
		return;
	list = data_text(entry->data);
	for (char *key = list ? strtok_r(list, ";", &rest) : NULL; key;
		key = strtok_r(NULL, ";", &rest)) {
		enum kinship kinship = KINSHIP_NONE;

		if (asprintf(&whole, "%s\\%s", entry->key, key) >= 0) {
			kinship = harvest_kinship(whole);
			free(whole);
		}
		if (kinship == KINSHIP_SAME || kinship == KINSHIP_ABOVE)
			harvest_wipe(harvest, origin_of(entry));
	}
	free(list);
}

static void
read_entry(struct harvest *harvest, const struct entry *entry)
{
	enum kinship kinship = entry->key ? harvest_kinship(entry->key) : KINSHIP_NONE;

	if (kinship == KINSHIP_NONE)
		return;
	if (!entry->name)
		leave(harvest, entry, "its name is no valid UTF-16");
	else if (kinship == KINSHIP_ABOVE)
		read_above(harvest, entry);
	else if (kinship == KINSHIP_BELOW)
		leave(harvest, entry, "Windows does not look below HardenedPaths");
	else if (kinship == KINSHIP_FOREIGN)
		leave(harvest, entry, "Windows looks below SOFTWARE\\Policies only");
	else if (behind(entry->name, "**"))
		read_instruction(harvest, entry);
	else if (*entry->name || entry->data.len)
		read_value(harvest, entry, entry->name);
}

void
registry_pol_read(const struct source *source, struct harvest *harvest)
{
	struct reader r = reader_over(span_of(source->text, source->len));
	struct entry entry = {.number = 0};
	bool whole = reader_u32(&r) == PREG_SIGNATURE && reader_u32(&r) == PREG_VERSION;

	while (whole && reader_left(&r)) {
		entry = (struct entry){.number = entry.number + 1};
		whole = take_entry(&r, &entry);
		if (whole)
			read_entry(harvest, &entry);
		free(entry.key);
		free(entry.name);
	}
	if (!whole)
		harvest_fail(harvest, origin_of(&entry),
			entry.number
				? "the file is damaged here: it is cut short, or no Registry.pol"
				: "this is no Registry.pol of version 1");
}
