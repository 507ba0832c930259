/*
 * The policy: what smbwarden.yaml and accounts.yaml say, read once, checked, immutable afterwards.
 * Everything reachable from a policy lives until its last reference is gone.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "base/event.h"
#include "policy/diagnostics.h"
#include "policy/place.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where nothing else is said. */
#define POLICY_DEFAULT_PATH "/etc/smbwarden/smbwarden.yaml"
#define POLICY_SMB_PORT 445

/* Dialects are the DialectRevision of [MS-SMB2] 2.2.4: 0x0202, 0x0210, 0x0300, 0x0302, 0x0311. */

enum mode { MODE_ENFORCE, MODE_AUDIT };
enum wire_trust { WIRE_TRUSTED, WIRE_UNTRUSTED };
enum demand { DEMAND_OFF, DEMAND_OFFERED, DEMAND_REQUIRED };
enum sealing { SEAL_OFF, SEAL_WHEN_REQUIRED, SEAL_ALWAYS };
enum requirement { REQUIRE_MUTUAL, REQUIRE_INTEGRITY, REQUIRE_PRIVACY };
#define REQUIREMENTS 3
enum deputy { ACT_FOR_NOBODY, ACT_BY_FORWARDED, ACT_BY_S4U }; /* kerberos.delegation */
enum log_format { LOG_FORMAT_JSON, LOG_FORMAT_TEXT };

/* A host without brackets, which is a numeric address or a name, and a TCP port. */
struct endpoint {
	char *host;
	uint16_t port;
};

/* Addresses in network byte order: 4 bytes of IPv4 or 16 of IPv6. */
struct network {
	uint8_t address[16];
	uint8_t size;   /* 4 or 16 */
	uint8_t prefix; /* bits that count */
};

/* What one pattern demands; policy.defaults is one without host and share, as nothing else is. */
struct rule {
	char *pattern; /* as written, for people; "defaults" */
	char *host;    /* folded; NULL: every server */
	char *share;   /* folded; NULL: every share */
	char *path; /* of a directory below the share, as path_fold() gives it; NULL: the share */
	bool mutual, integrity, privacy;
	bool block_ntlm;
	bool exempt[REQUIREMENTS]; /* what less specific rules demand in vain */
	char *reason;              /* why it exempts; NULL: it does not */
	uint16_t min_dialect;      /* 0: none */
	enum mode mode;
	bool built_in;
	struct place place;
};

/* A server in the policy. */
struct upstream {
	char *key;                  /* its name in the policy */
	struct endpoint *addresses; /* tried in order; at least one */
	size_t address_count;
	char **names;  /* what clients may call it: the key, `names`, the addresses' hosts; as
			  written */
	char **folded; /* the same names in the form host_fold() (pattern.h) gives them */
	size_t name_count;
	uint16_t min_dialect, max_dialect;
	uint16_t signing_algorithms[4]; /* [MS-SMB2] 2.2.3.1.7, most wanted first */
	size_t signing_count;
	uint16_t ciphers[4]; /* [MS-SMB2] 2.2.3.1.2, most wanted first */
	size_t cipher_count;
	enum sealing encryption;
	uint64_t connect_timeout_ms;
	const char *host;      /* the first address's host: what the server is told it is called */
	bool kerberos, ntlmv2; /* ways to log on there that are admitted */
	char *principal;       /* whom Kerberos shall find there; NULL: the policy names nobody */
	struct rule section;   /* what its own section demands of the leg to it: block_ntlm */
	struct place place;
};

/* Ways in which clients may log on. */
struct admission {
	bool kerberos, ntlmv2, ntlmv1, lm;
	bool guest, anonymous; /* with a name that nobody knows; with none */
};

/* A socket for clients. */
struct listener {
	struct endpoint listen; /* a numeric address; port 0: any */
	const struct upstream *upstream;
	enum wire_trust wire;
	uint16_t min_dialect, max_dialect;
	enum demand signing, encryption; /* signing is never DEMAND_OFF */
	struct admission logon;
	const struct account *guest_as; /* whom guest and anonymous clients act as; set where they
					 * are admitted */
	struct network *from;           /* admitted sources; none: all */
	size_t from_count;
	struct place place;
};

struct limits {
	uint32_t clients;
	uint32_t clients_per_address;
	uint32_t requests_in_flight; /* per client */
	uint32_t sessions_per_client;
	uint32_t trees_per_session;
	uint32_t opens_per_session;
	uint64_t logon_time_ms;
	uint64_t idle_time_ms;
};

struct log_config {
	enum log_format format;
	enum level level;
};

/* Who to be at the server leg. One of password, has_nt_hash and keytab; or none of them, where only
 * delegation makes it somebody. */
struct identity {
	char *user;
	char *domain;      /* or NULL */
	bool is_principal; /* written as user@REALM */
	char *password;    /* or NULL */
	bool has_nt_hash;
	uint8_t nt_hash[16];
	char *keytab; /* path, or NULL */
};

