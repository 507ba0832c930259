/* dial.h: connects, tries what there is, and ends in time. */
#include "net/dial.h"

#include "net/clock.h"
#include "net/workers.h"
#include "policy/policy.h"
#include "support.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct told {
	struct loop *loop;
	struct workers *workers;
	unsigned done;
	int fd;
	char error[256];
	bool inside;
};

static void
done(void *owner, unsigned link, int fd, const char *error)
{
	struct told *told = owner;

	cr_assert_eq(link, 5);
	cr_assert_not(told->inside, "nothing is told from inside dial_new()");
	cr_assert_eq(fd < 0, error != NULL);
	told->fd = fd;
	snprintf(told->error, sizeof told->error, "%s", error ? error : "");
	told->done++;
}

static void
begin(struct told *told)
{
	*told = (struct told){.loop = loop_new(), .workers = workers_new(2, 10), .fd = -1};
}

static void
end(struct told *told)
{
	if (told->fd >= 0)
		close(told->fd);
	cr_assert(workers_free(&told->workers, 30000));
	loop_free(&told->loop);
}

static struct dial *
dial(struct told *told, const struct upstream *upstream)
{
	struct dial *made;

	told->inside = true;
	made = dial_new(told->loop, told->workers, upstream, done, told, 5);
	told->inside = false;
	cr_assert_not_null(made);
	return made;
}

/* The port of the other end of FD. */
static uint16_t
peer_port(int fd)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;

	cr_assert_eq(getpeername(fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.sin_port);
}

Test(dial, connects_to_a_number)
{
	uint16_t port;
	int listening = listen_somewhere(5, &port);
	struct endpoint there = {"127.0.0.1", port};
	struct upstream upstream = {
		.addresses = &there, .address_count = 1, .connect_timeout_ms = 5000};
	struct told told;

	begin(&told);
	dial(&told, &upstream);
	run_until(told.loop, &told.done, 1);
	cr_assert_str_eq(told.error, "");
	cr_assert_eq(peer_port(told.fd), port);
	run_for(told.loop, 5);
	cr_assert_eq(told.done, 1);
	close(listening);
	end(&told);
}

Test(dial, looks_a_name_up)
{
	uint16_t port;
	int listening = listen_somewhere(5, &port);
	struct endpoint there = {"localhost", port};
	struct upstream upstream = {
		.addresses = &there, .address_count = 1, .connect_timeout_ms = 5000};
	struct told told;

	begin(&told);
	dial(&told, &upstream);
	run_until(told.loop, &told.done, 1);
	cr_assert_geq(told.fd, 0, "%s", told.error);
	close(listening);
	end(&told);
}

Test(dial, tries_the_addresses_in_order)
{
	uint16_t port;
	int listening = listen_somewhere(5, &port);
	struct endpoint there[] = {
		{"127.0.0.1", deaf_port()}, {"127.0.0.1", port}, {"127.0.0.1", 1}};
	struct upstream upstream = {
		.addresses = there, .address_count = 3, .connect_timeout_ms = 5000};
	struct told told;

	begin(&told);
	dial(&told, &upstream);
	run_until(told.loop, &told.done, 1);
	cr_assert_eq(peer_port(told.fd), port);
	close(listening);
	end(&told);
}

Test(dial, says_who_refused)
{
	struct endpoint there = {"127.0.0.1", deaf_port()};
	struct upstream upstream = {
		.addresses = &there, .address_count = 1, .connect_timeout_ms = 5000};
	char wanted[64];
	struct told told;

	begin(&told);
	dial(&told, &upstream);
	run_until(told.loop, &told.done, 1);
	snprintf(wanted, sizeof wanted, "127.0.0.1:%u: Connection refused", there.port);
	cr_assert_str_eq(told.error, wanted);
	end(&told);
}

