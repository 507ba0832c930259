/* showing.h, by initiators that log on to smbd by NTLM: when the secret is shown, and when no more.
 */
#include "auth/showing.h"

#include "base/ntstatus.h"
#include "peer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct auth_time now = {.ms = 1, .filetime = 133500000000000000};

static struct auth_time
clock_read(void *context)
{
	return *(struct auth_time *)context;
}

static struct commons *
commons(void)
{
	static struct commons *all;

	if (!all)
		all = commons_new(NULL, clock_read, &now);
	cr_assert(all);
	return all;
}

static struct initiator_config
config_of(const char *user, const char *domain, const char *password)
{
	struct initiator_config config = peer_initiator_config();

	config.commons = commons();
	config.user = user;
	config.domain = domain;
	config.password = password;
	return config;
}

/* An initiator of CONFIG at smbd's challenge, and in *STEP whether it answers that. */
static struct initiator *
challenged(const struct initiator_config *config, enum auth_step *step)
{
	struct initiator *i = initiator_new(config);
	struct auth_token hint = peer_golden("smbd_hint");
	struct auth_token challenge = peer_golden("smbd_challenge");
	struct auth_token out;

	cr_assert_not(initiator_may_ask(i));
	cr_assert_eq(peer_initiate(i, peer_span(&hint), &out), AUTH_MORE);
	auth_token_free(&out);
	*step = peer_initiate(i, peer_span(&challenge), &out);
	auth_token_free(&out);
	auth_token_free(&hint);
	auth_token_free(&challenge);
	return i;
}

/* A logon of CONFIG that the server ends with STATUS; how it came to that. */
static enum auth_step
logon(const struct initiator_config *config, uint32_t status)
{
	enum auth_step step;
	struct initiator *i = challenged(config, &step);

	if (step == AUTH_MORE)
		initiator_told(i, status);
	if (step == AUTH_REFUSED) {
		cr_expect_eq(initiator_result(i)->fault, &fault_server_logon_spared);
		cr_expect(strstr(initiator_result(i)->detail, "the last: LOGON_FAILURE"));
	}
	initiator_free(&i);
	return step;
}

Test(showing, three_refusals_are_enough)
{
	struct initiator_config config = config_of("amy", "CORP", "stale");
	struct initiator_config fresh = config_of("amy", "CORP", "right");

	for (int i = 0; i < 3; i++)
		cr_assert_eq(logon(&config, STATUS_LOGON_FAILURE), AUTH_MORE);
	cr_assert_eq(logon(&config, STATUS_LOGON_FAILURE), AUTH_REFUSED);
	cr_expect_eq(logon(&fresh, STATUS_SUCCESS), AUTH_MORE, "a new password is tried at once");
	now.ms += SETBACKS_FIRST_MS;
	cr_assert_eq(logon(&config, STATUS_SUCCESS), AUTH_MORE);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(logon(&config, STATUS_LOGON_FAILURE), AUTH_MORE);
}

Test(showing, only_what_speaks_of_the_account_counts)
{
	struct initiator_config config = config_of("amy", "CORP", "stale");

	for (int i = 0; i < 5; i++)
		cr_assert_eq(logon(&config, STATUS_INSUFFICIENT_RESOURCES), AUTH_MORE);
}

Test(showing, a_domains_account_is_one_at_all_its_servers_and_a_servers_own_is_not)
{
	struct initiator_config there = config_of("amy", "CORP", "stale");
	struct initiator_config local = config_of("amy", NULL, "stale");

	for (int i = 0; i < 3; i++) {
		cr_assert_eq(logon(&there, STATUS_LOGON_FAILURE), AUTH_MORE);
		cr_assert_eq(logon(&local, STATUS_LOGON_FAILURE), AUTH_MORE);
	}
	there.service = local.service = "cifs/fs2";
	cr_expect_eq(logon(&there, STATUS_SUCCESS), AUTH_REFUSED);
	cr_expect_eq(logon(&local, STATUS_SUCCESS), AUTH_MORE);
}

Test(showing, others_wait_while_as_many_as_are_free_are_under_way)
{
	struct initiator_config config = config_of("amy", "CORP", "unproven");
	struct auth_token challenge = peer_golden("smbd_challenge"), out;
	struct initiator *all[4];
	enum auth_step step;

	for (int i = 0; i < 4; i++) {
		all[i] = challenged(&config, &step);
		cr_assert_eq(step, i < 3 ? AUTH_MORE : AUTH_WAIT);
	}
	cr_assert_eq(peer_initiate(all[3], peer_span(&challenge), &out), AUTH_WAIT);
	initiator_free(&all[0]);
	cr_assert_eq(peer_initiate(all[3], peer_span(&challenge), &out), AUTH_MORE);
	cr_assert(initiator_has_key(all[3]));
	auth_token_free(&out);
	for (int i = 1; i < 4; i++)
		initiator_free(&all[i]);
	auth_token_free(&challenge);
}

/* The word for showing the keytab at PATH, which is then refused. */
static enum setbacks_word
show(const char *path)
{
	struct initiator_config config = {.commons = commons(), .user = "amy", .keytab = path};
	struct setbacks_try try;
	struct setback why;
	enum setbacks_word word = showing_begin(&config, &try, &why);

	setbacks_refused(&try, "no", STATUS_ACCESS_DENIED);
	return word;
}

Test(showing, a_keytab_that_has_been_written_anew_is_another_secret)
{
	char path[] = "/tmp/smbwarden-keytab-XXXXXX";
	int fd = mkstemp(path);

	cr_assert(fd >= 0 && write(fd, "one", 3) == 3);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(show(path), SETBACKS_GO);
	cr_assert_eq(show(path), SETBACKS_QUIET);
	cr_assert_eq(write(fd, "two", 3), 3);
	cr_expect_eq(show(path), SETBACKS_GO);
	close(fd);
	unlink(path);
}

Test(showing, who_has_no_secret_shows_none)
{
	struct initiator_config config = {.commons = commons(), .user = "amy"};
	struct setbacks_try try;
	struct setback why;

	cr_expect_eq(showing_begin(&config, &try, &why), SETBACKS_GO);
	cr_expect_null(try.setbacks);
}
