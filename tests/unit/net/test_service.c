/* service.h: the whole of it, from `ready` to the end, with a socket for a client. */
#include "net/service.h"

#include "crypto/legacy.h"
#include "net/log.h"
#include "policy/policy.h"
#include "support.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct run {
	struct policy *policy;
	struct legacy *legacy;
	struct log *log;
	FILE *heard; /* what the log says, line by line */
	int log_fd;
	atomic_uint hang_ups; /* that have come */
	struct policy *next;  /* what SIGHUP finds; NULL: nothing that can be used */
	pthread_t thread;
	bool served;
	char line[4096]; /* the last that was heard */
};

/* A policy of one listener there. */
static struct policy *
policy_at(const char *listen)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy = policy_builtin(listen, "127.0.0.1:9", NULL, diagnostics);

	diagnostics_free(&diagnostics);
	cr_assert_not_null(policy);
	return policy;
}

static void
begin(struct run *run, const char *listen)
{
	int fds[2];

	*run = (struct run){.policy = policy_at(listen)};
	run->legacy = legacy_new();
	cr_assert_eq(pipe(fds), 0);
	run->heard = fdopen(fds[0], "r");
	run->log_fd = fds[1];
	run->log = log_new(fds[1], (struct log_config){LOG_FORMAT_TEXT, LEVEL_INFO});
}

static void
end(struct run *run)
{
	log_free(&run->log);
	legacy_free(&run->legacy);
	policy_unref(&run->policy);
	(void)fclose(run->heard);
	close(run->log_fd);
}

static struct policy *
reread(void *owner, const struct policy *now)
{
	struct run *run = owner;
	struct policy *next = run->next;

	cr_assert_not_null(now);
	run->next = NULL;
	atomic_fetch_add(&run->hang_ups, 1);
	return next;
}

static void *
serve(void *arg)
{
	struct run *run = arg;
	struct service_config config = {
		.policy = run->policy,
		.log = run->log,
		.legacy = run->legacy,
		.loops = 3,
		.reread = reread,
		.owner = run,
	};

	run->served = service_run(&config);
	return NULL;
}

/* Reads the log up to the line of EVENT. */
static const char *
hear(struct run *run, const char *event)
{
	char wanted[64];

	snprintf(wanted, sizeof wanted, " %s ", event);
	do
		cr_assert_not_null(fgets(run->line, sizeof run->line, run->heard), "no %s", event);
	while (!strstr(run->line, wanted));
	return run->line;
}

/* Starts the service and waits until it is ready; returns the port it listens at. */
static uint16_t
start(struct run *run)
{
	const char *port;

	cr_assert_eq(pthread_create(&run->thread, NULL, serve, run), 0);
	port = strstr(hear(run, "ready"), "listeners=127.0.0.1:");
	cr_assert_not_null(port, "%s", run->line);
	cr_assert(strstr(run->line, " loops=3"), "%s", run->line);
	return (uint16_t)atoi(strchr(port, ':') + 1);
}

static bool
is_closed(int fd)
{
	char byte;
	bool gone = recv(fd, &byte, 1, 0) <= 0;

	close(fd);
	return gone;
}

Test(service, serves_until_it_is_told_to_stop, .timeout = 30)
{
	struct run run;
	uint16_t port;
	int fds[7];

	begin(&run, "127.0.0.1:0");
	port = start(&run);
	for (int i = 0; i < 7; i++) {
		fds[i] = connect_to(port);
		hear(&run, "connected");
	}
	cr_assert(strstr(run.line, " conn=7 "), "%s", run.line);
	cr_assert_eq(write(fds[0], "GET / HTTP/1.0\r\n\r\n", 18), 18);
	cr_assert(is_closed(fds[0]), "what is not SMB is not kept");
	hear(&run, "closed");
	kill(getpid(), SIGTERM);
	/* The one whose end the log tells of may be about to be counted out. */
	hear(&run, "stopping");
	cr_assert(strstr(run.line, " clients=6") || strstr(run.line, " clients=7"), "%s", run.line);
	for (int i = 1; i < 7; i++)
		cr_assert(is_closed(fds[i]));
	pthread_join(run.thread, NULL);
	cr_assert(run.served);
	end(&run);
}

