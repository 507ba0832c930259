/* The queue of effects that a bridge leaves behind. */
#ifndef BRIDGE_EFFECTS_H
#define BRIDGE_EFFECTS_H

#include "bridge/effect.h"

#include <stdbool.h>
#include <stddef.h>

/* A ring; all zero is empty. */
struct effects {
	struct effect *ring;
	size_t cap, head, count;
};

/* Takes EFFECT over, with what it carries. False when memory is out: what it carried is freed. */
bool effects_push(struct effects *effects, struct effect effect);

/* Moves the oldest to *OUT; false when there is none. */
bool effects_pop(struct effects *effects, struct effect *out);

/* Frees what is left. */
void effects_clear(struct effects *effects);

#endif
