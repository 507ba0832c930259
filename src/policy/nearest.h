/* "Did you mean …?": the word of a list that a misspelt one is closest to. */
#ifndef POLICY_NEAREST_H
#define POLICY_NEAREST_H

#include <stdbool.h>

/* Longer words are never close to anything. */
#define NEAREST_MAX 48

/*
 * Whether GUESS is nearer to TEXT than *BEST edits, case ignored; if so sets *BEST. A caller that
 * walks its words starts with *BEST = nearest_limit(TEXT) and remembers the last one that was
 * nearer. An edit is a character added, dropped, replaced, or two neighbours swapped; a word
 * cut short counts as one.
 */
bool nearest_try(const char *text, const char *guess, unsigned *best);

/* How many edits away from TEXT a word is no longer worth mentioning. */
unsigned nearest_limit(const char *text);

#endif
