/* Initial tickets, by password or keytab, into a cache in memory ([RFC4120] 3.1). */
#include "auth/kerberos_tickets.h"

#include "auth/kerberos_fault.h"

#include <errno.h>
#include <krb5.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* Tickets with less than that left, or than a fifth of their life where that is less, are not used
 * again: twice what renewals of sessions are ahead of the end by. */
#define TICKETS_LEAD_S 600

struct kerberos_tickets {
	atomic_uint references;
	krb5_context library; /* for whoever makes it and whoever frees it */
	krb5_principal client;
	krb5_ccache cache;
	char *name, *cache_name;
	bool for_others;
};

/* Keeps what the library says of CODE, and who asked. Returns CODE. */
static krb5_error_code
note(const struct kerberos_tickets *t, const char *client, krb5_error_code code, char **detail)
{
	const char *words = code ? krb5_get_error_message(t->library, code) : NULL;

	if (words && asprintf(detail, "%s at the KDC: %s", t->name ? t->name : client, words) < 0)
		*detail = NULL;
	krb5_free_error_message(t->library, words);
	return code;
}

/* --- whose they are --- */

/* The name of our account: the first in the keytab KEYS that is not service/host. */
static krb5_error_code
own_name_find(struct kerberos_tickets *t, krb5_keytab keys)
{
	krb5_keytab_entry entry;
	krb5_kt_cursor cursor;
	krb5_error_code code = krb5_kt_start_seq_get(t->library, keys, &cursor);

	if (code)
		return code;
	while (!t->client && krb5_kt_next_entry(t->library, keys, &entry, &cursor) == 0) {
		if (entry.principal->length == 1)
			code = krb5_copy_principal(t->library, entry.principal, &t->client);
		krb5_free_keytab_entry_contents(t->library, &entry);
	}
	krb5_kt_end_seq_get(t->library, keys, &cursor);
	return code || t->client ? code : KRB5_KT_NOTFOUND;
}

static krb5_error_code
name_take(struct kerberos_tickets *t, const char *client, krb5_keytab keys)
{
	krb5_error_code code =
		client ? krb5_parse_name(t->library, client, &t->client) : own_name_find(t, keys);

	return code ? code : krb5_unparse_name(t->library, t->client, &t->name);
}

/* --- asking --- */

/* The library would ask the KDC before it looks whether there is a key at all. */
static krb5_error_code
key_find(struct kerberos_tickets *t, krb5_keytab keys)
{
	krb5_keytab_entry entry;
	krb5_error_code code = krb5_kt_get_entry(t->library, keys, t->client, 0, 0, &entry);

	if (!code)
		krb5_free_keytab_entry_contents(t->library, &entry);
	return code;
}

static krb5_error_code
ask_by(struct kerberos_tickets *t, krb5_keytab keys, const char *password,
	krb5_get_init_creds_opt *options, krb5_creds *ticket)
{
	krb5_error_code code = keys ? key_find(t, keys) : 0;

	if (code)
		return code;
	if (keys)
		return krb5_get_init_creds_keytab(
			t->library, ticket, t->client, keys, 0, NULL, options);
	return krb5_get_init_creds_password(
		t->library, ticket, t->client, password, NULL, NULL, 0, NULL, options);
}

/*
 * Nothing more than what is needed to ask for one service: it cannot be passed on. Only to act for
 * others it must be one that could ([MS-SFU] 3.1.5.2.1).
 */
static krb5_error_code
ask_kdc(struct kerberos_tickets *t, krb5_keytab keys, const char *password, krb5_creds *ticket)
{
	krb5_get_init_creds_opt *options = NULL;
	krb5_error_code code = krb5_get_init_creds_opt_alloc(t->library, &options);

	if (code)
		return code;
	krb5_get_init_creds_opt_set_forwardable(options, t->for_others);
	krb5_get_init_creds_opt_set_proxiable(options, 0);
	code = ask_by(t, keys, password, options, ticket);
	krb5_get_init_creds_opt_free(t->library, options);
	return code;
}

static krb5_error_code
ticket_get(struct kerberos_tickets *t, krb5_keytab keys, const char *password)
{
	krb5_creds ticket = {0};
	krb5_error_code code = krb5_cc_new_unique(t->library, "MEMORY", NULL, &t->cache);

	if (!code)
		code = krb5_cc_get_full_name(t->library, t->cache, &t->cache_name);
	if (!code)
		code = krb5_cc_initialize(t->library, t->cache, t->client);
	if (!code)
		code = ask_kdc(t, keys, password, &ticket);
	if (!code)
		code = krb5_cc_store_cred(t->library, t->cache, &ticket);
	krb5_free_cred_contents(t->library, &ticket);
	return code;
}

/* The keytab at PATH; none where that is NULL. */
static krb5_error_code
keys_open(struct kerberos_tickets *t, const char *path, krb5_keytab *keys)
{
	krb5_error_code code;
	char *name;

	*keys = NULL;
	if (!path)
		return 0;
	if (asprintf(&name, "FILE:%s", path) < 0)
		return ENOMEM;
	code = krb5_kt_resolve(t->library, name, keys);
	free(name);
	return code;
}

