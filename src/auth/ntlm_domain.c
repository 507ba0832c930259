/* What a domain has said, wiped and freed. */
#include "auth/ntlm_domain.h"

#include "base/secret.h"

#include <stdlib.h>

void
ntlm_opinion_clear(struct ntlm_opinion *opinion)
{
	free(opinion->user);
	free(opinion->domain);
	free(opinion->detail);
	secret_wipe(opinion, sizeof(*opinion));
}

void
ntlm_membership_clear(struct ntlm_membership *membership)
{
	free(membership->computer);
	free(membership->domain);
	*membership = (struct ntlm_membership){0};
}
