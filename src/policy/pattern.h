/* Names of servers and shares, in the one form in which they are compared; patterns of UNC
 * hardening. */
#ifndef POLICY_PATTERN_H
#define POLICY_PATTERN_H

#include <stdbool.h>

/*
 * The server of a UNC path or of a policy as it is compared: case folded; without brackets, port
 * and final dots; IPv6 addresses shortest (also Windows' name--for-one.ipv6-literal.net). On the
 * heap; NULL for invalid UTF-8 or when memory is out.
 */
char *host_fold(const char *spelled);

/* The share as it is compared: case folded. As above. */
char *share_fold(const char *spelled);

/*
 * The name of a file below a share, UTF-8 as anybody spells it, as it is compared: case folded,
 * parts joined by single backslashes, none at either end; "" is the share's root. What may stand
 * behind the name of one and the same file is cut off: the name of a stream, final dots and blanks;
 * a part that names a previous version (@GMT-...) is left out. On the heap; NULL where the name
 * climbs (".."), for invalid UTF-8, or when memory is out: of such a name nothing can be said.
 */
char *path_fold(const char *spelled);

/*
 * Whether SPELLED can mean nothing but what path_fold() makes of it: cut off was the name of a
 * stream at the end, if anything.
 */
bool path_is_plain(const char *spelled);

/*
 * Parses one of the four forms \\server\share, \\server\*, \\server and \\*\share ([KB3000483]), or
 * one with a path below a named share. *HOST and *SHARE are folded, on the heap, NULL for "any";
 * *PATH is as path_fold() gives it, NULL for the share itself. Returns NULL, or what is wrong as a
 * clause; then all three are NULL.
 */
const char *pattern_parse(const char *text, char **host, char **share, char **path);

/* The order, as strcmp() has it, of a host, share or path of two patterns; NULL, "any", is first.
 */
int pattern_compare_parts(const char *a, const char *b);

#endif