static krb5_error_code
fill(struct kerberos_tickets *t, const struct kerberos_asker *asker)
{
	krb5_keytab keys;
	krb5_error_code code = keys_open(t, asker->keytab, &keys);

	if (!code)
		code = name_take(t, asker->client, keys);
	if (!code)
		code = ticket_get(t, keys, asker->password);
	if (keys)
		krb5_kt_close(t->library, keys);
	return code;
}

fault
kerberos_tickets_ask(
	const struct kerberos_asker *asker, struct kerberos_tickets **out, char **detail)
{
	struct kerberos_tickets *t = calloc(1, sizeof(*t));
	krb5_error_code code;

	*out = NULL;
	if (!t || krb5_init_context(&t->library)) {
		free(t);
		return &fault_server_logon_undecided;
	}
	atomic_init(&t->references, 1);
	t->for_others = !asker->client;
	code = fill(t, asker);
	if (note(t, asker->client ? asker->client : "our own account", code, detail))
		kerberos_tickets_unref(&t);
	*out = t;
	return code ? kerberos_fault(code) : NULL;
}

/* --- sharing --- */

struct kerberos_tickets *
kerberos_tickets_ref(struct kerberos_tickets *tickets)
{
	if (tickets)
		(void)atomic_fetch_add_explicit(&tickets->references, 1, memory_order_relaxed);
	return tickets;
}

void
kerberos_tickets_unref(struct kerberos_tickets **tickets)
{
	struct kerberos_tickets *t = *tickets;

	*tickets = NULL;
	if (!t || atomic_fetch_sub_explicit(&t->references, 1, memory_order_acq_rel) != 1)
		return;
	if (t->cache)
		krb5_cc_destroy(t->library, t->cache);
	krb5_free_string(t->library, t->cache_name);
	krb5_free_unparsed_name(t->library, t->name);
	krb5_free_principal(t->library, t->client);
	krb5_free_context(t->library);
	free(t);
}

const char *
kerberos_tickets_cache(const struct kerberos_tickets *tickets)
{
	return tickets->cache_name;
}

const char *
kerberos_tickets_name(const struct kerberos_tickets *tickets)
{
	return tickets->name;
}

/* --- their end --- */

/* Seconds from FROM to TO, as the library counts them beyond 2038. */
static int64_t
span_of_time(krb5_timestamp from, krb5_timestamp to)
{
	return (int64_t)(uint32_t)to - (uint32_t)from;
}

/*
 * Our own account's is handed on to what acts for a client by the client's ticket, which ends with
 * the first of both: it has to have nearly all of its life before it.
 */
static int64_t
lead_of(const struct kerberos_tickets *t, const krb5_ticket_times *times)
{
	krb5_timestamp start = times->starttime ? times->starttime : times->authtime;
	int64_t life = span_of_time(start, times->endtime);

	if (t->for_others)
		return life - life / 10;
	return life / 5 < TICKETS_LEAD_S ? life / 5 : TICKETS_LEAD_S;
}

static bool
is_near_end(const struct kerberos_tickets *t, const krb5_creds *ticket, krb5_timestamp now)
{
	return span_of_time(now, ticket->times.endtime) < lead_of(t, &ticket->times);
}

/* What the library notes for itself in a cache has no end. */
static bool
all_last(const struct kerberos_tickets *t, krb5_context library, krb5_ccache cache)
{
	krb5_timestamp now;
	krb5_cc_cursor cursor;
	krb5_creds ticket;
	bool last = true;

	if (krb5_timeofday(library, &now) || krb5_cc_start_seq_get(library, cache, &cursor))
		return false;
	while (last && krb5_cc_next_cred(library, cache, &cursor, &ticket) == 0) {
		last = krb5_is_config_principal(library, ticket.server) ||
		       !is_near_end(t, &ticket, now);
		krb5_free_cred_contents(library, &ticket);
	}
	krb5_cc_end_seq_get(library, cache, &cursor);
	return last;
}

/* One for SERVER, whatever its realm is called. */
static bool
includes(const struct kerberos_tickets *t, krb5_context library, krb5_ccache cache,
	krb5_principal server)
{
	krb5_creds wanted = {.client = t->client, .server = server}, found;

	if (krb5_cc_retrieve_cred(library, cache, KRB5_TC_MATCH_SRV_NAMEONLY, &wanted, &found))
		return false;
	krb5_free_cred_contents(library, &found);
	return true;
}

bool
kerberos_tickets_include(const struct kerberos_tickets *t, const char *principal)
{
	krb5_principal server = NULL;
	krb5_context library;
	krb5_ccache cache;
	bool found = false;

	if (krb5_init_context(&library))
		return false;
	if (krb5_parse_name(library, principal, &server) == 0 &&
		krb5_cc_resolve(library, t->cache_name, &cache) == 0) {
		found = includes(t, library, cache, server);
		krb5_cc_close(library, cache);
	}
	krb5_free_principal(library, server);
	krb5_free_context(library);
	return found;
}

bool
kerberos_tickets_last(const struct kerberos_tickets *t)
{
	krb5_context library;
	krb5_ccache cache;
	bool last = false;

	if (krb5_init_context(&library))
		return false;
	if (krb5_cc_resolve(library, t->cache_name, &cache) == 0) {
		last = all_last(t, library, cache);
		krb5_cc_close(library, cache);
	}
	krb5_free_context(library);
	return last;
}
