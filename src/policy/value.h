/* Readers of single values, for the tables of loader.h; each complains where the value is not what
 * it wants. */
#ifndef POLICY_VALUE_H
#define POLICY_VALUE_H

#include "policy/loader.h"

/* "2.0.2" … "3.1.1"; NT1 is known and refused. */
extern const struct word dialect_words[];

/* true and false, for a bool field. */
extern const struct word flag_words[];

/* Longest name, address or word that is taken, in bytes. */
#define VALUE_TEXT_MAX 1024

/*
 * The text of NODE: a scalar that says something, without control characters, at most
 * VALUE_TEXT_MAX long. NULL where it is not. Borrowed.
 */
const char *value_text(struct loader *loader, const struct node *node);

/* The text in the char * field, on the heap. */
void read_text(struct loader *loader, const struct node *node, const struct key *key, void *target);

/* A decimal number from key->min to key->max in an unsigned field of any size. */
void read_number(
	struct loader *loader, const struct node *node, const struct key *key, void *target);

/* A time with its unit (ms, s, m, h, d) from key->min to key->max milliseconds, in milliseconds. */
void read_duration(
	struct loader *loader, const struct node *node, const struct key *key, void *target);

/* One of key->words in an enum or unsigned field. */
void read_word(struct loader *loader, const struct node *node, const struct key *key, void *target);

/* The value of NODE among WORDS in *OUT; false where it is none, or one that is refused. */
bool value_word(
	struct loader *loader, const struct node *node, const struct word *words, unsigned *out);

/*
 * A list of different words out of WORDS, at most MAX, in VALUES and *COUNT, in the list's order.
 * An empty list is as good as any. What is wrong in it is complained about and left out.
 */
void value_words(struct loader *loader, const struct node *node, const struct word *words,
	uint16_t *values, size_t max, size_t *count);

#endif
