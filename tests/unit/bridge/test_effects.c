/* effects.h: first in, first out, however many, and nothing leaks. */
#include "bridge/effects.h"

#include "base/event.h"
#include "base/frame.h"

#include <criterion/criterion.h>

static struct effects effects;

static void
stop(void)
{
	effects_clear(&effects);
}

TestSuite(effects, .fini = stop);

Test(effects, an_empty_queue_has_nothing)
{
	struct effect effect;

	cr_assert_not(effects_pop(&effects, &effect));
	effects_clear(&effects);
	cr_assert_not(effects_pop(&effects, &effect));
}

Test(effects, come_out_in_the_order_they_went_in)
{
	unsigned in = 0, out = 0;
	struct effect effect;

	/* fuller and fuller, so that the ring grows while it is wrapped round */
	for (unsigned round = 1; round < 40; round++) {
		for (unsigned i = 0; i < round; i++)
			cr_assert(effects_push(
				&effects, (struct effect){.kind = EFFECT_CLOSE, .link = in++}));
		for (unsigned i = 0; i < round / 2; i++) {
			cr_assert(effects_pop(&effects, &effect));
			cr_assert_eq(effect.link, out++);
		}
	}
	while (effects_pop(&effects, &effect))
		cr_assert_eq(effect.link, out++);
	cr_assert_eq(in, out);
}

/* The sanitizers see what is not freed. */
Test(effects, what_nobody_takes_is_freed)
{
	struct effect send = {.kind = EFFECT_SEND, .frame = frame_new(10)};
	struct effect log = {.kind = EFFECT_LOG, .event = event_new(LEVEL_INFO, "x")};
	struct effect effect;

	cr_assert(effects_push(&effects, send));
	cr_assert(effects_push(&effects, log));
	effects_clear(&effects);
	cr_assert_not(effects_pop(&effects, &effect));
	cr_assert(effects_push(&effects, (struct effect){.kind = EFFECT_CLOSE, .link = 7}));
	cr_assert(effects_pop(&effects, &effect));
	cr_assert_eq(effect.link, 7);
}
