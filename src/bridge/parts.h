/*
 * What a bridge is made of. Ownership is a tree: bridge > login > tree > open, bridge > back,
 * bridge > call. Everything here lives on one loop: no locks, and no pointer into it ever leaves.
 *
 *     front leg (client)                       back legs (servers)
 *     login ───────────── backing ──────────── session at that server
 *       tree ─────────────────────────────────── tree at that server
 *         open ────────────────────────────────── open at that server
 *     call: a request of the client's, under way
 */
#ifndef BRIDGE_PARTS_H
#define BRIDGE_PARTS_H

#include "auth/token.h"
#include "base/event.h"
#include "bridge/bridge.h"
#include "bridge/effects.h"
#include "bridge/renewal.h"
#include "leg/leg.h"
#include "policy/paths.h"
#include "policy/seen.h"
#include "wire/file_id.h"

struct acceptance;
struct bridge;
struct call;
struct initiator;
struct inquiry;
struct login;

/*
 * A server's connection, one per bridge and upstream.
 *
 *   IDLE ──> DIALLING ──> NEGOTIATING ──> READY
 *     ^          |             |            |
 *     └── DOWN <─┴─────────────┴────────────┘   (DOWN until it is tried again)
 */
enum back_state { BACK_IDLE, BACK_DIALLING, BACK_NEGOTIATING, BACK_READY, BACK_DOWN };

struct back {
	struct back *next;
	const struct upstream *upstream;
	enum back_state state;
	unsigned link; /* of its present or last connection */
	struct leg leg;
	struct offer offer;
	struct seen known;               /* what the server was seen to be capable of, up to now */
	struct call *queue, **queue_end; /* carried requests that wait for the server's credits */
	uint64_t deadline; /* for a connection, a negotiation or a share; UINT64_MAX: none */
	bool lacks_names;  /* the server knows no normalized names, though its dialect does */
	uint64_t down_since;
	fault down_fault;
	char *down_why;         /* details for the log, or NULL */
	struct auth_token hint; /* of its NEGOTIATE answer: how it may be logged on to */
};

/*
 * A login's session at one server.
 *
 *   NONE ──> LOGGING_ON ──> ON ──> RENEWING ──> ON
 *              └──> NONE (failed: those who waited are refused)
 *
 *   RENEWING  it goes on being used, by the keys that it has: ahead of its end, or because the
 *             client logs on again after the server has said that it is over
 */
enum backing_state { BACKING_NONE, BACKING_LOGGING_ON, BACKING_ON, BACKING_RENEWING };

struct backing {
	struct backing *next;
	struct login *login;
	struct back *back;
	enum backing_state state;
	struct leg_session *session; /* owned by the back leg */
	struct initiator *initiator; /* NULL while a job has it */
	uint64_t attempt; /* which logon this is: a job that comes back late belongs to none */
	uint64_t deadline;
	bool validated; /* the negotiation has been confirmed under signature, where it needs to be
			 */
	struct renewal renewal; /* ahead of its end; while ON */
	bool early;             /* RENEWING for that, and not because the client logs on again */
	bool afresh;            /* its logon is tried again, by tickets that nobody has used yet */
	bool expired;           /* the server says that the session must be renewed */
	bool leaving; /* the server owes an answer to the LOGOFF that the login waits for */
	const char *mechanism;   /* how it logged on; NULL: not yet */
	bool mutual;             /* so that the server has proved who it is */
	bool kerberos_only;      /* a tree that wants that made it begin */
	struct auth_token final; /* the answer that ends the logon, until its key is there */
	uint16_t final_flags;    /* of that answer */
};

/*
 * A front session: who the client is, and all that hangs on it.
 *
 *   PROVING ──> ON ──> LEAVING ──> (gone)
 */
enum login_state { LOGIN_PROVING, LOGIN_ON, LOGIN_LEAVING };

