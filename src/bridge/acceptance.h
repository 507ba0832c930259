/*
 * One client's proof of who it is, with all it takes to judge it: it holds its own reference to the
 * policy, so that it can be lent to a worker and outlive the bridge it was made for.
 */
#ifndef BRIDGE_ACCEPTANCE_H
#define BRIDGE_ACCEPTANCE_H

#include "auth/acceptor.h"
#include "policy/policy.h"

struct acceptance;

/* How clients of LISTENER of POLICY may log on; nothing else is filled in. */
struct acceptor_config acceptance_ways(
	const struct policy *policy, const struct listener *listener);

/* NULL when memory is out. LISTENER is of POLICY; LEGACY and COMMONS (may be NULL) outlive the
 * acceptance; CLIENT is its ADDR:PORT. */
struct acceptance *acceptance_new(struct policy *policy, const struct listener *listener,
	const struct legacy *legacy, struct commons *commons, const char *client);
void acceptance_free(struct acceptance **acceptance);

/* As acceptor_step() and acceptor_result(). */
enum auth_step acceptance_step(struct acceptance *acceptance, struct span token,
	uint64_t filetime_now, struct auth_token *out) MUST_CHECK;
const struct auth_result *acceptance_result(const struct acceptance *acceptance);

/* The right to act as who has logged on, where the policy wants that instead of an identity of the
 * account's own; a new reference, or NULL. After AUTH_DONE. */
struct kerberos_delegate *acceptance_delegate(const struct acceptance *acceptance);

/* As acceptor_let_ask(). */
void acceptance_let_ask(struct acceptance *acceptance);

/* The policy's account that has logged on, after AUTH_DONE; lives as long as the policy. NULL: it
 * is a user of the domain's, for whom there is none. */
const struct account *acceptance_account(const struct acceptance *acceptance);

#endif
