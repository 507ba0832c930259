/*
 * kerberos_wallet.h: who gets which tickets, by what, and when new ones are asked for. The KDC is
 * played here, by the linker's --wrap; what it has given out is counted.
 */
#include "auth/kerberos_wallet.h"

#include "auth/kerberos_tickets.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the KDC has given out. */
struct paper {
	atomic_int references;
	char *client, *secret;
};

static struct {
	bool at_work, away, stale; /* it is played; it does not answer; what it gives ends soon */
	atomic_int asked, given;   /* how often it was asked, and what is still held of that */
} kdc;

static struct kerberos_wallet *wallet;

fault __real_kerberos_tickets_ask(
	const struct kerberos_asker *asker, struct kerberos_tickets **out, char **detail);
struct kerberos_tickets *__real_kerberos_tickets_ref(struct kerberos_tickets *tickets);
void __real_kerberos_tickets_unref(struct kerberos_tickets **tickets);
bool __real_kerberos_tickets_last(const struct kerberos_tickets *tickets);
fault __wrap_kerberos_tickets_ask(
	const struct kerberos_asker *asker, struct kerberos_tickets **out, char **detail);
struct kerberos_tickets *__wrap_kerberos_tickets_ref(struct kerberos_tickets *tickets);
void __wrap_kerberos_tickets_unref(struct kerberos_tickets **tickets);
bool __wrap_kerberos_tickets_last(const struct kerberos_tickets *tickets);

fault
__wrap_kerberos_tickets_ask(
	const struct kerberos_asker *asker, struct kerberos_tickets **out, char **detail)
{
	struct paper *paper;

	if (!kdc.at_work)
		return __real_kerberos_tickets_ask(asker, out, detail);
	*out = NULL;
	kdc.asked++;
	if (kdc.away)
		return &fault_kerberos_kdc_unreachable;
	paper = calloc(1, sizeof(*paper));
	paper->references = 1;
	paper->client = strdup(asker->client ? asker->client : "ourselves");
	paper->secret = strdup(asker->password ? asker->password : asker->keytab);
	kdc.given++;
	*out = (struct kerberos_tickets *)(void *)paper;
	return NULL;
}

struct kerberos_tickets *
__wrap_kerberos_tickets_ref(struct kerberos_tickets *tickets)
{
	if (!kdc.at_work)
		return __real_kerberos_tickets_ref(tickets);
	if (tickets)
		((struct paper *)(void *)tickets)->references++;
	return tickets;
}

void
__wrap_kerberos_tickets_unref(struct kerberos_tickets **tickets)
{
	struct paper *paper = (struct paper *)(void *)*tickets;

	if (!kdc.at_work) {
		__real_kerberos_tickets_unref(tickets);
		return;
	}
	*tickets = NULL;
	if (!paper || --paper->references > 0)
		return;
	free(paper->client);
	free(paper->secret);
	free(paper);
	kdc.given--;
}

bool
__wrap_kerberos_tickets_last(const struct kerberos_tickets *tickets)
{
	return kdc.at_work ? !kdc.stale : __real_kerberos_tickets_last(tickets);
}

static void
start(void)
{
	kdc.at_work = true;
	wallet = kerberos_wallet_new();
	cr_assert(wallet);
}

static void
stop(void)
{
	kerberos_wallet_free(&wallet);
	cr_expect_eq(kdc.given, 0, "all that was given out has come back");
}

TestSuite(wallet, .init = start, .fini = stop);

/* Whether CLIENT's tickets, got by PASSWORD or KEYTAB, had been kept. */
static bool
are_kept(const char *client, const char *password, const char *keytab)
{
	struct kerberos_asker asker = {client, password, keytab};
	struct kerberos_tickets *got;
	char *detail = NULL;
	struct paper *paper;
	bool kept;

	cr_assert_null(kerberos_wallet_get(wallet, &asker, &got, &kept, &detail));
	paper = (struct paper *)(void *)got;
	cr_assert_str_eq(paper->client, client ? client : "ourselves");
	cr_assert_str_eq(paper->secret, password ? password : keytab);
	kerberos_tickets_unref(&got);
	return kept;
}

Test(wallet, the_kdc_is_asked_once)
{
	cr_expect_not(are_kept("alice@TEST", "secret", NULL));
	cr_expect(are_kept("alice@TEST", "secret", NULL));
	cr_expect(are_kept("alice@TEST", "secret", NULL));
	cr_expect_eq(kdc.asked, 1);
}

Test(wallet, nobody_gets_anybody_elses)
{
	cr_expect_not(are_kept("alice@TEST", "secret", NULL));
	cr_expect_not(are_kept("bob@TEST", "secret", NULL));
	cr_expect_not(are_kept("alice@ELSEWHERE", "secret", NULL));
	cr_expect(are_kept("alice@TEST", "secret", NULL));
	cr_expect(are_kept("bob@TEST", "secret", NULL));
}

