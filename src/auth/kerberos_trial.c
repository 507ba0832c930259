/* What is known of a realm and of a secret, before and after a KDC is asked. */
#include "auth/kerberos_trial.h"

#include "auth/kerberos_deputy.h"
#include "auth/showing.h"

#include <stdio.h>
#include <stdlib.h>

struct kerberos_trial
kerberos_trial_own(struct commons *commons, const char *keytab, const char *realm)
{
	return (struct kerberos_trial){
		.realm = realm ? realm : keytab,
		.who = "our own account",
		.is_own = true,
		.shows = {.commons = commons, .user = "", .domain = keytab, .keytab = keytab},
	};
}

/* The realm of NAME; one without is of the machine's, whichever that is. */
static const char *
realm_of(const char *name)
{
	const char *at = strrchr(name, '@');

	return at ? at + 1 : "";
}

struct kerberos_trial
kerberos_trial_of(const struct initiator_config *config)
{
	const struct kerberos_delegate *delegate = config->delegate;

	if (delegate)
		return kerberos_trial_own(config->commons, kerberos_delegate_keytab(delegate),
			realm_of(kerberos_delegate_name(delegate)));
	return (struct kerberos_trial){
		.realm = realm_of(config->client),
		.who = config->client,
		.shows = {.commons = config->commons,
			.user = config->user,
			.domain = config->domain,
			.service = config->service,
			.password = config->keytab ? NULL : config->password,
			.keytab = config->keytab},
	};
}

static enum auth_step
quiet(const struct kerberos_trial *t, const struct setback *setback, fault *why, char **detail)
{
	char *text = setback_text(setback);

	if (asprintf(detail, "%s at the KDC: %s", t->who, text ? text : "not asked again") < 0)
		*detail = NULL;
	free(text);
	*why = &fault_server_logon_spared;
	return AUTH_REFUSED;
}

static enum auth_step
silent(const struct kerberos_trial *t, fault *why, char **detail)
{
	if (asprintf(detail, "%s at the KDC: not asked, for none has answered others just now",
		    t->who) < 0)
		*detail = NULL;
	*why = &fault_kerberos_kdc_unreachable;
	return AUTH_REFUSED;
}

static enum auth_step
shown_begin(struct kerberos_trial *t, fault *why, char **detail)
{
	struct setback setback;

	switch (showing_begin(&t->shows, &t->shown, &setback)) {
	case SETBACKS_GO:
		return AUTH_DONE;
	case SETBACKS_WAIT:
		return AUTH_WAIT;
	case SETBACKS_QUIET:
		return quiet(t, &setback, why, detail);
	case SETBACKS_ERROR:
		break;
	}
	*why = &fault_server_logon_undecided;
	return AUTH_REFUSED;
}

/* The realm first: who would wait for others of its kind there need not, where it is silent. */
enum auth_step
kerberos_trial_begin(struct kerberos_trial *trial, fault *why, char **detail)
{
	struct realms *realms = commons_realms(trial->shows.commons);
	enum auth_step step;

	*why = NULL;
	switch (realms_enter(realms, trial->realm, &trial->since)) {
	case REALMS_GO:
		break;
	case REALMS_WAIT:
		return AUTH_WAIT;
	case REALMS_SILENT:
		return silent(trial, why, detail);
	}
	step = shown_begin(trial, why, detail);
	if (step != AUTH_DONE)
		realms_withdraw(realms, trial->realm, trial->since);
	return step;
}

/* An account that the KDC does not know cannot be locked there, and may be one of the server's that
 * goes by NTLM; what our own asks for others says nothing of it. */
static bool
blames(const struct kerberos_trial *t, fault why)
{
	return why == &fault_kerberos_bad_secret ||
	       (why == &fault_kerberos_account_barred && !t->is_own);
}

void
kerberos_trial_shown(struct kerberos_trial *trial, fault why)
{
	if (!why)
		setbacks_passed(&trial->shown);
	else if (blames(trial, why))
		setbacks_refused(&trial->shown, why->words, why->status);
	else
		setbacks_dropped(&trial->shown);
}

void
kerberos_trial_end(struct kerberos_trial *trial, fault why)
{
	setbacks_dropped(&trial->shown); /* where nobody has said what came of it */
	realms_leave(commons_realms(trial->shows.commons), trial->realm, trial->since,
		why != &fault_kerberos_kdc_unreachable);
}
