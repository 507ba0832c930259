/* Parses addresses, ports and networks. */
#include "policy/endpoint.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define HOST_MAX 253 /* of a DNS name, RFC 1035 2.3.4 */

void
endpoint_clear(struct endpoint *endpoint)
{
	free(endpoint->host);
	*endpoint = (struct endpoint){0};
}

/* Up to 5 digits that are a port; anything else is -1. */
static long
port_of(const char *text)
{
	size_t len = strlen(text);
	long port;

	if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
		return -1;
	port = strtol(text, NULL, 10);
	return port <= UINT16_MAX ? port : -1;
}

/* The address family of HOST where it is a numeric address (IPv6 perhaps with a %zone), or 0. */
static int
host_family(const char *host)
{
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(host, "%");
	uint8_t bytes[16];

	if (inet_pton(AF_INET, host, bytes) == 1)
		return AF_INET;
	if (len >= sizeof address || (host[len] && !host[len + 1]))
		return 0;
	memcpy(address, host, len);
	address[len] = '\0';
	return inet_pton(AF_INET6, address, bytes) == 1 ? AF_INET6 : 0;
}

bool
host_is_numeric(const char *host)
{
	return host_family(host) != 0;
}

bool
host_is_loopback(const char *host)
{
	struct in6_addr six;
	uint8_t four[4];

	if (inet_pton(AF_INET, host, four) == 1)
		return four[0] == 127;
	if (inet_pton(AF_INET6, host, &six) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
}

/* Splits TEXT into a host (on the heap) and what follows its colon ("" where there is no colon). */
static const char *
split(const char *text, char **host, const char **port)
{
	bool bracketed = *text == '[';
	const char *end = bracketed ? strchr(text, ']') : text + strcspn(text, ":");

	if (!end)
		return "the bracket is not closed";
	*port = bracketed ? end + 1 : end;
	if (**port == ':' && !(*port)[1])
		return "the port is missing after the colon";
	if (**port && **port != ':')
		return "after the bracket only a colon and a port may follow";
	*port += **port == ':';
	if (!bracketed && strchr(*port, ':'))
		return "an IPv6 address stands in brackets, such as [::1]:445";
	*host = strndup(text + bracketed, (size_t)(end - text) - bracketed);
	if (!*host)
		return "memory is out";
	if (bracketed && host_family(*host) != AF_INET6)
		return "in brackets there is no IPv6 address";
	return NULL;
}

static const char *
name_fault(const char *host)
{
	size_t len = strlen(host);

	if (len == 0)
		return "the host is missing";
	if (len > HOST_MAX)
		return "a host name has at most 253 characters";
	if (host_is_numeric(host))
		return NULL;
	for (const char *at = host; *at; at++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_",
			    *at))
			return "a host name has letters, digits, dots and hyphens only";
	if (strspn(host, "0123456789.") == len)
		return "this is not an IPv4 address: four numbers from 0 to 255 are one";
	return NULL;
}

/* Where the port is left out it is DEFAULT_PORT; where that is -1 it may not be. */
static const char *
endpoint_parse(const char *text, long default_port, struct endpoint *out)
{
	const char *wrong, *rest = "";
	long port;

	*out = (struct endpoint){0};
	wrong = split(text, &out->host, &rest);
	if (!wrong)
		wrong = name_fault(out->host);
	port = *rest ? port_of(rest) : default_port;
	if (!wrong && port < 0)
		wrong = *rest ? "a port is a number up to 65535"
			      : "the port is missing, as in 127.0.0.1:1445";
	out->port = wrong ? 0 : (uint16_t)port;
	if (wrong)
		endpoint_clear(out);
	return wrong;
}

const char *
endpoint_parse_listen(const char *text, struct endpoint *out)
{
	const char *wrong = endpoint_parse(text, -1, out);

	if (!wrong && !host_is_numeric(out->host)) {
		endpoint_clear(out);
		wrong = "a numeric address is wanted here, such as 127.0.0.1:1445 or [::1]:1445";
	}
	return wrong;
}

const char *
endpoint_parse_server(const char *text, struct endpoint *out)
{
	const char *wrong = endpoint_parse(text, POLICY_SMB_PORT, out);

	if (!wrong && out->port == 0) {
		endpoint_clear(out);
		wrong = "a server's port is a number from 1 to 65535";
	}
	return wrong;
}

/* Whether ADDRESS has bits set behind the first PREFIX ones. */
static bool
has_host_bits(const struct network *network)
{
	for (unsigned bit = network->prefix; bit < network->size * 8u; bit++)
		if (network->address[bit / 8] & (0x80u >> bit % 8))
			return true;
	return false;
}

const char *
network_parse(const char *text, struct network *out)
{
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "/");
	long prefix = -1;

	*out = (struct network){0};
	if (len >= sizeof address)
		return "this is not an address";
	memcpy(address, text, len);
	address[len] = '\0';
	if (inet_pton(AF_INET, address, out->address) == 1)
		out->size = 4;
	else if (inet_pton(AF_INET6, address, out->address) == 1)
		out->size = 16;
	else
		return "a network is wanted here, such as 10.0.0.0/8 or fd00::/8";
	prefix = text[len] ? port_of(text + len + 1) : out->size * 8;
	if (prefix < 0 || prefix > out->size * 8)
		return "the prefix length does not fit the address";
	out->prefix = (uint8_t)prefix;
	return has_host_bits(out) ? "the address has bits set behind its prefix" : NULL;
}

bool
network_holds(const struct network *network, const uint8_t *address, size_t size)
{
	if (network->size != size)
		return false;
	for (unsigned bit = 0; bit < network->prefix; bit++)
		if ((network->address[bit / 8] ^ address[bit / 8]) & (0x80u >> bit % 8))
			return false;
	return true;
}
