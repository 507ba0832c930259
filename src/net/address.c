/* Socket addresses: from text, as text, as bytes. */
#include "net/address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const char *
lookup(const char *host, uint16_t port, int flags, struct addrinfo **found)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | flags,
	};
	char service[sizeof "65535"];
	int error;

	snprintf(service, sizeof service, "%u", port);
	error = getaddrinfo(host, service, &hints, found);
	return error ? gai_strerror(error) : NULL;
}

static void
copy(struct address *address, const struct addrinfo *from)
{
	memcpy(&address->storage, from->ai_addr, from->ai_addrlen);
	address->len = from->ai_addrlen;
}

bool
address_parse(struct address *address, const char *host, uint16_t port)
{
	struct addrinfo *found;

	*address = (struct address){0};
	if (lookup(host, port, AI_NUMERICHOST, &found))
		return false;
	copy(address, found);
	freeaddrinfo(found);
	return true;
}

const char *
address_lookup(const char *host, uint16_t port, struct address *out, size_t limit, size_t *count)
{
	struct addrinfo *found;
	const char *error = lookup(host, port, AI_ADDRCONFIG, &found);

	*count = 0;
	if (error)
		return error;
	for (const struct addrinfo *at = found; at && *count < limit; at = at->ai_next)
		copy(&out[(*count)++], at);
	freeaddrinfo(found);
	return NULL;
}

/* The port, and the address itself where ADDRESS is an IPv6 one that maps none of IPv4. */
static const struct sockaddr_in6 *
as_ip6(const struct address *address)
{
	const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)&address->storage;

	if (address->storage.ss_family != AF_INET6 || IN6_IS_ADDR_V4MAPPED(&ip6->sin6_addr))
		return NULL;
	return ip6;
}

const char *
address_text(const struct address *address, char buffer[ADDRESS_TEXT_SIZE])
{
	const struct sockaddr_in *ip4 = (const struct sockaddr_in *)&address->storage;
	char host[ADDRESS_TEXT_SIZE - sizeof "[]:65535"];
	uint8_t bytes[16];

	if (address_bytes(address, bytes) == 4) {
		/* The port is at the same place in both families. */
		snprintf(buffer, ADDRESS_TEXT_SIZE, "%u.%u.%u.%u:%u", bytes[0], bytes[1], bytes[2],
			bytes[3], ntohs(ip4->sin_port));
	} else if (as_ip6(address) &&
		   getnameinfo((const struct sockaddr *)&address->storage, address->len, host,
			   sizeof host, NULL, 0, NI_NUMERICHOST) == 0) {
		snprintf(buffer, ADDRESS_TEXT_SIZE, "[%s]:%u", host,
			ntohs(as_ip6(address)->sin6_port));
	} else {
		snprintf(buffer, ADDRESS_TEXT_SIZE, "unknown");
	}
	return buffer;
}

size_t
address_bytes(const struct address *address, uint8_t out[16])
{
	const struct sockaddr_in *ip4 = (const struct sockaddr_in *)&address->storage;
	const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)&address->storage;

	if (address->storage.ss_family == AF_INET) {
		memcpy(out, &ip4->sin_addr, 4);
		return 4;
	}
	if (address->storage.ss_family != AF_INET6)
		return 0;
	if (IN6_IS_ADDR_V4MAPPED(&ip6->sin6_addr)) {
		memcpy(out, ip6->sin6_addr.s6_addr + 12, 4);
		return 4;
	}
	memcpy(out, ip6->sin6_addr.s6_addr, 16);
	return 16;
}
