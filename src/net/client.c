/*
 * One accepted client. Whatever happens goes through one of the bridge's doors, and what the bridge
 * wants done is carried out at once (drain). When the event is dealt with, and not before, what was
 * queued is written and the client may end (rest).
 */
#include "net/client.h"

#include "base/frame.h"
#include "bridge/bridge.h"
#include "bridge/job.h"
#include "net/clients.h"
#include "net/clock.h"
#include "net/conn.h"
#include "net/dial.h"
#include "net/errand.h"
#include "net/keeper.h"
#include "net/log.h"
#include "net/loop.h"
#include "net/pools.h"
#include "net/summons.h"
#include "net/watch.h"
#include "policy/seen.h"

#include <stdlib.h>
#include <unistd.h>

/* So much is not kept back until the end of an event, for the peer can begin with it. */
#define CLIENT_FLUSH (64u * 1024)

/* One connection of the bridge: being dialled, or there. */
struct link {
	unsigned number;
	struct dial *dial;
	struct conn *conn;
	const struct upstream *upstream; /* NULL: the client */
};

static const struct conn_calls calls;

static struct link *
link_find(const struct client *client, unsigned number)
{
	for (unsigned i = 0; i < client->link_count; i++)
		if (client->links[i].number == number)
			return &client->links[i];
	return NULL;
}

/* A new link; NULL when memory is out. */
static struct link *
link_add(struct client *client, unsigned number)
{
	unsigned count = client->link_count + 1;
	struct link *links = reallocarray(client->links, count, sizeof *links);

	if (!links)
		return NULL;
	client->links = links;
	client->link_count = count;
	links[count - 1] = (struct link){.number = number};
	return &links[count - 1];
}

/* Forgets a link; its connection goes on without us until all is written, or ends at once where it
 * is lost. */
static void
link_remove(struct client *client, struct link *link)
{
	dial_free(&link->dial);
	conn_finish(&link->conn);
	*link = client->links[--client->link_count];
}

static void drain(struct client *client);
static void rest(void *owner);

static void
job_done(void *who, struct job **job)
{
	struct client *client = who;

	bridge_job_done(client->bridge, job, clock_moment());
	drain(client);
	rest(client);
}

static void
dialled(void *owner, unsigned number, int fd, const char *error)
{
	struct client *client = owner;
	struct link *link = link_find(client, number);
	struct seen known = {0};

	link->dial = NULL;
	keeper_recall(clients_shared(client->clients)->keeper, link->upstream, &known);
	if (!error) {
		link->conn = conn_new(clients_conns(client->clients), fd, &calls, client, number);
		error = link->conn ? NULL : "memory is out";
	}
	if (error)
		link_remove(client, link);
	bridge_dialled(client->bridge, number, error, &known, clock_moment());
	drain(client);
	rest(client);
}

static void
dial(struct client *client, const struct effect *effect)
{
	const struct clients_config *shared = clients_shared(client->clients);
	struct link *link = link_add(client, effect->link);

	if (link)
		link->upstream = effect->upstream;
	if (link)
		link->dial = dial_new(shared->loop, shared->pools->namers, effect->upstream,
			dialled, client, effect->link);
	if (link && link->dial)
		return;
	if (link)
		link_remove(client, link);
	bridge_dialled(client->bridge, effect->link, "memory is out", NULL, clock_moment());
}

static void
send_frame(struct client *client, struct effect *effect)
{
	struct link *link = link_find(client, effect->link);

	if (!link || !link->conn) {
		frame_free(&effect->frame);
		return;
	}
	conn_send(link->conn, &effect->frame);
	if (conn_queued(link->conn) >= CLIENT_FLUSH)
		conn_flush(link->conn);
}

static void
send_on_errand(struct client *client, struct effect *effect)
{
	const struct clients_config *shared = clients_shared(client->clients);
	fault found = errand_send(shared->loop, shared->pools, client->id, job_done, &effect->job);

	if (!found)
		return;
	effect->job->undone = found;
	bridge_job_done(client->bridge, &effect->job, clock_moment());
}

static void
carry_out(struct client *client, struct effect *effect)
{
	struct link *link;

	switch (effect->kind) {
	case EFFECT_SEND:
		send_frame(client, effect);
		break;
	case EFFECT_DIAL:
		dial(client, effect);
		break;
	case EFFECT_JOB:
		send_on_errand(client, effect);
		break;
	case EFFECT_CLOSE:
		link = link_find(client, effect->link);
		if (link)
			link_remove(client, link);
		break;
	case EFFECT_SUMMON:
		summons_send(client->clients, client, effect->session, effect->account);
		break;
	case EFFECT_LEARNED:
		keeper_learn(clients_shared(client->clients)->keeper, effect->of, effect->seen);
		free(effect->seen);
		break;
	case EFFECT_LEFT:
		summons_answer(&client->summons, effect->session);
		break;
	case EFFECT_LOG:
		log_write(clients_shared(client->clients)->log, &effect->event);
		break;
	}
}

/* Carries out what the bridge wants done, what comes of that included. */
static void
drain(struct client *client)
{
	struct effect effect;

	while (bridge_effect(client->bridge, &effect))
		carry_out(client, &effect);
}

/*
 * Whoever fills a queue faster than its reader empties it is not read for a while. What waits for a
 * server's credits waits for that server to read.
 */
