/* Folds names of servers, shares and files, and takes UNC patterns apart. */
#include "policy/pattern.h"

#include "base/utf16.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* Whether PART of LEN bytes names a previous version, [MS-SMB2] 2.2.13: @GMT-YYYY.MM.DD-HH.MM.SS */
static bool
is_version(const char *part, size_t len)
{
	static const char form[] = "@GMT-####.##.##-##.##.##";

	if (len != strlen(form))
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == '#' ? !isdigit((unsigned char)part[i])
				   : toupper((unsigned char)part[i]) != form[i])
			return false;
	return true;
}

/* How much of PART, which has LEN bytes, is the name of a file; zero: it is no part of one. */
static size_t
name_length(const char *part, size_t len)
{
	const char *stream = memchr(part, ':', len);

	if (is_version(part, len))
		return 0;
	len = stream ? (size_t)(stream - part) : len;
	while (len && (part[len - 1] == '.' || part[len - 1] == ' '))
		len--;
	return len;
}

/* TEXT's parts, joined again as they are compared; false where one climbs. OUT is long enough. */
static bool
join_parts(const char *text, char *out)
{
	char *end = out;

	while (*text) {
		size_t len = strcspn(text, "\\/"), kept = name_length(text, len);

		if (len == 2 && memcmp(text, "..", 2) == 0)
			return false;
		if (kept && end > out)
			*end++ = '\\';
		memcpy(end, text, kept);
		end += kept;
		text += len + (text[len] != '\0');
	}
	*end = '\0';
	return true;
}

char *
path_fold(const char *spelled)
{
	char *joined = malloc(strlen(spelled) + 1), *folded;

	folded = joined && join_parts(spelled, joined) ? utf8_fold(joined) : NULL;
	free(joined);
	return folded;
}

bool
path_is_plain(const char *spelled)
{
	while (*spelled) {
		size_t len = strcspn(spelled, "\\/"), name = len;

		if (spelled[len] == '\0') /* the last part, which may name a stream */
			name = strcspn(spelled, ":");
		if (name_length(spelled, name) != name)
			return false;
		spelled += len + (spelled[len] != '\0');
	}
	return true;
}

/* What is wrong with the path of a pattern below SHARE. */
static const char *
path_fault(const char *share, const char *path)
{
	size_t len = strlen(path);

	if (!*share || strcmp(share, "*") == 0)
		return "a path goes below a share that is named: \\\\server\\share\\path";
	if (strcasecmp(share, "IPC$") == 0)
		return "there are no paths below IPC$";
	if (strpbrk(path, "*/?\"<>|:"))
		return "this character cannot be in a path: a rule names one directory, and holds "
		       "for all below it";
	while (*path) {
		len = strcspn(path, "\\");
		if (!len || name_length(path, len) != len)
			return "a part of the path is no name of a directory: it is empty, ends in "
			       "a dot or blank, or names a previous version";
		path += len + (path[len] != '\0');
	}
	return NULL;
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

/* SHARE and PATH of a pattern, told apart; on the heap, PATH NULL where there is none. */
static bool
split_share(const char *text, char **share, char **path)
{
	const char *rest;

	*share = first_part(text, &rest);
	*path = text[strcspn(text, "\\")] ? strdup(rest) : NULL;
	return *share && (*path || !text[strcspn(text, "\\")]);
}

/* The parts of a pattern, folded. A final backslash says nothing. */
static const char *
parts_fold(const char *server, const char *rest, char **host, char **share, char **path)
{
	char *spelled_share = NULL, *spelled_path = NULL;
	const char *wrong = NULL;
	size_t len;

	if (!split_share(rest, &spelled_share, &spelled_path))
		wrong = "memory is out";
	len = spelled_path ? strlen(spelled_path) : 0;
	if (len && spelled_path[len - 1] == '\\')
		spelled_path[len - 1] = '\0';
	if (!wrong)
		wrong = parts_fault(server, spelled_share);
	if (!wrong && spelled_path && *spelled_path)
		wrong = path_fault(spelled_share, spelled_path);
	if (!wrong && !(fold_part(server, host_fold, host) &&
			      fold_part(spelled_share, share_fold, share) &&
			      fold_part(spelled_path ? spelled_path : "", path_fold, path)))
		wrong = "memory is out";
	free(spelled_share);
	free(spelled_path);
	return wrong;
}

const char *
pattern_parse(const char *text, char **host, char **share, char **path)
{
	const char *wrong, *rest;
	char *server;

	*host = *share = *path = NULL;
	if (strncmp(text, "//", 2) == 0)
		return "a pattern is written with backslashes, \\\\server\\share";
	if (strncmp(text, "\\\\", 2) != 0 || text[2] == '\\')
		return "a pattern begins with two backslashes; write it in single quotes, in which "
		       "a "
		       "backslash stands for itself";
	server = first_part(text + 2, &rest);
	wrong = server ? parts_fold(server, rest, host, share, path) : "memory is out";
	if (wrong) {
		free(*host);
		free(*share);
		free(*path);
		*host = *share = *path = NULL;
	}
	free(server);
	return wrong;
}

int
pattern_compare_parts(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}
