/*
 * The running proxy. The thread that called takes clients in and waits for signals; loops of their
 * own carry them; workers do what blocks.
 *
 *	SERVING   takes clients in
 *	  | SIGHUP: the policy is read anew; if it is sound and another, it is in force, all clients
 *	  | end, and it goes on SERVING
 *	  | SIGTERM, SIGINT
 *	  v
 *	STOPPING  takes nobody in; looks every few milliseconds whether all clients are gone
 *	  | they are, or time is up, or a second signal
 *	  v
 *	the end
 */
#include "net/service.h"

#include "auth/commons.h"
#include "auth/winbind.h"
#include "base/event.h"
#include "crypto/random.h"
#include "net/census.h"
#include "net/clients.h"
#include "net/clock.h"
#include "net/intakes.h"
#include "net/log.h"
#include "net/loop.h"
#include "net/notify.h"
#include "net/pools.h"
#include "net/study.h"
#include "net/watch.h"
#include "net/workers.h"
#include "policy/policy.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long a worker's task may still take when all else has ended. */
#define SERVICE_WORKERS_MS 2000

/* How often a stopping service looks whether all clients are gone. */
#define SERVICE_LOOK_MS 20

static const int service_signals[] = {SIGTERM, SIGINT, SIGHUP};
#define SIGNAL_COUNT (sizeof service_signals / sizeof service_signals[0])

/* An event loop with its clients. */
struct lane {
	struct loop *loop;
	struct clients *clients;
	bool started;
};

struct service {
	const struct service_config *config;
	struct policy *policy; /* in force */
	struct loop *desk;     /* the calling thread's */
	struct pools pools;
	struct commons *commons;
	struct census *census;
	struct lane lanes[SERVICE_LOOPS_MAX];
	unsigned lane_count;
	unsigned next_lane;
	struct intakes *intakes;
	struct watch *signals[SIGNAL_COUNT];
	struct watch *look;
	uint64_t connections; /* taken in so far */
	uint64_t stop_by;     /* clock_ms() when a stopping service ends; 0: it is serving */
};

static void
say_failure(const struct service *service, const char *what, const char *why)
{
	struct event *event = event_new(LEVEL_ERROR, "failed");

	event_text(event, "words", what);
	event_text(event, "error", why);
	log_write(service->config->log, &event);
}

/* The lane with the fewest clients; of equals, the one after the last that was taken. */
static struct lane *
pick_lane(struct service *service)
{
	unsigned best = service->next_lane;

	for (unsigned i = 1; i < service->lane_count; i++) {
		unsigned at = (service->next_lane + i) % service->lane_count;

		if (clients_count(service->lanes[at].clients) <
			clients_count(service->lanes[best].clients))
			best = at;
	}
	service->next_lane = (best + 1) % service->lane_count;
	return &service->lanes[best];
}

static bool
take(void *owner, struct arrival *arrival)
{
	struct service *service = owner;

	arrival->connection = ++service->connections;
	return clients_arrive(pick_lane(service)->clients, arrival);
}

static bool
all_gone(const struct service *service)
{
	if (census_count(service->census) > 0)
		return false;
	for (unsigned i = 0; i < service->lane_count; i++)
		if (clients_lingering(service->lanes[i].clients) > 0)
			return false;
	return true;
}

static void
on_look(void *arg, enum watch_cause cause)
{
	struct service *service = arg;

	(void)cause;
	if (all_gone(service) || clock_ms() >= service->stop_by ||
		!watch_start(service->look, SERVICE_LOOK_MS))
		loop_stop(service->desk);
}

static void
on_stop(void *arg, enum watch_cause cause)
{
	struct service *service = arg;
	struct event *event;

	(void)cause;
	if (service->stop_by) {
		loop_stop(service->desk);
		return;
	}
	notify_send("STOPPING=1");
	event = event_new(LEVEL_INFO, "stopping");
	event_number(event, "clients", census_count(service->census));
	log_write(service->config->log, &event);
	intakes_free(&service->intakes);
	for (unsigned i = 0; i < service->lane_count; i++)
		clients_stop(service->lanes[i].clients);
	service->stop_by = clock_ms() + SERVICE_DRAIN_MS;
	watch_fire(service->look);
}

static struct intakes *
bind_intakes(struct service *service, const struct policy *policy, char *error, size_t size)
{
	struct intake_config config = {
		.loop = service->desk,
		.census = service->census,
		.log = service->config->log,
		.take = take,
		.owner = service,
	};

	return intakes_new(&config, policy, service->intakes, error, size);
}

