/* The table of mechanisms, strongest first. */
#include "auth/mechanism.h"

#include "auth/kerberos_acceptor.h"
#include "auth/kerberos_initiator.h"
#include "auth/kerberos_party.h"
#include "auth/ntlm_acceptor.h"
#include "auth/ntlm_initiator.h"

/* 1.3.6.1.4.1.311.2.2.10 */
static const uint8_t ntlmssp_oid[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};

/* 1.2.840.48018.1.2.2, a slip of Windows 2000 that has become custom ([MS-SPNG] 1.9), */
static const uint8_t ms_krb5_oid[] = {0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02};

/* and what it should have been: 1.2.840.113554.1.2.2 */
static const uint8_t krb5_oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};

#define OID(bytes)                                                                                 \
	{                                                                                          \
		.data = (bytes), .len = sizeof(bytes)                                              \
	}

static const struct mechanism table[] = {
	{
		.oids = {OID(ms_krb5_oid), OID(krb5_oid)},
		.oid_count = 2,
		.knows = kerberos_party_knows,
		.acceptable = kerberos_acceptor_acceptable,
		.usable = kerberos_initiator_usable,
		.accept = kerberos_acceptor_new,
		.initiate = kerberos_initiator_new,
	},
	{
		.oids = {OID(ntlmssp_oid)},
		.oid_count = 1,
		.knows = ntlm_message_is,
		.acceptable = ntlm_acceptor_acceptable,
		.usable = ntlm_initiator_usable,
		.accept = ntlm_acceptor_new,
		.initiate = ntlm_initiator_new,
	},
};

const struct mechanism *
mechanism_at(size_t i)
{
	return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

bool
mechanism_is(const struct mechanism *mechanism, struct span oid)
{
	for (size_t i = 0; i < mechanism->oid_count; i++)
		if (span_equal(mechanism->oids[i], oid))
			return true;
	return false;
}

const struct mechanism *
mechanism_find(struct span oid, struct span *own)
{
	const struct mechanism *m;

	for (size_t row = 0; (m = mechanism_at(row)); row++)
		for (size_t i = 0; i < m->oid_count; i++)
			if (span_equal(m->oids[i], oid)) {
				*own = m->oids[i];
				return m;
			}
	return NULL;
}

const struct mechanism *
mechanism_of_token(struct span token)
{
	const struct mechanism *m;

	for (size_t i = 0; (m = mechanism_at(i)); i++)
		if (m->knows(token))
			return m;
	return NULL;
}

void
mechanism_context_free(struct mechanism_context **context)
{
	if (*context)
		(*context)->work->free(*context);
	*context = NULL;
}
