/* Which rules hold for a share, what they add up to, and whether a leg meets it. */
#include "policy/decide.h"

#include "policy/endpoint.h"
#include "policy/paths.h"
#include "policy/pattern.h"
#include "policy/sections.h"

#include <stdlib.h>
#include <string.h>

void
unc_clear(struct unc *unc)
{
	free(unc->host);
	free(unc->share);
	*unc = (struct unc){0};
}

bool
unc_fold(struct unc *unc, const char *server, const char *share)
{
	*unc = (struct unc){.host = host_fold(server), .share = share_fold(share)};
	if (unc->host && unc->share)
		return true;
	unc_clear(unc);
	return false;
}

static bool
has_name(const struct upstream *upstream, const char *folded)
{
	for (size_t i = 0; i < upstream->name_count; i++)
		if (strcmp(upstream->folded[i], folded) == 0)
			return true;
	return false;
}

/* Whether FOLDED is how the listener itself may be called: then another server's address is not
 * meant. */
static bool
is_own_name(const struct listener *listener, const char *folded)
{
	bool own = host_is_loopback(listener->listen.host) &&
		   (host_is_loopback(folded) || strcmp(folded, "localhost") == 0);
	char *host = host_fold(listener->listen.host);

	own = own || (host && strcmp(host, folded) == 0);
	free(host);
	return own;
}

static bool
names_another(const struct policy *policy, const struct listener *listener, const char *folded)
{
	if (has_name(listener->upstream, folded) || is_own_name(listener, folded))
		return false;
	for (size_t i = 0; i < policy->upstream_count; i++)
		if (has_name(&policy->upstreams[i], folded))
			return true;
	return false;
}

bool
rule_holds(const struct rule *rule, const struct upstream *upstream, const struct unc *unc)
{
	if (rule->share && strcmp(rule->share, unc->share) != 0)
		return false;
	return !rule->host || strcmp(rule->host, unc->host) == 0 || rule_reaches(rule, upstream);
}

/* How much a rule says about where it holds: the more, the rather it is the one to name. */
static size_t
rule_weight(const struct rule *rule)
{
	return (rule->path ? 4 * strlen(rule->path) : 0) + (rule->host ? 2u : 0u) +
	       (rule->share ? 1u : 0u);
}

/* Lets RULE make NEED unless somebody better does: enforced before audited, then the more specific.
 */
static void
need_add(struct need *need, const struct rule *rule, bool audit)
{
	bool better = !need->wanted || (need->audit && !audit) ||
		      (need->audit == audit && rule_weight(rule) > rule_weight(need->rule));

	if (better)
		*need = (struct need){.wanted = true, .audit = audit, .rule = rule};
}

/* The higher dialect of a kind wins; of equal ones the more specific rule. */
static void
dialect_add(struct need *need, const struct rule *rule, bool audit)
{
	bool better =
		rule->min_dialect > need->value ||
		(rule->min_dialect == need->value && rule_weight(rule) > rule_weight(need->rule));

	if (better)
		*need = (struct need){
			.wanted = true, .audit = audit, .value = rule->min_dialect, .rule = rule};
}

/* Whether what RULE demands is demanded of something that SCOPE touches. */
static bool
is_reached(const struct rule *rule, const struct scope *scope)
{
	if (!rule->path || scope->reach == REACH_ALL || path_is_within(scope->name, rule->path))
		return true;
	return scope->reach == REACH_AROUND && path_is_within(rule->path, scope->name);
}

/* Whether RULE speaks for all that SCOPE touches: what it exempts from is demanded of none of it.
 */
static bool
is_covered(const struct rule *rule, const struct scope *scope)
{
	if (!rule->path)
		return true;
	return scope->is_sure && scope->reach != REACH_ALL &&
	       path_is_within(scope->name, rule->path);
}

/* The most specific rule that takes back what FROM demands of WHAT; NULL: none does. */
static const struct rule *
find_exempter(const struct rulebook *book, const struct scope *scope, const struct rule *from,
	enum requirement what)
{
	const struct rule *found = NULL;

	for (size_t i = 0; i < book->count; i++) {
		const struct rule *rule = book->rules[i];

		if (rule->exempt[what] && rule_is_within(rule, from) && is_covered(rule, scope) &&
			(!found || rule_weight(rule) > rule_weight(found)))
			found = rule;
	}
	return found;
}

