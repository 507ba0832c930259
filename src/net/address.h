/* Socket addresses: from text, as text, as bytes. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
	struct sockaddr_storage storage;
	socklen_t len;
};

/* Room for address_text(): an IPv6 address with a scope, brackets, a port. */
#define ADDRESS_TEXT_SIZE 80

/* A numeric HOST (a scope may follow an IPv6 address) and a port. False where HOST is a name. */
bool address_parse(struct address *address, const char *host, uint16_t port);

/*
 * Looks HOST up, which may block: at most LIMIT addresses with PORT, in the order in which they
 * should be tried, *COUNT of them. NULL, or why there are none.
 */
const char *address_lookup(
	const char *host, uint16_t port, struct address *out, size_t limit, size_t *count);

/* "192.0.2.1:445" or "[2001:db8::1]:445"; IPv4 mapped into IPv6 as the IPv4 it is. Returns BUFFER.
 */
const char *address_text(const struct address *address, char buffer[ADDRESS_TEXT_SIZE]);

/* The bytes in network order: the number of them, 4 or 16; IPv4 mapped into IPv6 as 4. 0: neither.
 */
size_t address_bytes(const struct address *address, uint8_t out[16]);

#endif
