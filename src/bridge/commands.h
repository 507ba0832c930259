/* What becomes of each request of a client: commands.def is the list. */
#ifndef BRIDGE_COMMANDS_H
#define BRIDGE_COMMANDS_H

#include "bridge/parts.h"

/* Deals with all messages of a frame that has passed the gates. May take the frame. */
void commands_take(struct bridge *bridge, struct inbound *in, struct frame **frame);

#endif