Test(wallet, who_has_another_password_gets_what_that_is_worth)
{
	struct kerberos_asker wrong = {.client = "alice@TEST", .password = "Secret"};
	struct kerberos_tickets *got;
	char *detail = NULL;
	bool kept;

	cr_expect_not(are_kept("alice@TEST", "secret", NULL));
	kdc.away = true;
	cr_expect_eq(kerberos_wallet_get(wallet, &wrong, &got, &kept, &detail),
		&fault_kerberos_kdc_unreachable);
	cr_expect_null(got);
	cr_expect(are_kept("alice@TEST", "secret", NULL), "a failure takes nothing away");
	kdc.away = false;
	cr_expect_not(are_kept("alice@TEST", "Secret", NULL));
	cr_expect_not(are_kept("alice@TEST", "secret", NULL), "the newer has taken its place");
}

Test(wallet, a_keytab_that_was_touched_is_another)
{
	char path[] = "/tmp/smbwarden-keytab-XXXXXX", other[sizeof(path) + 4];
	struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	cr_expect_not(are_kept("alice@TEST", NULL, path));
	cr_expect(are_kept("alice@TEST", NULL, path));
	cr_expect_not(are_kept(NULL, NULL, path), "our own account is not alice");
	cr_expect(are_kept(NULL, NULL, path));
	cr_assert_eq(write(fd, "key", 3), 3);
	cr_expect_not(are_kept("alice@TEST", NULL, path), "written to");
	cr_assert_eq(futimens(fd, long_ago), 0);
	cr_expect_not(are_kept("alice@TEST", NULL, path), "dated back");
	cr_expect(are_kept("alice@TEST", NULL, path));
	close(fd);
	snprintf(other, sizeof(other), "%s.new", path);
	fclose(fopen(other, "w"));
	cr_assert_eq(rename(other, path), 0);
	cr_expect_not(are_kept("alice@TEST", NULL, path), "replaced");
	unlink(path);
	cr_expect_not(are_kept("alice@TEST", NULL, path), "gone: it is the KDC's turn to complain");
}

Test(wallet, what_is_near_its_end_is_not_given_out)
{
	cr_expect_not(are_kept("alice@TEST", "secret", NULL));
	kdc.stale = true;
	cr_expect_not(are_kept("alice@TEST", "secret", NULL));
	kdc.stale = false;
	cr_expect(are_kept("alice@TEST", "secret", NULL), "but what was got instead is");
	cr_expect_eq(kdc.asked, 2);
}

Test(wallet, what_is_dropped_is_not_given_out_and_goes_with_who_has_it)
{
	struct kerberos_asker alice = {.client = "alice@TEST", .password = "secret"};
	struct kerberos_tickets *got;
	char *detail = NULL;
	bool kept;

	cr_assert_null(kerberos_wallet_get(wallet, &alice, &got, &kept, &detail));
	kerberos_wallet_drop(wallet, got);
	cr_expect_eq(kdc.given, 1);
	cr_expect_not(are_kept("alice@TEST", "secret", NULL));
	kerberos_wallet_drop(wallet, got);
	cr_expect(are_kept("alice@TEST", "secret", NULL), "its successor stays");
	kerberos_tickets_unref(&got);
}

Test(wallet, without_one_nothing_is_kept)
{
	kerberos_wallet_free(&wallet);
	cr_expect_not(are_kept("alice@TEST", "secret", NULL));
	cr_expect_not(are_kept("alice@TEST", "secret", NULL));
	kerberos_wallet_drop(wallet, NULL);
}

Test(wallet, the_one_not_used_for_longest_goes)
{
	char name[32];

	for (unsigned i = 0; i < KERBEROS_WALLET_MAX; i++) {
		snprintf(name, sizeof(name), "user-%u@TEST", i);
		cr_expect_not(are_kept(name, "secret", NULL));
	}
	cr_expect(are_kept("user-0@TEST", "secret", NULL));
	cr_expect_not(are_kept("one-more@TEST", "secret", NULL));
	cr_expect_eq(kdc.given, KERBEROS_WALLET_MAX);
	cr_expect(are_kept("user-0@TEST", "secret", NULL));
	cr_expect_not(are_kept("user-1@TEST", "secret", NULL));
}

/* Asks for what others ask for, and drops it now and then. */
static void *
hammer(void *arg)
{
	unsigned luck = *(unsigned *)arg;

	for (unsigned n = 0; n < 5000; n++) {
		char name[32];
		struct kerberos_asker asker = {.client = name, .password = "secret"};
		struct kerberos_tickets *got;
		char *detail = NULL;
		bool kept;

		luck = luck * 1103515245 + 12345;
		snprintf(name, sizeof(name), "user-%u@TEST", luck >> 16 & 3);
		if (kerberos_wallet_get(wallet, &asker, &got, &kept, &detail))
			return "the KDC does not answer";
		if (strcmp(((struct paper *)(void *)got)->client, name) != 0)
			return "they are somebody else's";
		if ((luck >> 20 & 15) == 0)
			kerberos_wallet_drop(wallet, got);
		kerberos_tickets_unref(&got);
	}
	return NULL;
}

Test(wallet, many_threads_at_once)
{
	pthread_t threads[8];
	unsigned luck[8];
	void *wrong;

	for (unsigned i = 0; i < 8; i++) {
		luck[i] = i;
		cr_assert_eq(pthread_create(&threads[i], NULL, hammer, &luck[i]), 0);
	}
	for (unsigned i = 0; i < 8; i++) {
		pthread_join(threads[i], &wrong);
		cr_expect_null(wrong);
	}
	cr_expect_leq(kdc.given, 4);
}
