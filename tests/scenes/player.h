/*
 * A machine beside the bridge, in the opposite role, made of the same rooms: the client speaks
 * through a back leg, the server through a front leg, so each holds the bridge to the rules that
 * the bridge holds its peers to. Scripts say what a player sends, truly or with something wrong.
 */
#ifndef SCENES_PLAYER_H
#define SCENES_PLAYER_H

#include "auth/acceptor.h"
#include "auth/initiator.h"
#include "leg/leg.h"
#include "leg/negotiate.h"
#include "script.h"
#include "wire/file_id.h"

#define PLAYER_NAMES_MAX 256
#define PLAYER_ASKED_MAX 600

struct stage;

/* What is known of one message that came, as text: what `client <` and `server <` compare with. */
struct attrs {
	struct {
		char key[16];
		char value[320];
	} list[40];
	size_t count;
};

/* A frame that came and that the script has not read yet. */
struct arrival {
	struct arrival *next;
	size_t count;
	bool sealed;
	struct attrs messages[];
};

struct member {
	char name[32]; /* as the script calls it */
	struct leg_session *leg;
	struct initiator *initiator; /* client */
	struct acceptor *acceptor;   /* server */
	struct auth_token next;      /* client: the token to send */
	enum auth_step step;
	bool seals;
	char who[128];     /* server: who logged on */
	uint64_t previous; /* client: its session on an earlier connection */
};

/* A name of the script's for an id: of a tree or of a file. */
struct alias {
	char name[32];
	struct file_id file;
	uint32_t tree;
	const struct leg_session *session; /* the tree's: ids are each session's own */
	bool seals;                        /* the share wants its requests sealed */
};

/* Server: a request that waits for its answer. */
struct owed {
	struct smb2_header header;
	struct leg_session *session;
	bool is_sealed, is_signed, is_related;
	uint64_t async_id; /* 0: none */
	uint8_t *bytes;    /* the message, copied */
	size_t len;
};

struct player {
	struct stage *stage;
	const char *name; /* "client", "server" */
	enum leg_role role;
	struct leg leg;
	struct offer offer;
	struct arrival *inbox;
	bool deaf;      /* reads nothing of what comes */
	bool was_hello; /* client: the NEGOTIATE has been sent */
	/* sessions, [member] is the one that speaks */
	struct member members[80];
	size_t member_count, member;
	struct alias trees[PLAYER_NAMES_MAX], files[PLAYER_NAMES_MAX];
	size_t tree_count, file_count;
	uint32_t tree;        /* the latest */
	struct file_id file;  /* the latest */
	bool signs;           /* client: signs everything */
	bool demands_sealing; /* server: in SESSION_SETUP */
	bool share_seals;     /* server: in TREE_CONNECT */
	int grants;           /* server: credits in each answer; -1: as asked */
	uint32_t holds;       /* server: commands (bits) whose answer the script gives */
	const char *password; /* server: everybody's */
	uint64_t next_id;
	struct owed owed[PLAYER_ASKED_MAX];
	size_t owed_count;
};

void player_open(struct player *player, struct stage *stage, enum leg_role role);
void player_close(struct player *player);

/* A new connection: all but the settings is forgotten. */
void player_connect(struct player *player);

/* Takes a frame that the bridge sent. */
void player_take(struct player *player, struct frame *frame);

/* Sends what ASKS say as one frame. */
void player_send(struct player *player, struct ask *asks, size_t count);

/* Compares the oldest frame that came with what ASKS say, and forgets it. */
void player_expect(struct player *player, struct ask *asks, size_t count);

/* The session that the script calls NAME, or NULL. */
struct member *player_member(struct player *player, const char *name);

/* The whole logon, as far as it goes: NAME is what the script calls the session. */
void player_log_on(struct player *player, struct ask *ask);

/* The same request once more in an existing session. */
void player_log_on_again(struct player *player, struct ask *ask);

/* Inverse of the words of log and policy; false for one that is none. */
bool word_dialect(const char *word, uint16_t *out);
bool word_command(const char *word, uint16_t *out);
bool word_status(const char *word, uint32_t *out);
bool word_signing(const char *word, uint16_t *out);
bool word_cipher(const char *word, uint16_t *out);

/* Splits WORDS at commas into at most MAX numbers by ONE; how many, or -1 for a word that is none.
 */
int word_list(const char *words, bool (*one)(const char *, uint16_t *), uint16_t *out, int max);

#endif
