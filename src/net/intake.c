/* A socket for clients. */
#include "net/intake.h"

#include "base/event.h"
#include "base/fault.h"
#include "net/census.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/loop.h"
#include "net/sock.h"
#include "net/watch.h"
#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How many clients are taken in before others get their turn. */
#define INTAKE_BURST 64

/* Lines a second about refusals: whoever knocks without end shall not fill the log as well. */
#define INTAKE_LINES 20

/* How long nobody is taken in once not even a spare descriptor helps. */
#define INTAKE_PAUSE_MS 100

struct intake {
	struct intake_config config;
	int fd;
	int spare; /* a descriptor kept for when they are out, to take a client in and turn it away
		    */
	struct watch *readable;
	struct watch *pause;
	uint64_t second;     /* of the steady clock, in which … */
	unsigned lines;      /* … so many lines were written */
	uint64_t suppressed; /* refusals since then without a line */
};

static int
spare_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Whether one more line may be written now. */
static bool
may_speak(struct intake *intake)
{
	uint64_t second = clock_ms() / 1000;

	if (second != intake->second) {
		intake->second = second;
		intake->lines = 0;
	}
	if (intake->lines < INTAKE_LINES) {
		intake->lines++;
		return true;
	}
	intake->suppressed++;
	return false;
}

static void
log_refusal(struct intake *intake, const struct address *peer, fault wrong)
{
	char text[ADDRESS_TEXT_SIZE];
	struct event *event;

	if (!may_speak(intake))
		return;
	event = event_new(LEVEL_WARNING, "refused");
	if (peer)
		event_text(event, "client", address_text(peer, text));
	event_text(event, "listener", intake_text(intake, text));
	event_fault(event, wrong);
	event_text(event, "action", "refuse");
	if (intake->suppressed > 0)
		event_number(event, "suppressed", intake->suppressed);
	intake->suppressed = 0;
	log_write(intake->config.log, &event);
}

/* Counts the client in, or says why not. */
static fault
admit(const struct intake *intake, const struct address *peer)
{
	uint8_t bytes[16];
	size_t size = address_bytes(peer, bytes);

	if (size == 0 || !listener_admits(intake->config.listener, bytes, size))
		return &fault_source_refused;
	return census_enter(intake->config.census, peer);
}

static void
take_in(struct intake *intake, int fd, const struct address *peer)
{
	struct arrival arrival = {
		.fd = fd,
		.peer = *peer,
		.listener = intake->config.listener,
	};
	fault wrong = admit(intake, peer);

	if (!wrong) {
		sock_address(intake->fd, &arrival.local);
		if (intake->config.take(intake->config.owner, &arrival))
			return;
		census_leave(intake->config.census, peer);
		wrong = &fault_out_of_memory;
	}
	log_refusal(intake, peer, wrong);
	close(fd);
}

/*
 * Descriptors are out: frees the spare one for the client, to turn it away rather than let it wait.
 * Where even that fails there is nothing but to look again later: false.
 */
static bool
turn_away(struct intake *intake)
{
	struct address peer;
	int fd;

	if (intake->spare >= 0)
		close(intake->spare);
	fd = sock_accept(intake->fd, &peer);
	log_refusal(intake, fd < 0 ? NULL : &peer, &fault_descriptors_out);
	if (fd >= 0)
		close(fd);
	intake->spare = spare_open();
	if (fd < 0 && watch_start(intake->pause, INTAKE_PAUSE_MS))
		watch_stop(intake->readable);
	return fd >= 0;
}

/* Takes the next client in; false where there is none for now. */
static bool
take_next(struct intake *intake)
{
	struct address peer;
	int fd = sock_accept(intake->fd, &peer);

	if (fd >= 0)
		take_in(intake, fd, &peer);
	else if (errno == EMFILE || errno == ENFILE)
		return turn_away(intake);
	else /* EAGAIN ends the turn; any other failure is that client's own */
		return errno != EAGAIN && errno != EWOULDBLOCK;
	return true;
}

static void
on_readable(void *arg, enum watch_cause cause)
{
	struct intake *intake = arg;

	(void)cause;
	for (int i = 0; i < INTAKE_BURST && take_next(intake); i++)
		;
}

static void
on_pause_over(void *arg, enum watch_cause cause)
{
	(void)cause;
	(void)intake_open(arg);
}

struct intake *
intake_new(const struct intake_config *config, const char **error)
{
	const struct endpoint *where = &config->listener->listen;
	struct intake *intake = calloc(1, sizeof *intake);
	struct address address;

	*error = "memory is out";
	if (!intake)
		return NULL;
	intake->config = *config;
	intake->spare = spare_open();
	intake->fd = -1;
	if (!address_parse(&address, where->host, where->port)) {
		*error = "this is not an address of a machine";
	} else {
		intake->fd = sock_listen(&address);
		*error = intake->fd < 0 ? strerrordesc_np(errno) : "memory is out";
	}
	intake->pause = watch_new(config->loop, -1, WATCH_TIMER, on_pause_over, intake);
	if (intake->fd >= 0 && intake->pause)
		intake->readable =
			watch_new(config->loop, intake->fd, WATCH_READABLE, on_readable, intake);
	if (!intake->readable)
		intake_free(&intake);
	return intake;
}

const struct endpoint *
intake_where(const struct intake *intake)
{
	return &intake->config.listener->listen;
}

void
intake_serve(struct intake *intake, const struct listener *listener)
{
	intake->config.listener = listener;
}

bool
intake_open(struct intake *intake)
{
	return watch_start(intake->readable, WATCH_FOREVER);
}

void
intake_free(struct intake **intake)
{
	if (!*intake)
		return;
	watch_free(&(*intake)->readable);
	watch_free(&(*intake)->pause);
	if ((*intake)->fd >= 0)
		close((*intake)->fd);
	if ((*intake)->spare >= 0)
		close((*intake)->spare);
	free(*intake);
	*intake = NULL;
}

const char *
intake_text(const struct intake *intake, char buffer[ADDRESS_TEXT_SIZE])
{
	struct address address;

	sock_address(intake->fd, &address);
	return address_text(&address, buffer);
}
