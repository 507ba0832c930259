/*
 * One protected SMB connection, toward a client (front) or toward a server (back). A leg has no
 * socket: it is handed frames and says what is in them once every gate (gates.c) has let them pass.
 *
 *   NEW ---> (WILD --->) NEGOTIATING ---> NEGOTIATED
 *
 *   NEW          nothing but a NEGOTIATE is admitted
 *   WILD         front only: an SMB1 NEGOTIATE named "SMB 2.???"; the SMB2 NEGOTIATE must follow
 *   NEGOTIATING  a NEGOTIATE is under way; nothing else is admitted
 *   NEGOTIATED   terms are fixed; a further NEGOTIATE cuts the leg
 */
#ifndef LEG_LEG_H
#define LEG_LEG_H

#include "base/frame.h"
#include "leg/match.h"
#include "leg/session.h"
#include "leg/window.h"
#include "wire/smb2_facts.h"
#include "wire/smb2_header.h"
#include "wire/validate_negotiate.h"

enum leg_state { LEG_NEW, LEG_WILD, LEG_NEGOTIATING, LEG_NEGOTIATED };

struct leg {
	enum leg_role role;
	enum leg_state state;
	struct terms terms;
	struct preauth preauth; /* over the NEGOTIATE exchange */
	struct validate_negotiate_input
		asked_for;                       /* what the client of this leg said in NEGOTIATE */
	struct validate_negotiate_output agreed; /* and what its server answered */
	struct idmap sessions;                   /* session id -> struct leg_session, owned */
	union {
		struct window window; /* front */
		struct match match;   /* back */
	};
};

/* The most messages in one frame. Windows clients compound up to about ten. */
#define COMPOUND_MAX 64

/* One message of a frame that has come in. */
struct message {
	struct smb2_header header;
	uint8_t *bytes; /* into the frame, from the SMB2 header on, compound padding included */
	size_t len;
	struct leg_session *session; /* of a message inside a session, else NULL */
	struct smb2_facts facts;     /* of its body; all zero where fault is set */
	struct asked *asked; /* back: the request that this answers; NULL: a break notification */
	fault fault;         /* why this message alone is refused, else NULL */
	bool is_sealed;      /* came sealed */
	bool is_signed;      /* came with a signature, which has been verified */
	bool is_related;     /* front: takes session, tree and file from its predecessor */
};

/* A frame taken apart. Valid as long as the frame is. */
struct inbound {
	struct frame *frame;
	struct leg_session *sealed_by; /* NULL: the frame came unsealed */
	size_t count;
	struct message messages[COMPOUND_MAX];
};

/* A leg in state NEW. WINDOW_LIMIT: credits a client may hold at once; unused on a back leg. */
void leg_start(struct leg *leg, enum leg_role role, uint16_t window_limit);

/* Frees sessions and what is still asked. */
void leg_clear(struct leg *leg);

/* The one setter of leg->state. */
void leg_enter(struct leg *leg, enum leg_state state);

/*
 * Leads FRAME through the gates: unseals it in place and fills OUT. A fault returned cuts the leg
 * and nothing in OUT may be used; a fault of one message is in its record. FRAME stays the
 * caller's.
 */
fault leg_receive(struct leg *leg, struct frame *frame, struct inbound *out) MUST_CHECK;

/* A new session in state SETTING_UP, owned by the leg; NULL when memory is out or ID is taken. */
struct leg_session *leg_session_new(struct leg *leg, uint64_t id);

/*
 * Back: a session whose id the server will say in its first answer; nothing comes in through it
 * until leg_session_name() has made it known. NULL, or false, when memory is out or the id is
 * taken. An unnamed one belongs to the caller until then; leg_session_end() ends both kinds.
 */
struct leg_session *leg_session_new_unnamed(struct leg *leg);
bool leg_session_name(struct leg *leg, struct leg_session *session, uint64_t id);

/*
 * Ends *SESSION (which may be NULL); leaves NULL behind. On a back leg its keys stay until the
 * server has answered what was asked in it, or those answers could not be told from forged ones.
 */
void leg_session_end(struct leg *leg, struct leg_session **session);

/* Back: *ASKED has had its final answer; leaves NULL behind. */
void leg_settle(struct leg *leg, struct asked **asked);

/* How a frame leaves. */
enum protection { PROTECT_NOTHING, PROTECT_SIGN, PROTECT_SEAL };

/*
 * Protects FRAME, one message or a compound, all of SESSION, in place; sealing takes the headroom.
 * fault_crypto_failed: FRAME must not be sent and the leg is cut.
 */
fault leg_protect(struct leg *leg, struct leg_session *session, struct frame *frame,
	enum protection how) MUST_CHECK;

#endif
