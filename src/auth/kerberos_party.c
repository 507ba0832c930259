/* Keys, MICs and words out of a GSSAPI context. */
#include "auth/kerberos_party.h"

#include "auth/der.h"
#include "base/secret.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

/* 1.2.840.113554.1.2.2 */
static const uint8_t krb5_oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};

bool
kerberos_party_knows(struct span token)
{
	struct reader frame = reader_over(token);
	struct span framed, oid;
	struct reader inner;

	if (token.len == 0)
		return false;
	framed = der_take(&frame, DER_APPLICATION(0));
	if (!reader_ok(&frame) || framed.len == 0)
		return false;
	inner = reader_over(framed);
	oid = der_take(&inner, DER_OID);
	return reader_ok(&inner) && span_equal(oid, span_of(krb5_oid, sizeof(krb5_oid)));
}

/* What ends this very second has a second left: none at all would be without end. */
static uint32_t
life_of(gss_ctx_id_t context)
{
	OM_uint32 minor, seconds = 0;
	OM_uint32 major = gss_context_time(&minor, context, &seconds);

	if (major == GSS_S_COMPLETE && seconds == GSS_C_INDEFINITE)
		return 0;
	return major == GSS_S_COMPLETE && seconds > 0 ? seconds : 1;
}

bool
kerberos_party_establish(struct kerberos_party *party)
{
	struct auth_result *result = party->result;
	gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
	OM_uint32 minor;
	OM_uint32 major = gss_inquire_sec_context_by_oid(
		&minor, party->context, GSS_C_INQ_SSPI_SESSION_KEY, &set);
	gss_buffer_t key = major == GSS_S_COMPLETE && set->count > 0 ? &set->elements[0] : NULL;

	if (key && key->length > 0 && key->length <= sizeof(result->session_key)) {
		memcpy(result->session_key, key->value, key->length);
		result->session_key_len = key->length;
		result->life = life_of(party->context);
		party->established = true;
	}
	if (key)
		secret_wipe(key->value, key->length);
	gss_release_buffer_set(&minor, &set);
	return party->established;
}

int32_t
kerberos_party_code(OM_uint32 major, OM_uint32 minor)
{
	switch (GSS_ROUTINE_ERROR(major)) {
	case GSS_S_CREDENTIALS_EXPIRED:
	case GSS_S_CONTEXT_EXPIRED:
		return minor ? (int32_t)minor : KRB5KRB_AP_ERR_TKT_EXPIRED;
	case GSS_S_DUPLICATE_TOKEN:
		return minor ? (int32_t)minor : KRB5KRB_AP_ERR_REPEAT;
	default:
		return (int32_t)minor;
	}
}

char *
kerberos_party_words(OM_uint32 major, OM_uint32 minor)
{
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 status = minor ? minor : major, ignored, more = 0;
	int kind = minor ? GSS_C_MECH_CODE : GSS_C_GSS_CODE;
	char *out = NULL;

	if (gss_display_status(&ignored, status, kind, (gss_OID)gss_mech_krb5, &more, &text) ==
		GSS_S_COMPLETE)
		out = strndup(text.value, text.length);
	gss_release_buffer(&ignored, &text);
	return out;
}

bool
kerberos_party_token(struct auth_token *out, gss_buffer_t from)
{
	bool ok = from->length <= AUTH_TOKEN_MAX &&
		  auth_token_copy(out, span_of(from->value, from->length));
	OM_uint32 minor;

	gss_release_buffer(&minor, from);
	return ok;
}

bool
kerberos_party_mic(struct mechanism_context *context, struct span message, struct auth_token *out)
{
	struct kerberos_party *party = (struct kerberos_party *)context;
	gss_buffer_desc text = {message.len, (void *)message.data};
	gss_buffer_desc mic = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor;

	*out = (struct auth_token){0};
	return party->established &&
	       gss_get_mic(&minor, party->context, GSS_C_QOP_DEFAULT, &text, &mic) ==
		       GSS_S_COMPLETE &&
	       kerberos_party_token(out, &mic);
}

bool
kerberos_party_mic_verify(struct mechanism_context *context, struct span message, struct span mic)
{
	struct kerberos_party *party = (struct kerberos_party *)context;
	gss_buffer_desc text = {message.len, (void *)message.data};
	gss_buffer_desc theirs = {mic.len, (void *)mic.data};
	OM_uint32 minor;

	return party->established &&
	       gss_verify_mic(&minor, party->context, &text, &theirs, NULL) == GSS_S_COMPLETE;
}

void
kerberos_party_clear(struct kerberos_party *party)
{
	OM_uint32 minor;

	gss_delete_sec_context(&minor, &party->context, GSS_C_NO_BUFFER);
	party->established = false;
}