/* A socket whose queue is full answers no SYN: the way in which a machine that is off is silent. */
static int
silent_socket(uint16_t *port, int fillers[4])
{
	int listening = listen_somewhere(0, port);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	for (int i = 0; i < 4; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fillers[i], (const struct sockaddr *)&address, sizeof address);
	}
	return listening;
}

Test(dial, ends_in_time_and_leaves_the_next_address_its_share)
{
	uint16_t silent, port;
	int fillers[4], deaf = silent_socket(&silent, fillers),
			listening = listen_somewhere(5, &port);
	struct endpoint there[] = {{"127.0.0.1", silent}, {"127.0.0.1", port}};
	struct upstream upstream = {
		.addresses = there, .address_count = 1, .connect_timeout_ms = 300};
	uint64_t before = clock_ms();
	struct told told;

	begin(&told);
	dial(&told, &upstream);
	run_until(told.loop, &told.done, 1);
	cr_assert(strstr(told.error, "no answer in time"), "%s", told.error);
	cr_assert_geq(clock_ms() - before, 290);
	cr_assert_lt(clock_ms() - before, 2000);

	upstream.address_count = 2;
	dial(&told, &upstream);
	run_until(told.loop, &told.done, 2);
	cr_assert_geq(told.fd, 0, "%s", told.error);
	cr_assert_eq(peer_port(told.fd), port);
	for (int i = 0; i < 4; i++)
		close(fillers[i]);
	close(deaf);
	close(listening);
	end(&told);
}

Test(dial, says_which_name_is_nobodys)
{
	struct endpoint there = {"nobody.invalid", 445};
	struct upstream upstream = {
		.addresses = &there, .address_count = 1, .connect_timeout_ms = 4000};
	struct told told;

	begin(&told);
	dial(&told, &upstream);
	run_until(told.loop, &told.done, 1);
	cr_assert(strncmp(told.error, "nobody.invalid: ", 16) == 0, "%s", told.error);
	end(&told);
}

/* Keeps a worker busy until it may go on. */
struct hold {
	struct task task; /* first */
	atomic_bool over;
};

static void
hold_run(struct task *task)
{
	while (!atomic_load(&((struct hold *)task)->over))
		usleep(1000);
}

static void
hold_drop(struct task *task)
{
	(void)task;
}

Test(dial, that_is_given_up_is_silent_though_an_answer_is_on_its_way)
{
	static const struct task_kind kind = {hold_run, hold_drop};
	struct endpoint there = {"localhost", deaf_port()};
	struct upstream upstream = {
		.addresses = &there, .address_count = 1, .connect_timeout_ms = 5000};
	struct hold hold = {.task.kind = &kind};
	struct told told = {.loop = loop_new(), .workers = workers_new(1, 10), .fd = -1};
	struct dial *made;

	cr_assert(workers_add(told.workers, &hold.task));
	made = dial(&told, &upstream);
	run_for(told.loop, 10); /* the lookup waits behind the other task */
	dial_free(&made);
	cr_assert_null(made);
	atomic_store(&hold.over, true);
	run_for(told.loop, 100);
	cr_assert_eq(told.done, 0);
	end(&told);
}

Test(dial, ends_in_time_though_nobody_looks_the_name_up)
{
	static const struct task_kind kind = {hold_run, hold_drop};
	struct endpoint there = {"localhost", deaf_port()};
	struct upstream upstream = {
		.addresses = &there, .address_count = 1, .connect_timeout_ms = 50};
	struct hold hold = {.task.kind = &kind};
	struct told told = {.loop = loop_new(), .workers = workers_new(1, 10), .fd = -1};

	cr_assert(workers_add(told.workers, &hold.task));
	dial(&told, &upstream);
	run_until(told.loop, &told.done, 1);
	cr_assert_str_eq(told.error, "localhost: the name was not found in time");
	atomic_store(&hold.over, true);
	run_for(told.loop, 100);
	cr_assert_eq(told.done, 1);
	end(&told);
}
