/* The clients of one loop, and what they share. */
#include "net/clients.h"

#include "net/census.h"
#include "net/conn.h"
#include "net/loop.h"
#include "policy/policy.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

struct clients {
	struct clients_config shared;
	struct conns *conns;
	struct client *first;
	struct clients *next; /* in the ring */
	atomic_uint count;
	struct letter stop;
};

/* An arrival on its way to the loop. */
struct newcomer {
	struct letter letter; /* first: a newcomer is found by its letter */
	struct clients *clients;
	struct census *census; /* outlives the clients, as a dropped letter does */
	struct arrival arrival;
};

/* Another policy on its way to the loop: behind whoever came under the former one. */
struct renewal {
	struct letter letter; /* first: a renewal is found by its letter */
	struct clients *clients;
	struct policy *policy; /* a reference of its own */
};

struct clients *
clients_new(const struct clients_config *config)
{
	struct clients *clients = calloc(1, sizeof *clients);

	if (!clients)
		return NULL;
	clients->shared = *config;
	(void)policy_ref(clients->shared.policy);
	clients->next = clients;
	clients->conns = conns_new(config->loop, CONN_TIMES_USUAL);
	if (!clients->conns)
		clients_free(&clients);
	return clients;
}

void
clients_free(struct clients **clients)
{
	if (!*clients)
		return;
	while ((*clients)->first) {
		struct client *client = (*clients)->first;

		client_free(&client);
	}
	conns_free(&(*clients)->conns);
	policy_unref(&(*clients)->shared.policy);
	free(*clients);
	*clients = NULL;
}

static void
newcomer_drop(struct letter *letter)
{
	struct newcomer *newcomer = (struct newcomer *)letter;

	close(newcomer->arrival.fd);
	census_leave(newcomer->census, &newcomer->arrival.peer);
	free(newcomer);
}

static void
newcomer_deliver(struct letter *letter)
{
	struct newcomer *newcomer = (struct newcomer *)letter;
	struct clients *clients = newcomer->clients;

	if (!client_start(clients, &newcomer->arrival)) {
		census_leave(newcomer->census, &newcomer->arrival.peer);
		atomic_fetch_sub(&clients->count, 1);
	}
	free(newcomer);
}

bool
clients_arrive(struct clients *clients, const struct arrival *arrival)
{
	static const struct letter_kind kind = {newcomer_deliver, newcomer_drop};
	struct newcomer *newcomer = malloc(sizeof *newcomer);

	if (!newcomer)
		return false;
	*newcomer = (struct newcomer){
		.letter.kind = &kind,
		.clients = clients,
		.census = clients->shared.census,
		.arrival = *arrival,
	};
	atomic_fetch_add(&clients->count, 1);
	loop_post(clients->shared.loop, &newcomer->letter);
	return true;
}

/* Tells each of them; it may be gone afterwards. */
static void
tell_all(struct clients *clients, void (*tell)(struct client *))
{
	struct client *client = clients->first;

	while (client) {
		struct client *next = client->next;

		tell(client);
		client = next;
	}
}

static void
stop_deliver(struct letter *letter)
{
	tell_all((struct clients *)((char *)letter - offsetof(struct clients, stop)), client_stop);
}

/* The letter is part of the clients, and goes with them. */
static void
stop_drop(struct letter *letter)
{
	(void)letter;
}

void
clients_stop(struct clients *clients)
{
	static const struct letter_kind kind = {stop_deliver, stop_drop};

	clients->stop.kind = &kind;
	loop_post(clients->shared.loop, &clients->stop);
}

void
renewal_free(struct renewal **renewal)
{
	if (!*renewal)
		return;
	policy_unref(&(*renewal)->policy);
	free(*renewal);
	*renewal = NULL;
}

static void
renewal_drop(struct letter *letter)
{
	struct renewal *renewal = (struct renewal *)letter;

	renewal_free(&renewal);
}

static void
renewal_deliver(struct letter *letter)
{
	struct renewal *renewal = (struct renewal *)letter;
	struct clients *clients = renewal->clients;
	struct policy *former = clients->shared.policy;

	clients->shared.policy = renewal->policy;
	renewal->policy = former;
	tell_all(clients, client_policy_changed);
	renewal_free(&renewal);
}

struct renewal *
renewal_new(struct clients *clients, struct policy *policy)
{
	static const struct letter_kind kind = {renewal_deliver, renewal_drop};
	struct renewal *renewal = malloc(sizeof *renewal);

	if (renewal)
		*renewal = (struct renewal){
			.letter.kind = &kind, .clients = clients, .policy = policy_ref(policy)};
	return renewal;
}

void
renewal_send(struct renewal **renewal)
{
	loop_post((*renewal)->clients->shared.loop, &(*renewal)->letter);
	*renewal = NULL;
}

void
clients_link(struct clients *clients, struct clients *next)
{
	clients->next = next;
}

struct clients *
clients_next(const struct clients *clients)
{
	return clients->next;
}

struct client *
clients_first(const struct clients *clients)
{
	return clients->first;
}

unsigned
clients_count(const struct clients *clients)
{
	return atomic_load(&clients->count);
}

unsigned
clients_lingering(const struct clients *clients)
{
	return conns_lingering(clients->conns);
}

const struct clients_config *
clients_shared(const struct clients *clients)
{
	return &clients->shared;
}

struct conns *
clients_conns(const struct clients *clients)
{
	return clients->conns;
}

void
clients_join(struct clients *clients, struct client *client)
{
	client->prev = NULL;
	client->next = clients->first;
	if (client->next)
		client->next->prev = client;
	clients->first = client;
}

void
clients_leave(struct clients *clients, struct client *client)
{
	if (client->prev)
		client->prev->next = client->next;
	else
		clients->first = client->next;
	if (client->next)
		client->next->prev = client->prev;
	census_leave(clients->shared.census, &client->peer);
	atomic_fetch_sub(&clients->count, 1);
}
