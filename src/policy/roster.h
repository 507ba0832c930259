/*
 * The accounts file as `smbwarden account` edits it: what people wrote in it stays as it is, and it
 * is replaced as a whole or not at all. After every edit the new text is read again, and kept only
 * if it says what it should.
 */
#ifndef POLICY_ROSTER_H
#define POLICY_ROSTER_H

#include "policy/policy.h"

enum roster_use {
	ROSTER_READ, /* look only */
	ROSTER_EDIT, /* nobody else may edit meanwhile; a file that is not there yet is empty */
};

/* An account as it is said; the server's user and password may both be NULL. */
struct roster_entry {
	const char *user, *password;
	const char *server_user, *server_password;
};

struct roster;

/* Opens the accounts file PATH. NULL, and why in DIAGNOSTICS, where it cannot be read or has
 * faults. */
struct roster *roster_open(const char *path, enum roster_use use, struct diagnostics *diagnostics);

/* Wipes and frees; leaves NULL behind. */
void roster_free(struct roster **roster);

/* The I-th account, NULL past the end. */
const struct account *roster_at(const struct roster *roster, size_t i);

/* The account whose entry says exactly NAME (user, DOMAIN\user, user@REALM; case ignored), or NULL.
 */
const struct account *roster_find(const struct roster *roster, const char *name);

/* Adds ENTRY to the file, or removes ACCOUNT of roster_find(). False, and why in DIAGNOSTICS, where
 * that failed: then the file is as it was. Once per roster: what it holds is not read again. */
bool roster_add(
	struct roster *roster, const struct roster_entry *entry, struct diagnostics *diagnostics);
bool roster_remove(
	struct roster *roster, const struct account *account, struct diagnostics *diagnostics);

#endif
