/* Tree connects: the policy is asked, the server found, logged on to and held to its word. */
#include "bridge/tree.h"

#include "base/ntstatus.h"
#include "base/utf16.h"
#include "bridge/answer.h"
#include "bridge/back.h"
#include "bridge/backing.h"
#include "bridge/call.h"
#include "bridge/open.h"
#include "bridge/outbox.h"
#include "bridge/refuse.h"
#include "bridge/ruling.h"
#include "bridge/weigh.h"
#include "leg/negotiate.h"
#include "wire/smb2_ioctl.h"
#include "wire/smb2_tree_connect.h"
#include "wire/smb2_tree_disconnect.h"

#include <stdio.h>
#include <stdlib.h>

/* The longest \\server\share that is looked at, in bytes of UTF-16; [MS-SMB2] sets no bound. */
#define TREE_PATH_MAX 1024

/* What of a share's flags and capabilities holds through us; docs/not-carried.md gives the reasons.
 */
#define TREE_FLAGS_KEPT                                                                            \
	(~(uint32_t)(SMB2_SHAREFLAG_DFS | SMB2_SHAREFLAG_DFS_ROOT | SMB2_SHAREFLAG_ENCRYPT_DATA |  \
		     SMB2_SHAREFLAG_IDENTITY_REMOTING | SMB2_SHAREFLAG_COMPRESS_DATA |             \
		     SMB2_SHAREFLAG_ISOLATED_TRANSPORT))
#define TREE_CAPABILITIES_KEPT 0u

struct tree *
tree_find(const struct login *login, uint32_t id)
{
	struct tree *tree = idmap_find(&login->trees, id);

	return tree && tree->state == TREE_ON ? tree : NULL;
}

void
tree_free(struct bridge *bridge, struct tree *tree)
{
	open_free_all(tree);
	call_drop(bridge, NULL, NULL, tree);
	call_free(bridge, &tree->call);
	paths_free(&tree->paths);
	idmap_remove(&tree->login->trees, tree->id);
	free(tree->unc);
	free(tree->share);
	free(tree);
}

/* Splits \\host\share, which are all there may be, [MS-SMB2] 2.2.9; on the heap, else NULL. */
static bool
split_unc(const char *unc, char **host, char **share)
{
	const char *slash;

	if (strncmp(unc, "\\\\", 2) != 0 || !(slash = strchr(unc + 2, '\\')) || slash == unc + 2)
		return false;
	if (slash[1] == '\0' || strchr(slash + 1, '\\'))
		return false;
	*host = strndup(unc + 2, (size_t)(slash - unc - 2));
	*share = strdup(slash + 1);
	if (*host && *share)
		return true;
	free(*host);
	free(*share);
	*host = *share = NULL;
	return false;
}

static struct tree *
tree_new(struct login *login)
{
	struct tree *tree = calloc(1, sizeof *tree);

	if (!tree)
		return NULL;
	tree->login = login;
	/* Zero and all ones mean something of their own; wrapped round, ids in use are passed over.
	 */
	do
		tree->id = ++login->next_tree;
	while (tree->id == 0 || tree->id == UINT32_MAX || idmap_find(&login->trees, tree->id));
	if (!idmap_add(&login->trees, tree->id, tree)) {
		free(tree);
		return NULL;
	}
	return tree;
}

/* Refuses TREE's TREE_CONNECT and ends it. */
static void
refuse_tree(struct bridge *bridge, struct tree *tree, fault what, const struct need *need,
	const char *detail)
{
	struct call *call = tree->call;

	tree->call = NULL;
	refuse_for_server(
		bridge, &call, what, &(struct about){.tree = tree, .need = need, .detail = detail});
	if (!bridge->cut)
		tree_free(bridge, tree);
}

/* The line "tree": the client has its share, or what of it a rule below it exempts. */
static void
say_allowed(struct bridge *bridge, const struct tree *tree)
{
	struct event *event = journal_event(bridge, LEVEL_INFO, "tree");
	struct need need;
	fault found = weigh_share(bridge, tree, &need);

	event_text(event, "action", "allow");
	if (found)
		event_text(event, "served", "exempt");
	journal_about(bridge, event,
		&(struct about){.tree = tree,
			.need = found ? &need : NULL,
			.detail = found ? found->words : NULL});
	journal_write(bridge, &event);
	journal_exempted_all(bridge, tree);
}

