/* call.h: tickets are found by what the peers know of them, and dropped by what they hang on. */
#include "bridge/call.h"

#include <criterion/criterion.h>

static struct bridge bridge;
static struct back back = {.queue_end = &back.queue}, other = {.queue_end = &other.queue};
static struct login alice, bob;
static struct tree tree;

static void
start(void)
{
	memset(&bridge, 0, sizeof bridge);
	back.queue = other.queue = NULL;
	back.queue_end = &back.queue;
	other.queue_end = &other.queue;
	back.next = &other;
	bridge.backs = &back;
}

static void
stop(void)
{
	call_drop(&bridge, NULL, NULL, NULL);
	idmap_clear(&bridge.calls);
}

TestSuite(call, .init = start, .fini = stop);

static struct call *
enter(struct login *login, struct back *at, uint64_t message_id)
{
	struct message m = {.header = {.command = SMB2_READ, .message_id = message_id}};
	struct call *call = call_new(&bridge, login, &m);

	call->back = at;
	cr_assert(call_enter(&bridge, call));
	return call;
}

static void
queue(struct back *at, struct call *call)
{
	*at->queue_end = call;
	at->queue_end = &call->next;
}

Test(call, is_found_by_its_ticket_until_it_is_freed)
{
	struct call *call = enter(&alice, &back, 5);
	uint64_t ticket = call->ticket;

	cr_assert_neq(ticket, 0);
	cr_assert_eq(call_find(&bridge, ticket), call);
	call_free(&bridge, &call);
	cr_assert_null(call);
	cr_assert_null(call_find(&bridge, ticket));
	call_free(&bridge, &call);
}

Test(call, a_cancel_means_it_by_message_id_or_async_id)
{
	struct call *call = enter(&alice, &back, 5);
	struct smb2_header cancel = {.command = SMB2_CANCEL, .message_id = 5};

	cr_assert_eq(call_meant_by(&bridge, &cancel), call);
	cancel.message_id = 6;
	cr_assert_null(call_meant_by(&bridge, &cancel));
	cancel = (struct smb2_header){
		.command = SMB2_CANCEL, .flags = SMB2_FLAG_ASYNC, .async_id = call->ticket};
	cr_assert_null(call_meant_by(&bridge, &cancel), "the client has had no async id yet");
	call->interim = true;
	cr_assert_eq(call_meant_by(&bridge, &cancel), call);
}

Test(call, no_cancel_means_one_of_our_own)
{
	struct call *call = call_new_own(&bridge, &back, (on_answer *)1);
	struct smb2_header cancel = {.command = SMB2_CANCEL};

	call->login = &alice;
	cr_assert(call_enter(&bridge, call));
	cr_assert_null(call_meant_by(&bridge, &cancel));
}

Test(call, those_of_one_login_are_dropped_wherever_they_are)
{
	struct call *queued = enter(&alice, &back, 1), *sent = enter(&alice, &other, 2);
	struct call *bobs = enter(&bob, &back, 3), *after = enter(&bob, &back, 4);
	uint64_t tickets[] = {queued->ticket, sent->ticket};

	queue(&back, queued);
	queue(&back, bobs);
	queue(&back, after);
	call_drop(&bridge, &alice, NULL, NULL);
	cr_assert_null(call_find(&bridge, tickets[0]));
	cr_assert_null(call_find(&bridge, tickets[1]));
	cr_assert_eq(back.queue, bobs);
	cr_assert_eq(bobs->next, after);
	cr_assert_eq(back.queue_end, &after->next);
	cr_assert_eq(bridge.calls.count, 2);
	call_drop(&bridge, &bob, NULL, NULL);
	cr_assert_null(back.queue);
	cr_assert_eq(back.queue_end, &back.queue);
}

Test(call, those_of_one_tree_or_back)
{
	struct call *one = enter(&alice, &back, 1), *two = enter(&alice, &other, 2);

	one->tree = &tree;
	call_drop(&bridge, NULL, &other, NULL);
	cr_assert_eq(bridge.calls.count, 1);
	cr_assert_eq(call_find(&bridge, one->ticket), one);
	call_drop(&bridge, NULL, NULL, &tree);
	cr_assert_eq(bridge.calls.count, 0);
	(void)two;
}

Test(call, a_chain_goes_with_its_last_member)
{
	struct call *one = enter(&alice, &back, 1), *two = enter(&alice, &back, 2);
	struct chain *chain = calloc(1, sizeof *chain);

	chain->members = 2;
	one->chain = two->chain = chain;
	one->compounded = two;
	queue(&back, one);
	call_drop(&bridge, NULL, &back, NULL);
	cr_assert_eq(bridge.calls.count, 0);
	cr_assert_null(back.queue);
}
