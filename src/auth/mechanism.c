/* The table of mechanisms, strongest first. */
#include "auth/mechanism.h"

#include "auth/ntlm_acceptor.h"
#include "auth/ntlm_initiator.h"

/* 1.3.6.1.4.1.311.2.2.10 */
static const uint8_t ntlmssp_oid[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};

static const struct mechanism table[] = {
	{
		.oid = {.data = ntlmssp_oid, .len = sizeof(ntlmssp_oid)},
		.knows = ntlm_message_is,
		.accept = ntlm_acceptor_new,
		.initiate = ntlm_initiator_new,
	},
};

const struct mechanism *
mechanism_at(size_t i)
{
	return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

const struct mechanism *
mechanism_find(struct span oid)
{
	const struct mechanism *m;

	for (size_t i = 0; (m = mechanism_at(i)); i++)
		if (span_equal(m->oid, oid))
			return m;
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
