/* TCP sockets as all of ours are made. */
#include "net/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* A peer that vanished without a word is noticed after 60 + 4 * 15 seconds. */
#define KEEP_IDLE_S 60
#define KEEP_INTERVAL_S 15
#define KEEP_PROBES 4

#define KIND (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

static void
set(int fd, int level, int option, int value)
{
	/* A socket that lacks the option works without it. */
	(void)setsockopt(fd, level, option, &value, sizeof value);
}

static void
set_all(int fd)
{
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S);
	set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_PROBES);
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
		set_all(got);
	return got;
}

int
sock_connect(const struct address *address)
{
	int fd = socket(address->storage.ss_family, KIND, 0);

	if (fd < 0)
		return -1;
	set_all(fd);
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
