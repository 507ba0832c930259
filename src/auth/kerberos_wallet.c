/* A list, the last used first. */
#include "auth/kerberos_wallet.h"

#include "auth/kerberos_tickets.h"
#include "base/secret.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Whose tickets, and what they were got by. */
struct slot {
	struct slot *next;
	char *client;     /* NULL: our own account */
	char *password;   /* this, */
	char *keytab;     /* or this file, */
	struct stat file; /* as it was before it was read */
	struct kerberos_tickets *tickets;
};

struct kerberos_wallet {
	pthread_mutex_t lock; /* over all below */
	struct slot *first;
	size_t count;
};

static void
slot_free(struct slot **slot)
{
	struct slot *s = *slot;

	*slot = NULL;
	if (!s)
		return;
	kerberos_tickets_unref(&s->tickets);
	secret_free_text(&s->password);
	free(s->keytab);
	free(s->client);
	free(s);
}

struct kerberos_wallet *
kerberos_wallet_new(void)
{
	struct kerberos_wallet *wallet = calloc(1, sizeof(*wallet));

	if (wallet)
		pthread_mutex_init(&wallet->lock, NULL);
	return wallet;
}

void
kerberos_wallet_free(struct kerberos_wallet **wallet)
{
	struct kerberos_wallet *w = *wallet;

	*wallet = NULL;
	if (!w)
		return;
	while (w->first) {
		struct slot *slot = w->first;

		w->first = slot->next;
		slot_free(&slot);
	}
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* Both may be NULL. */
static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
same_password(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strlen(a) == strlen(b) && secret_equal(a, b, strlen(a));
}

/* A file that has been replaced or written to since is another one. */
static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* One place for an identity and its kind of secret: a newer secret takes that of the older. */
static bool
is_of(const struct slot *slot, const struct kerberos_asker *asker)
{
	return same_text(slot->client, asker->client) && same_text(slot->keytab, asker->keytab) &&
	       !slot->password == !asker->password;
}

/* Takes ASKER's slot out of the list; NULL: there is none. Called with the lock held. */
static struct slot *
take(struct kerberos_wallet *wallet, const struct kerberos_asker *asker)
{
	for (struct slot **link = &wallet->first; *link; link = &(*link)->next) {
		struct slot *slot = *link;

		if (!is_of(slot, asker))
			continue;
		*link = slot->next;
		wallet->count--;
		return slot;
	}
	return NULL;
}

/* Called with the lock held. */
static void
put(struct kerberos_wallet *wallet, struct slot *slot)
{
	slot->next = wallet->first;
	wallet->first = slot;
	wallet->count++;
}

/* Takes the last slot out where there are too many; else NULL. Called with the lock held. */
static struct slot *
take_last(struct kerberos_wallet *wallet)
{
	struct slot **link = &wallet->first, *last;

	if (wallet->count <= KERBEROS_WALLET_MAX)
		return NULL;
	while ((*link)->next)
		link = &(*link)->next;
	last = *link;
	*link = NULL;
	wallet->count--;
	return last;
}

/* ASKER's tickets, whatever is left of them, got by the secret that it has now; or NULL. */
static struct kerberos_tickets *
find(struct kerberos_wallet *wallet, const struct kerberos_asker *asker, const struct stat *file)
{
	struct kerberos_tickets *found = NULL;
	struct slot *slot;

	pthread_mutex_lock(&wallet->lock);
	slot = take(wallet, asker);
	if (slot) {
		put(wallet, slot);
		if (same_password(slot->password, asker->password) && same_file(&slot->file, file))
			found = kerberos_tickets_ref(slot->tickets);
	}
	pthread_mutex_unlock(&wallet->lock);
	return found;
}

/* A copy of TEXT; of none, none. False: memory is out. */
static bool
text_copy(char **out, const char *text)
{
	*out = text ? strdup(text) : NULL;
	return !text || *out;
}

/* Where memory is out, TICKETS are used once and not kept. */
static void
keep(struct kerberos_wallet *wallet, const struct kerberos_asker *asker, const struct stat *file,
	struct kerberos_tickets *tickets)
{
	struct slot *slot = calloc(1, sizeof(*slot)), *before, *last;

	if (!slot)
		return;
	slot->file = *file;
	slot->tickets = kerberos_tickets_ref(tickets);
	if (!text_copy(&slot->client, asker->client) || !text_copy(&slot->keytab, asker->keytab) ||
		!text_copy(&slot->password, asker->password)) {
		slot_free(&slot);
		return;
	}
	pthread_mutex_lock(&wallet->lock);
	before = take(wallet, asker);
	put(wallet, slot);
	last = take_last(wallet);
	pthread_mutex_unlock(&wallet->lock);
	slot_free(&before);
	slot_free(&last);
}

/* Those that are kept and last; *FILE is the keytab as it is now. */
static struct kerberos_tickets *
find_lasting(struct kerberos_wallet *wallet, const struct kerberos_asker *asker, struct stat *file)
{
	struct kerberos_tickets *tickets;

	*file = (struct stat){0};
	if (!wallet || (asker->keytab && stat(asker->keytab, file) != 0))
		return NULL;
	tickets = find(wallet, asker, file);
	if (tickets && !kerberos_tickets_last(tickets))
		kerberos_tickets_unref(&tickets);
	return tickets;
}

struct kerberos_tickets *
kerberos_wallet_peek(struct kerberos_wallet *wallet, const struct kerberos_asker *asker)
{
	struct stat file;

	return find_lasting(wallet, asker, &file);
}

bool
kerberos_wallet_holds(struct kerberos_wallet *wallet, const struct kerberos_asker *asker)
{
	struct kerberos_tickets *tickets = kerberos_wallet_peek(wallet, asker);
	bool holds = tickets != NULL;

	kerberos_tickets_unref(&tickets);
	return holds;
}

fault
kerberos_wallet_get(struct kerberos_wallet *wallet, const struct kerberos_asker *asker,
	struct kerberos_tickets **out, bool *kept, char **detail)
{
	struct stat file;
	fault why;

	/* The keytab is looked at before it is read: what changes in between is noticed the next
	 * time. */
	*out = find_lasting(wallet, asker, &file);
	*kept = *out != NULL;
	if (*kept)
		return NULL;
	why = kerberos_tickets_ask(asker, out, detail);
	if (!why && wallet && (!asker->keytab || file.st_ino))
		keep(wallet, asker, &file, *out);
	return why;
}

void
kerberos_wallet_drop(struct kerberos_wallet *wallet, const struct kerberos_tickets *tickets)
{
	struct slot *dropped, **link;

	if (!wallet)
		return;
	pthread_mutex_lock(&wallet->lock);
	link = &wallet->first;
	while (*link && (*link)->tickets != tickets)
		link = &(*link)->next;
	dropped = *link;
	if (dropped) {
		*link = dropped->next;
		wallet->count--;
	}
	pthread_mutex_unlock(&wallet->lock);
	slot_free(&dropped);
}
