/*
 * What both sides of a Kerberos exchange have in common: GSSAPI's own krb5 mechanism, bare, in our
 * SPNEGO ([RFC4121], [MS-KILE]).
 */
#ifndef AUTH_KERBEROS_PARTY_H
#define AUTH_KERBEROS_PARTY_H

#include "auth/mechanism.h"

#include <gssapi/gssapi.h>

/* The beginning of an acceptor's and of an initiator's context, so that one is held by the other.
 */
struct kerberos_party {
	struct mechanism_context base; /* first: it is how others hold us */
	gss_ctx_id_t context;
	struct auth_result *result;
	bool established; /* the result's session key is the one both have */
};

/* Whether TOKEN is a first token of Kerberos, framed as [RFC2743] 3.1 says. */
bool kerberos_party_knows(struct span token);

/* The context is complete: takes its session key and its life into the result. False: there is no
 * key to be had. */
bool kerberos_party_establish(struct kerberos_party *party) MUST_CHECK;

/* The library's code of a call that ended in MAJOR and MINOR, and what it says of it on the heap
 * (NULL when memory is out). */
int32_t kerberos_party_code(OM_uint32 major, OM_uint32 minor);
char *kerberos_party_words(OM_uint32 major, OM_uint32 minor);

/* Moves the library's buffer FROM into OUT, which is empty. False: memory is out. */
bool kerberos_party_token(struct auth_token *out, gss_buffer_t from) MUST_CHECK;

/* As mic and mic_verify of struct mechanism_work. */
bool kerberos_party_mic(
	struct mechanism_context *context, struct span message, struct auth_token *out);
bool kerberos_party_mic_verify(
	struct mechanism_context *context, struct span message, struct span mic);

/* Frees the context, whose keys the library wipes. */
void kerberos_party_clear(struct kerberos_party *party);

#endif