static void
say_listening(const struct service *service)
{
	char text[ADDRESS_TEXT_SIZE];

	for (size_t i = 0; i < service->policy->listener_count; i++) {
		struct event *event = event_new(LEVEL_INFO, "listening");

		event_text(event, "listener", intake_text(intakes_at(service->intakes, i), text));
		event_text(event, "server", service->policy->listeners[i].upstream->key);
		log_write(service->config->log, &event);
	}
}

/* ENDED clients are to come again. */
static void
say_loaded(const struct service *service, uint32_t ended)
{
	struct event *event = event_new(LEVEL_INFO, "policy-loaded");

	event_text(event, "file", service->policy->file);
	event_number(event, "rules", service->policy->rule_count);
	event_number(event, "accounts", service->policy->account_count);
	event_number(event, "ended", ended);
	log_write(service->config->log, &event);
}

/* One for each lane; false: memory is out, and there is none. */
static bool
renewals_make(struct service *service, struct policy *policy, struct renewal **renewals)
{
	bool complete = true;

	for (unsigned i = 0; i < service->lane_count; i++) {
		renewals[i] = renewal_new(service->lanes[i].clients, policy);
		complete = complete && renewals[i];
	}
	for (unsigned i = 0; i < service->lane_count && !complete; i++)
		renewal_free(&renewals[i]);
	return complete;
}

/* Puts *POLICY, which is taken, into force. False: it cannot be, ERROR of SIZE bytes says why, and
 * nothing has changed. */
static bool
renew(struct service *service, struct policy **policy, char *error, size_t size)
{
	struct renewal *renewals[SERVICE_LOOPS_MAX] = {0};
	struct intakes *intakes = bind_intakes(service, *policy, error, size);

	if (!intakes)
		return false;
	if (!intakes_open(intakes) || !renewals_make(service, *policy, renewals)) {
		snprintf(error, size, "memory is out");
		intakes_free(&intakes);
		return false;
	}
	intakes_succeed(intakes, &service->intakes);
	service->intakes = intakes;
	policy_unref(&service->policy);
	service->policy = *policy;
	*policy = NULL;
	census_limit(service->census, service->policy->limits.clients,
		service->policy->limits.clients_per_address);
	for (unsigned i = 0; i < service->lane_count; i++)
		renewal_send(&renewals[i]);
	if (service->policy->winbind) /* else whoever logs on first learns it */
		(void)study_begin(service->pools.domain, service->commons);
	return true;
}

static void
say_refused(const struct service *service, const char *why)
{
	struct event *event = event_new(LEVEL_ERROR, "policy-refused");

	event_text(event, "words", why);
	event_text(event, "remedy",
		"The former policy stays in force. Ports below 1024 can be had at the start only: "
		"for those, restart.");
	log_write(service->config->log, &event);
}

static void
on_reload(void *arg, enum watch_cause cause)
{
	struct service *service = arg;
	const struct service_config *config = service->config;
	struct policy *policy = NULL;
	char error[160];
	uint32_t there;

	(void)cause;
	if (!service->stop_by && config->reread)
		policy = config->reread(config->owner, service->policy);
	if (!policy)
		return;
	there = census_count(service->census);
	if (renew(service, &policy, error, sizeof error)) {
		say_listening(service);
		say_loaded(service, there);
	} else {
		say_refused(service, error);
	}
	policy_unref(&policy);
}

static bool
watch_signals(struct service *service)
{
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		int number = service_signals[i];

		service->signals[i] = watch_new(service->desk, number, WATCH_SIGNAL,
			number == SIGHUP ? on_reload : on_stop, service);
		if (!service->signals[i] || !watch_start(service->signals[i], WATCH_FOREVER))
			return false;
	}
	service->look = watch_new(service->desk, -1, WATCH_TIMER, on_look, service);
	return service->look != NULL;
}

static unsigned
processors(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

	return count < 1 ? 1 : (unsigned)count;
}

static bool
make_lanes(struct service *service, const uint8_t server_guid[16])
{
	unsigned wanted =
		service->config->loops ? service->config->loops : SERVICE_LOOPS_EACH * processors();
	struct clients_config config = {
		.pools = &service->pools,
		.commons = service->commons,
		.log = service->config->log,
		.census = service->census,
		.policy = service->policy,
		.legacy = service->config->legacy,
		.keeper = service->config->keeper,
	};

	memcpy(config.server_guid, server_guid, sizeof config.server_guid);
	while (service->lane_count < wanted && service->lane_count < SERVICE_LOOPS_MAX) {
		struct lane *lane = &service->lanes[service->lane_count++];

		lane->loop = config.loop = loop_new();
		lane->clients = lane->loop ? clients_new(&config) : NULL;
		if (!lane->clients)
			return false;
		clients_link(lane->clients, service->lanes[0].clients);
		if (lane > service->lanes)
			clients_link(lane[-1].clients, lane->clients);
	}
	return true;
}

