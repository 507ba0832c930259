/*
 * May this client have that share, and how strong must the legs be? Pure: asked with names,
 * answered with a verdict that knows which rule made each demand; whether a leg meets it is asked
 * apart.
 */
#ifndef POLICY_DECIDE_H
#define POLICY_DECIDE_H

#include "base/fault.h"
#include "policy/policy.h"

/* What one leg is. */
struct strength {
	uint16_t dialect;
	bool signs;  /* every message after logon is signed, and verified */
	bool seals;  /* … or sealed: counts as signed */
	bool mutual; /* both ends proved themselves by Kerberos */
	bool ntlm;   /* the logon is, or will be, by NTLM or less */
};

/* One demand, and who made it. */
struct need {
	bool wanted;
	bool audit;              /* unmet, it is logged as would-refuse and let through */
	uint16_t value;          /* the lowest dialect, in the two dialect needs; otherwise 0 */
	const struct rule *rule; /* set where wanted */
};

/* One demand that does not count: BY exempts from what FROM demands. NULL: nobody does. */
struct waiver {
	const struct rule *by, *from;
};

/* Lives no longer than the policy. */
struct verdict {
	const struct upstream *upstream;
	struct need mutual, integrity, privacy;
	struct need
		min_dialect; /* the highest enforced; the highest audited where none is enforced */
	struct need audited_dialect; /* an audited one above the enforced one; else not wanted */
	struct need no_ntlm;         /* block_ntlm of a rule: on both legs */
	struct need no_ntlm_server;  /* … of the server's section: on the leg to it */
	struct waiver waived[REQUIREMENTS];
};

/*
 * Decides on \\UNC_SERVER\SHARE, UTF-8 as the client spelled them (a port or brackets in the name
 * do not count), without what there is a rule for below it (paths.h). Requirements of all matching
 * rules add up; the more specific rule is named where several demand the same, and an enforced one
 * before an audited one. What a strictly more specific rule exempts from is not demanded; taking
 * privacy back leaves the integrity that it implies. no_such_server: the name is that of a server
 * that LISTENER does not lead to. Names that no server has lead to the listener's server: clients
 * call it by whatever finds us.
 */
MUST_CHECK fault policy_decide(const struct policy *policy, const struct listener *listener,
	const char *unc_server, const char *share, struct verdict *out);

/*
 * Whether the server leg is what the verdict demands; else the fault, and *WHICH (may be NULL) is
 * the need that is unmet. Enforced needs are looked at before audited ones: when (*which)->audit,
 * no enforced need is unmet.
 */
MUST_CHECK fault verdict_met(const struct verdict *verdict, const struct strength *server_leg,
	const struct need **which);

/* The same for the client leg, of which nothing is demanded on a trusted wire. */
MUST_CHECK fault verdict_met_client(const struct verdict *verdict, const struct listener *listener,
	const struct strength *client_leg, const struct need **which);

/* Whether any rule, audited or not, wants this share sealed: legs that can seal shall. */
bool verdict_wants_privacy(const struct verdict *verdict);

/*
 * Walks the rules that hold for PATH (as path_fold() of pattern.h gives it, "" for the share
 * itself) below \\UNC_SERVER\SHARE at UPSTREAM, most specific first, defaults last: start with *AT
 * = 0, stop at NULL (also when memory is out).
 */
const struct rule *policy_rule_next(const struct policy *policy, const struct upstream *upstream,
	const char *unc_server, const char *share, const char *path, size_t *at);

/* "file:line" of the rule, or "built-in"; as place_text(). */
const char *rule_place_text(const struct rule *rule, char *buffer, size_t size);

#endif
