/* The clients of one loop, and what they share. */
#ifndef NET_CLIENTS_H
#define NET_CLIENTS_H

#include "net/client.h"

#include <stdbool.h>
#include <stdint.h>

struct census;
struct commons;
struct conns;
struct keeper;
struct legacy;
struct log;
struct loop;
struct policy;
struct pools;
struct renewal;

/* Everything here outlives the clients, but for the policy, which they hold. */
struct clients_config {
	struct loop *loop;
	struct pools *pools;
	struct commons *commons; /* of all logons */
	struct log *log;
	struct census *census; /* every client that arrives is counted in already */
	struct policy *policy;
	const struct legacy *legacy;
	struct keeper *keeper; /* NULL: nothing is remembered */
	uint8_t server_guid[16];
};

/* NULL when memory is out. */
struct clients *clients_new(const struct clients_config *config);

/* Frees *CLIENTS (which may be NULL) and every client left. The loop does not run. */
void clients_free(struct clients **clients);

/* Hands a client over to the loop, from any thread. False when memory is out: all stays the
 * caller's. */
bool clients_arrive(struct clients *clients, const struct arrival *arrival);

/* Lets all of them finish, from any thread, once. */
void clients_stop(struct clients *clients);

/* What CLIENTS are to be told of POLICY being in force; NULL when memory is out. */
struct renewal *renewal_new(struct clients *clients, struct policy *policy);

/*
 * Tells them, from any thread: who arrives after this call comes under that policy, who was there
 * before is ended.
 */
void renewal_send(struct renewal **renewal);

/* One that shall not be sent; NULL is none. */
void renewal_free(struct renewal **renewal);

/* Makes NEXT the one after CLIENTS in a ring of all loops' clients, for summons.h. Before any
 * arrive. */
void clients_link(struct clients *clients, struct clients *next);
struct clients *clients_next(const struct clients *clients);

/* The first of them, each of which has a next; on the loop's own thread. NULL: there is none. */
struct client *clients_first(const struct clients *clients);

/* How many there are or are about to be, and how many connections still write out. From any thread.
 */
unsigned clients_count(const struct clients *clients);
unsigned clients_lingering(const struct clients *clients);

/* For a client: what it shares with the others, and how it joins and leaves them. */
const struct clients_config *clients_shared(const struct clients *clients);
struct conns *clients_conns(const struct clients *clients);
void clients_join(struct clients *clients, struct client *client);
void clients_leave(struct clients *clients, struct client *client);

#endif
