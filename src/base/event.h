/*
 * One line of the log: a level, an event's name and fields in the order they were added. Events are
 * made anywhere, carry no time, and become text where they are written (JSON or plain), so that
 * rooms without a clock can speak and tests can listen.
 */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };

/* Opaque; grows as fields are added. An event that met an empty memory drops fields, never crashes. */
struct event;

/* A new event; NULL when memory is out (every function here takes NULL and does nothing). */
struct event *event_new(enum level level, const char *name);
void event_free(struct event **event);

/*
 * Adds a field. KEY is a constant string; TEXT is copied; NULL text adds nothing. Bytes that are not
 * valid UTF-8 are written as U+FFFD and control characters are escaped, so that no client can forge a line.
 */
void event_text(struct event *event, const char *key, const char *text);
void event_number(struct event *event, const char *key, uint64_t number);
void event_flag(struct event *event, const char *key, bool flag);

/* Opens and closes a nested object: event_text() between them adds fields to it. One level deep. */
void event_open(struct event *event, const char *key);
void event_close(struct event *event);

/* Adds reason, status (by name), words and remedy of FAULT. */
void event_fault(struct event *event, fault fault);

enum level event_level(const struct event *event);
const char *event_name(const struct event *event);

/* The text of field KEY ("client_leg.dialect" for a nested one), numbers in decimal; NULL if absent: for tests. */
const char *event_field(const struct event *event, const char *key);

/*
 * The line, newline included, as JSON ({"time":…,"level":…,"event":…,…}) or as plain text
 * (time level event key=value …). TIME is an RFC 3339 string. On the heap; NULL when memory is out.
 */
char *event_json(const struct event *event, const char *time);
char *event_plain(const struct event *event, const char *time);

/* "error" "warning" "info" "debug"; level_parse is the inverse and says whether it knew the word. */
const char *level_word(enum level level);
bool level_parse(const char *word, enum level *level);

#endif