/* Everything that may take privileges. */
static bool
build_intakes(struct service *service)
{
	const struct limits *limits = &service->policy->limits;
	char error[160] = "memory or descriptors are out";

	service->desk = loop_new();
	service->census = census_new(limits->clients, limits->clients_per_address);
	if (service->desk && service->census)
		service->intakes = bind_intakes(service, service->policy, error, sizeof error);
	if (!service->intakes)
		say_failure(service, "cannot begin", error);
	return service->intakes;
}

static struct auth_time
tell_time(void *context)
{
	struct moment now = clock_moment();

	(void)context;
	return (struct auth_time){.ms = now.ms, .filetime = now.filetime};
}

/* Everything else that can be had before anything moves. */
static bool
build_rest(struct service *service)
{
	uint8_t server_guid[16];

	service->commons = commons_new(&winbind_domain, tell_time, NULL);
	if (pools_open(&service->pools) && service->commons &&
		random_bytes(server_guid, sizeof server_guid) && make_lanes(service, server_guid) &&
		watch_signals(service) &&
		(!service->policy->winbind || study_begin(service->pools.domain, service->commons)))
		return true;
	say_failure(service, "cannot begin", "memory, descriptors or threads are out");
	return false;
}

static bool
build(struct service *service)
{
	const struct service_config *config = service->config;

	return build_intakes(service) && (!config->bound || config->bound(config->owner)) &&
	       build_rest(service);
}

/* Lets everything move. */
static bool
begin(struct service *service)
{
	for (unsigned i = 0; i < service->lane_count; i++) {
		char name[16];

		snprintf(name, sizeof name, "loop-%u", i);
		service->lanes[i].started = loop_start(service->lanes[i].loop, name);
		if (!service->lanes[i].started) {
			say_failure(service, "cannot begin", "threads are out");
			return false;
		}
	}
	if (!intakes_open(service->intakes))
		say_failure(service, "cannot begin", "memory is out");
	else
		return true;
	return false;
}

/* The addresses of all listeners, a blank between them, on the heap; NULL when memory is out. */
static char *
addresses(const struct service *service)
{
	size_t count = service->policy->listener_count, size = count * ADDRESS_TEXT_SIZE + 1;
	char *all = calloc(1, size), text[ADDRESS_TEXT_SIZE];

	for (size_t i = 0; all && i < count; i++)
		snprintf(all + strlen(all), size - strlen(all), "%s%s", i ? " " : "",
			intake_text(intakes_at(service->intakes, i), text));
	return all;
}

/* One line for each listener, then the line that everybody waits for. */
static void
say_ready(const struct service *service)
{
	char *all = addresses(service);
	struct event *event;

	say_listening(service);
	say_loaded(service, 0);
	event = event_new(LEVEL_INFO, "ready");
	event_text(event, "version", PACKAGE_VERSION);
	event_text(event, "listeners", all);
	event_number(event, "loops", service->lane_count);
	log_write(service->config->log, &event);
	free(all);
	notify_send("READY=1");
}

/* Ends all threads; false where a worker is still at its task and nothing may be freed. */
static bool
halt(struct service *service)
{
	for (unsigned i = 0; i < service->lane_count; i++) {
		if (!service->lanes[i].started)
			continue;
		loop_stop(service->lanes[i].loop);
		loop_join(service->lanes[i].loop);
	}
	return pools_close(&service->pools, SERVICE_WORKERS_MS);
}

static void
tear_down(struct service *service)
{
	intakes_free(&service->intakes);
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		watch_free(&service->signals[i]);
	watch_free(&service->look);
	for (unsigned i = 0; i < service->lane_count; i++)
		clients_free(&service->lanes[i].clients);
	/* Clients that end may still write to others' loops. */
	for (unsigned i = 0; i < service->lane_count; i++)
		loop_free(&service->lanes[i].loop);
	loop_free(&service->desk);
	census_free(&service->census);
	policy_unref(&service->policy);
	commons_free(&service->commons);
}

bool
service_run(const struct service_config *config)
{
	struct service *service = calloc(1, sizeof *service);
	bool begun;

	if (!service)
		return false;
	service->config = config;
	service->policy = policy_ref(config->policy);
	begun = build(service) && begin(service);
	if (begun) {
		say_ready(service);
		loop_run(service->desk);
	}
	/* A task that cannot be interrupted, such as a name lookup, would use what we free. */
	if (!halt(service))
		_exit(begun ? 0 : 3);
	tear_down(service);
	free(service);
	return begun;
}