/* Whether RULE demands WHAT: of privacy that is taken back, integrity is left. */
static bool
demands(const struct rulebook *book, const struct scope *scope, const struct rule *rule,
	enum requirement what)
{
	if (what == REQUIRE_INTEGRITY && rule->privacy && !rule->integrity)
		return find_exempter(book, scope, rule, REQUIRE_PRIVACY) != NULL;
	return rule_demands(rule, what);
}

/* BY exempts from what FROM demands: of several the most specific is the one to name. */
static void
waiver_add(struct waiver *waiver, const struct rule *by, const struct rule *from)
{
	if (!waiver->by || rule_weight(by) >= rule_weight(waiver->by))
		*waiver = (struct waiver){.by = by, .from = from};
}

static void
add(struct verdict *verdict, const struct rulebook *book, const struct scope *scope,
	const struct rule *rule)
{
	struct need *needs[REQUIREMENTS] = {
		&verdict->mutual, &verdict->integrity, &verdict->privacy};
	bool audit = book->mode == MODE_AUDIT || rule->mode == MODE_AUDIT;

	for (unsigned what = 0; what < REQUIREMENTS; what++) {
		const struct rule *by;

		if (!demands(book, scope, rule, what))
			continue;
		by = find_exempter(book, scope, rule, what);
		if (by)
			waiver_add(&verdict->waived[what], by, rule);
		else
			need_add(needs[what], rule, audit);
	}
	if (rule->block_ntlm)
		need_add(&verdict->no_ntlm, rule, audit);
	if (rule->min_dialect)
		dialect_add(audit ? &verdict->audited_dialect : &verdict->min_dialect, rule, audit);
}

/* An audited dialect that is not above the enforced one says nothing; alone, it is the one to show.
 */
static void
settle(struct verdict *verdict)
{
	if (!verdict->min_dialect.wanted) {
		verdict->min_dialect = verdict->audited_dialect;
		verdict->audited_dialect = (struct need){0};
	} else if (verdict->audited_dialect.value <= verdict->min_dialect.value) {
		verdict->audited_dialect = (struct need){0};
	}
}

static bool
is_in_book(
	const struct rule *rule, const struct upstream *upstream, const struct unc *unc, bool below)
{
	return (below || !rule->path) && rule_holds(rule, upstream, unc);
}

struct rulebook *
rulebook_new(const struct policy *policy, const struct upstream *upstream, const struct unc *unc,
	bool below)
{
	struct rulebook *book;
	size_t count = 1;

	for (size_t i = 0; i < policy->rule_count; i++)
		count += is_in_book(&policy->rules[i], upstream, unc, below);
	book = malloc(sizeof *book + count * sizeof(const struct rule *));
	if (!book)
		return NULL;
	*book = (struct rulebook){.upstream = upstream, .mode = policy->mode};
	book->rules[book->count++] = &policy->defaults;
	for (size_t i = 0; i < policy->rule_count; i++)
		if (is_in_book(&policy->rules[i], upstream, unc, below))
			book->rules[book->count++] = &policy->rules[i];
	return book;
}

bool
rulebook_sum(const struct rulebook *book, const struct scope *scope, struct verdict *out)
{
	const struct rule *section = &book->upstream->section;
	bool is_most = true;

	*out = (struct verdict){.upstream = book->upstream};
	for (size_t i = 0; i < book->count; i++) {
		const struct rule *rule = book->rules[i];
		bool is_reached_here = is_reached(rule, scope);

		if (is_reached_here)
			add(out, book, scope, rule);
		if (rule->path)
			is_most = is_most && is_reached_here &&
				  !(rule->reason && is_covered(rule, scope));
	}
	if (section->block_ntlm)
		need_add(&out->no_ntlm_server, section, book->mode == MODE_AUDIT);
	settle(out);
	return is_most;
}

fault
policy_decide(const struct policy *policy, const struct listener *listener, const char *unc_server,
	const char *share, struct verdict *out)
{
	static const struct scope the_share = {.reach = REACH_NAME, .name = ""};
	struct rulebook *book;
	fault wrong = NULL;
	struct unc unc;

	*out = (struct verdict){.upstream = listener->upstream};
	if (!unc_fold(&unc, unc_server, share))
		return &fault_policy_undecided;
	if (names_another(policy, listener, unc.host))
		wrong = &fault_no_such_server;
	book = rulebook_new(policy, listener->upstream, &unc, false);
	if (book)
		(void)rulebook_sum(book, &the_share, out);
	else
		wrong = &fault_policy_undecided;
	free(book);
	unc_clear(&unc);
	return wrong;
}

