/*
 * The stage of a scene: one real bridge under a fake clock, with the two players around it. What
 * the bridge wants done is done here: frames to the players, jobs at once or when told, no sockets.
 */
#ifndef SCENES_STAGE_H
#define SCENES_STAGE_H

#include "base/event.h"
#include "base/frame.h"
#include "bridge/bridge.h"
#include "bridge/job.h"
#include "crypto/legacy.h"
#include "player.h"
#include "policy/policy.h"
#include "policy/seen.h"

#define STAGE_LOG_MAX 512
#define STAGE_JOBS_MAX 64
#define STAGE_YAML_MAX 4096

enum dialling { DIAL_WORKS, DIAL_FAILS, DIAL_HANGS };

struct stage {
	const char *file; /* of the scene, for complaints */
	unsigned line;
	bool failed;
	const char *folder; /* for the accounts file */
	struct legacy *legacy;
	struct commons *commons; /* of the connections of a scene */
	/* the policy, as YAML that has been said so far */
	char whole[STAGE_YAML_MAX], listener[STAGE_YAML_MAX], server[STAGE_YAML_MAX],
		hardened[STAGE_YAML_MAX], top[STAGE_YAML_MAX], accounts[STAGE_YAML_MAX];
	struct policy *policy;
	struct bridge *bridge;
	struct moment now;
	struct player client_player, server_player;
	enum dialling dialling;
	unsigned link; /* of the server's present connection */
	bool server_connected, client_closed, server_closed;
	unsigned dials;
	bool jobs_wait, settling;
	uint32_t client_life, server_life; /* of the tickets that logons rest on, in seconds */
	bool summons_wait;
	uint64_t summoned, left; /* the last session of EFFECT_SUMMON, and of EFFECT_LEFT */
	struct job *jobs[STAGE_JOBS_MAX];
	size_t job_count;
	struct event *log[STAGE_LOG_MAX];
	bool told[STAGE_LOG_MAX]; /* the script has asked for that line */
	size_t log_count;
	struct seen known, learned; /* of the server: what the bridge is told, and what it says */
	bool has_learned;
};

/* Says what went wrong at the line that is being played; the scene has failed. */
void stage_complain(struct stage *stage, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void stage_open(struct stage *stage);
void stage_close(struct stage *stage);

/* Makes policy and bridge from what has been said, if that has not happened. */
bool stage_begin(struct stage *stage);

/* Hands FRAME to the bridge as if PLAYER's machine had sent it, and plays what follows. */
void stage_deliver(struct stage *stage, struct player *player, struct frame **frame);

/* Drains effects until nothing moves any more. */
void stage_settle(struct stage *stage);

/* The clock goes on by MS. */
void stage_pass(struct stage *stage, uint64_t ms);

void stage_run_jobs(struct stage *stage);
/* What EFFECT_SUMMON asked for is done. */
void stage_summoned(struct stage *stage);

/* Another connection has proved as USER that SESSION is its own; whether it has to wait. */
bool stage_supersede(struct stage *stage, uint64_t session, const char *user);

void stage_lose(struct stage *stage, bool server, const char *why);
void stage_dialled(struct stage *stage, const char *error);
void stage_announce(struct stage *stage, bool server, size_t len);
void stage_stop(struct stage *stage);
void stage_change_policy(struct stage *stage);

/*
 * Allocation failure: the COUNT-th allocation inside a door of the bridge, and no other, fails;
 * 0: none. What is left of the count afterwards says whether it came to that.
 */
void stage_starve(unsigned long count);
unsigned long stage_hunger(void);

#endif