struct account {
	char *user;     /* without its domain */
	char *domain;   /* NULL: any */
	char *password; /* or NULL; one of password and has_nt_hash at most */
	bool has_nt_hash;
	uint8_t nt_hash[16];
	char *folded_user;      /* as they are compared */
	char *folded_domain;    /* or NULL */
	bool server_said;       /* the entry says whom to be */
	struct identity server; /* always filled: the account's own where the file says nothing */
	struct place place;
};

struct policy {
	atomic_uint references;
	char *file;                   /* path it came from, "command line" for policy_builtin() */
	struct source *text;          /* as it was read there; NULL: policy_builtin() */
	struct source *accounts_text; /* NULL: none */
	char *accounts_file;          /* NULL: none */
	char *user;                   /* whom root becomes: NAME or NAME:GROUP; NULL: nobody */
	enum mode mode;
	bool winbind; /* users without a password here are the domain's to judge */
	struct listener *listeners;
	size_t listener_count;
	struct upstream *upstreams;
	size_t upstream_count;
	struct rule defaults;
	struct rule
		*rules; /* in the file's order, then those of the built-in ones that still hold */
	size_t rule_count;
	struct account *accounts;
	size_t account_count;
	char *keytab; /* path of our own Kerberos keys, or NULL */
	enum deputy delegation;
	struct limits limits;
	struct log_config log;
	char *state;              /* directory of store.h; NULL: nothing is remembered */
	struct place state_place; /* where that was said; line 0: it is the default */
};

/*
 * Reads the policy at PATH and the accounts file that it names. Every fault and warning goes to
 * DIAGNOSTICS. NULL where there is at least one fault. The caller owns one reference.
 */
struct policy *policy_load(const char *path, struct diagnostics *diagnostics);

/*
 * The same from TEXT of LEN bytes, FILE being its name in diagnostics and what relative paths are
 * relative to: for tests, and for whoever has a policy in hand that is not in a file yet.
 */
struct policy *policy_parse(
	const char *file, const char *text, size_t len, struct diagnostics *diagnostics);

/*
 * The built-in policy with one listener (ADDR:PORT) that leads to one server (HOST[:PORT], called
 * by its host), and the accounts file ACCOUNTS, which may be NULL. NULL where there is a fault.
 */
struct policy *policy_builtin(const char *listen, const char *server, const char *accounts,
	struct diagnostics *diagnostics);

/* Whether A and B were read from the same words, to the byte, in their accounts files too. */
bool policy_is_same(const struct policy *a, const struct policy *b);

/* One more reference; returns POLICY. From any thread. */
struct policy *policy_ref(struct policy *policy);

/* Gives *POLICY's reference back (NULL is none) and leaves NULL behind; the last one wipes and
 * frees. */
void policy_unref(struct policy **policy);

/*
 * Who logs on as USER of DOMAIN (NULL or empty: none was said) at the client leg; NULL: nobody.
 * Case is ignored; USER may bring its domain along as DOMAIN\user or user@REALM where DOMAIN is not
 * said. An entry without a domain serves every domain; an entry with exactly this one wins.
 */
const struct account *policy_account(
	const struct policy *policy, const char *user, const char *domain);

/* Whether the domain, not we, knows ACCOUNT's password: its entry has none. */
bool account_is_of_domain(const struct account *account);

/* The account of exactly the Kerberos principal USER@REALM, case ignored, or NULL: an entry without
 * a domain speaks of nobody whom a KDC vouches for. */
const struct account *policy_account_of_principal(
	const struct policy *policy, const char *user, const char *realm);

/* Whether IDENTITY can show a server anything of its own. */
bool identity_has_secret(const struct identity *identity);

/* Whether clients of LISTENER may log on by Kerberos, for which we have keys. */
bool listener_does_kerberos(const struct policy *policy, const struct listener *listener);

/* Whether the policy lets UPSTREAM be logged on to by Kerberos, and says whom to expect there. */
bool upstream_does_kerberos(const struct upstream *upstream);

/*
 * The Kerberos principal of IDENTITY, "name@REALM" or, in the default realm, "name", on the heap;
 * NULL where it is good for no Kerberos (a DOMAIN\\user, an nt_hash) or memory is out.
 */
char *identity_client(const struct identity *identity);

/* IDENTITY's name as it is written, user, DOMAIN\user or user@REALM, in BUFFER of SIZE bytes, which
 * is returned. */
const char *identity_text(const struct identity *identity, char *buffer, size_t size);

/*
 * Whether LISTENER takes clients from ADDRESS, SIZE (4 or 16) bytes in network order. An IPv4
 * address mapped into IPv6 counts as what it is.
 */
bool listener_admits(const struct listener *listener, const uint8_t *address, size_t size);

/*
 * The path of the accounts file that the policy at PATH names, on the heap; NULL where it names
 * none (no fault then) or cannot be read (a fault in DIAGNOSTICS). Does not look at the file
 * itself.
 */
char *policy_accounts_path(const char *path, struct diagnostics *diagnostics);

/* Whether RULE demands WHAT in so many words. */
bool rule_demands(const struct rule *rule, enum requirement what);

/* "mutual_authentication", "integrity", "privacy". */
const char *policy_requirement_word(enum requirement what);

/* "2.0.2" … "3.1.1"; "none" for 0. */
const char *policy_dialect_word(uint16_t dialect);

#endif
