/* Addresses, ports and networks as people write them. */
#ifndef POLICY_ENDPOINT_H
#define POLICY_ENDPOINT_H

#include "policy/policy.h"

/*
 * Parses TEXT into *OUT, whose host the caller frees with endpoint_clear(). Return NULL, or what is
 * wrong as a clause; then *OUT is empty. listen: a numeric address and a port, "127.0.0.1:1445" or
 * "[::1]:1445"; port 0 is any. server: a name or numeric address, the port may be left out; an IPv6
 * address stands in brackets.
 */
const char *endpoint_parse_listen(const char *text, struct endpoint *out);
const char *endpoint_parse_server(const char *text, struct endpoint *out);

void endpoint_clear(struct endpoint *endpoint);

/* Whether HOST (without brackets) is a numeric address; one that only this machine can reach. */
bool host_is_numeric(const char *host);
bool host_is_loopback(const char *host);

/* Parses "10.0.0.0/8", "fd00::/8" or a single address. NULL, or what is wrong as a clause. */
const char *network_parse(const char *text, struct network *out);

/* Whether NETWORK holds ADDRESS, SIZE (4 or 16) bytes in network order. */
bool network_holds(const struct network *network, const uint8_t *address, size_t size);

#endif
