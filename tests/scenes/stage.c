/* The stage: what a bridge wants done is done here. */
#include "stage.h"

#include "auth/commons.h"
#include "base/ntstatus.h"
#include "domain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Effects in one go; more of them is a bridge that turns in circles. */
#define EFFECTS_MAX 5000

/* Ticks for one point in time; a bridge that wants more has forgotten to do something. */
#define TICKS_MAX 100

void
stage_complain(struct stage *stage, const char *format, ...)
{
	va_list args;

	stage->failed = true;
	if (stage_hunger())
		return; /* what fails for want of memory may be refused in any way */
	fprintf(stderr, "%s:%u: ", stage->file, stage->line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* --- allocation failure, by the linker's --wrap --- */

static struct {
	bool inside;        /* a door of the bridge is open */
	unsigned long left; /* allocations until one fails */
	bool starving;
} hunger;

void
stage_starve(unsigned long count)
{
	hunger.left = count;
	hunger.starving = count > 0;
}

unsigned long
stage_hunger(void)
{
	return hunger.starving ? hunger.left + 1 : 0;
}

static bool
is_out(void)
{
	return hunger.inside && hunger.left && --hunger.left == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t max);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t max);

void *
__wrap_malloc(size_t size)
{
	return is_out() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return is_out() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return is_out() ? NULL : __real_realloc(old, size);
}

char *
__wrap_strdup(const char *text)
{
	return is_out() ? NULL : __real_strdup(text);
}

char *
__wrap_strndup(const char *text, size_t max)
{
	return is_out() ? NULL : __real_strndup(text, max);
}

/* --- beginning and end --- */

static struct auth_time
tell_time(void *context)
{
	const struct stage *stage = context;

	return (struct auth_time){.ms = stage->now.ms, .filetime = stage->now.filetime};
}

void
stage_open(struct stage *stage)
{
	memset(stage, 0, sizeof *stage);
	stage->commons = commons_new(&domain_of_scenes, tell_time, stage);
	if (!stage->commons)
		abort();
	domain_say(STATUS_NO_LOGON_SERVERS);
	stage->now = (struct moment){.ms = 1000000, .filetime = 133500000000000000};
	stage->link = 1;
	player_open(&stage->client_player, stage, LEG_BACK);
	player_open(&stage->server_player, stage, LEG_FRONT);
}

void
stage_close(struct stage *stage)
{
	bridge_free(&stage->bridge);
	policy_unref(&stage->policy);
	for (size_t i = 0; i < stage->job_count; i++)
		job_free(&stage->jobs[i]);
	for (size_t i = 0; i < stage->log_count; i++)
		event_free(&stage->log[i]);
	stage->job_count = stage->log_count = 0;
	commons_free(&stage->commons);
	player_close(&stage->client_player);
	player_close(&stage->server_player);
}

static const char default_accounts[] = "accounts:\n"
				       "  - user: alice\n"
				       "    password: open sesame\n"
				       "    server: { user: svc-alice, password: back door }\n"
				       "  - user: bob\n"
				       "    password: builder\n"
				       "    server: { user: svc-bob, password: back door }\n"
				       "  - user: carol\n"
				       "    password: back door\n";

static void
write_accounts(const struct stage *stage)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof path, "%s/accounts.yaml", stage->folder);
	out = fopen(path, "w");
	if (!out || chmod(path, 0600) != 0)
		abort();
	fputs(*stage->accounts ? stage->accounts : default_accounts, out);
	fclose(out);
}

static void
write_policy(const struct stage *stage, char *out, size_t size)
{
	if (*stage->whole)
		snprintf(out, size, "%s", stage->whole);
	else
		snprintf(out, size,
			"version: 1\n"
			"accounts: accounts.yaml\n"
			"%s"
			"listeners:\n"
			"  - listen: 127.0.0.1:1445\n"
			"    server: fs1\n"
			"    client:\n"
			"%s%s"
			"servers:\n"
			"  fs1:\n"
			"    address: fs1.test:445\n"
			"%s"
			"%s%s",
			stage->top,
			strstr(stage->listener, "logon:") ? "" : "      logon: [ntlmv2]\n",
			stage->listener, stage->server, *stage->hardened ? "hardened_paths:\n" : "",
			stage->hardened);
}

