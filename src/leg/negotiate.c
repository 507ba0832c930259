/* The NEGOTIATE exchange: [MS-SMB2] 3.2.5.2 as the client, 3.3.5.4 as the server. */
#include "leg/negotiate.h"

static uint16_t
security_mode(const struct offer *offer)
{
	return SMB2_SIGNING_ENABLED | (offer->signing_required ? SMB2_SIGNING_REQUIRED : 0);
}

static bool
is_3x(uint16_t dialect)
{
	return dialect >= SMB2_DIALECT_0300;
}

/* What DIALECT can have of our capabilities, [MS-SMB2] 2.2.4. */
static uint32_t
capabilities_of(const struct offer *offer, uint16_t dialect)
{
	uint32_t capabilities = SMB2_CAP_DFS;

	if (dialect >= SMB2_DIALECT_0210)
		capabilities |= SMB2_CAP_LEASING | SMB2_CAP_LARGE_MTU;
	if (is_3x(dialect))
		capabilities |= SMB2_CAP_DIRECTORY_LEASING | SMB2_CAP_PERSISTENT_HANDLES;
	return offer->capabilities & capabilities;
}

/* Fills in what follows from the dialect alone. */
static void
settle_dialect(struct terms *terms, const struct offer *offer, uint16_t dialect)
{
	memset(terms, 0, sizeof *terms);
	terms->dialect = dialect;
	terms->has_preauth = dialect == SMB2_DIALECT_0311;
	terms->has_validation = !terms->has_preauth;
	terms->has_normalized_names = dialect == SMB2_DIALECT_0311;
	terms->has_replay = dialect >= SMB2_DIALECT_0300;
	terms->signs_with = terms_implied_signing(dialect);
	terms->capabilities = capabilities_of(offer, dialect);
	terms->has_multi_credit = terms->capabilities & SMB2_CAP_LARGE_MTU;
	terms->max_transact = terms->has_multi_credit ? offer->max_transact : LEG_PAYLOAD_MIN;
	terms->max_read = terms->has_multi_credit ? offer->max_read : LEG_PAYLOAD_MIN;
	terms->max_write = terms->has_multi_credit ? offer->max_write : LEG_PAYLOAD_MIN;
}

/* 3.1.1: the first of the client's list that we have, [MS-SMB2] 3.3.5.4; GMAC before all if both
 * can. */
static fault
choose_3_1_1(const struct offer *offer, const struct smb2_negotiate_contexts *contexts,
	struct terms *terms)
{
	if (!contexts->hashes.present)
		return &fault_no_preauth_context;
	if (!smb2_algorithms_has(&contexts->hashes, SMB2_HASH_SHA512))
		return &fault_no_common_hash;
	for (size_t i = 0; contexts->ciphers.present && i < contexts->ciphers.count; i++) {
		if (!offer_has_cipher(offer, contexts->ciphers.ids[i]))
			continue;
		terms->seals_with = contexts->ciphers.ids[i];
		break;
	}
	for (size_t i = 0; contexts->signers.present && i < offer->signing_count; i++) {
		if (!smb2_algorithms_has(&contexts->signers, offer->signing[i]))
			continue;
		terms->signs_with = offer->signing[i];
		break;
	}
	return NULL;
}

fault
negotiate_choose(
	const struct offer *offer, const struct smb2_negotiate_request *request, struct terms *out)
{
	uint16_t dialect = offer_pick_dialect(offer, request->dialects, request->dialect_count);

	memset(out, 0, sizeof *out);
	if (request->dialect_count == 0)
		return &fault_no_dialects;
	if (dialect == 0)
		return &fault_no_common_dialect;
	settle_dialect(out, offer, dialect);
	out->peer_requires_signing = request->security_mode & SMB2_SIGNING_REQUIRED;
	if (out->has_preauth)
		return choose_3_1_1(offer, &request->contexts, out);
	/* 3.0 and 3.0.2 know one cipher and say so by a capability, [MS-SMB2] 3.3.5.4. */
	if (is_3x(dialect) && request->capabilities & SMB2_CAP_ENCRYPTION &&
		offer_has_cipher(offer, CIPHER_AES_128_CCM)) {
		out->seals_with = CIPHER_AES_128_CCM;
		out->capabilities |= SMB2_CAP_ENCRYPTION;
	}
	return NULL;
}

