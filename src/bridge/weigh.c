/* Both legs' strength against a tree's verdict. */
#include "bridge/weigh.h"

#include "base/ntstatus.h"
#include "bridge/backing.h"

/* The faults and needs of one weighing: what is enforced ends it, what is under audit is noted. */
struct weighing {
	fault enforced;
	const struct need *need; /* that it is about */
	struct {
		fault fault;
		const struct need *need;
	} audited[2]; /* one a leg at most */
	unsigned audited_count;
};

static struct strength
front_strength(const struct bridge *bridge, const struct tree *tree, bool is_sealed)
{
	const struct leg_session *session = tree->login->front;
	bool seals = session->sealing_required || tree->client_seals || is_sealed;

	return (struct strength){
		.dialect = bridge->front.terms.dialect,
		.signs = session->signing_required || seals,
		.seals = seals,
		.mutual = tree->login->mutual,
		.ntlm = !tree->login->mutual, /* or less */
	};
}

/*
 * What the server leg is for TREE, or for a request in it that is SEALED by itself; before anybody
 * has logged on, what it will be.
 */
static struct strength
back_strength(const struct tree *tree, bool sealed)
{
	const struct leg *leg = &tree->back->leg;
	const struct backing *backing = tree->backing;
	const struct leg_session *session = backing ? backing->session : NULL;
	bool mutual = backing && backing_is_on(backing)
			      ? backing->mutual
			      : backing_may_be_mutual(tree->login, tree->back);

	return (struct strength){
		.dialect = leg->terms.dialect,
		.signs = true, /* outbox.c leaves nothing unsigned once there is a key */
		.seals = leg->terms.seals_with &&
			 (sealed || tree->seals || (session && session->sealing_required)),
		.mutual = mutual,
		.ntlm = !mutual,
	};
}

static void
note(struct weighing *w, fault found, const struct need *need)
{
	if (!found)
		return;
	if (need && need->audit) {
		w->audited[w->audited_count].fault = found;
		w->audited[w->audited_count++].need = need;
	} else if (!w->enforced) {
		w->enforced = found;
		w->need = need;
	}
}

/* SEALED: toward the server, whatever the tree does. */
static struct weighing
weigh_verdict(const struct bridge *bridge, const struct tree *tree, const struct verdict *verdict,
	bool is_sealed, bool sealed)
{
	struct strength front = front_strength(bridge, tree, is_sealed);
	const struct need *need = NULL;
	struct weighing w = {0};
	fault found = verdict_met_client(verdict, bridge->listener, &front, &need);

	note(&w, found, need);
	if (tree->back && tree->back->state == BACK_READY) {
		struct strength back = back_strength(tree, sealed);

		need = NULL;
		found = verdict_met(verdict, &back, &need);
		note(&w, found, need);
	}
	return w;
}

static struct weighing
weigh(const struct bridge *bridge, const struct tree *tree, bool is_sealed)
{
	return weigh_verdict(bridge, tree, &tree->verdict, is_sealed, false);
}

struct weighed
weigh_path(const struct bridge *bridge, const struct tree *tree, const struct verdict *verdict,
	bool is_sealed)
{
	struct weighing w = weigh_verdict(bridge, tree, verdict, is_sealed, true);

	return (struct weighed){
		.enforced = w.enforced,
		.need = w.need,
		.audited = w.audited_count ? w.audited[0].fault : NULL,
		.audited_need = w.audited_count ? w.audited[0].need : NULL,
	};
}

static bool
is_enforced(const struct need *need)
{
	return need->wanted && !need->audit;
}

/* Whether a logon by NTLM would be in vain for VERDICT. */
static bool
takes_kerberos(const struct verdict *verdict)
{
	return is_enforced(&verdict->mutual) || is_enforced(&verdict->no_ntlm) ||
	       is_enforced(&verdict->no_ntlm_server);
}

/* Whether something below TREE's share is exempt from all that is unmet; BY_NTLM: also where its
 * server is logged on to by that. */
static bool
serves_below(const struct bridge *bridge, const struct tree *tree, bool is_sealed, bool by_ntlm)
{
	struct verdict verdict;
	size_t at = 0;

	while (tree->paths && paths_exempt_next(tree->paths, &at, &verdict))
		if (!weigh_path(bridge, tree, &verdict, is_sealed).enforced &&
			!(by_ntlm && takes_kerberos(&verdict)))
			return true;
	return false;
}

/* What is to be said of W, which is TREE's; where something below it is served, nothing is refused
 * yet. */
static fault
conclusion(const struct bridge *bridge, const struct tree *tree, bool is_sealed,
	const struct weighing *w, const struct need **need)
{
	bool is_refused = w->enforced && !serves_below(bridge, tree, is_sealed, false);

	*need = is_refused ? w->need : NULL;
	return is_refused ? w->enforced : NULL;
}

fault
weigh_tree(const struct bridge *bridge, const struct tree *tree, const struct need **need)
{
	struct weighing w = weigh(bridge, tree, tree->came_sealed);

	return conclusion(bridge, tree, tree->came_sealed, &w, need);
}

fault
weigh_tree_aloud(struct bridge *bridge, const struct tree *tree, const struct need **need)
{
	struct weighing w = weigh(bridge, tree, tree->came_sealed);

	for (unsigned i = 0; i < w.audited_count && !w.enforced; i++)
		journal_refused(bridge, w.audited[i].fault, "would-refuse", STATUS_SUCCESS,
			&(struct about){.tree = tree, .need = w.audited[i].need});
	return conclusion(bridge, tree, tree->came_sealed, &w, need);
}

fault
weigh_share(const struct bridge *bridge, const struct tree *tree, struct need *need)
{
	struct weighing w = weigh(bridge, tree, tree->came_sealed);

	*need = w.enforced ? *w.need : (struct need){0};
	return w.enforced;
}

bool
weigh_takes_kerberos(const struct bridge *bridge, const struct tree *tree)
{
	struct weighing w = weigh(bridge, tree, tree->came_sealed);

	if (!w.enforced && !takes_kerberos(&tree->verdict))
		return false;
	return !serves_below(bridge, tree, tree->came_sealed, true);
}

fault
weigh_request(const struct bridge *bridge, const struct tree *tree, bool is_sealed,
	const struct need **need)
{
	struct weighing w;

	*need = NULL;
	if (tree->client_seals && !is_sealed)
		return &fault_request_unsealed;
	w = weigh(bridge, tree, is_sealed);
	return conclusion(bridge, tree, is_sealed, &w, need);
}
