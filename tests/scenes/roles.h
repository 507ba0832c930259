/* What the two players do differently: client.c and server.c, for player.c alone. */
#ifndef SCENES_ROLES_H
#define SCENES_ROLES_H

#include "player.h"

/* One message about to be sent. */
struct draft {
	uint16_t command;
	struct smb2_header header;
	struct leg_session *session;
	enum protection how;
	uint8_t *bytes; /* header and body, on the heap */
	size_t len;
};

/* Fills in header, session and protection, and writes the body at W. */
void client_draft(struct player *player, struct ask *ask, struct draft *draft, struct writer *w);
void server_draft(struct player *player, struct ask *ask, struct draft *draft, struct writer *w);

/* FRAME, which holds DRAFT alone, is complete and not yet protected: what has to be hashed is. */
void client_sending(struct player *player, const struct draft *draft, struct frame *frame);
void server_sending(struct player *player, const struct draft *draft, struct frame *frame);

/* A message came. */
void client_note(struct player *player, struct inbound *in, struct message *m, struct attrs *out);
void server_note(struct player *player, struct inbound *in, struct message *m, struct attrs *out);

/* Server: answers what it may answer by itself; whether it was all of the frame. */
bool server_answers(struct player *player, const struct inbound *in);

struct member *member_of(struct player *player, const struct leg_session *session);
struct member *member_new(struct player *player, const char *name);
struct alias *player_tree(struct player *player, const struct leg_session *session, uint32_t id);

#endif
