/* NTLM responses judged by winbindd, which asks a domain controller ([MS-NRPC] 3.5.4.5.1). */
#include "auth/winbind.h"

#include "base/ntstatus.h"
#include "base/secret.h"
#include "base/utf16.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wbclient.h>

/* Every LM response has this length; winbindd takes no empty one that has an address. */
#define LM_RESPONSE_SIZE 24

static const struct {
	uint32_t status;
	fault fault;
} faults[] = {
	{STATUS_NO_SUCH_USER, &fault_domain_unknown_user},
	{STATUS_WRONG_PASSWORD, &fault_domain_bad_password},
	{STATUS_LOGON_FAILURE, &fault_domain_logon_failed},
	{STATUS_ACCOUNT_RESTRICTION, &fault_domain_account_restricted},
	{STATUS_INVALID_LOGON_HOURS, &fault_domain_logon_hours},
	{STATUS_INVALID_WORKSTATION, &fault_domain_workstation},
	{STATUS_PASSWORD_EXPIRED, &fault_domain_password_expired},
	{STATUS_PASSWORD_MUST_CHANGE, &fault_domain_password_must_change},
	{STATUS_ACCOUNT_DISABLED, &fault_domain_account_disabled},
	{STATUS_ACCOUNT_EXPIRED, &fault_domain_account_expired},
	{STATUS_ACCOUNT_LOCKED_OUT, &fault_domain_account_locked},
	{STATUS_NTLM_BLOCKED, &fault_domain_without_ntlm},
	{STATUS_NO_LOGON_SERVERS, &fault_domain_unreachable},
	{STATUS_ACCESS_DENIED, &fault_domain_closed},
};

fault
winbind_fault(uint32_t status)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].status == status)
			return faults[i].fault;
	return &fault_domain_refused;
}

/* A copy that may fail. TEXT may be NULL. */
static char *
copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static bool
membership(struct ntlm_membership *out)
{
	struct wbcContext *context = wbcCtxCreate();
	struct wbcInterfaceDetails *details = NULL;

	*out = (struct ntlm_membership){0};
	if (context && wbcCtxInterfaceDetails(context, &details) == WBC_ERR_SUCCESS) {
		out->computer = copy(details->netbios_name);
		out->domain = copy(details->netbios_domain);
	}
	wbcFreeMemory(details);
	wbcCtxFree(context);
	if (out->computer && out->domain)
		return true;
	ntlm_membership_clear(out);
	return false;
}

static fault
take_refusal(const struct wbcAuthErrorInfo *error, struct ntlm_opinion *out)
{
	const char *name = ntstatus_name(error->nt_status);

	if (asprintf(&out->detail, "the domain says %s (0x%08x)", name ? name : "?",
		    (unsigned)error->nt_status) < 0)
		out->detail = NULL;
	return winbind_fault(error->nt_status);
}

/* The names come from the domain: it knows its users by others than those they use. */
static fault
take_user(const struct wbcAuthUserInfo *info, struct ntlm_opinion *out)
{
	out->is_guest = info->user_flags & WBC_AUTH_USER_INFO_GUEST;
	out->user = copy(info->account_name);
	out->domain = copy(info->domain_name);
	memcpy(out->base_key, info->user_session_key, sizeof(out->base_key));
	return out->user && out->domain ? NULL : &fault_logon_undecided;
}

/* RESPONSE as winbindd wants it, which only reads it. */
static struct wbcAuthUserParams
question_of(const struct ntlm_response *response)
{
	struct wbcAuthUserParams question = {
		.account_name = response->user,
		.domain_name = response->domain,
		.workstation_name = response->workstation,
		.level = WBC_AUTH_USER_LEVEL_RESPONSE,
	};

	memcpy(question.password.response.challenge, response->challenge, NTLM_CHALLENGE_SIZE);
	question.password.response.nt_length = (uint32_t)response->nt.len;
	question.password.response.nt_data = (uint8_t *)response->nt.data;
	if (response->lm.len == LM_RESPONSE_SIZE) {
		question.password.response.lm_length = LM_RESPONSE_SIZE;
		question.password.response.lm_data = (uint8_t *)response->lm.data;
	}
	return question;
}

static fault
judge(const struct ntlm_response *response, struct ntlm_opinion *out)
{
	struct wbcAuthUserParams question = question_of(response);
	struct wbcContext *context = wbcCtxCreate();
	struct wbcAuthUserInfo *info = NULL;
	struct wbcAuthErrorInfo *error = NULL;
	wbcErr result = WBC_ERR_NO_MEMORY;
	fault why = &fault_domain_unreachable;

	*out = (struct ntlm_opinion){0};
	if (context)
		result = wbcCtxAuthenticateUserEx(context, &question, &info, &error);
	if (result == WBC_ERR_SUCCESS && info)
		why = take_user(info, out);
	else if (result == WBC_ERR_AUTH_ERROR && error)
		why = take_refusal(error, out);
	else
		out->detail = copy(wbcErrorString(result));
	if (info)
		secret_wipe(info->user_session_key, sizeof(info->user_session_key));
	wbcFreeMemory(info);
	wbcFreeMemory(error);
	wbcCtxFree(context);
	return why;
}

const struct ntlm_domain winbind_domain = {.membership = membership, .judge = judge};

char *
winbind_realm(const char *domain)
{
	struct wbcContext *context = wbcCtxCreate();
	struct wbcInterfaceDetails *details = NULL;
	char *realm = NULL;

	if (context && wbcCtxInterfaceDetails(context, &details) == WBC_ERR_SUCCESS &&
		details->netbios_domain && details->dns_domain &&
		utf8_same(domain, details->netbios_domain))
		realm = utf8_upper(details->dns_domain);
	wbcFreeMemory(details);
	wbcCtxFree(context);
	return realm;
}
