/*
 * Refusals in a row, by what was tried: a map of entries, and a list of them with what was tried
 * last at its head.
 */
#include "auth/setbacks.h"

#include "base/date.h"
#include "base/idmap.h"
#include "base/ntstatus.h"
#include "base/secret.h"
#include "base/writer.h"
#include "crypto/digest.h"
#include "crypto/random.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGEST_SIZE 32

/* Ticks of a FILETIME in a millisecond, and from 1601 to 1970 in seconds. */
#define FILETIME_MS 10000u
#define FILETIME_SECOND 10000000u
#define FILETIME_EPOCH 11644473600u

struct entry {
	struct entry *newer, *older;
	uint64_t key;
	unsigned under_way; /* tries that have not ended */
	uint64_t tried_ms;  /* when the last began or ended */
	uint64_t until_ms;  /* quiet before */
	struct setback setback;
};

struct setbacks {
	auth_clock *clock;
	void *context;
	uint8_t secret[DIGEST_SIZE]; /* makes a key nothing that could be looked up elsewhere */
	pthread_mutex_t lock;        /* over all below */
	struct idmap entries;        /* owned */
	struct entry *newest, *oldest;
};

struct setbacks *
setbacks_new(auth_clock *clock, void *context)
{
	struct setbacks *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->clock = clock;
	s->context = context;
	pthread_mutex_init(&s->lock, NULL);
	if (!random_bytes(s->secret, sizeof(s->secret)))
		setbacks_free(&s);
	return s;
}

static void
unlink_entry(struct setbacks *s, struct entry *e)
{
	*(e->newer ? &e->newer->older : &s->newest) = e->older;
	*(e->older ? &e->older->newer : &s->oldest) = e->newer;
}

static void
link_newest(struct setbacks *s, struct entry *e)
{
	e->newer = NULL;
	e->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = e;
	s->newest = e;
}

static void
entry_forget(struct setbacks *s, struct entry *e)
{
	idmap_remove(&s->entries, e->key);
	unlink_entry(s, e);
	free(e);
}

void
setbacks_free(struct setbacks **setbacks)
{
	struct setbacks *s = *setbacks;

	*setbacks = NULL;
	if (!s)
		return;
	while (s->newest)
		entry_forget(s, s->newest);
	idmap_clear(&s->entries);
	pthread_mutex_destroy(&s->lock);
	secret_wipe(s, sizeof(*s));
	free(s);
}

/* Each part is digested by itself, so that no two lists of parts run together to the same bytes. */
static bool
key_make(const struct setbacks *s, const struct span *parts, size_t count, uint64_t *out)
{
	uint8_t bytes[DIGEST_SIZE * (SETBACKS_PARTS + 1)];
	uint8_t digest[DIGEST_SIZE];
	bool ok = count <= SETBACKS_PARTS;

	memcpy(bytes, s->secret, DIGEST_SIZE);
	for (size_t i = 0; ok && i < count; i++)
		ok = digest_sha256(parts[i], bytes + DIGEST_SIZE * (i + 1));
	ok = ok && digest_sha256(span_of(bytes, DIGEST_SIZE * (count + 1)), digest);
	if (ok)
		memcpy(out, digest, sizeof(*out));
	secret_wipe(bytes, sizeof(bytes));
	secret_wipe(digest, sizeof(digest));
	return ok;
}

static bool
has_died(const struct entry *e, uint64_t now)
{
	return e->under_way == 0 && now - e->tried_ms >= SETBACKS_LIFE_MS;
}

/* Makes room for one more; false where every one of them is being tried. */
static bool
make_room(struct setbacks *s, uint64_t now)
{
	struct entry *e;

	while (s->oldest && has_died(s->oldest, now))
		entry_forget(s, s->oldest);
	if (s->entries.count < SETBACKS_MAX)
		return true;
	e = s->oldest;
	while (e && e->under_way > 0)
		e = e->newer;
	if (e)
		entry_forget(s, e);
	return e;
}

