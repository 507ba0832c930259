/* Names of servers and shares, in the one form in which they are compared; patterns of UNC
 * hardening. */
#ifndef POLICY_PATTERN_H
#define POLICY_PATTERN_H

/*
 * The server of a UNC path or of a policy as it is compared: case folded; without brackets, port
 * and final dots; IPv6 addresses shortest (also Windows' name--for-one.ipv6-literal.net). On the
 * heap; NULL for invalid UTF-8 or when memory is out.
 */
char *host_fold(const char *spelled);

/* The share as it is compared: case folded. As above. */
char *share_fold(const char *spelled);

/*
 * Parses one of the four forms \\server\share, \\server\*, \\server and \\*\share ([KB3000483]).
 * *HOST and *SHARE are folded, on the heap, NULL for "any". Returns NULL, or what is wrong as a
 * clause; then both are NULL.
 */
const char *pattern_parse(const char *text, char **host, char **share);

#endif
