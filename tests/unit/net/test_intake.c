/* intake.h: who is taken in, who is turned away, and what the log says of it. */
#include "net/intake.h"

#include "net/census.h"
#include "net/log.h"
#include "policy/policy.h"
#include "support.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

struct told {
	struct loop *loop;
	struct census *census;
	struct log *log;
	int heard[2]; /* a pipe: what the log says */
	struct listener listener;
	struct intake *intake;
	bool full; /* takes nobody */
	unsigned taken;
	struct arrival last;
};

static bool
take(void *owner, struct arrival *arrival)
{
	struct told *told = owner;

	if (told->full)
		return false;
	if (told->taken > 0)
		close(told->last.fd);
	told->taken++;
	told->last = *arrival;
	return true;
}

/* An intake on a free port, for CLIENTS in all. */
static void
begin(struct told *told, uint32_t clients)
{
	struct intake_config config;
	const char *error;

	*told = (struct told){
		.loop = loop_new(),
		.census = census_new(clients, 100),
		.listener.listen.host = (char *)"127.0.0.1",
	};
	cr_assert_eq(pipe(told->heard), 0);
	told->log = log_new(told->heard[1], (struct log_config){LOG_FORMAT_TEXT, LEVEL_DEBUG});
	config = (struct intake_config){
		.loop = told->loop,
		.listener = &told->listener,
		.census = told->census,
		.log = told->log,
		.take = take,
		.owner = told,
	};
	told->intake = intake_new(&config, &error);
	cr_assert_not_null(told->intake, "%s", error);
	cr_assert(intake_open(told->intake));
}

static void
end(struct told *told)
{
	if (told->taken > 0)
		close(told->last.fd);
	intake_free(&told->intake);
	log_free(&told->log);
	census_free(&told->census);
	loop_free(&told->loop);
	close(told->heard[0]);
	close(told->heard[1]);
}

static int
knock(const struct told *told)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	char text[ADDRESS_TEXT_SIZE];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_port = htons((uint16_t)atoi(strchr(intake_text(told->intake, text), ':') + 1));
	cr_assert_eq(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

/* Whether the other end has closed FD; closes it. */
static bool
was_turned_away(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);
	bool gone = n == 0 || (n < 0 && errno != EAGAIN);

	close(fd);
	return gone;
}

/* What the log said; waits for it. */
static const char *
heard(struct told *told)
{
	static char buffer[65536];
	ssize_t n = read(told->heard[0], buffer, sizeof buffer - 1);

	cr_assert_gt(n, 0);
	buffer[n] = '\0';
	return buffer;
}

Test(intake, takes_clients_in_and_says_whose_they_are)
{
	struct told told;
	int fd, on = 0;
	socklen_t len = sizeof on;
	char text[ADDRESS_TEXT_SIZE];

	begin(&told, 10);
	cr_assert_neq(
		strcmp(intake_text(told.intake, text), "127.0.0.1:0"), 0, "port 0 is any free one");
	fd = knock(&told);
	run_until(told.loop, &told.taken, 1);
	cr_assert_eq(told.last.listener, &told.listener);
	cr_assert_eq(strncmp(address_text(&told.last.peer, text), "127.0.0.1:", 10), 0);
	cr_assert_eq(census_count(told.census), 1);
	cr_assert(fcntl(told.last.fd, F_GETFL) & O_NONBLOCK);
	cr_assert(fcntl(told.last.fd, F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(getsockopt(told.last.fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
	cr_assert(on);
	cr_assert_eq(getsockopt(told.last.fd, SOL_SOCKET, SO_KEEPALIVE, &on, &len), 0);
	cr_assert(on);
	cr_assert_not(was_turned_away(fd));
	end(&told);
}

Test(intake, turns_away_whose_network_is_not_admitted)
{
	struct network from = {.address = {10, 0, 0, 0}, .size = 4, .prefix = 8};
	struct told told;
	int fd;

	begin(&told, 10);
	told.listener.from = &from;
	told.listener.from_count = 1;
	fd = knock(&told);
	run_for(told.loop, 20);
	cr_assert(was_turned_away(fd));
	cr_assert_eq(told.taken, 0);
	cr_assert_eq(census_count(told.census), 0);
	cr_assert(strstr(heard(&told), " refused client=127.0.0.1:"));
	end(&told);
}

Test(intake, turns_away_the_client_that_is_one_too_many_and_says_why)
{
	struct told told;
	const char *line;
	int first, second;

	begin(&told, 1);
	first = knock(&told);
	second = knock(&told);
	run_for(told.loop, 20);
	cr_assert_eq(told.taken, 1);
	cr_assert(was_turned_away(second));
	cr_assert_not(was_turned_away(first));
	line = heard(&told);
	cr_assert(strstr(line, " reason=limit-exceeded "), "%s", line);
	cr_assert(strstr(line, " action=refuse"), "%s", line);
	end(&told);
}

Test(intake, counts_nobody_whom_its_owner_cannot_take)
{
	struct told told;
	int fd;

	begin(&told, 10);
	told.full = true;
	fd = knock(&told);
	run_for(told.loop, 20);
	cr_assert(was_turned_away(fd));
	cr_assert_eq(census_count(told.census), 0);
	end(&told);
}

Test(intake, does_not_let_refusals_fill_the_log)
{
	struct told told;
	unsigned lines = 0;

	begin(&told, 0);
	for (int i = 0; i < 100; i++)
		close(knock(&told));
	run_for(told.loop, 50);
	for (const char *at = heard(&told); *at; at++)
		lines += *at == '\n';
	cr_assert(lines >= 20 && lines <= 40, "%u", lines);
	run_for(told.loop, 1000);
	close(knock(&told));
	run_for(told.loop, 20);
	cr_assert(strstr(heard(&told), " suppressed="));
	end(&told);
}

/* The descriptors that are left go to the clients' ends; the intake's ends find none. */
Test(intake, turns_clients_away_while_descriptors_are_out_and_recovers)
{
	struct rlimit few, many;
	struct told told;
	const char *line;
	int fds[3];

	begin(&told, 10);
	for (int i = 0; i < 3; i++)
		fds[i] = knock(&told);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &many), 0);
	few = (struct rlimit){.rlim_cur = (rlim_t)fds[2] + 1, .rlim_max = many.rlim_max};
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	run_for(told.loop, 20);
	cr_assert_eq(told.taken, 0);
	for (int i = 0; i < 3; i++)
		cr_assert(was_turned_away(fds[i]));
	line = heard(&told);
	cr_assert(strstr(line, "out of file descriptors"), "%s", line);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &many), 0);
	fds[0] = knock(&told);
	run_until(told.loop, &told.taken, 1);
	close(fds[0]);
	end(&told);
}

Test(intake, says_why_it_cannot_listen)
{
	struct listener listener = {.listen.host = (char *)"127.0.0.1"};
	struct intake_config config = {.loop = loop_new(), .listener = &listener};
	const char *error;
	int taken = listen_somewhere(1, &listener.listen.port);

	cr_assert_null(intake_new(&config, &error));
	cr_assert_str_eq(error, "Address already in use");
	listener.listen.host = (char *)"192.0.2.1";
	cr_assert_null(intake_new(&config, &error));
	cr_assert_str_eq(error, "Cannot assign requested address");
	close(taken);
	loop_free(&config.loop);
}
