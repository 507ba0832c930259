/*
 * SPNEGO's messages: NegTokenInit, NegTokenInit2 and NegTokenResp, as bytes and as structs
 * ([RFC4178] 4.2, [MS-SPNG] 2.2.1). DER, strictly: definite and shortest lengths, fields in
 * order, nothing left over. Spans borrow from the token; an absent field's span has no data.
 */
#ifndef AUTH_SPNEGO_H
#define AUTH_SPNEGO_H

#include "auth/token.h"
#include "base/fault.h"
#include "base/reader.h"
#include "base/writer.h"

/* More mechanisms than this in one list are refused; Windows names four. */
#define SPNEGO_MECHS_MAX 16

/* negState; the first has no number on the wire. */
enum spnego_state {
	SPNEGO_STATE_ABSENT = -1,
	SPNEGO_ACCEPT_COMPLETED = 0,
	SPNEGO_ACCEPT_INCOMPLETE = 1,
	SPNEGO_REJECT = 2,
	SPNEGO_REQUEST_MIC = 3,
};

struct spnego_init {
	struct span mech_types; /* the whole MechTypeList as sent, tag and length included: what
				   mechListMIC covers */
	struct span mechs[SPNEGO_MECHS_MAX]; /* its OIDs, their content only; decoder's output */
	size_t nmechs;                       /* at least 1 */
	struct span token;                   /* mechToken */
	struct span hint;                    /* hintName of NegTokenInit2 */
	struct span mic;                     /* mechListMIC */
};

struct spnego_response {
	enum spnego_state state;
	struct span mech;  /* supportedMech, the OID's content */
	struct span token; /* responseToken */
	struct span mic;   /* mechListMIC */
};

/* Whether TOKEN looks like an initial token in the framing of [RFC2743] 3.1. */
bool spnego_is_init(struct span token);

/*
 * TOKEN as NegTokenInit or NegTokenInit2, framed as [RFC2743] 3.1 says. False: it is neither.
 */
bool spnego_init_decode(struct span token, struct spnego_init *out) MUST_CHECK;

/*
 * INIT framed, at W: `mech_types` as it stands, `mechs` not looked at. A hint makes it a
 * NegTokenInit2. False: it did not fit, and W is broken.
 */
bool spnego_init_encode(struct writer *w, const struct spnego_init *init) MUST_CHECK;

/* A MechTypeList of the N OIDs (their content) at MECHS, tag and length included, at W. */
bool spnego_mech_types_encode(struct writer *w, const struct span *mechs, size_t n) MUST_CHECK;

/* TOKEN as NegTokenResp. False: it is none. */
bool spnego_response_decode(struct span token, struct spnego_response *out) MUST_CHECK;

/* RESPONSE at W. False: it did not fit, and W is broken. */
bool spnego_response_encode(struct writer *w, const struct spnego_response *response) MUST_CHECK;

/* INIT or RESPONSE as a token of its own. False: memory is out. */
bool spnego_init_make(struct auth_token *out, const struct spnego_init *init) MUST_CHECK;
bool spnego_response_make(
	struct auth_token *out, const struct spnego_response *response) MUST_CHECK;

#endif
