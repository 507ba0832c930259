/* Realms, in a short list under one lock that nobody holds while he asks. */
#include "auth/realms.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct realm {
	struct realm *next;
	unsigned visits;       /* that are under way */
	bool asked;            /* somebody has come since a KDC last answered, */
	uint64_t asked_ms;     /* the first of them then, */
	uint64_t tried_ms;     /* the last of them then */
	uint64_t answered_ms;  /* when a KDC did */
	bool is_silent;        /* the last who could know met nobody */
	uint64_t silent_until; /* it is left alone until then */
	char name[];
};

struct realms {
	auth_clock *clock;
	void *context;
	pthread_mutex_t lock; /* over all below */
	struct realm *first;
	unsigned count;
};

struct realms *
realms_new(auth_clock *clock, void *context)
{
	struct realms *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->clock = clock;
	r->context = context;
	pthread_mutex_init(&r->lock, NULL);
	return r;
}

static void
forget(struct realms *r, struct realm **at)
{
	struct realm *gone = *at;

	*at = gone->next;
	free(gone);
	r->count--;
}

void
realms_free(struct realms **realms)
{
	struct realms *r = *realms;

	*realms = NULL;
	if (!r)
		return;
	while (r->first)
		forget(r, &r->first);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static struct realm *
find(const struct realms *r, const char *name)
{
	struct realm *realm = r->first;

	while (realm && strcmp(realm->name, name) != 0)
		realm = realm->next;
	return realm;
}

/* One that nobody is at makes room; false where there is none. */
static bool
make_room(struct realms *r)
{
	struct realm **at = &r->first;

	if (r->count < REALMS_MAX)
		return true;
	while (*at && (*at)->visits > 0)
		at = &(*at)->next;
	if (!*at)
		return false;
	forget(r, at);
	return true;
}

static struct realm *
want(struct realms *r, const char *name)
{
	struct realm *realm = find(r, name);
	size_t len = strlen(name);

	if (realm || !make_room(r))
		return realm;
	realm = calloc(1, sizeof(*realm) + len + 1);
	if (!realm)
		return NULL;
	memcpy(realm->name, name, len);
	realm->next = r->first;
	r->first = realm;
	r->count++;
	return realm;
}

static void
visit(struct realm *realm, uint64_t now)
{
	realm->visits++;
	if (!realm->asked)
		realm->asked_ms = now;
	realm->asked = true;
	realm->tried_ms = now;
}

/* Who looks whether a silent realm is back. */
static enum realms_word
judge_probe(const struct realm *realm, uint64_t now)
{
	bool is_due = now >= realm->silent_until && now - realm->tried_ms >= REALMS_SILENCE_MS;

	return is_due && realm->visits < REALMS_PROBES ? REALMS_GO : REALMS_SILENT;
}

static enum realms_word
judge(const struct realm *realm, uint64_t now)
{
	bool is_slow =
		realm->visits > 0 && realm->asked && now - realm->asked_ms >= REALMS_PATIENCE_MS;

	if (realm->is_silent || is_slow)
		return judge_probe(realm, now);
	return realm->visits < REALMS_VISITS ? REALMS_GO : REALMS_WAIT;
}

enum realms_word
realms_enter(struct realms *realms, const char *name, uint64_t *since)
{
	struct realms *r = realms;
	enum realms_word word = REALMS_WAIT;
	struct realm *realm;
	uint64_t now;

	*since = 0;
	if (!r)
		return REALMS_GO;
	pthread_mutex_lock(&r->lock);
	*since = now = r->clock(r->context).ms; /* not before that: nobody has come later */
	realm = want(r, name);
	if (realm)
		word = judge(realm, now);
	if (word == REALMS_GO)
		visit(realm, now);
	pthread_mutex_unlock(&r->lock);
	return word;
}

/* The realm NAME, where a visit has ended; the lock is held from now on. */
static struct realm *
end_visit(struct realms *r, const char *name)
{
	struct realm *realm;

	pthread_mutex_lock(&r->lock);
	realm = find(r, name); /* which is not forgotten while somebody is there */
	realm->visits--;
	return realm;
}

void
realms_withdraw(struct realms *realms, const char *name, uint64_t since)
{
	struct realm *realm;

	if (!realms)
		return;
	realm = end_visit(realms, name);
	if (realm->asked_ms == since)
		realm->asked = false;
	pthread_mutex_unlock(&realms->lock);
}

static void
hear(struct realm *realm, uint64_t now, uint64_t since, bool answered)
{
	if (answered) {
		realm->asked = realm->is_silent = false;
		realm->answered_ms = now;
		realm->silent_until = 0;
	} else if (since >= realm->answered_ms) { /* who came before that knows less */
		realm->is_silent = true;
		realm->silent_until = now + REALMS_SILENCE_MS;
	}
}

void
realms_leave(struct realms *realms, const char *name, uint64_t since, bool answered)
{
	struct realm *realm;

	if (!realms)
		return;
	realm = end_visit(realms, name);
	hear(realm, realms->clock(realms->context).ms, since, answered);
	pthread_mutex_unlock(&realms->lock);
}
