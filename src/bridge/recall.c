/* A server held against what it was seen to be capable of. */
#include "bridge/recall.h"

#include "base/date.h"
#include "wire/smb2_header.h"

#include <stdio.h>
#include <string.h>

/* Seconds from the epoch of FILETIME to that of 1970. */
#define EPOCH_SECONDS 11644473600ull

/* Algorithms that were on offer in a dialect, most wanted first. */
struct menu {
	uint16_t ids[4];
	size_t count;
};

static struct menu
cipher_menu(const struct offer *offer, uint16_t dialect)
{
	struct menu menu = {0};

	for (size_t i = 0; i < offer->cipher_count; i++)
		/* 3.0 and 3.0.2 know one, 2.x none, [MS-SMB2] 3.3.5.4. */
		if (dialect == SMB2_DIALECT_0311 ||
			(dialect >= SMB2_DIALECT_0300 && offer->ciphers[i] == CIPHER_AES_128_CCM))
			menu.ids[menu.count++] = offer->ciphers[i];
	return menu;
}

/* Below 3.1.1 the dialect says how it is signed, and nobody has a choice. */
static struct menu
signing_menu(const struct offer *offer, uint16_t dialect)
{
	struct menu menu = {0};

	if (dialect == SMB2_DIALECT_0311)
		for (size_t i = 0; i < offer->signing_count; i++)
			menu.ids[menu.count++] = offer->signing[i];
	return menu;
}

/* Whether CHOSEN is less than BEFORE, or no more and another: ciphers by the size of their keys …
 */
static bool
is_lesser_cipher(uint16_t chosen, uint16_t before)
{
	return cipher_key_size((enum cipher)chosen) <= cipher_key_size((enum cipher)before);
}

/* … and ways to sign by their age, which is how they are numbered. */
static bool
is_lesser_signing(uint16_t chosen, uint16_t before)
{
	return chosen < before;
}

/*
 * What was chosen before, is on offer again, and was now passed over for something lesser that was
 * passed over for it then. We must want it more, too: some servers go by our order. NONE: what
 * stands for no choice at all, which is always the least. Returns the number, or -1.
 */
static int
passed_over(const struct choice *known, const struct menu *menu, uint16_t chosen, int none,
	bool (*is_lesser)(uint16_t chosen, uint16_t before))
{
	for (size_t i = 0; i < menu->count && menu->ids[i] != chosen; i++) {
		uint16_t before = menu->ids[i];

		if (!known[before].since)
			continue;
		if (chosen == none ||
			(known[before].over & 1u << chosen && is_lesser(chosen, before)))
			return before;
	}
	return -1;
}

/*
 * Whether a server that can KNOWN chose lower than it need have. Who speaks a dialect and one below
 * speaks what is between; but who takes none below its own has not become weaker.
 */
static bool
is_lesser_dialect(const struct seen *known, const struct offer *offer, uint16_t chosen)
{
	if (chosen == 0)
		return known->dialect && known->dialect >= offer->min_dialect &&
		       known->dialect <= offer->max_dialect;
	return chosen < known->dialect && chosen < offer->max_dialect;
}

static const char *
or_none(const char *word)
{
	return word ? word : "none";
}

static fault
weakened(char account[RECALL_ACCOUNT_SIZE], const char *what, const char *before, uint64_t since,
	const char *now)
{
	char date[DATE_TEXT_SIZE];

	snprintf(account, RECALL_ACCOUNT_SIZE, "%s %s was seen on %s; now it is %s", what, before,
		date_text(since, date), now);
	return &fault_server_weakened;
}

fault
recall_judge(const struct seen *known, const struct offer *offer, const struct terms *terms,
	char account[RECALL_ACCOUNT_SIZE])
{
	struct menu ciphers = cipher_menu(offer, terms->dialect);
	struct menu signing = signing_menu(offer, terms->dialect);
	int before;

	if (is_lesser_dialect(known, offer, terms->dialect))
		return weakened(account, "SMB", smb2_dialect_word(known->dialect),
			known->dialect_since,
			terms->dialect ? smb2_dialect_word(terms->dialect)
				       : "none of those that were offered");
	before = passed_over(
		known->ciphers, &ciphers, (uint16_t)terms->seals_with, 0, is_lesser_cipher);
	if (before >= 0)
		return weakened(account, "cipher", cipher_word((enum cipher)before),
			known->ciphers[before].since, or_none(cipher_word(terms->seals_with)));
	before = passed_over(
		known->signing, &signing, (uint16_t)terms->signs_with, -1, is_lesser_signing);
	if (before >= 0)
		return weakened(account, "signing", signing_word((enum signing_algorithm)before),
			known->signing[before].since, signing_word(terms->signs_with));
	return NULL;
}

/* That CHOSEN was taken of MENU. */
static void
learn(struct choice *choices, const struct menu *menu, uint16_t chosen, uint64_t now)
{
	struct choice choice = {.since = now};
	bool was_offered = false;

	for (size_t i = 0; i < menu->count; i++)
		if (menu->ids[i] == chosen)
			was_offered = true;
		else
			choice.over |= (uint16_t)(1u << menu->ids[i]);
	if (was_offered)
		choices[chosen] = choice;
}

struct seen
recall_learn(const struct offer *offer, const struct terms *terms, uint64_t filetime)
{
	uint64_t now = filetime / 10000000 - EPOCH_SECONDS;
	struct menu ciphers = cipher_menu(offer, terms->dialect);
	struct menu signing = signing_menu(offer, terms->dialect);
	struct seen seen = {.dialect = terms->dialect, .dialect_since = now};

	learn(seen.ciphers, &ciphers, (uint16_t)terms->seals_with, now);
	learn(seen.signing, &signing, (uint16_t)terms->signs_with, now);
	return seen;
}
