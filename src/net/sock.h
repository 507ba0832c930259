/* TCP sockets as all of ours are made: non-blocking, closed on exec, without delay, with keepalive.
 */
#ifndef NET_SOCK_H
#define NET_SOCK_H

#include "net/address.h"

/* Each returns a descriptor, or -1 with errno. */

/* A socket bound to ADDRESS that takes connections. */
int sock_listen(const struct address *address);

/* The next connection that waits at FD, and whose it is. */
int sock_accept(int fd, struct address *peer);

/* A socket that is being connected to ADDRESS: once it is writable sock_error() tells how it went.
 */
int sock_connect(const struct address *address);

/* The error that waits at FD, as errno has it; 0: none. */
int sock_error(int fd);

/* The address that FD is bound to. */
void sock_address(int fd, struct address *address);

#endif
