/* What tests of net/ share. */
#include "support.h"

#include "net/clock.h"
#include "net/watch.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void
on_time(void *arg, enum watch_cause cause)
{
	(void)cause;
	loop_stop(arg);
}

void
run_for(struct loop *loop, unsigned ms)
{
	struct watch *timer = watch_new(loop, -1, WATCH_TIMER, on_time, loop);

	cr_assert_not_null(timer);
	cr_assert(watch_start(timer, ms));
	loop_run(loop);
	watch_free(&timer);
}

void
run_until(struct loop *loop, const unsigned *count, unsigned wanted)
{
	uint64_t until = clock_ms() + 5000;

	while (*count < wanted && clock_ms() < until)
		run_for(loop, 1);
	cr_assert_geq(*count, wanted, "%u of %u within five seconds", *count, wanted);
}

int
listen_somewhere(int backlog, uint16_t *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_geq(fd, 0);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&address, len), 0);
	cr_assert_eq(listen(fd, backlog), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

uint16_t
deaf_port(void)
{
	uint16_t port;

	close(listen_somewhere(1, &port));
	return port;
}

int
connect_to(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}
