/* The client's NEGOTIATE, [MS-SMB2] 3.3.5.3 and 3.3.5.4. */
#include "bridge/negotiation.h"

#include "base/ntstatus.h"
#include "bridge/acceptance.h"
#include "bridge/answer.h"
#include "bridge/back.h"
#include "bridge/call.h"
#include "bridge/refuse.h"
#include "crypto/random.h"
#include "leg/negotiate.h"
#include "wire/smb1_negotiate.h"
#include "wire/smb2_ioctl.h"

void
negotiation_offer(const struct bridge *bridge, const uint8_t guid[16], struct offer *out)
{
	const struct listener *listener = bridge->listener;
	uint32_t window = bridge->policy->limits.requests_in_flight;
	/* No payload may cost more credits than a client can have. */
	uint32_t most = window < LEG_PAYLOAD_MAX / 65536 ? window * 65536 : LEG_PAYLOAD_MAX;

	*out = (struct offer){
		.min_dialect = listener->min_dialect,
		.max_dialect = listener->max_dialect,
		/* The fastest first: GMAC, then what every 3.x client has. */
		.signing = {SIGNING_AES_GMAC, SIGNING_AES_CMAC, SIGNING_HMAC_SHA256},
		.signing_count = 3,
		.signing_required = listener->signing == DEMAND_REQUIRED,
		.capabilities = SMB2_CAP_LEASING | SMB2_CAP_LARGE_MTU | SMB2_CAP_DIRECTORY_LEASING,
		.max_transact = most,
		.max_read = most,
		.max_write = most,
	};
	if (listener->encryption != DEMAND_OFF) {
		static const uint16_t ciphers[] = {CIPHER_AES_128_GCM, CIPHER_AES_128_CCM,
			CIPHER_AES_256_GCM, CIPHER_AES_256_CCM};

		memcpy(out->ciphers, ciphers, sizeof ciphers);
		out->cipher_count = 4;
	}
	memcpy(out->guid, guid, sizeof out->guid);
}

static uint32_t
smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * Both legs must hold what one is offered. A server that is down for now may come back with any
 * size, so a client of it gets what every server has.
 */
static void
fit_to_server(struct terms *terms, const struct back *back)
{
	static const struct terms least = {.max_transact = LEG_PAYLOAD_MIN,
		.max_read = LEG_PAYLOAD_MIN,
		.max_write = LEG_PAYLOAD_MIN,
		.capabilities = SMB2_CAP_LARGE_MTU};
	const struct terms *server = back && back->state == BACK_READY ? &back->leg.terms : &least;
	uint32_t of_server = SMB2_CAP_LEASING | SMB2_CAP_DIRECTORY_LEASING;

	terms->max_transact = smaller(terms->max_transact, server->max_transact);
	terms->max_read = smaller(terms->max_read, server->max_read);
	terms->max_write = smaller(terms->max_write, server->max_write);
	terms->capabilities &= ~of_server | server->capabilities;
}

/* Sends the answer that fixes TERMS, or the wildcard one. Takes *CALL over. */
static void
answer(struct bridge *bridge, struct call **call, const struct terms *terms)
{
	const struct acceptor_config ways = acceptance_ways(bridge->policy, bridge->listener);
	uint8_t hint[ACCEPTOR_HINT_MAX], salt[32];
	size_t hint_len;
	struct writer w;
	struct frame *frame = answer_frame(ANSWER_ROOM, &w);

	if (!frame || !random_bytes(salt, sizeof salt) ||
		!acceptor_hint(&ways, hint, sizeof hint, &hint_len)) {
		frame_free(&frame);
		call_free(bridge, call);
		refuse_all(bridge, &fault_internal_error, NULL);
		return;
	}
	negotiate_answer(&bridge->front, &bridge->offer, terms, span_of(hint, hint_len),
		span_of(salt, sizeof salt), bridge->now.filetime, &w);
	answer_complete(bridge, *call, NULL, STATUS_SUCCESS, frame, &w);
	if (terms->has_preauth && !preauth_extend(&bridge->front.preauth, frame_span(frame))) {
		frame_free(&frame);
		refuse_all(bridge, &fault_crypto_failed, NULL);
	} else {
		bridge_send(bridge, LINK_FRONT, &frame);
	}
	call_free(bridge, call);
}

