/* Answers of our own to the client, and how any frame leaves for it. */
#ifndef BRIDGE_ANSWER_H
#define BRIDGE_ANSWER_H

#include "bridge/parts.h"

/* Room for the body of any answer of our own. */
#define ANSWER_ROOM 4096

/* How long a READ or WRITE may take before its client is told so. */
#define INTERIM_DELAY_MS 200

/* A frame with room for a header and BODY bytes, and a writer that stands behind the header; NULL
 * when memory is out. */
struct frame *answer_frame(size_t body, struct writer *writer);

/*
 * Completes FRAME, whose body W has written, as the answer to CALL with STATUS in SESSION (NULL:
 * none yet), in clear. For those that hash it before it is protected; others use answer_send().
 */
void answer_complete(struct bridge *bridge, struct call *call, struct leg_session *session,
	uint32_t status, struct frame *frame, const struct writer *w);

/* The same, then protects it as the request was and sends it. Frees *CALL. */
void answer_send(struct bridge *bridge, struct call **call, uint32_t status, struct frame **frame,
	const struct writer *w);

/* The answer without data: an error body for an error, else what StructureSize 4 bodies look like.
 * Frees *CALL. */
void answer_status(struct bridge *bridge, struct call **call, uint32_t status);

/* Tells the client that CALL, which goes on, takes longer (STATUS_PENDING), once; unless as many
 * requests wait like that as the client may have under way. */
void answer_interim(struct bridge *bridge, struct call *call);

/* The same for a CALL that the server means to answer later: at once where clients wait for it, and
 * after INTERIM_DELAY_MS where the answer is likely to come before. */
void answer_interim_meant(struct bridge *bridge, struct call *call);

/* Tells those clients of answer_interim_meant() whose time has come. */
void answer_tick(struct bridge *bridge);

/* Protects FRAME, complete answers to requests protected like CALL in SESSION, and sends it to the
 * client. */
void answer_frame_send(struct bridge *bridge, struct leg_session *session, bool was_signed,
	bool was_sealed, struct frame **frame);

/* The same where how it leaves does not follow from the request. */
void answer_frame_protect(struct bridge *bridge, struct leg_session *session, enum protection how,
	struct frame **frame);

#endif
