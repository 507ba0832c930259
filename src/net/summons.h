/*
 * A client that has come back on another connection wants its former session ended. Which loop has
 * it nobody knows: the summons goes from loop to loop, in a ring, and home with the answer.
 */
#ifndef NET_SUMMONS_H
#define NET_SUMMONS_H

#include <stdint.h>

struct account;
struct client;
struct clients;
struct summons;

/*
 * Sends one out for CLIENT, which is of the ring at CLIENTS, about SESSION, which must be
 * ACCOUNT's. client_summoned() follows unless the client is gone by then, or memory is out (then
 * the bridge's own patience ends the wait).
 */
void summons_send(struct clients *clients, const struct client *client, uint64_t session,
	const struct account *account);

/* Sends the summons in LIST that are about SESSION home, or all of them where SESSION is zero. */
void summons_answer(struct summons **list, uint64_t session);

#endif