void
negotiate_heard(struct leg *leg, const struct smb2_negotiate_request *request)
{
	struct validate_negotiate_input *heard = &leg->asked_for;

	heard->capabilities = request->capabilities;
	heard->security_mode = request->security_mode;
	heard->dialect_count = request->dialect_count;
	memcpy(heard->client_guid, request->client_guid, sizeof heard->client_guid);
	memcpy(heard->dialects, request->dialects, sizeof heard->dialects);
}

static void
list_one(struct smb2_algorithms *list, uint16_t id)
{
	list->present = true;
	list->count = 1;
	list->ids[0] = id;
}

void
negotiate_answer(struct leg *leg, const struct offer *offer, const struct terms *terms,
	struct span hint, struct span salt, uint64_t now, struct writer *out)
{
	struct smb2_negotiate_response answer = {
		.security_mode = security_mode(offer),
		.dialect = terms->dialect,
		.capabilities = terms->capabilities,
		.max_transact = terms->max_transact,
		.max_read = terms->max_read,
		.max_write = terms->max_write,
		.system_time = now,
		.token = hint,
	};

	memcpy(answer.server_guid, offer->guid, sizeof answer.server_guid);
	if (terms->has_preauth) {
		list_one(&answer.contexts.hashes, SMB2_HASH_SHA512);
		answer.contexts.salt = salt;
		if (terms->seals_with)
			list_one(&answer.contexts.ciphers, (uint16_t)terms->seals_with);
		if (terms->signs_with != terms_implied_signing(terms->dialect))
			list_one(&answer.contexts.signers, (uint16_t)terms->signs_with);
	}
	smb2_negotiate_response_encode(out, &answer);
	leg->agreed.capabilities = answer.capabilities;
	leg->agreed.security_mode = answer.security_mode;
	leg->agreed.dialect = answer.dialect;
	memcpy(leg->agreed.server_guid, offer->guid, sizeof leg->agreed.server_guid);
}

/* Every dialect that OFFER admits, lowest first as clients list them. */
static uint16_t
list_dialects(const struct offer *offer, uint16_t *out)
{
	static const uint16_t all[] = {SMB2_DIALECT_0202, SMB2_DIALECT_0210, SMB2_DIALECT_0300,
		SMB2_DIALECT_0302, SMB2_DIALECT_0311};
	uint16_t count = 0;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i] >= offer->min_dialect && all[i] <= offer->max_dialect)
			out[count++] = all[i];
	return count;
}

static void
list_all(struct smb2_algorithms *list, const uint16_t *ids, size_t count)
{
	list->present = count > 0;
	list->count = (uint16_t)count;
	memcpy(list->ids, ids, count * sizeof *ids);
}

void
negotiate_ask(struct leg *leg, const struct offer *offer, struct span salt, struct writer *out)
{
	struct smb2_negotiate_request request = {.security_mode = security_mode(offer)};

	request.dialect_count = list_dialects(offer, request.dialects);
	memcpy(request.client_guid, offer->guid, sizeof request.client_guid);
	if (is_3x(offer->max_dialect)) {
		request.capabilities = offer->capabilities;
		/* Samba seals in 3.1.1 only with who says this too, whatever its context names. */
		if (offer_has_cipher(offer, CIPHER_AES_128_CCM) ||
			(offer->max_dialect == SMB2_DIALECT_0311 && offer->cipher_count))
			request.capabilities |= SMB2_CAP_ENCRYPTION;
	}
	if (offer->max_dialect == SMB2_DIALECT_0311) {
		list_one(&request.contexts.hashes, SMB2_HASH_SHA512);
		request.contexts.salt = salt;
		list_all(&request.contexts.ciphers, offer->ciphers, offer->cipher_count);
		list_all(&request.contexts.signers, offer->signing, offer->signing_count);
	}
	smb2_negotiate_request_encode(out, &request);
	negotiate_heard(leg, &request);
}

/* [MS-SMB2] 3.2.5.2: each context once, one algorithm in each, and one that was offered. */
static fault
accept_3_1_1(const struct offer *offer, const struct smb2_negotiate_contexts *contexts,
	struct terms *terms)
{
	const struct smb2_algorithms *hashes = &contexts->hashes, *ciphers = &contexts->ciphers,
				     *signers = &contexts->signers;

	if (!hashes->present || hashes->count != 1 || hashes->ids[0] != SMB2_HASH_SHA512)
		return &fault_server_preauth_unsound;
	if (ciphers->present) {
		if (ciphers->count != 1)
			return &fault_server_cipher_unoffered;
		if (ciphers->ids[0] && !offer_has_cipher(offer, ciphers->ids[0]))
			return &fault_server_cipher_unoffered;
		terms->seals_with = ciphers->ids[0];
	}
	if (signers->present) {
		if (signers->count != 1 || !offer_has_signing(offer, signers->ids[0]))
			return &fault_server_signing_unoffered;
		terms->signs_with = signers->ids[0];
	}
	return NULL;
}