void
negotiation_go_on(struct bridge *bridge)
{
	struct back *back;

	if (!bridge->negotiate || bridge->cut)
		return;
	back = back_for(bridge, bridge->listener->upstream);
	if (!back) {
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	if (back->state == BACK_DIALLING || back->state == BACK_NEGOTIATING)
		return;
	fit_to_server(&bridge->offered, back);
	bridge->front.terms = bridge->offered;
	leg_enter(&bridge->front, LEG_NEGOTIATED);
	answer(bridge, &bridge->negotiate, &bridge->offered);
}

/* The client's side is settled: see what the server can hold before it is answered. */
static void
ask_server(struct bridge *bridge, struct call *call, const struct terms *terms)
{
	struct back *back = back_for(bridge, bridge->listener->upstream);

	bridge->negotiate = call;
	bridge->offered = *terms;
	leg_enter(&bridge->front, LEG_NEGOTIATING);
	if (back)
		(void)back_want(bridge, back); /* down: answered at once, with the least */
	negotiation_go_on(bridge);
}

/* Which of the dialects asked for it would have been, for the log. */
static const char *
describe(const struct smb2_negotiate_request *request, char *out, size_t size)
{
	size_t at = (size_t)snprintf(out, size, "the client offers");

	for (uint16_t i = 0; i < request->dialect_count && at < size; i++)
		at += (size_t)snprintf(
			out + at, size - at, " %s", smb2_dialect_word(request->dialects[i]));
	return out;
}

static void
choose(struct bridge *bridge, struct call **call, const struct smb2_negotiate_request *request)
{
	struct terms terms;
	char detail[128];
	fault found = negotiate_choose(&bridge->offer, request, &terms);

	if (found) {
		refuse(bridge, call, found,
			&(struct about){.detail = describe(request, detail, sizeof detail)});
		return;
	}
	negotiate_heard(&bridge->front, request);
	ask_server(bridge, *call, &terms);
	*call = NULL;
}

void
negotiation_take(struct bridge *bridge, struct inbound *in, struct message *m)
{
	struct smb2_negotiate_request request;
	struct call *call = call_new(bridge, NULL, m);

	if (!call) {
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	if (in->count > 1) {
		refuse(bridge, &call, &fault_compound_malformed, NULL);
		return;
	}
	if (!smb2_negotiate_request_decode(span_of(m->bytes, m->len), &request)) {
		refuse(bridge, &call, &fault_body_malformed, NULL);
		return;
	}
	if (smb2_negotiate_request_offers(&request, SMB2_DIALECT_0311) &&
		!preauth_extend(&bridge->front.preauth, frame_span(in->frame))) {
		refuse(bridge, &call, &fault_crypto_failed, NULL);
		return;
	}
	choose(bridge, &call, &request);
}

/* "SMB 2.???": the answer says only that we speak SMB2, and a NEGOTIATE in SMB2 must follow. */
static void
answer_wild(struct bridge *bridge, struct call **call)
{
	struct terms wild = {
		.dialect = SMB2_DIALECT_WILD,
		.max_transact = LEG_PAYLOAD_MIN,
		.max_read = LEG_PAYLOAD_MIN,
		.max_write = LEG_PAYLOAD_MIN,
	};

	leg_enter(&bridge->front, LEG_WILD);
	answer(bridge, call, &wild);
}

/* [MS-SMB2] 3.3.5.3.1 and 3.3.5.3.2: as if SMB2 message 0 had asked. */
static void
take_multi_protocol(struct bridge *bridge, const struct smb1_negotiate *smb1)
{
	/* Nothing else was said, and nothing else will the client confirm, [MS-SMB2] 3.3.5.15.12.
	 */
	struct smb2_negotiate_request only_202 = {
		.dialect_count = 1, .dialects = {SMB2_DIALECT_0202}};
	struct message as_if = {.header = {.command = SMB2_NEGOTIATE, .credits = 1}};
	struct call *call = call_new(bridge, NULL, &as_if);

	if (!call || window_take(&bridge->front.window, 0, 1)) {
		call_free(bridge, &call);
		refuse_all(bridge, &fault_internal_error, NULL);
		return;
	}
	if (smb1->has_smb2_wild && bridge->offer.max_dialect > SMB2_DIALECT_0202)
		answer_wild(bridge, &call);
	else if (smb1->has_smb2_002)
		choose(bridge, &call, &only_202);
	else
		refuse(bridge, &call, &fault_no_common_dialect, NULL);
}

void
negotiation_take_smb1(struct bridge *bridge, const struct frame *frame)
{
	struct smb1_negotiate smb1;

	if (bridge->front.state != LEG_NEW) {
		refuse_all(bridge, &fault_frame_not_smb2, NULL);
		return;
	}
	if (!smb1_negotiate_decode(frame_span(frame), &smb1)) {
		refuse_all(bridge, &fault_smb1_only,
			&(struct about){.detail = "what came was SMB1, and no NEGOTIATE"});
		return;
	}
	if (!smb1.has_smb2_002 && !smb1.has_smb2_wild) {
		refuse_all(bridge, &fault_smb1_only, NULL);
		return;
	}
	take_multi_protocol(bridge, &smb1);
}

void
negotiation_confirm(
	struct bridge *bridge, struct login *login, const struct message *m, struct span input)
{
	struct smb2_ioctl_response response = {
		.ctl_code = FSCTL_VALIDATE_NEGOTIATE_INFO,
		.file = {.persistent = UINT64_MAX, .volatile_ = UINT64_MAX},
	};
	uint8_t output[VALIDATE_NEGOTIATE_OUTPUT_SIZE];
	struct writer said = writer_over(output, sizeof output), w;
	struct call *call = call_new(bridge, login, m);
	struct frame *frame;
	fault found = negotiate_confirm(&bridge->front, input, &said);

	if (!call || found) {
		call_free(bridge, &call);
		refuse_all(bridge, found ? found : &fault_out_of_memory,
			&(struct about){.login = login});
		return;
	}
	frame = answer_frame(ANSWER_ROOM, &w);
	if (!frame) {
		call_free(bridge, &call);
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	response.output = writer_span(&said);
	smb2_ioctl_response_encode(&w, &response);
	answer_send(bridge, &call, STATUS_SUCCESS, &frame, &w);
}
