/* What the tests of auth/ share: tokens in hex, accounts, one whole logon, and randomness that is
 * none. */
#ifndef TESTS_UNIT_AUTH_PEER_H
#define TESTS_UNIT_AUTH_PEER_H

#include "auth/acceptor.h"
#include "auth/initiator.h"

#define PEER_NOW 133000000000000000u

/* The tokens of golden.def; the test ends where there is none of that NAME. The caller frees them.
 */
struct auth_token peer_golden(const char *name);

/* A token from hex. */
struct auth_token peer_hex(const char *hex);

/* A view of TOKEN. */
struct span peer_span(const struct auth_token *token);

/* Whether TOKEN is the golden token NAME. */
bool peer_is_golden(const struct auth_token *token, const char *name);

/* The N-th next call of random_bytes() gives N times 0x11, as when the golden tokens were made. */
void peer_rewind(void);

/* From now on there is no randomness to be had. */
void peer_dry(void);

/* The library context of all tests of one process. */
const struct legacy *peer_legacy(void);

/* An acceptor named GATE, gate.example, that knows scanner and daemon with the password Secret.1.
 */
struct acceptor_config peer_acceptor_config(void);
struct acceptor *peer_acceptor(void);

/* Whether find() of it knows LM hashes as well; it does not until it is told to. */
void peer_lm(bool knows);

/* An initiator for scanner of DOM with the password Secret.1 and the service cifs/fs1. */
struct initiator_config peer_initiator_config(void);

/* One step with a copy of TOKEN on the heap, so that reading past its end is found out. */
enum auth_step peer_accept(struct acceptor *a, struct span token, struct auth_token *out);
enum auth_step peer_initiate(struct initiator *i, struct span token, struct auth_token *out);

/* Feeds the golden token NAME; the answer goes unseen. */
enum auth_step peer_accept_golden(struct acceptor *a, const char *name);

/* How often find() of peer_acceptor_config() was asked so far. */
unsigned peer_lookups(void);

#endif
