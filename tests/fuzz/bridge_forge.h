/*
 * Messages that no sound peer sends, made with the keys of one that could: of whatever shape the
 * input wants, with ids that mean something to the bridge at this moment. A peer who may do all
 * that is worse than a man in the middle: he has the keys.
 */
#ifndef FUZZ_BRIDGE_FORGE_H
#define FUZZ_BRIDGE_FORGE_H

#include "base/reader.h"
#include "stage.h"

/* A frame as INPUT says, as if from the client; what it uses of the client's credits is noted. */
struct frame *forge_request(struct stage *stage, struct reader *input);

/* The same from the server; *LINK is the connection it comes on. NULL where there is none. */
struct frame *forge_answer(struct stage *stage, struct reader *input, unsigned *link);

#endif
