/* SPNEGO's messages, decoded and encoded: [RFC4178] 4.2, [MS-SPNG] 2.2.1. */
#include "auth/spnego.h"

#include "auth/der.h"

#include <stdlib.h>

/* 1.3.6.1.5.5.2 */
static const uint8_t spnego_oid[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};

#define OID_MAX 32

/* The tags and lengths of a whole message never take more. */
#define FRAMING_MAX 128

/* Fields of NegTokenInit2; NegTokenInit has its mechListMIC where this has negHints. */
enum { INIT_MECH_TYPES, INIT_REQ_FLAGS, INIT_MECH_TOKEN, INIT_HINTS, INIT_MIC, INIT_EXTENSIONS };

enum { RESPONSE_STATE, RESPONSE_MECH, RESPONSE_TOKEN, RESPONSE_MIC, RESPONSE_EXTENSIONS };

bool
spnego_is_init(struct span token)
{
	return token.len > 0 && token.data[0] == DER_APPLICATION(0);
}

/* The content of an optional field [NUMBER] that holds one element with TAG. */
static struct span
field(struct reader *r, uint8_t number, uint8_t tag)
{
	struct span outer = der_take_optional(r, DER_CONTEXT(number));

	return outer.data ? der_only(r, outer, tag) : outer;
}

static void
mechs_decode(struct reader *r, struct spnego_init *out)
{
	struct reader list;
	struct span all;

	out->mech_types = der_take(r, DER_CONTEXT(INIT_MECH_TYPES));
	all = der_only(r, out->mech_types, DER_SEQUENCE);
	reader_require(r, all.len > 0);
	list = reader_over(all);
	while (reader_left(&list) > 0) {
		struct span mech = der_take(&list, DER_OID);

		reader_require(&list, out->nmechs < SPNEGO_MECHS_MAX);
		reader_require(&list, mech.len > 0 && mech.len <= OID_MAX);
		if (reader_ok(&list))
			out->mechs[out->nmechs++] = mech;
	}
	reader_require(r, reader_ok(&list));
}

/* [3] is negHints, a sequence, in NegTokenInit2 and mechListMIC, octets, in NegTokenInit. */
static void
hints_or_mic_decode(struct reader *r, struct spnego_init *out)
{
	struct span outer = der_take_optional(r, DER_CONTEXT(INIT_HINTS));
	struct reader hints;

	if (!outer.data)
		return;
	if (outer.len > 0 && outer.data[0] == DER_OCTETS) {
		out->mic = der_only(r, outer, DER_OCTETS);
		return;
	}
	outer = der_only(r, outer, DER_SEQUENCE);
	if (outer.len == 0)
		return;
	hints = reader_over(outer);
	out->hint = field(&hints, 0, DER_GENERAL_STRING);
	der_skip_extensions(&hints, 1);
	reader_require(r, reader_ok(&hints));
}

/* The NegTokenInit inside the framing of [RFC2743] 3.1 and the choice of NegotiationToken. */
static struct span
init_unframe(struct reader *r)
{
	struct span framed = der_take(r, DER_APPLICATION(0));
	struct reader inner = reader_over(framed);
	struct span body = {0};

	der_end(r);
	reader_require(r, framed.len > 0);
	if (!reader_ok(r))
		return body;
	reader_require(&inner,
		span_equal(der_take(&inner, DER_OID), span_of(spnego_oid, sizeof(spnego_oid))));
	body = der_take(&inner, DER_CONTEXT(0));
	der_end(&inner);
	reader_require(r, reader_ok(&inner));
	return der_only(r, body, DER_SEQUENCE);
}

bool
spnego_init_decode(struct span token, struct spnego_init *out)
{
	struct reader frame = reader_over(token);
	struct span body;
	struct reader r;

	*out = (struct spnego_init){0};
	if (token.len == 0)
		return false;
	body = init_unframe(&frame);
	if (!reader_ok(&frame) || body.len == 0)
		return false;
	r = reader_over(body);
	mechs_decode(&r, out);
	(void)der_take_optional(&r, DER_CONTEXT(INIT_REQ_FLAGS));
	out->token = field(&r, INIT_MECH_TOKEN, DER_OCTETS);
	hints_or_mic_decode(&r, out);
	if (!out->mic.data)
		out->mic = field(&r, INIT_MIC, DER_OCTETS);
	der_skip_extensions(&r, INIT_EXTENSIONS);
	return reader_ok(&r);
}

bool
spnego_mech_types_encode(struct writer *w, const struct span *mechs, size_t n)
{
	size_t cap = w->cap - w->at;
	struct der_writer der = der_writer_over(w->data + w->at, cap);

	while (n > 0)
		der_element(&der, DER_OID, mechs[--n]);
	der_wrap(&der, DER_SEQUENCE, cap);
	return der_finish(&der, cap, w);
}