struct login {
	struct bridge *bridge;
	enum login_state state;
	struct leg_session *front; /* owned by the front leg */
	struct acceptance
		*acceptance;  /* the proof under way; NULL while a job has it, or none is */
	bool busy;            /* a job has the acceptance */
	uint64_t due;         /* when that is waited for no longer */
	struct call *setup;   /* the SESSION_SETUP to be answered, owned */
	struct call *logoff;  /* the LOGOFF to be answered, owned */
	unsigned leaving;     /* servers that have yet to answer our LOGOFF */
	uint64_t previous;    /* the client's session on an earlier connection, or zero */
	uint64_t summons_end; /* when its end is waited for no longer; zero: it is not waited for */
	bool superseded;      /* ended for a later connection, which waits for that */
	struct auth_token last; /* what the acceptor said last, kept while servers are asked */
	bool renewing;        /* a new logon of the client's waits for servers to be asked again */
	bool demands_signing; /* the client said in SESSION_SETUP that it requires signing */
	char *user;           /* as logged on, for the log; NULL: not yet */
	const struct account *account;      /* or NULL, where the right to act as the client does */
	struct kerberos_delegate *delegate; /* that right, owned; or NULL */
	enum auth_standing standing; /* as what; a guest's account is the listener's guest_as */
	const char *mechanism;       /* how the client logged on */
	bool mutual;                 /* so that each end knows the other */
	uint64_t ends;               /* when the client's ticket does, in moment.ms; zero: never */
	struct backing *backings;
	struct idmap trees; /* our tree id -> struct tree, owned */
	struct idmap opens; /* our volatile id -> struct open, owned */
	uint32_t next_tree;
};

/*
 * A tree connect.
 *
 *   WAITING ──> CONNECTING ──> (VALIDATING ──>) ON ──> (gone)
 *      ^            |               |
 *      └────────────┴───────────────┘   (the server's connection failed)
 *
 *   WAITING     for the server to be dialled, negotiated and logged on to
 *   CONNECTING  TREE_CONNECT is at the server
 *   VALIDATING  FSCTL_VALIDATE_NEGOTIATE_INFO is at the server
 */
enum tree_state { TREE_WAITING, TREE_CONNECTING, TREE_VALIDATING, TREE_ON };

struct tree {
	struct login *login;
	struct backing *backing; /* NULL until a server is ready */
	struct back *back;
	enum tree_state state;
	uint32_t id, back_id;
	char *unc;   /* as the client spelled it, UTF-8 */
	char *share; /* its share */
	struct verdict verdict;
	struct paths *paths; /* rules below the share, unless met whatever is opened; or NULL */
	bool paths_private;  /* one of them wants privacy: what reveals names is sealed */
	bool paths_refuse;   /* one of them is unmet whatever is done */
	bool seals;          /* toward the server */
	bool client_seals;   /* the client must seal what it sends in this tree */
	bool came_sealed;    /* the TREE_CONNECT did: the client seals, though it may not have to */
	struct call *call;   /* the TREE_CONNECT to be answered, owned */
	uint64_t seen;       /* the last round of tree_go_on_all() that came by */
	uint8_t share_type;  /* of the server's answer, kept until it may be passed on */
	uint32_t share_flags, capabilities, maximal_access;
};

struct open {
	uint64_t id; /* our volatile half; the persistent half is the server's own */
	struct file_id server;
	struct tree *tree;
	uint8_t oplock; /* SMB2_OPLOCK_*, as granted and broken since; none where there is a lease
			 */
	struct verdict
		*ruled; /* what the rules below the share come to for it; NULL: none matter */
	bool settled;   /* it can be held to no more: its name is of no matter any more */
};

/* Requests of one compound chain: what its CREATE opened, for the ones after it that mean "that".
 */
struct chain {
	unsigned members;
	uint64_t open;
	uint32_t failed; /* why its CREATE opened nothing; zero: it did, or there was none */
};

/* What becomes of a server's answer. */
typedef void on_answer(
	struct bridge *bridge, struct call *call, struct inbound *in, struct message *message);

/*
 * What a request has with it that is kept back, in its call's frame, until it is known what it is
 * about; and its answer after it.
 */