static bool
make_policy(struct stage *stage)
{
	struct diagnostics *diagnostics = diagnostics_new();
	char text[5 * STAGE_YAML_MAX], file[512];

	write_accounts(stage);
	write_policy(stage, text, sizeof text);
	snprintf(file, sizeof file, "%s/smbwarden.yaml", stage->folder);
	stage->policy = policy_parse(file, text, strlen(text), diagnostics);
	if (!stage->policy) {
		stage_complain(stage, "the policy is refused:");
		diagnostics_print(diagnostics, stderr);
	}
	diagnostics_free(&diagnostics);
	return stage->policy != NULL;
}

static void
door(bool open)
{
	hunger.inside = open;
}

bool
stage_begin(struct stage *stage)
{
	struct bridge_config config = {.legacy = stage->legacy,
		.commons = stage->commons,
		.client = "192.0.2.1:50000",
		.local = "127.0.0.1:1445",
		.connection = 7,
		.server_guid = "smbwarden's guid"};

	if (stage->bridge)
		return true;
	if (!make_policy(stage))
		return false;
	config.policy = stage->policy;
	config.listener = &stage->policy->listeners[0];
	door(true);
	stage->bridge = bridge_new(&config, stage->now);
	door(false);
	if (!stage->bridge) {
		stage_complain(stage, "there is no bridge");
		return false;
	}
	stage_settle(stage);
	return true;
}

/* --- effects --- */

static void
keep_line(struct stage *stage, struct event *event)
{
	if (stage->log_count == STAGE_LOG_MAX)
		event_free(&event);
	else
		stage->log[stage->log_count++] = event;
}

/* Until "jobs run". */
static void
put_off_job(struct stage *stage, struct job *job)
{
	if (stage->job_count < STAGE_JOBS_MAX)
		stage->jobs[stage->job_count++] = job;
	else
		job_free(&job);
}

/* Here everybody may wait for whomever it is. */
static void
finish_job(struct stage *stage, struct job *job)
{
	bool done;

	door(true);
	do
		done = job_run(job);
	while (!done && job->step != AUTH_WAIT);
	if (done) {
		job->life = job->initiator ? stage->server_life : stage->client_life;
		bridge_job_done(stage->bridge, &job, stage->now);
	}
	door(false);
	if (!done)
		put_off_job(stage, job);
}

static void
keep_job(struct stage *stage, struct job *job)
{
	if (stage->jobs_wait)
		put_off_job(stage, job);
	else
		finish_job(stage, job);
}

static void
dial(struct stage *stage, unsigned link)
{
	stage->link = link;
	stage->dials++;
	if (stage->dialling == DIAL_HANGS)
		return;
	stage->server_connected = stage->dialling == DIAL_WORKS;
	if (stage->server_connected) {
		player_connect(&stage->server_player);
		stage->server_closed = false;
	}
	door(true);
	bridge_dialled(stage->bridge, link, stage->server_connected ? NULL : "connection refused",
		&stage->known, stage->now);
	door(false);
}

static void
carry_out(struct stage *stage, struct effect *effect)
{
	switch (effect->kind) {
	case EFFECT_SEND:
		if (effect->link == LINK_FRONT && !stage->client_closed)
			player_take(&stage->client_player, effect->frame);
		else if (effect->link == stage->link && stage->server_connected)
			player_take(&stage->server_player, effect->frame);
		else
			stage_complain(
				stage, "a frame goes to link %u, which is not there", effect->link);
		frame_free(&effect->frame);
		break;
	case EFFECT_DIAL:
		dial(stage, effect->link);
		break;
	case EFFECT_JOB:
		keep_job(stage, effect->job);
		break;
	case EFFECT_CLOSE:
		if (effect->link == LINK_FRONT)
			stage->client_closed = true;
		else if (effect->link == stage->link)
			stage->server_closed = true;
		if (effect->link == stage->link)
			stage->server_connected = false;
		break;
	case EFFECT_LOG:
		keep_line(stage, effect->event);
		break;
	case EFFECT_SUMMON:
		stage->summoned = effect->session;
		if (!stage->summons_wait)
			stage_summoned(stage);
		break;
	case EFFECT_LEARNED:
		stage->learned = *effect->seen;
		stage->has_learned = true;
		(void)seen_add(&stage->known, effect->seen);
		free(effect->seen);
		break;
	case EFFECT_LEFT:
		stage->left = effect->session;
		break;
	}
}

