/* Ending a client's former session, wherever it is. */
#include "net/summons.h"

#include "bridge/bridge.h"
#include "net/client.h"
#include "net/clients.h"
#include "net/loop.h"

#include <stdlib.h>

struct summons {
	struct letter letter; /* first: a summons is found by its letter */
	struct clients *home, *at;
	struct loop *home_loop; /* outlives all clients */
	uint64_t client;        /* at home, by its id on the loop */
	uint64_t session;
	const struct account *account; /* of the policy that the client at home came under; only
					  compared: who came under another has another */
	struct summons *next;          /* while it waits at the client that has the session */
};

static void
drop(struct letter *letter)
{
	free(letter);
}

static void
come_home(struct letter *letter)
{
	struct summons *summons = (struct summons *)letter;
	struct client *client = loop_find(summons->home_loop, summons->client);

	if (client)
		client_summoned(client, summons->session);
	free(summons);
}

static void
send_home(struct summons *summons)
{
	static const struct letter_kind kind = {come_home, drop};

	summons->letter.kind = &kind;
	loop_post(summons->home_loop, &summons->letter);
}

static void arrive(struct letter *letter);

static void
go_to(struct summons *summons, struct clients *at)
{
	static const struct letter_kind kind = {arrive, drop};

	summons->at = at;
	summons->letter.kind = &kind;
	loop_post(clients_shared(at)->loop, &summons->letter);
}

/* The client here that SESSION belongs to, or NULL. */
static struct client *
find(const struct clients *clients, uint64_t session)
{
	uint64_t connection = bridge_connection_of(session);
	struct client *client = clients_first(clients);

	while (client && client->connection != connection)
		client = client->next;
	return client;
}

static void
arrive(struct letter *letter)
{
	struct summons *summons = (struct summons *)letter;
	struct clients *next = clients_next(summons->at);
	struct client *client = find(summons->at, summons->session);

	if (client) {
		/* It waits in the list first: the session may end while it is told to. */
		summons->next = client->summons;
		client->summons = summons;
		client_supersede(client, summons->session, summons->account);
	} else if (next == summons->home) {
		send_home(summons);
	} else {
		go_to(summons, next);
	}
}

void
summons_send(struct clients *clients, const struct client *client, uint64_t session,
	const struct account *account)
{
	struct summons *summons = calloc(1, sizeof *summons);

	if (!summons)
		return;
	summons->home = clients;
	summons->home_loop = clients_shared(clients)->loop;
	summons->client = client->id;
	summons->session = session;
	summons->account = account;
	go_to(summons, clients);
}

void
summons_answer(struct summons **list, uint64_t session)
{
	struct summons **link = list;

	while (*link) {
		struct summons *summons = *link;

		if (session && summons->session != session) {
			link = &summons->next;
			continue;
		}
		*link = summons->next;
		send_home(summons);
	}
}