/* The faults of one leg. */
struct unmet {
	fault mutual, integrity, privacy, dialect, ntlm;
	fault ntlm_section; /* NULL: the server's section does not speak of this leg */
};

static bool
is_unmet(const struct need *need, bool met, bool audit)
{
	return need->wanted && need->audit == audit && !met;
}

/* The first need, enforced or audited as AUDIT says, that LEG does not meet. */
static fault
first_unmet(const struct verdict *verdict, const struct strength *leg, const struct unmet *faults,
	bool audit, const struct need **which)
{
	const struct {
		const struct need *need;
		bool met;
		fault fault;
	} checks[] = {
		{&verdict->mutual, leg->mutual, faults->mutual},
		{&verdict->integrity, leg->signs || leg->seals, faults->integrity},
		{&verdict->privacy, leg->seals, faults->privacy},
		{&verdict->min_dialect, leg->dialect >= verdict->min_dialect.value,
			faults->dialect},
		{&verdict->audited_dialect, leg->dialect >= verdict->audited_dialect.value,
			faults->dialect},
		{&verdict->no_ntlm, !leg->ntlm, faults->ntlm},
		{&verdict->no_ntlm_server, !leg->ntlm || !faults->ntlm_section,
			faults->ntlm_section},
	};

	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		if (!is_unmet(checks[i].need, checks[i].met, audit))
			continue;
		if (which)
			*which = checks[i].need;
		return checks[i].fault;
	}
	return NULL;
}

static fault
leg_met(const struct verdict *verdict, const struct strength *leg, const struct unmet *faults,
	const struct need **which)
{
	fault enforced;

	if (which)
		*which = NULL;
	enforced = first_unmet(verdict, leg, faults, false, which);
	return enforced ? enforced : first_unmet(verdict, leg, faults, true, which);
}

fault
verdict_met(
	const struct verdict *verdict, const struct strength *server_leg, const struct need **which)
{
	static const struct unmet faults = {&fault_mutual_unmet_server,
		&fault_integrity_unmet_server, &fault_privacy_unmet_server,
		&fault_dialect_unmet_server, &fault_ntlm_blocked_server,
		&fault_ntlm_blocked_server};

	return leg_met(verdict, server_leg, &faults, which);
}

fault
verdict_met_client(const struct verdict *verdict, const struct listener *listener,
	const struct strength *client_leg, const struct need **which)
{
	static const struct unmet faults = {&fault_mutual_unmet_client,
		&fault_integrity_unmet_client, &fault_privacy_unmet_client,
		&fault_dialect_unmet_client, &fault_ntlm_blocked_client, NULL};

	if (which)
		*which = NULL;
	if (listener->wire == WIRE_TRUSTED)
		return NULL;
	return leg_met(verdict, client_leg, &faults, which);
}

bool
verdict_wants_privacy(const struct verdict *verdict)
{
	return verdict->privacy.wanted;
}

/* Rule I of POLICY; the defaults are the last. */
static const struct rule *
rule_at(const struct policy *policy, size_t i)
{
	return i < policy->rule_count ? &policy->rules[i] : &policy->defaults;
}

/* Whether rule A of POLICY is to be named before rule B. */
static bool
is_before(const struct policy *policy, size_t a, size_t b)
{
	size_t left = rule_weight(rule_at(policy, a)), right = rule_weight(rule_at(policy, b));

	return left > right || (left == right && a < b);
}

static bool
holds_for_path(const struct rule *rule, const struct upstream *upstream, const struct unc *unc,
	const char *path)
{
	return rule_holds(rule, upstream, unc) && (!rule->path || path_is_within(path, rule->path));
}

const struct rule *
policy_rule_next(const struct policy *policy, const struct upstream *upstream,
	const char *unc_server, const char *share, const char *path, size_t *at)
{
	size_t none = policy->rule_count + 1, best = none;
	struct unc unc;

	if (!unc_fold(&unc, unc_server, share))
		return NULL;
	for (size_t i = 0; i < none; i++) {
		if (*at && !is_before(policy, *at - 1, i))
			continue;
		if (holds_for_path(rule_at(policy, i), upstream, &unc, path) &&
			(best == none || is_before(policy, i, best)))
			best = i;
	}
	unc_clear(&unc);
	*at = best + 1;
	return best == none ? NULL : rule_at(policy, best);
}

const char *
rule_place_text(const struct rule *rule, char *buffer, size_t size)
{
	return place_text(&rule->place, buffer, size);
}
