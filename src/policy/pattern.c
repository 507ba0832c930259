/* Folds names of servers and shares, and takes UNC patterns apart. */
#include "policy/pattern.h"

#include "base/utf16.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define IPV6_LITERAL ".ipv6-literal.net"

/* Cuts ":445" off "server:445" and off "[address]:445", and the brackets; "::1" has no port. */
static void
cut_port(char *host)
{
	size_t len = strlen(host);
	char *colon = strrchr(host, ':');

	if (*host == '[') {
		char *bracket = strchr(host, ']');

		len = bracket ? (size_t)(bracket - host) - 1 : len - 1;
		memmove(host, host + 1, len);
		host[len] = '\0';
	} else if (colon && strchr(host, ':') == colon) {
		*colon = '\0';
	}
}

/* Windows' spelling of an IPv6 address as a name: fe80--1s4.ipv6-literal.net is fe80::1%4. */
static void
undo_literal(char *folded)
{
	size_t len = strlen(folded), tail = strlen(IPV6_LITERAL);

	if (len <= tail || strcmp(folded + len - tail, IPV6_LITERAL) != 0)
		return;
	folded[len - tail] = '\0';
	for (; *folded; folded++)
		*folded = *folded == '-' ? ':' : *folded == 's' ? '%' : *folded;
}

/* An IPv6 address has many spellings; this is the one of inet_ntop(). NULL when memory is out. */
static char *
shorten_address(char *folded)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;
	char *out;

	if (inet_pton(AF_INET6, folded, &six) != 1)
		return folded;
	if (IN6_IS_ADDR_V4MAPPED(&six))
		(void)inet_ntop(AF_INET, &six.s6_addr[12], text, sizeof text);
	else
		(void)inet_ntop(AF_INET6, &six, text, sizeof text);
	out = strdup(text);
	free(folded);
	return out;
}

char *
host_fold(const char *spelled)
{
	char *folded = utf8_fold(spelled);
	size_t len;

	if (!folded)
		return NULL;
	cut_port(folded);
	for (len = strlen(folded); len > 1 && folded[len - 1] == '.'; len--)
		folded[len - 1] = '\0';
	undo_literal(folded);
	return shorten_address(folded);
}

char *
share_fold(const char *spelled)
{
	return utf8_fold(spelled);
}

/* What is wrong with the parts of a pattern; the second is empty for \\server. */
static const char *
parts_fault(const char *host, const char *share)
{
	if (!*host)
		return "the server is missing: a pattern is \\\\server\\share, \\\\*\\share or "
		       "\\\\server";
	if (strcmp(host, "*") == 0 && (!*share || strcmp(share, "*") == 0))
		return "a pattern for everything is not taken, as Windows takes none: say it under "
		       "defaults";
	if (strchr(share, '\\'))
		return "rules below a share are not in this version";
	if ((strchr(host, '*') && strcmp(host, "*") != 0) ||
		(strchr(share, '*') && strcmp(share, "*") != 0))
		return "* stands for a whole server or a whole share, not for a part of a name";
	if (strpbrk(host, "/?\"<>| ") || strpbrk(share, "/?\"<>|"))
		return "this character cannot be in the name of a server or share";
	return NULL;
}

/* The first part of TEXT, up to a backslash, on the heap; *REST is what follows it. */
static char *
first_part(const char *text, const char **rest)
{
	size_t len = strcspn(text, "\\");

	*rest = text[len] ? text + len + 1 : text + len;
	return strndup(text, len);
}

/* FOLD of TEXT in *OUT, or NULL there for what stands for anything. */
static bool
fold_part(const char *text, char *(*fold)(const char *), char **out)
{
	*out = NULL;
	if (!*text || strcmp(text, "*") == 0)
		return true;
	*out = fold(text);
	return *out != NULL;
}

const char *
pattern_parse(const char *text, char **host, char **share)
{
	const char *wrong, *rest;
	char *server;

	*host = *share = NULL;
	if (strncmp(text, "//", 2) == 0)
		return "a pattern is written with backslashes, \\\\server\\share";
	if (strncmp(text, "\\\\", 2) != 0 || text[2] == '\\')
		return "a pattern begins with two backslashes; write it in single quotes, in which "
		       "a "
		       "backslash stands for itself";
	server = first_part(text + 2, &rest);
	wrong = server ? parts_fault(server, rest) : "memory is out";
	if (!wrong && !(fold_part(server, host_fold, host) && fold_part(rest, share_fold, share))) {
		free(*host);
		free(*share);
		*host = *share = NULL;
		wrong = "memory is out";
	}
	free(server);
	return wrong;
}