static uint32_t
smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Sizes both sides can hold; a server may not offer less than everybody has, [MS-SMB2] 3.2.5.2. */
static fault
accept_sizes(struct terms *terms, const struct smb2_negotiate_response *answer)
{
	if (answer->max_transact < LEG_PAYLOAD_MIN || answer->max_read < LEG_PAYLOAD_MIN ||
		answer->max_write < LEG_PAYLOAD_MIN)
		return &fault_server_sizes_unsound;
	terms->max_transact = smaller(terms->max_transact, answer->max_transact);
	terms->max_read = smaller(terms->max_read, answer->max_read);
	terms->max_write = smaller(terms->max_write, answer->max_write);
	return NULL;
}

static fault
judge(const struct offer *offer, const struct smb2_negotiate_response *answer, struct terms *terms)
{
	struct offer common = *offer;
	fault found;

	if (!offer_pick_dialect(offer, &answer->dialect, 1))
		return &fault_server_dialect_unoffered;
	common.capabilities &= answer->capabilities;
	settle_dialect(terms, &common, answer->dialect);
	terms->peer_requires_signing = answer->security_mode & SMB2_SIGNING_REQUIRED;
	if (!(answer->security_mode & SMB2_SIGNING_ENABLED))
		return &fault_server_signing_off;
	if (terms->has_preauth) {
		found = accept_3_1_1(offer, &answer->contexts, terms);
		if (found)
			return found;
	} else if (is_3x(answer->dialect) && answer->capabilities & SMB2_CAP_ENCRYPTION) {
		if (offer_has_cipher(offer, CIPHER_AES_128_CCM))
			terms->seals_with = CIPHER_AES_128_CCM;
	}
	if (!offer_has_signing(offer, (uint16_t)terms->signs_with))
		return &fault_server_signing_unoffered;
	return accept_sizes(terms, answer);
}

fault
negotiate_accept(
	struct leg *leg, const struct offer *offer, struct span message, struct span *token)
{
	struct smb2_negotiate_response answer;
	fault found;

	if (!smb2_negotiate_response_decode(message, &answer))
		return &fault_answer_malformed;
	found = judge(offer, &answer, &leg->terms);
	if (found)
		return found;
	leg->agreed.capabilities = answer.capabilities;
	leg->agreed.security_mode = answer.security_mode;
	leg->agreed.dialect = answer.dialect;
	memcpy(leg->agreed.server_guid, answer.server_guid, sizeof leg->agreed.server_guid);
	*token = answer.token;
	return NULL;
}

/* [MS-SMB2] 3.3.5.15.12: whatever differs, somebody changed it; the connection ends unanswered. */
fault
negotiate_confirm(struct leg *leg, struct span input, struct writer *output)
{
	const struct validate_negotiate_input *heard = &leg->asked_for;
	struct validate_negotiate_input said;

	if (!validate_negotiate_input_decode(input, &said))
		return &fault_validation_failed;
	if (said.capabilities != heard->capabilities ||
		said.security_mode != heard->security_mode ||
		said.dialect_count != heard->dialect_count ||
		memcmp(said.client_guid, heard->client_guid, sizeof said.client_guid) != 0 ||
		memcmp(said.dialects, heard->dialects,
			said.dialect_count * sizeof said.dialects[0]) != 0)
		return &fault_validation_failed;
	validate_negotiate_output_encode(output, &leg->agreed);
	return NULL;
}

void
negotiate_validate(const struct leg *leg, struct writer *input)
{
	validate_negotiate_input_encode(input, &leg->asked_for);
}

/* [MS-SMB2] 3.2.5.14.12. */
fault
negotiate_validated(const struct leg *leg, struct span output)
{
	const struct validate_negotiate_output *agreed = &leg->agreed;
	struct validate_negotiate_output said;

	if (!validate_negotiate_output_decode(output, &said))
		return &fault_server_validation_failed;
	if (said.capabilities != agreed->capabilities ||
		said.security_mode != agreed->security_mode || said.dialect != agreed->dialect ||
		memcmp(said.server_guid, agreed->server_guid, sizeof said.server_guid) != 0)
		return &fault_server_validation_failed;
	return NULL;
}