/* The entry of KEY, a new one if there is none; NULL when memory is out. */
static struct entry *
entry_want(struct setbacks *s, uint64_t key, uint64_t now)
{
	struct entry *e = idmap_find(&s->entries, key);

	if (e && has_died(e, now)) {
		entry_forget(s, e);
		e = NULL;
	}
	if (e) {
		unlink_entry(s, e);
	} else {
		e = make_room(s, now) ? calloc(1, sizeof(*e)) : NULL;
		if (e)
			e->key = key;
		if (!e || !idmap_add(&s->entries, key, e)) {
			free(e);
			return NULL;
		}
	}
	link_newest(s, e);
	return e;
}

static enum setbacks_word
judge(const struct entry *e, uint64_t now)
{
	if (e->setback.refusals < SETBACKS_FREE)
		return e->setback.refusals + e->under_way < SETBACKS_FREE ? SETBACKS_GO
									  : SETBACKS_WAIT;
	if (now < e->until_ms)
		return SETBACKS_QUIET;
	return e->under_way == 0 ? SETBACKS_GO : SETBACKS_WAIT;
}

enum setbacks_word
setbacks_begin(struct setbacks *setbacks, const struct span *parts, size_t count,
	struct setbacks_try *try, struct setback *why)
{
	struct setbacks *s = setbacks;
	enum setbacks_word word = SETBACKS_ERROR;
	struct auth_time now;
	struct entry *e;
	uint64_t key;

	*try = (struct setbacks_try){0};
	if (!s)
		return SETBACKS_GO;
	if (!key_make(s, parts, count, &key))
		return SETBACKS_ERROR;
	pthread_mutex_lock(&s->lock);
	now = s->clock(s->context); /* not before that: no try has ended later */
	e = entry_want(s, key, now.ms);
	if (e)
		word = judge(e, now.ms);
	if (word == SETBACKS_GO) {
		*try = (struct setbacks_try){s, key};
		e->under_way++;
		e->tried_ms = now.ms;
	}
	if (word == SETBACKS_QUIET)
		*why = e->setback;
	pthread_mutex_unlock(&s->lock);
	return word;
}

/* The try's entry, which is none under way any more, with the lock held; for entry_end(). */
static struct entry *
entry_of(struct setbacks_try *try, struct auth_time *now)
{
	struct setbacks *s = try->setbacks;
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	*now = s->clock(s->context);
	e = idmap_find(&s->entries, try->key); /* what is under way is not forgotten */
	e->under_way--;
	e->tried_ms = now->ms;
	return e;
}

/* Nothing is kept of what was never refused. */
static void
entry_end(struct setbacks_try *try, struct entry *e)
{
	struct setbacks *s = try->setbacks;

	if (e->setback.refusals == 0 && e->under_way == 0)
		entry_forget(s, e);
	pthread_mutex_unlock(&s->lock);
	*try = (struct setbacks_try){0};
}

void
setbacks_passed(struct setbacks_try *try)
{
	struct auth_time now;
	struct entry *e;

	if (!try->setbacks)
		return;
	e = entry_of(try, &now);
	e->setback = (struct setback){0};
	e->until_ms = 0;
	entry_end(try, e);
}

void
setbacks_refused(struct setbacks_try *try, const char *words, uint32_t status)
{
	struct auth_time now;
	struct entry *e;
	uint64_t quiet = 0;

	if (!try->setbacks)
		return;
	e = entry_of(try, &now);
	e->setback.refusals++;
	e->setback.last = words;
	e->setback.status = status;
	if (e->setback.refusals >= SETBACKS_FREE)
		quiet = e->setback.refusals == SETBACKS_FREE ? SETBACKS_FIRST_MS : SETBACKS_NEXT_MS;
	e->until_ms = now.ms + quiet;
	e->setback.until_filetime = now.filetime + quiet * FILETIME_MS;
	entry_end(try, e);
}

void
setbacks_dropped(struct setbacks_try *try)
{
	struct auth_time now;

	if (try->setbacks)
		entry_end(try, entry_of(try, &now));
}

char *
setback_text(const struct setback *why)
{
	uint64_t until = why->until_filetime / FILETIME_SECOND - FILETIME_EPOCH;
	char date[DATE_TEXT_SIZE], *text;

	if (asprintf(&text, "not asked again until %s after %u refusals in a row, the last: %s",
		    date_text(until, date), why->refusals, why->last) < 0)
		return NULL;
	return text;
}
