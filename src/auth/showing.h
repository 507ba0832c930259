/*
 * Showing somebody a secret of ours, unless it has been refused too often of late. What is one
 * secret to a domain is one here, whether a KDC judges it or a server of the domain does: its
 * controllers count both.
 */
#ifndef AUTH_SHOWING_H
#define AUTH_SHOWING_H

#include "auth/initiator.h"

/*
 * As setbacks_begin() for the secret of CONFIG. An account of no domain is one of the server's own,
 * which CONFIG's service names. Where CONFIG has no secret: GO, and there is nothing to remember.
 */
enum setbacks_word showing_begin(const struct initiator_config *config, struct setbacks_try *try,
	struct setback *why) MUST_CHECK;

#endif
