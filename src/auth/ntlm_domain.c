/* What a domain has said, wiped and freed. */
#include "auth/ntlm_domain.h"

#include "base/secret.h"

#include <stdlib.h>

bool
ntlm_domain_blames(fault why)
{
	static const fault blaming[] = {
		&fault_domain_unknown_user,
		&fault_domain_bad_password,
		&fault_domain_logon_failed,
		&fault_domain_account_disabled,
		&fault_domain_account_expired,
		&fault_domain_account_locked,
		&fault_domain_account_restricted,
		&fault_domain_password_expired,
		&fault_domain_password_must_change,
	};

	for (size_t i = 0; i < sizeof(blaming) / sizeof(blaming[0]); i++)
		if (blaming[i] == why)
			return true;
	return false;
}

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
