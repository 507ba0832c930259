/* Asks servers questions (bridge/sounding.h), one after the other, and waits for the answers. */
#ifndef NET_PROBER_H
#define NET_PROBER_H

#include <stdbool.h>
#include <stddef.h>

struct sounding;
struct prober;
struct upstream;

/* NULL: memory, descriptors or threads are out. */
struct prober *prober_new(void);
void prober_free(struct prober **prober);

/*
 * Asks UPSTREAM the question in SOUNDING and waits, at most twice its connect_timeout for the
 * connection and for each answer, until that is answered or the server has hung up on it; longer
 * only where a logon asks a KDC. False: there is no connection to be had, and ERROR
 * of SIZE bytes says why.
 */
bool prober_ask(struct prober *prober, const struct upstream *upstream, struct sounding *sounding,
	char *error, size_t size);

#endif
