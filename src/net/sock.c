/* TCP sockets as all of ours are made. */
#include "net/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

/*
 * When a peer that vanished without a word is given up: an idle one by keepalive, one that owes
 * acknowledgements (or room for more) by TCP_USER_TIMEOUT, without which that takes a quarter of an
 * hour.
 */
struct patience {
	int idle_s, interval_s, probes;
	int unacknowledged_ms;
};

/* A client holds files and locks that others wait for, but may be a laptop between two rooms. */
static const struct patience with_clients = {60, 15, 4, 120000};

/* Clients wait a minute for an answer before they give the connection up themselves. */
static const struct patience with_servers = {30, 10, 3, 60000};

#define KIND (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

static void
set(int fd, int level, int option, int value)
{
	/* A socket that lacks the option works without it. */
	(void)setsockopt(fd, level, option, &value, sizeof value);
}

static void
set_all(int fd, const struct patience *patience)
{
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, patience->idle_s);
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, patience->interval_s);
	set(fd, IPPROTO_TCP, TCP_KEEPCNT, patience->probes);
	set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, patience->unacknowledged_ms);
}

/* Closes FD and leaves errno as it was: the failure itself is what counts. */
static int
fail(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

int
sock_listen(const struct address *address)
{
	int fd = socket(address->storage.ss_family, KIND, 0);

	if (fd < 0)
		return -1;
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* Each family for itself, whatever the machine's default: [::] and 0.0.0.0 may both be
	 * listed. */
	if (address->storage.ss_family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (bind(fd, (const struct sockaddr *)&address->storage, address->len) < 0)
		return fail(fd);
	return listen(fd, SOMAXCONN) < 0 ? fail(fd) : fd;
}

int
sock_accept(int fd, struct address *peer)
{
	int got;

	*peer = (struct address){.len = sizeof peer->storage};
	got = accept4(
		fd, (struct sockaddr *)&peer->storage, &peer->len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (got >= 0)
		set_all(got, &with_clients);
	return got;
}

int
sock_connect(const struct address *address)
{
	int fd = socket(address->storage.ss_family, KIND, 0);

	if (fd < 0)
		return -1;
	set_all(fd, &with_servers);
	if (connect(fd, (const struct sockaddr *)&address->storage, address->len) < 0 &&
		errno != EINPROGRESS)
		return fail(fd);
	return fd;
}

int
sock_error(int fd)
{
	socklen_t len = sizeof(int);
	int error = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? errno : error;
}

void
sock_address(int fd, struct address *address)
{
	*address = (struct address){.len = sizeof address->storage};
	(void)getsockname(fd, (struct sockaddr *)&address->storage, &address->len);
}