static void
answer(struct bridge *bridge, struct tree *tree)
{
	struct smb2_tree_connect_response response = {
		.share_type = tree->share_type,
		.share_flags = tree->share_flags & TREE_FLAGS_KEPT,
		.capabilities = tree->capabilities & TREE_CAPABILITIES_KEPT,
		.maximal_access = tree->maximal_access,
	};
	struct call *call = tree->call;
	struct writer w;
	struct frame *frame = answer_frame(64, &w);

	if (!frame) {
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	if (tree->client_seals)
		response.share_flags |= SMB2_SHAREFLAG_ENCRYPT_DATA;
	tree->state = TREE_ON;
	tree->call = NULL;
	say_allowed(bridge, tree);
	call->front.tree_id = tree->id;
	smb2_tree_connect_response_encode(&w, &response);
	answer_send(bridge, &call, STATUS_SUCCESS, &frame, &w);
}

static void
answered_leaving(struct bridge *bridge, struct call *call, struct inbound *in, struct message *m)
{
	(void)in;
	(void)m; /* the client never had this tree, whatever becomes of it */
	call_free(bridge, &call);
}

/* Gives a tree back to the server that the client is not to have after all. */
static void
leave(struct bridge *bridge, const struct tree *tree)
{
	struct call *call = call_new_own(bridge, tree->back, answered_leaving);
	struct writer w;
	struct frame *frame = answer_frame(16, &w);

	if (!call || !frame) {
		call_free(bridge, &call);
		frame_free(&frame);
		return; /* it goes with its session */
	}
	smb2_tree_disconnect_request_encode(&w);
	call->back_tree_id = tree->back_id;
	outbox_put_own(bridge, call, tree->backing->session, SMB2_TREE_DISCONNECT, &frame, &w);
}

/* The last question before the client hears of its share: is everything as the policy wants it? */
static void
conclude(struct bridge *bridge, struct tree *tree)
{
	const struct need *need = NULL;
	fault found = weigh_tree_aloud(bridge, tree, &need);

	if (found) {
		leave(bridge, tree);
		refuse_tree(bridge, tree, found, need, NULL);
	} else {
		ruling_settle(bridge, tree);
		answer(bridge, tree);
	}
}

/* The server's answer to FSCTL_VALIDATE_NEGOTIATE_INFO, [MS-SMB2] 3.2.5.14.12. */
static void
answered_validation(struct bridge *bridge, struct call *call, struct inbound *in, struct message *m)
{
	struct tree *tree = call->tree;
	struct back *back = call->back;
	bool proven = m->header.status == STATUS_SUCCESS; /* a mere no proves nothing */
	struct smb2_ioctl_response response;
	fault found = NULL;

	(void)in;
	call_free(bridge, &call);
	switch (m->header.status) {
	case STATUS_SUCCESS:
		if (!smb2_ioctl_response_decode(span_of(m->bytes, m->len), &response))
			found = &fault_answer_malformed;
		else
			found = negotiate_validated(&back->leg, response.output);
		break;
	case STATUS_INVALID_DEVICE_REQUEST: /* from before 3.0, signed: lawful, [MS-SMB2] 3.2.5.5 */
	case STATUS_NOT_SUPPORTED:
	case STATUS_FILE_CLOSED:
		break;
	default:
		found = &fault_server_validation_failed;
	}
	if (found) {
		back_fail(bridge, back, found, &(struct about){.tree = tree});
		return;
	}
	tree->backing->validated = true;
	if (proven)
		back_proven(bridge, back);
	conclude(bridge, tree);
}

static void
validate(struct bridge *bridge, struct tree *tree)
{
	struct smb2_ioctl_request request = {
		.ctl_code = FSCTL_VALIDATE_NEGOTIATE_INFO,
		.file = {.persistent = UINT64_MAX, .volatile_ = UINT64_MAX},
		.max_output_response = VALIDATE_NEGOTIATE_OUTPUT_SIZE,
		.flags = SMB2_IOCTL_IS_FSCTL,
	};
	struct call *call = call_new_own(bridge, tree->back, answered_validation);
	uint8_t input[256];
	struct writer said = writer_over(input, sizeof input), w;
	struct frame *frame = answer_frame(512, &w);

	if (!call || !frame) {
		call_free(bridge, &call);
		frame_free(&frame);
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	negotiate_validate(&tree->back->leg, &said);
	request.input = writer_span(&said);
	smb2_ioctl_request_encode(&w, &request);
	tree->state = TREE_VALIDATING;
	back_await_share(bridge, tree->back);
	call->tree = tree;
	call->back_tree_id = tree->back_id;
	outbox_put_own(bridge, call, tree->backing->session, SMB2_IOCTL, &frame, &w);
}

/* The server refuses the share itself: its own words go to the client, who is used to them. */
static void
pass_refusal(struct bridge *bridge, struct tree *tree, uint32_t status)
{
	struct call *call = tree->call;
	struct event *event = journal_event(bridge, LEVEL_INFO, "tree");

	tree->call = NULL;
	event_text(event, "action", "refuse");
	event_text(event, "status", ntstatus_name(status));
	event_text(event, "detail", "the server itself refuses the share");
	journal_about(bridge, event, &(struct about){.tree = tree});
	journal_write(bridge, &event);
	answer_status(bridge, &call, status);
	if (!bridge->cut)
		tree_free(bridge, tree);
}

/* The server's answer to TREE_CONNECT, [MS-SMB2] 3.2.5.5: it may raise the demand, never lower it.
 */
static void
answered_connect(struct bridge *bridge, struct call *call, struct inbound *in, struct message *m)
{
	struct tree *tree = call->tree;
	struct back *back = call->back;
	struct smb2_tree_connect_response response;

	(void)in;
	call_free(bridge, &call);
	if (m->header.status != STATUS_SUCCESS) {
		if (m->header.status == STATUS_NETWORK_SESSION_EXPIRED)
			tree->backing->expired = true;
		pass_refusal(bridge, tree, m->header.status);
		return;
	}
	if (!smb2_tree_connect_response_decode(span_of(m->bytes, m->len), &response)) {
		back_fail(bridge, back, &fault_answer_malformed, &(struct about){.tree = tree});
		return;
	}
	tree->back_id = m->header.tree_id;
	tree->share_type = response.share_type;
	tree->share_flags = response.share_flags;
	tree->capabilities = response.capabilities;
	tree->maximal_access = response.maximal_access;
	if (response.share_flags & SMB2_SHAREFLAG_ENCRYPT_DATA)
		tree->seals = true;
	if (tree->seals && !tree->backing->session->seals) {
		leave(bridge, tree);
		refuse_tree(bridge, tree, &fault_server_demands_sealing, NULL, NULL);
		return;
	}
	if (back->leg.terms.has_validation && !tree->backing->validated)
		validate(bridge, tree);
	else
		conclude(bridge, tree);
}

/* \\host\share in UTF-16, the host as the policy knows it: how the client calls it is no matter
 * there. */
static uint8_t *
make_path(const struct tree *tree, size_t *len)
{
	const char *host = tree->back->upstream->host;
	size_t size = strlen(host) + strlen(tree->share) + 4;
	char *unc = malloc(size);
	uint8_t *path;

	if (!unc)
		return NULL;
	snprintf(unc, size, "\\\\%s\\%s", host, tree->share);
	path = utf16_from_utf8(unc, len);
	free(unc);
	return path;
}

static void
connect_tree(struct bridge *bridge, struct tree *tree)
{
	struct smb2_tree_connect_request request = {0};
	struct call *call = call_new_own(bridge, tree->back, answered_connect);
	size_t len = 0;
	uint8_t *path = make_path(tree, &len);
	struct writer w;
	struct frame *frame = answer_frame(len + 32, &w);

	if (!call || !frame || !path) {
		call_free(bridge, &call);
		frame_free(&frame);
		free(path);
		refuse_all(bridge, &fault_out_of_memory, NULL);
		return;
	}
	request.path = span_of(path, len);
	smb2_tree_connect_request_encode(&w, &request);
	free(path);
	tree->state = TREE_CONNECTING;
	back_await_share(bridge, tree->back);
	call->tree = tree;
	outbox_put_own(bridge, call, tree->backing->session, SMB2_TREE_CONNECT, &frame, &w);
}

/* Does the next thing that TREE needs, if it can be done now. */
static void
go_on(struct bridge *bridge, struct tree *tree)
{
	struct back *back = tree->back;
	const struct need *need = NULL;
	fault found;

	if (!back_want(bridge, back) || back->state == BACK_DOWN) {
		refuse_tree(bridge, tree, back->down_fault, NULL, back->down_why);
		return;
	}
	if (back->state != BACK_READY)
		return;
	tree->seals =
		back->leg.terms.seals_with && (verdict_wants_privacy(&tree->verdict) ||
						      back->upstream->encryption == SEAL_ALWAYS);
	tree->backing = backing_find(tree->login, back);
	/* Not a word of the client's credentials goes to a server that will not do. */
	found = weigh_tree(bridge, tree, &need);
	if (found) {
		refuse_tree(bridge, tree, found, need, NULL);
		return;
	}
	tree->backing = backing_want(bridge, tree->login, back, weigh_takes_kerberos(bridge, tree));
	if (!tree->backing)
		refuse_all(bridge, &fault_out_of_memory, NULL);
	else if (backing_is_on(tree->backing))
		connect_tree(bridge, tree);
}

/* Some tree that waits for BACK and has not been seen in this round, or NULL. */
static struct tree *
some_waiting(const struct bridge *bridge, const struct login *of, const struct back *back)
{
	struct login *login;
	size_t at = 0;

	while ((login = idmap_next(&bridge->logins, &at)) != NULL) {
		struct tree *tree;
		size_t t = 0;

		if ((of && login != of) || login->state == LOGIN_LEAVING)
			continue;
		while ((tree = idmap_next(&login->trees, &t)) != NULL)
			if (tree->state == TREE_WAITING && tree->back == back &&
				(of || tree->seen != bridge->round))
				return tree;
	}
	return NULL;
}

void
tree_go_on_all(struct bridge *bridge, const struct back *back)
{
	struct tree *tree;

	bridge->round++;
	while (!bridge->cut && (tree = some_waiting(bridge, NULL, back)) != NULL) {
		tree->seen = bridge->round;
		go_on(bridge, tree);
	}
}

void
tree_wait_again(struct bridge *bridge, const struct back *back)
{
	struct login *login;
	size_t at = 0;

	while ((login = idmap_next(&bridge->logins, &at)) != NULL) {
		struct tree *tree;
		size_t t = 0;

		while ((tree = idmap_next(&login->trees, &t)) != NULL) {
			if (tree->back != back)
				continue;
			tree->state = TREE_WAITING;
			tree->backing = NULL;
		}
	}
}

void
tree_refuse_waiting(struct bridge *bridge, struct login *login, const struct back *back, fault what,
	const char *detail)
{
	struct tree *tree;

	while (!bridge->cut && (tree = some_waiting(bridge, login, back)) != NULL)
		refuse_tree(bridge, tree, what, NULL, detail);
}

/* Whether the share, or something below it, is served sealed or not at all. */
static bool
demands_privacy(const struct tree *tree)
{
	struct verdict all = tree->verdict;

	if (tree->paths)
		(void)paths_decide(tree->paths, &(struct scope){.reach = REACH_ALL}, &all);
	return all.privacy.wanted && !all.privacy.audit;
}

/* Decides on \\HOST\share of TREE, and finds the server. */
static fault
decide(struct bridge *bridge, struct tree *tree, const char *host, const struct need **need)
{
	struct verdict *verdict = &tree->verdict;
	fault found = policy_decide(bridge->policy, bridge->listener, host, tree->share, verdict);

	if (!found)
		found = paths_new(
			bridge->policy, verdict->upstream, host, tree->share, &tree->paths);
	if (found)
		return found;
	/* A client that can seal is asked to, where the rule wants that of its wire. */
	tree->client_seals = bridge->listener->wire == WIRE_UNTRUSTED && demands_privacy(tree) &&
			     tree->login->front->seals;
	found = weigh_tree(bridge, tree, need);
	if (found)
		return found;
	tree->back = back_for(bridge, verdict->upstream);
	return tree->back ? NULL : &fault_out_of_memory;
}

static fault
read_path(
	const struct bridge *bridge, const struct message *m, char **unc, char **host, char **share)
{
	struct smb2_tree_connect_request request;

	if (!smb2_tree_connect_request_decode(span_of(m->bytes, m->len), &request))
		return &fault_body_malformed;
	/* The flags are 3.1.1's, [MS-SMB2] 2.2.9; what is in the extension would go on unread. */
	if (bridge->front.terms.has_preauth && request.flags & SMB2_TREE_CONNECT_EXTENSION_PRESENT)
		return &fault_tree_extension_refused;
	if (request.path.len > TREE_PATH_MAX)
		return &fault_path_too_long;
	*unc = utf16_to_utf8(request.path);
	return *unc && split_unc(*unc, host, share) ? NULL : &fault_path_malformed;
}

void
tree_take(struct bridge *bridge, struct login *login, const struct message *m)
{
	struct call *call = call_new(bridge, login, m);
	char *unc = NULL, *host = NULL, *share = NULL;
	const struct need *need = NULL;
	struct tree *tree = NULL;
	fault found = call ? read_path(bridge, m, &unc, &host, &share) : &fault_out_of_memory;

	if (!found && login->trees.count >= bridge->policy->limits.trees_per_session)
		found = &fault_trees_limit;
	if (!found && bridge->stopping)
		found = &fault_stopping;
	if (!found && !(tree = tree_new(login)))
		found = &fault_out_of_memory;
	if (found) {
		refuse(bridge, &call, found, &(struct about){.login = login, .unc = unc});
		free(unc);
		free(host);
		free(share);
		return;
	}
	tree->call = call;
	tree->came_sealed = call->is_sealed;
	tree->unc = unc;
	tree->share = share;
	found = decide(bridge, tree, host, &need);
	free(host);
	if (found)
		refuse_tree(bridge, tree, found, need, NULL);
	else
		go_on(bridge, tree);
}
