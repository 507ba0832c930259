/* What there is to know about a server, found by asking it. */
#ifndef ADMIN_SURVEY_H
#define ADMIN_SURVEY_H

#include "bridge/sounding.h"

#define SURVEY_DIALECTS 5
#define SURVEY_SIGNING 3
#define SURVEY_CIPHERS 4

struct prober;
struct upstream;

/* The dialects, highest first, and the algorithms of 3.1.1, most wanted first. */
extern const uint16_t survey_dialects[SURVEY_DIALECTS];
extern const uint16_t survey_signing[SURVEY_SIGNING];
extern const uint16_t survey_ciphers[SURVEY_CIPHERS];

struct survey {
	struct terms dialects[SURVEY_DIALECTS]; /* dialect zero: it does not speak that one */
	bool signing[SURVEY_SIGNING];           /* in 3.1.1, by that alone */
	bool ciphers[SURVEY_CIPHERS];           /* likewise */
	struct terms chosen;                    /* of all there is; dialect zero: nothing */
	unsigned mechanisms;                    /* MECHANISM_* */
	enum sounding_standing stranger;        /* as what it lets in whom nobody knows, … */
	enum sounding_standing nameless;        /* … and who gives no name */
	struct offer offer;                     /* what the policy offers, … */
	struct terms by_policy;      /* … what it takes of that; dialect zero: nothing */
	fault found;                 /* … or does wrong with it */
	struct sounding_logon logon; /* of whom the policy has there, over that leg */
};

/*
 * Asks UPSTREAM by PROBER, a connection for each question. False: it cannot be reached, and ERROR
 * of SIZE bytes says why. LEGACY: a logon with a made-up name is tried, and one without; NULL: none
 * is. WHO: so is this one's, by what the policy offers; or NULL.
 */
bool survey_take(struct survey *survey, struct prober *prober, const struct upstream *upstream,
	const struct legacy *legacy, const struct initiator_config *who, char *error, size_t size);

#endif