static void
hint_encode(struct der_writer *der, struct span hint)
{
	size_t end = der->at;

	der_field(der, 0, DER_GENERAL_STRING, hint);
	der_wrap(der, DER_SEQUENCE, end);
	der_wrap(der, DER_CONTEXT(INIT_HINTS), end);
}

bool
spnego_init_encode(struct writer *w, const struct spnego_init *init)
{
	size_t cap = w->cap - w->at;
	struct der_writer der = der_writer_over(w->data + w->at, cap);
	size_t end;

	der_field(&der, init->hint.data ? INIT_MIC : INIT_HINTS, DER_OCTETS, init->mic);
	if (init->hint.data)
		hint_encode(&der, init->hint);
	der_field(&der, INIT_MECH_TOKEN, DER_OCTETS, init->token);
	end = der.at;
	der_put(&der, init->mech_types);
	der_wrap(&der, DER_CONTEXT(INIT_MECH_TYPES), end);
	der_wrap(&der, DER_SEQUENCE, cap);
	der_wrap(&der, DER_CONTEXT(0), cap);
	der_element(&der, DER_OID, span_of(spnego_oid, sizeof(spnego_oid)));
	der_wrap(&der, DER_APPLICATION(0), cap);
	return der_finish(&der, cap, w);
}

static enum spnego_state
state_decode(struct reader *r)
{
	struct span state = field(r, RESPONSE_STATE, DER_ENUMERATED);

	if (!state.data)
		return SPNEGO_STATE_ABSENT;
	reader_require(r, state.len == 1 && state.data[0] <= SPNEGO_REQUEST_MIC);
	return reader_ok(r) ? (enum spnego_state)state.data[0] : SPNEGO_STATE_ABSENT;
}

bool
spnego_response_decode(struct span token, struct spnego_response *out)
{
	struct reader frame = reader_over(token);
	struct span body;
	struct reader r;

	*out = (struct spnego_response){.state = SPNEGO_STATE_ABSENT};
	if (token.len == 0)
		return false;
	body = der_take(&frame, DER_CONTEXT(1));
	der_end(&frame);
	body = der_only(&frame, body, DER_SEQUENCE);
	if (!reader_ok(&frame))
		return false;
	if (body.len == 0) /* all of its fields are optional */
		return true;
	r = reader_over(body);
	out->state = state_decode(&r);
	out->mech = field(&r, RESPONSE_MECH, DER_OID);
	out->token = field(&r, RESPONSE_TOKEN, DER_OCTETS);
	out->mic = field(&r, RESPONSE_MIC, DER_OCTETS);
	der_skip_extensions(&r, RESPONSE_EXTENSIONS);
	return reader_ok(&r);
}

bool
spnego_response_encode(struct writer *w, const struct spnego_response *response)
{
	size_t cap = w->cap - w->at;
	struct der_writer der = der_writer_over(w->data + w->at, cap);
	uint8_t state = (uint8_t)response->state;

	der_field(&der, RESPONSE_MIC, DER_OCTETS, response->mic);
	der_field(&der, RESPONSE_TOKEN, DER_OCTETS, response->token);
	der_field(&der, RESPONSE_MECH, DER_OID, response->mech);
	if (response->state != SPNEGO_STATE_ABSENT)
		der_field(&der, RESPONSE_STATE, DER_ENUMERATED, span_of(&state, 1));
	der_wrap(&der, DER_SEQUENCE, cap);
	der_wrap(&der, DER_CONTEXT(1), cap);
	return der_finish(&der, cap, w);
}

bool
spnego_init_make(struct auth_token *out, const struct spnego_init *init)
{
	size_t room = init->mech_types.len + init->token.len + init->hint.len + init->mic.len +
		      FRAMING_MAX;
	uint8_t *bytes = malloc(room);
	struct writer w = writer_over(bytes, room);

	*out = (struct auth_token){0};
	if (!bytes || !spnego_init_encode(&w, init)) {
		free(bytes);
		return false;
	}
	*out = (struct auth_token){.bytes = bytes, .len = w.at};
	return true;
}

bool
spnego_response_make(struct auth_token *out, const struct spnego_response *response)
{
	size_t room = response->mech.len + response->token.len + response->mic.len + FRAMING_MAX;
	uint8_t *bytes = malloc(room);
	struct writer w = writer_over(bytes, room);

	*out = (struct auth_token){0};
	if (!bytes || !spnego_response_encode(&w, response)) {
		free(bytes);
		return false;
	}
	*out = (struct auth_token){.bytes = bytes, .len = w.at};
	return true;
}
