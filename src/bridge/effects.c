/* The queue of effects. */
#include "bridge/effects.h"

#include "base/event.h"
#include "base/frame.h"
#include "bridge/job.h"

#include <stdlib.h>

static void
discard(struct effect *effect)
{
	switch (effect->kind) {
	case EFFECT_SEND:
		frame_free(&effect->frame);
		break;
	case EFFECT_JOB:
		job_free(&effect->job);
		break;
	case EFFECT_LOG:
		event_free(&effect->event);
		break;
	case EFFECT_LEARNED:
		free(effect->seen);
		break;
	case EFFECT_DIAL:
	case EFFECT_CLOSE:
	case EFFECT_SUMMON:
	case EFFECT_LEFT:
		break;
	}
}

static bool
grow(struct effects *effects)
{
	size_t cap = effects->cap ? effects->cap * 2 : 8;
	struct effect *ring = calloc(cap, sizeof *ring);

	if (!ring)
		return false;
	for (size_t i = 0; i < effects->count; i++)
		ring[i] = effects->ring[(effects->head + i) % effects->cap];
	free(effects->ring);
	effects->ring = ring;
	effects->cap = cap;
	effects->head = 0;
	return true;
}

bool
effects_push(struct effects *effects, struct effect effect)
{
	if (effects->count == effects->cap && !grow(effects)) {
		discard(&effect);
		return false;
	}
	effects->ring[(effects->head + effects->count++) % effects->cap] = effect;
	return true;
}

bool
effects_pop(struct effects *effects, struct effect *out)
{
	if (effects->count == 0)
		return false;
	*out = effects->ring[effects->head];
	effects->head = (effects->head + 1) % effects->cap;
	effects->count--;
	return true;
}

void
effects_clear(struct effects *effects)
{
	struct effect effect;

	while (effects_pop(effects, &effect))
		discard(&effect);
	free(effects->ring);
	*effects = (struct effects){0};
}