static void
balance(struct client *client)
{
	size_t front = 0, back = 0, held = bridge_held(client->bridge);

	for (unsigned i = 0; i < client->link_count; i++) {
		const struct link *link = &client->links[i];
		size_t queued = link->conn ? conn_queued(link->conn) : 0;

		if (link->number == LINK_FRONT)
			front = queued;
		else if (queued > back)
			back = queued;
	}
	for (unsigned i = 0; i < client->link_count; i++) {
		const struct link *link = &client->links[i];
		size_t queued = link->number == LINK_FRONT ? back + held : front;

		if (link->conn && queued > CONN_QUEUE_HIGH)
			conn_pause(link->conn);
		else if (link->conn && queued <= CONN_QUEUE_LOW)
			conn_resume(link->conn);
	}
}

/* A timer that is due too early is left alone: it asks again then, which costs less than moving it
 * each time. */
static void
set_timer(struct client *client)
{
	uint64_t wake_at = bridge_wake_at(client->bridge), now;

	if (wake_at >= client->wakes_at)
		return;
	now = clock_ms();
	client->wakes_at = wake_at;
	if (!watch_start(client->timer, wake_at > now ? wake_at - now : 0))
		client->wakes_at = UINT64_MAX;
}

/* An event is dealt with: writes what came of it, and ends the client where it is over. */
static void
rest(void *owner)
{
	struct client *client = owner;

	for (unsigned i = 0; i < client->link_count; i++)
		if (client->links[i].conn)
			conn_flush(client->links[i].conn);
	if (bridge_over(client->bridge)) {
		client_free(&client);
		return;
	}
	balance(client);
	set_timer(client);
}

static void
on_timer(void *arg, enum watch_cause cause)
{
	struct client *client = arg;
	struct moment now = clock_moment();

	(void)cause;
	client->wakes_at = UINT64_MAX;
	if (bridge_wake_at(client->bridge) <= now.ms) {
		bridge_tick(client->bridge, now);
		drain(client);
	}
	rest(client);
}

static size_t
limit(void *owner, unsigned link)
{
	return bridge_frame_limit(((struct client *)owner)->bridge, link);
}

static void
frame_came(void *owner, unsigned link, struct frame **frame)
{
	struct client *client = owner;

	bridge_frame(client->bridge, link, frame, clock_moment());
	drain(client);
}

static void
too_long(void *owner, unsigned link, size_t length)
{
	struct client *client = owner;

	bridge_frame_too_long(client->bridge, link, length, clock_moment());
	drain(client);
}

static void
no_memory(void *owner, unsigned link, size_t length)
{
	struct client *client = owner;

	bridge_frame_no_memory(client->bridge, link, length, clock_moment());
	drain(client);
}

static void
lost(void *owner, unsigned number, const char *why)
{
	struct client *client = owner;

	link_remove(client, link_find(client, number));
	bridge_lost(client->bridge, number, why, clock_moment());
	drain(client);
}

static const struct conn_calls calls = {
	.limit = limit,
	.frame = frame_came,
	.too_long = too_long,
	.no_memory = no_memory,
	.lost = lost,
	.rest = rest,
};

/* The bridge and what it needs from the start; false when memory is out. The descriptor is taken.
 */
static bool
equip(struct client *client, const struct arrival *arrival)
{
	const struct clients_config *shared = clients_shared(client->clients);
	struct link *front = link_add(client, LINK_FRONT);
	char text[ADDRESS_TEXT_SIZE];
	char local[ADDRESS_TEXT_SIZE];
	struct bridge_config config = {
		.policy = shared->policy,
		.listener = arrival->listener,
		.legacy = shared->legacy,
		.commons = shared->commons,
		.client = address_text(&arrival->peer, text),
		.local = address_text(&arrival->local, local),
		.connection = arrival->connection,
	};

	if (!front) {
		close(arrival->fd);
		return false;
	}
	front->conn =
		conn_new(clients_conns(client->clients), arrival->fd, &calls, client, LINK_FRONT);
	memcpy(config.server_guid, shared->server_guid, sizeof config.server_guid);
	client->bridge = bridge_new(&config, clock_moment());
	client->timer = watch_new(shared->loop, -1, WATCH_TIMER, on_timer, client);
	client->id = loop_enlist(shared->loop, client);
	return front->conn && client->bridge && client->timer && client->id;
}

/* Frees what the client has, be it all or not. */
static void
strip(struct client *client)
{
	while (client->link_count > 0)
		link_remove(client, &client->links[0]);
	free(client->links);
	summons_answer(&client->summons, 0); /* its sessions end with it */
	bridge_free(&client->bridge);
	watch_free(&client->timer);
	if (client->id)
		loop_strike(clients_shared(client->clients)->loop, client->id);
}

bool
client_start(struct clients *clients, const struct arrival *arrival)
{
	struct client *client = calloc(1, sizeof *client);

	if (!client) {
		close(arrival->fd);
		return false;
	}
	client->clients = clients;
	client->peer = arrival->peer;
	client->connection = arrival->connection;
	client->wakes_at = UINT64_MAX;
	if (!equip(client, arrival)) {
		strip(client);
		free(client);
		return false;
	}
	clients_join(clients, client);
	drain(client);
	rest(client);
	return true;
}

void
client_supersede(struct client *client, uint64_t session, const struct account *account)
{
	if (!bridge_supersede(client->bridge, session, account, clock_moment()))
		summons_answer(&client->summons, session);
	drain(client);
	rest(client);
}

void
client_summoned(struct client *client, uint64_t session)
{
	bridge_summoned(client->bridge, session, clock_moment());
	drain(client);
	rest(client);
}

void
client_stop(struct client *client)
{
	bridge_stop(client->bridge, clock_moment());
	drain(client);
	rest(client);
}

void
client_policy_changed(struct client *client)
{
	bridge_policy_changed(client->bridge, clock_moment());
	drain(client);
	rest(client);
}

void
client_free(struct client **client)
{
	struct client *gone = *client;

	*client = NULL;
	strip(gone);
	clients_leave(gone->clients, gone);
	free(gone);
}