Test(service, a_hang_up_without_a_better_policy_changes_nothing, .timeout = 30)
{
	struct run run;
	uint16_t port;
	int fd;
	char byte;

	begin(&run, "127.0.0.1:0");
	port = start(&run);
	fd = connect_to(port);
	hear(&run, "connected");
	kill(getpid(), SIGHUP);
	while (atomic_load(&run.hang_ups) == 0)
		usleep(1000);
	close(connect_to(port));
	hear(&run, "connected");
	cr_assert_eq(recv(fd, &byte, 1, MSG_DONTWAIT), -1, "who was there still is");
	kill(getpid(), SIGINT);
	hear(&run, "stopping");
	pthread_join(run.thread, NULL);
	cr_assert(is_closed(fd));
	end(&run);
}

Test(service, another_policy_ends_who_came_under_the_former, .timeout = 30)
{
	struct run run;
	uint16_t port;
	char listen[32];
	int fd;

	begin(&run, "127.0.0.1:0");
	port = start(&run);
	fd = connect_to(port);
	hear(&run, "connected");
	run.next = policy_at("127.0.0.1:0");
	kill(getpid(), SIGHUP);
	cr_assert(strstr(hear(&run, "policy-loaded"), " ended=1"), "%s", run.line);
	cr_assert(is_closed(fd));
	fd = connect_to(port);
	hear(&run, "connected");
	cr_assert(strstr(run.line, " conn=2 "), "%s", run.line);
	snprintf(listen, sizeof listen, "127.0.0.1:%u", deaf_port());
	run.next = policy_at(listen);
	kill(getpid(), SIGHUP);
	hear(&run, "policy-loaded");
	cr_assert(is_closed(fd));
	close(connect_to((uint16_t)atoi(strchr(listen, ':') + 1)));
	hear(&run, "connected");
	kill(getpid(), SIGINT);
	hear(&run, "stopping");
	pthread_join(run.thread, NULL);
	end(&run);
}

Test(service, a_policy_whose_port_is_taken_is_refused, .timeout = 30)
{
	struct run run;
	uint16_t port, taken;
	int holder = listen_somewhere(1, &taken), fd;
	char listen[32];

	begin(&run, "127.0.0.1:0");
	port = start(&run);
	fd = connect_to(port);
	hear(&run, "connected");
	snprintf(listen, sizeof listen, "127.0.0.1:%u", taken);
	run.next = policy_at(listen);
	kill(getpid(), SIGHUP);
	cr_assert(strstr(hear(&run, "policy-refused"), "Address already in use"), "%s", run.line);
	close(connect_to(port));
	hear(&run, "connected");
	kill(getpid(), SIGINT);
	hear(&run, "stopping");
	pthread_join(run.thread, NULL);
	cr_assert(is_closed(fd));
	close(holder);
	end(&run);
}

Test(service, tells_the_service_manager, .timeout = 30)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[64], word[64] = "";
	struct run run;
	int manager = socket(AF_UNIX, SOCK_DGRAM, 0);
	int len = snprintf(name, sizeof name, "@smbwarden-test-%d", (int)getpid());

	memcpy(address.sun_path + 1, name + 1, (size_t)len - 1);
	cr_assert_eq(bind(manager, (const struct sockaddr *)&address,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len)),
		0);
	setenv("NOTIFY_SOCKET", name, 1);
	begin(&run, "127.0.0.1:0");
	start(&run);
	cr_assert_eq(recv(manager, word, sizeof word, 0), 7);
	cr_assert_arr_eq(word, "READY=1", 7);
	kill(getpid(), SIGTERM);
	pthread_join(run.thread, NULL);
	cr_assert_eq(recv(manager, word, sizeof word, 0), 10);
	cr_assert_arr_eq(word, "STOPPING=1", 10);
	close(manager);
	end(&run);
}

Test(service, does_not_begin_where_it_cannot_listen, .timeout = 30)
{
	uint16_t port;
	int taken = listen_somewhere(1, &port);
	char listen[32];
	struct run run;

	snprintf(listen, sizeof listen, "127.0.0.1:%u", port);
	begin(&run, listen);
	serve(&run);
	cr_assert_not(run.served);
	cr_assert(strstr(hear(&run, "failed"), "Address already in use"), "%s", run.line);
	close(taken);
	end(&run);
}
