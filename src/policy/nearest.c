/* The edit distance of short words. */
#include "policy/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

unsigned
nearest_limit(const char *text)
{
	size_t len = strlen(text);

	if (len > NEAREST_MAX)
		return 0;
	return len < 4 ? 2 : len < 8 ? 3 : 4;
}

static bool
same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment, row by row: ROWS[0] is the row before the last, ROWS[1] the last one.
 */
static unsigned
distance(const char *a, size_t alen, const char *b, size_t blen)
{
	unsigned rows[3][NEAREST_MAX + 1];

	for (unsigned j = 0; j <= blen; j++)
		rows[1][j] = j;
	for (unsigned i = 1; i <= alen; i++) {
		rows[2][0] = i;
		for (unsigned j = 1; j <= blen; j++) {
			unsigned cost = same(a[i - 1], b[j - 1]) ? 0 : 1;

			rows[2][j] =
				least(least(rows[1][j], rows[2][j - 1]) + 1, rows[1][j - 1] + cost);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				rows[2][j] = least(rows[2][j], rows[0][j - 2] + 1);
		}
		memcpy(rows[0], rows[1], sizeof rows[0]);
		memcpy(rows[1], rows[2], sizeof rows[1]);
	}
	return rows[1][blen];
}

/* A word that was cut short, or went on for too long, is as good as one with one edit. */
static bool
is_prefix(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t shorter = alen < blen ? alen : blen;

	return shorter > 2 && strncasecmp(a, b, shorter) == 0;
}

bool
nearest_try(const char *text, const char *guess, unsigned *best)
{
	size_t tlen = strlen(text), glen = strlen(guess);
	unsigned edits;

	if (tlen > NEAREST_MAX || glen > NEAREST_MAX)
		return false;
	edits = is_prefix(text, tlen, guess, glen) ? 1 : distance(text, tlen, guess, glen);
	if (edits >= *best)
		return false;
	*best = edits;
	return true;
}
