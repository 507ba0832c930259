/* Asks a server what it can, one thing at a time: a server says what it chose, never what it has.
 */
#include "admin/survey.h"

#include "bridge/back.h"
#include "crypto/random.h"
#include "net/prober.h"
#include "policy/policy.h"

#include <stdio.h>

/* Nobody's name: whoever it works for is let in without an account. */
#define STRANGER_NAME "smbwarden-probe"

const uint16_t survey_dialects[SURVEY_DIALECTS] = {SMB2_DIALECT_0311, SMB2_DIALECT_0302,
	SMB2_DIALECT_0300, SMB2_DIALECT_0210, SMB2_DIALECT_0202};
const uint16_t survey_signing[SURVEY_SIGNING] = {
	SIGNING_AES_GMAC, SIGNING_AES_CMAC, SIGNING_HMAC_SHA256};
const uint16_t survey_ciphers[SURVEY_CIPHERS] = {
	CIPHER_AES_128_GCM, CIPHER_AES_256_GCM, CIPHER_AES_128_CCM, CIPHER_AES_256_CCM};

/* Who asks, and how. */
struct asking {
	struct prober *prober;
	const struct upstream *upstream;
	char *error;
	size_t size;
};

/* All that there is, in the dialects from MIN to MAX. */
static struct offer
offer_all(uint16_t min, uint16_t max)
{
	struct offer offer = {
		.min_dialect = min,
		.max_dialect = max,
		.signing_count = SURVEY_SIGNING,
		.cipher_count = SURVEY_CIPHERS,
		.signing_required = true,
		.max_transact = LEG_PAYLOAD_MAX,
		.max_read = LEG_PAYLOAD_MAX,
		.max_write = LEG_PAYLOAD_MAX,
	};

	memcpy(offer.signing, survey_signing, sizeof survey_signing);
	memcpy(offer.ciphers, survey_ciphers, sizeof survey_ciphers);
	return offer;
}

/* Has SOUNDING answered; false: there is no connection. */
static bool
put(const struct asking *asking, struct sounding *sounding)
{
	return random_bytes(sounding->offer.guid, sizeof sounding->offer.guid) &&
	       prober_ask(asking->prober, asking->upstream, sounding, asking->error, asking->size);
}

/* The answer to OFFER, and to WHO, if that is somebody; false: there is no connection. */
static bool
ask(const struct asking *asking, const struct offer *offer, const struct initiator_config *who,
	struct sounding *sounding)
{
	*sounding = (struct sounding){.offer = *offer, .who = who};
	return put(asking, sounding);
}

static struct terms
terms_of(const struct sounding *sounding)
{
	return sounding->negotiated ? sounding->leg.terms : (struct terms){0};
}

static bool
ask_dialects(const struct asking *asking, struct survey *survey)
{
	for (size_t i = 0; i < SURVEY_DIALECTS; i++) {
		struct offer offer = offer_all(survey_dialects[i], survey_dialects[i]);
		struct sounding sounding;

		if (!ask(asking, &offer, NULL, &sounding))
			return false;
		survey->dialects[i] = terms_of(&sounding);
	}
	return true;
}

/* In 3.1.1 each algorithm alone. */
static bool
ask_algorithms(const struct asking *asking, struct survey *survey)
{
	struct offer all = offer_all(SMB2_DIALECT_0311, SMB2_DIALECT_0311);
	struct sounding sounding;

	for (size_t i = 0; i < SURVEY_CIPHERS; i++) {
		struct offer offer = all;

		offer.cipher_count = 1;
		offer.ciphers[0] = survey_ciphers[i];
		if (!ask(asking, &offer, NULL, &sounding))
			return false;
		survey->ciphers[i] = terms_of(&sounding).seals_with == survey_ciphers[i];
	}
	for (size_t i = 0; i < SURVEY_SIGNING; i++) {
		struct offer offer = all;

		offer.signing_count = 1;
		offer.signing[0] = survey_signing[i];
		if (!ask(asking, &offer, NULL, &sounding))
			return false;
		survey->signing[i] = sounding.negotiated;
	}
	return true;
}

/* The best of OFFER, and whether somebody is let in whom no server can know. */
static bool
ask_as_stranger(const struct asking *asking, const struct offer *offer, const struct legacy *legacy,
	struct survey *survey)
{
	char user[sizeof STRANGER_NAME "-0123456789abcdef"], password[40];
	uint64_t random[3];
	struct initiator_config stranger = {
		.legacy = legacy,
		.user = user,
		.password = password,
		.service = "cifs/server",
		.ntlmv2 = true,
	};
	struct sounding sounding;

	if (!random_bytes((uint8_t *)random, sizeof random))
		return false;
	snprintf(user, sizeof user, STRANGER_NAME "-%016llx", (unsigned long long)random[0]);
	snprintf(password, sizeof password, "%016llx%016llx", (unsigned long long)random[1],
		(unsigned long long)random[2]);
	if (!ask(asking, offer, legacy ? &stranger : NULL, &sounding))
		return false;
	survey->chosen = terms_of(&sounding);
	survey->mechanisms = sounding.mechanisms;
	survey->stranger = sounding.logon.standing;
	return true;
}

static bool
ask_without_name(const struct asking *asking, const struct offer *offer, struct survey *survey)
{
	struct sounding sounding = {.offer = *offer, .nameless = true};
	bool asked = put(asking, &sounding);

	survey->nameless = sounding.logon.standing;
	return asked;
}

/* Neither of those could sign, if they were let in. */
static bool
ask_as_outsiders(const struct asking *asking, const struct legacy *legacy, struct survey *survey)
{
	struct offer all = offer_all(SMB2_DIALECT_0202, SMB2_DIALECT_0311);

	all.signing_required = false;
	return ask_as_stranger(asking, &all, legacy, survey) &&
	       (!legacy || ask_without_name(asking, &all, survey));
}

/* What the policy has of the server, and the logon of WHO over that. */
static bool
ask_by_policy(
	const struct asking *asking, const struct initiator_config *who, struct survey *survey)
{
	struct sounding sounding;

	back_offer(asking->upstream, &survey->offer);
	if (!ask(asking, &survey->offer, who, &sounding))
		return false;
	survey->by_policy = terms_of(&sounding);
	survey->found = sounding.found;
	survey->logon = sounding.logon;
	if (who && sounding.negotiated && survey->logon.standing == STANDING_UNKNOWN) {
		survey->logon.standing = STANDING_REFUSED;
		survey->logon.refused = &fault_server_logon_cut_short;
	}
	return true;
}

bool
survey_take(struct survey *survey, struct prober *prober, const struct upstream *upstream,
	const struct legacy *legacy, const struct initiator_config *who, char *error, size_t size)
{
	struct asking asking = {prober, upstream, error, size};

	*survey = (struct survey){0};
	if (!ask_as_outsiders(&asking, legacy, survey) || !ask_dialects(&asking, survey))
		return false;
	if (survey->dialects[0].dialect && !ask_algorithms(&asking, survey))
		return false;
	return ask_by_policy(&asking, who, survey);
}
