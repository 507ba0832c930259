/*
 * One accepted client: its bridge, and what the bridge needs of the world: sockets, a timer,
 * workers, the log. Lives on one loop, and ends by itself when its bridge is over.
 */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "net/address.h"

struct bridge;
struct clients;
struct link;
struct account;
struct listener;
struct summons;
struct watch;

struct client {
	struct clients *clients;
	struct client *prev, *next; /* among them */
	struct bridge *bridge;
	struct link *links; /* those that are dialled or connected */
	unsigned link_count;
	struct watch *timer;
	uint64_t wakes_at; /* when the timer is due, in moment.ms; UINT64_MAX: it is at rest */
	uint64_t id;       /* on the loop, for what may come back late */
	struct address peer;
	uint64_t connection;     /* its number in this process */
	struct summons *summons; /* those that wait for a session of this client to end */
};

/* Whom a client is made of. */
struct arrival {
	int fd; /* connected, non-blocking */
	struct address peer;
	struct address local; /* of the listening socket */
	const struct listener *listener;
	uint64_t connection; /* its number in this process */
};

/*
 * A client that takes the descriptor, joins CLIENTS, and leaves them and the census when it ends.
 * False when memory is out: the descriptor is closed, and none of the rest has happened.
 */
bool client_start(struct clients *clients, const struct arrival *arrival);

/* As bridge_supersede(); summons_answer() is called for SESSION when it has ended, or never was. */
void client_supersede(struct client *client, uint64_t session, const struct account *account);

/* As bridge_summoned(). */
void client_summoned(struct client *client, uint64_t session);

/* The process is stopping: the bridge finishes what is under way. The client may be gone
 * afterwards. */
void client_stop(struct client *client);

/* As bridge_policy_changed(). The client may be gone afterwards. */
void client_policy_changed(struct client *client);

/* Ends *CLIENT, whatever is under way; only what was sent already is still written. */
void client_free(struct client **client);

#endif