struct custody {
	uint64_t then; /* the next of its chain, which waits for it; or zero */
	size_t kept;   /* bytes of the frame; zero: it is not kept back */
	struct message
		*answer;       /* the server's, which the frame holds; NULL: it holds the request */
	struct verdict *ruled; /* of what a CREATE has opened, as in struct open */
	bool settled;          /* likewise */
	bool unwanted;         /* a CANCEL has come, which is to follow it */
	bool asked_file;       /* the file of a stream has been asked for */
	bool roams;            /* it may be about more than a file: nothing is exempt for it */
	uint16_t file_at;      /* where its FileId stands, or zero */
};

/* A request under way: the ticket that both legs' ids hang on. */
struct call {
	uint64_t ticket; /* never zero; also the async id that the client sees */
	struct login *login;
	struct tree *tree;
	struct back *back;           /* that it is for, once carried */
	on_answer *answered;         /* NULL: the call is answered by us */
	struct call *next;           /* next in the back's queue (first calls of frames only) */
	struct call *compounded;     /* next message of the same frame */
	struct frame *frame;         /* first call of a frame: the frame, until it is sent */
	uint8_t *bytes;              /* into that frame: this message */
	struct smb2_header front;    /* the client's header as it came */
	struct backing *backing;     /* calls of our own: whose logon they are part of */
	uint64_t attempt;            /* and which one */
	struct leg_session *session; /* calls of our own: what they are sent in; else the tree's */
	struct chain *chain;
	uint64_t open;           /* for CLOSE: the open it ends, or zero */
	uint64_t asked_id;       /* message id at the server, once sent */
	uint32_t back_tree_id;   /* tree id at the server */
	uint16_t charge;         /* at the server */
	uint16_t channel;        /* ChannelSequence, where both legs have replay */
	uint32_t replay;         /* SMB2_FLAG_REPLAY likewise, or zero */
	struct inquiry *inquiry; /* calls of our own: what they are to find out */
	struct custody *custody; /* requests in a tree with rules below its share; else NULL */
	bool seals;              /* toward the server, whatever its tree does */
	bool sent;
	bool is_sealed;      /* came sealed: so is the answer */
	bool is_signed;      /* came signed: so is the answer */
	bool interim;        /* the client has had STATUS_PENDING */
	uint64_t interim_at; /* when it is to have it, unless it is answered before; 0: no time */
};

struct bridge {
	struct policy *policy;
	const struct listener *listener;
	const struct legacy *legacy;
	struct commons *commons; /* or NULL */
	char *client;
	char listener_text[64];
	uint64_t connection;
	struct moment born, now;
	struct effects effects;
	struct leg front;
	struct offer offer;  /* toward the client */
	struct idmap logins; /* session id -> struct login, owned */
	uint64_t next_session;
	struct back *backs;
	unsigned next_link;
	struct idmap calls;  /* ticket -> struct call, owned; those that a server owes an answer */
	uint32_t interim;    /* those of them that the client has had an interim answer for */
	uint64_t interim_at; /* when the first of them may be due for one; 0: none is */
	size_t kept;         /* bytes of requests in custody */
	uint64_t next_ticket;
	uint64_t next_open;
	uint64_t next_attempt;
	uint64_t round;         /* of tree_go_on_all() */
	struct call *negotiate; /* the NEGOTIATE to be answered once the server is known, owned */
	struct terms offered;   /* its answer, before sizes */
	bool logged_on;         /* somebody has, once */
	bool stopping;
	bool cut; /* everything is being closed: nothing more is taken or answered */
	uint64_t last_heard;
	uint64_t bytes_in, bytes_out, requests; /* on the front, for the log */
};

/* What the parts ask of the bridge (bridge.c). */

/* Sends *FRAME on LINK. */
void bridge_send(struct bridge *bridge, unsigned link, struct frame **frame);

/*
 * Ends everything, with what is already queued for the client still written out. Nothing is freed
 * until bridge_free(), so callers may finish what they are at; every door is shut from now on.
 * WHAT (NULL: nothing is wrong) and WHY (may be NULL) are for the log.
 */
void bridge_cut(struct bridge *bridge, fault what, const char *why);

#endif