void
stage_settle(struct stage *stage)
{
	struct effect effect;
	bool more = true;

	/* A player that answers while effects are drained is played on by whoever drains them. */
	if (stage->settling)
		return;
	stage->settling = true;
	for (unsigned i = 0; more && stage->bridge; i++) {
		door(true);
		more = bridge_effect(stage->bridge, &effect);
		door(false);
		if (more)
			carry_out(stage, &effect);
		if (i == EFFECTS_MAX) {
			stage_complain(stage, "the bridge goes on without end");
			break;
		}
	}
	stage->settling = false;
}

/* --- doors --- */

void
stage_deliver(struct stage *stage, struct player *player, struct frame **frame)
{
	unsigned link = player->role == LEG_BACK ? LINK_FRONT : stage->link;

	if (!stage_begin(stage)) {
		frame_free(frame);
		return;
	}
	if ((*frame)->len > bridge_frame_limit(stage->bridge, link))
		stage_complain(stage, "the frame is longer than the bridge lets net/ read");
	door(true);
	bridge_frame(stage->bridge, link, frame, stage->now);
	door(false);
	stage_settle(stage);
}

void
stage_summoned(struct stage *stage)
{
	door(true);
	bridge_summoned(stage->bridge, stage->summoned, stage->now);
	door(false);
	stage_settle(stage);
}

bool
stage_supersede(struct stage *stage, uint64_t session, const char *user)
{
	bool waits;

	door(true);
	waits = bridge_supersede(
		stage->bridge, session, policy_account(stage->policy, user, NULL), stage->now);
	door(false);
	stage_settle(stage);
	return waits;
}

void
stage_run_jobs(struct stage *stage)
{
	struct job *jobs[STAGE_JOBS_MAX];
	size_t count = stage->job_count;

	memcpy(jobs, stage->jobs, sizeof jobs);
	stage->job_count = 0;
	for (size_t i = 0; i < count; i++)
		finish_job(stage, jobs[i]);
	stage_settle(stage);
}

void
stage_pass(struct stage *stage, uint64_t ms)
{
	uint64_t end = stage->now.ms + ms;

	for (unsigned i = 0; stage_begin(stage); i++) {
		uint64_t at = bridge_wake_at(stage->bridge);

		if (at > end)
			break;
		if (i == TICKS_MAX) {
			stage_complain(stage, "the bridge wants to be woken without end");
			break;
		}
		if (at > stage->now.ms) {
			stage->now.filetime += (at - stage->now.ms) * 10000;
			stage->now.ms = at;
		}
		door(true);
		bridge_tick(stage->bridge, stage->now);
		door(false);
		stage_settle(stage);
	}
	stage->now.filetime += (end - stage->now.ms) * 10000;
	stage->now.ms = end;
}

void
stage_lose(struct stage *stage, bool server, const char *why)
{
	if (!stage_begin(stage))
		return;
	if (server)
		stage->server_connected = false;
	else
		stage->client_closed = true;
	door(true);
	bridge_lost(stage->bridge, server ? stage->link : LINK_FRONT, why, stage->now);
	door(false);
	stage_settle(stage);
}

void
stage_dialled(struct stage *stage, const char *error)
{
	stage->server_connected = !error;
	if (!error)
		player_connect(&stage->server_player);
	door(true);
	bridge_dialled(stage->bridge, stage->link, error, &stage->known, stage->now);
	door(false);
	stage_settle(stage);
}

void
stage_announce(struct stage *stage, bool server, size_t len)
{
	unsigned link = server ? stage->link : LINK_FRONT;

	if (!stage_begin(stage))
		return;
	door(true);
	if (len > bridge_frame_limit(stage->bridge, link))
		bridge_frame_too_long(stage->bridge, link, len, stage->now);
	else
		bridge_frame_no_memory(stage->bridge, link, len, stage->now);
	door(false);
	stage_settle(stage);
}

void
stage_stop(struct stage *stage)
{
	if (!stage_begin(stage))
		return;
	door(true);
	bridge_stop(stage->bridge, stage->now);
	door(false);
	stage_settle(stage);
}

void
stage_change_policy(struct stage *stage)
{
	if (!stage_begin(stage))
		return;
	door(true);
	bridge_policy_changed(stage->bridge, stage->now);
	door(false);
	stage_settle(stage);
}
