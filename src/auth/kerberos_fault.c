/* The table of Kerberos' errors ([RFC4120] 7.5.9, krb5.h) and of our words for them. */
#include "auth/kerberos_fault.h"

#include <errno.h>
#include <krb5.h>

struct row {
	krb5_error_code code;
	fault fault;
};

static const struct row table[] = {
	{ENOMEM, &fault_server_logon_undecided},
	{KRB5_KDC_UNREACH, &fault_kerberos_kdc_unreachable},
	{KRB5_REALM_UNKNOWN, &fault_kerberos_kdc_unreachable},
	{KRB5_REALM_CANT_RESOLVE, &fault_kerberos_kdc_unreachable},
	{KRB5KDC_ERR_SVC_UNAVAILABLE, &fault_kerberos_kdc_unreachable},
	{KRB5_CONFIG_NODEFREALM, &fault_kerberos_no_realm},
	{KRB5_PARSE_MALFORMED, &fault_kerberos_no_realm},
	{KRB5KDC_ERR_WRONG_REALM, &fault_kerberos_no_realm},
	{KRB5KRB_AP_ERR_SKEW, &fault_kerberos_clock_skew},
	{KRB5_KDCREP_SKEW, &fault_kerberos_clock_skew},
	{KRB5KRB_AP_ERR_TKT_NYV, &fault_kerberos_clock_skew},
	{KRB5KDC_ERR_NEVER_VALID, &fault_kerberos_clock_skew},
	{KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, &fault_kerberos_account_unknown},
	{KRB5KDC_ERR_PREAUTH_FAILED, &fault_kerberos_bad_secret},
	{KRB5KRB_AP_ERR_BAD_INTEGRITY, &fault_kerberos_bad_secret},
	{KRB5KDC_ERR_CLIENT_REVOKED, &fault_kerberos_account_barred},
	{KRB5KDC_ERR_CLIENT_NOTYET, &fault_kerberos_account_barred},
	{KRB5KDC_ERR_NAME_EXP, &fault_kerberos_account_barred},
	{KRB5KDC_ERR_KEY_EXP, &fault_kerberos_account_barred},
	{KRB5KDC_ERR_POLICY, &fault_kerberos_account_barred},
	{KRB5_KT_NOTFOUND, &fault_kerberos_keytab_unfit},
	{KRB5_KT_BADNAME, &fault_kerberos_keytab_unfit},
	{KRB5_KT_FORMAT, &fault_kerberos_keytab_unfit},
	{KRB5_KT_IOERR, &fault_kerberos_keytab_unfit},
	{KRB5_KEYTAB_BADVNO, &fault_kerberos_keytab_unfit},
	{ENOENT, &fault_kerberos_keytab_unfit},
	{EACCES, &fault_kerberos_keytab_unfit},
	{KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, &fault_kerberos_target_unknown},
	{KRB5KDC_ERR_MUST_USE_USER2USER, &fault_kerberos_target_unknown},
	{KRB5_ERR_HOST_REALM_UNKNOWN, &fault_kerberos_target_unknown},
	{KRB5KDC_ERR_SERVICE_EXP, &fault_kerberos_target_unknown},
	{KRB5KDC_ERR_SERVICE_REVOKED, &fault_kerberos_target_unknown},
	{KRB5KDC_ERR_ETYPE_NOSUPP, &fault_kerberos_no_cipher},
	{KRB5_CONFIG_ETYPE_NOSUPP, &fault_kerberos_no_cipher},
	{KRB5_PROG_ETYPE_NOSUPP, &fault_kerberos_no_cipher},
	{KRB5KRB_AP_ERR_TKT_EXPIRED, &fault_kerberos_ticket_expired},
	{KRB5KDC_ERR_BADOPTION, &fault_kerberos_delegation_refused},
};

/* As a client's ticket is judged: our keys, its time, its being fresh. */
static const struct row client_table[] = {
	{ENOMEM, &fault_logon_undecided},
	{KRB5KRB_AP_ERR_SKEW, &fault_logon_clock_skew},
	{KRB5KRB_AP_ERR_TKT_NYV, &fault_logon_clock_skew},
	{KRB5KRB_AP_ERR_TKT_EXPIRED, &fault_logon_ticket_expired},
	{KRB5KRB_AP_ERR_REPEAT, &fault_logon_ticket_replayed},
	{KRB5_KT_NOTFOUND, &fault_logon_key_missing},
	{KRB5_KT_KVNONOTFOUND, &fault_logon_key_missing},
	{KRB5_KT_BADNAME, &fault_logon_key_missing},
	{KRB5_KT_IOERR, &fault_logon_key_missing},
	{KRB5KRB_AP_WRONG_PRINC, &fault_logon_key_missing},
	{KRB5KRB_AP_ERR_NOT_US, &fault_logon_key_missing},
	{KRB5KRB_AP_ERR_NOKEY, &fault_logon_key_missing},
	{KRB5KRB_AP_ERR_BADKEYVER, &fault_logon_key_missing},
	{KRB5KRB_AP_ERR_BAD_INTEGRITY, &fault_logon_key_missing},
	{ENOENT, &fault_logon_key_missing},
	{EACCES, &fault_logon_key_missing},
};

/* The fault of CODE in the COUNT rows of TABLE, or OTHER. */
static fault
find(const struct row *rows, size_t count, int32_t code, fault other)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].code == code)
			return rows[i].fault;
	return other;
}

fault
kerberos_fault(int32_t code)
{
	return find(table, sizeof(table) / sizeof(table[0]), code, &fault_kerberos_failed);
}

fault
kerberos_fault_of_client(int32_t code)
{
	return find(client_table, sizeof(client_table) / sizeof(client_table[0]), code,
		&fault_logon_kerberos_failed);
}

fault
kerberos_fault_of_server(int32_t code)
{
	fault found = kerberos_fault(code);

	if (found == &fault_kerberos_clock_skew || found == &fault_kerberos_ticket_expired ||
		found == &fault_server_logon_undecided)
		return found;
	return &fault_kerberos_server_unproven;
}
