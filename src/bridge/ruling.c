/* Rules for paths below a share, held against a request. */
#include "bridge/ruling.h"

#include "base/utf16.h"
#include "policy/pattern.h"
#include "wire/file_info.h"
#include "wire/smb2_change_notify.h"
#include "wire/smb2_create.h"
#include "wire/smb2_query_directory.h"
#include "wire/smb2_query_info.h"
#include "wire/smb2_set_info.h"

#include <ctype.h>
#include <stdlib.h>

#define DISPOSITION_OPEN 1u
#define OPTION_DELETE_ON_CLOSE 0x00001000u
#define OPTION_OPEN_BY_FILE_ID 0x00002000u
#define NOTIFY_WATCH_TREE 0x0001u

/* --- what a request says --- */

static struct span
request_of(const struct call *call)
{
	return span_of(call->bytes, call->frame->len - (size_t)(call->bytes - call->frame->data));
}

static void
create_read(struct span message, struct subject *out)
{
	struct smb2_create_request request;

	if (!smb2_create_request_decode(message, &request))
		return;
	out->name = request.name;
	out->destroys = request.create_disposition != DISPOSITION_OPEN ||
			request.create_options & OPTION_DELETE_ON_CLOSE;
	out->is_sayable = !(request.create_options & OPTION_OPEN_BY_FILE_ID);
}

static bool
is_move(const struct smb2_set_info_request *request)
{
	return request->info_type == SMB2_INFO_FILE &&
	       (request->information_class == FILE_RENAME_INFORMATION ||
		       request->information_class == FILE_RENAME_INFORMATION_EX ||
		       request->information_class == FILE_LINK_INFORMATION ||
		       request->information_class == FILE_LINK_INFORMATION_EX);
}

/* What is relative to another open is nothing that can be said; SMB2 has no use for it. */
static void
move_read(struct span message, struct subject *out)
{
	struct smb2_set_info_request request;
	struct file_rename_information info;

	if (!smb2_set_info_request_decode(message, &request) || !is_move(&request))
		return;
	out->moves = out->is_around = true;
	if (!file_rename_information_decode(request.input, &info))
		return;
	out->name = info.name;
	out->is_sayable = info.root == 0;
}

static bool
watches_tree(struct span message)
{
	struct smb2_change_notify_request request;

	return !smb2_change_notify_request_decode(message, &request) ||
	       request.flags & NOTIFY_WATCH_TREE;
}

/* A pattern that leads into another directory is none, but who knows what a server makes of it. */
static bool
leads_below(struct span message)
{
	struct smb2_query_directory_request request;
	char *pattern;
	bool leads;

	if (!smb2_query_directory_request_decode(message, &request))
		return true;
	pattern = utf16_to_utf8(request.pattern);
	leads = !pattern || strpbrk(pattern, "\\/");
	free(pattern);
	return leads;
}

void
subject_read(const struct call *call, struct subject *out)
{
	struct span message = request_of(call);

	*out = (struct subject){0};
	if (call->front.command == SMB2_CREATE)
		create_read(message, out);
	else if (call->front.command == SMB2_SET_INFO)
		move_read(message, out);
	else if (call->front.command == SMB2_CHANGE_NOTIFY)
		out->is_around = watches_tree(message);
	else if (call->front.command == SMB2_QUERY_DIRECTORY)
		out->is_around = leads_below(message);
	if (out->is_sayable)
		out->target = utf16_to_utf8(out->name);
	out->is_sayable = out->target != NULL;
}

void
subject_clear(struct subject *subject)
{
	free(subject->target);
	subject->target = NULL;
}

/* Requests by which a name may come to light that nobody has judged yet. */
static bool
reveals_names(const struct call *call)
{
	struct smb2_set_info_request request;

	switch (call->front.command) {
	case SMB2_CREATE:
	case SMB2_QUERY_DIRECTORY:
	case SMB2_CHANGE_NOTIFY:
	case SMB2_IOCTL:
		return true;
	case SMB2_SET_INFO:
		return !smb2_set_info_request_decode(request_of(call), &request) ||
		       is_move(&request) ||
		       request.information_class == FILE_SHORT_NAME_INFORMATION;
	default:
		return false;
	}
}

bool
ruling_seals(const struct call *call, const struct open *open)
{
	bool is_private = open && open->ruled && verdict_wants_privacy(open->ruled);

	return call->tree->backing->session->seals &&
	       (is_private || (call->tree->paths_private && reveals_names(call)));
}

/* --- where a name lies --- */

struct place_of_file
place_named(const char *name)
{
	struct place_of_file place = {.reach = REACH_ALL, .shown = name};

	if (name)
		place.folded = path_fold(name);
	if (place.folded)
		place.reach = REACH_NAME;
	return place;
}

/* Whether NAME may hold a short name, SECRET~1, which stands for another. */
static bool
may_be_short(const char *name)
{
	for (; *name; name++)
		if (name[0] == '~' && isdigit((unsigned char)name[1]))
			return true;
	return false;
}

struct place_of_file
place_found(const struct inquiry *inquiry)
{
	const char *name = inquiry->name;
	struct place_of_file place = {.reach = REACH_ALL, .shown = name};

	place.is_linked = inquiry->is_linked;
	if (!inquiry->has_links || inquiry->is_linked || !name ||
		(inquiry->may_be_short && may_be_short(name)))
		return place;
	return place_named(name);
}

void
place_clear(struct place_of_file *place)
{
	free(place->folded);
	place->folded = NULL;
}

/* --- what is demanded --- */

static fault
fault_of(const struct place_of_file *place)
{
	if (place->reach != REACH_ALL)
		return &fault_path_refused;
	return place->is_linked ? &fault_path_linked : &fault_path_unnamed;
}

/* Logs what would be refused if it were not audited. */
static void
say_audited(struct bridge *bridge, const struct call *call, const struct place_of_file *place,
	const struct weighed *weighed)
{
	journal_refused(bridge, fault_of(place), "would-refuse", 0,
		&(struct about){.tree = call->tree,
			.need = weighed->audited_need,
			.path = place->shown,
			.detail = weighed->audited->words});
}

struct ruling
ruling_judge(struct bridge *bridge, const struct call *call, const struct place_of_file *place,
	bool around, bool aloud)
{
	const struct tree *tree = call->tree;
	struct ruling ruling = {0};
	struct weighed weighed;

	ruling.rules = paths_decide(tree->paths, &tree->verdict,
		place->reach == REACH_NAME && around ? REACH_AROUND : place->reach, place->folded,
		&ruling.verdict);
	if (ruling.rules == 0)
		return ruling;
	weighed = weigh_path(bridge, tree, &ruling.verdict, call->is_sealed);
	if (weighed.enforced) {
		ruling.found = fault_of(place);
		ruling.need = *weighed.need;
		ruling.detail = weighed.enforced->words;
	} else if (weighed.audited && aloud && weighed.audited_need->rule->path) {
		say_audited(bridge, call, place, &weighed);
	}
	return ruling;
}

struct ruling
ruling_again(const struct bridge *bridge, const struct call *call, const struct open *open)
{
	struct ruling ruling = {0};
	struct weighed weighed;

	if (!open->ruled)
		return ruling;
	ruling.verdict = *open->ruled;
	weighed = weigh_path(bridge, call->tree, open->ruled, call->is_sealed);
	if (!weighed.enforced)
		return ruling;
	ruling.found = &fault_path_refused;
	ruling.need = *weighed.need;
	ruling.detail = weighed.enforced->words;
	return ruling;
}

void
ruling_note(struct open *open, struct verdict **ruled, bool settled)
{
	free(open->ruled);
	open->ruled = *ruled;
	open->settled = settled;
	*ruled = NULL;
}

void
ruling_settle(const struct bridge *bridge, struct tree *tree)
{
	struct verdict all;
	struct weighed weighed;

	if (!tree->paths)
		return;
	(void)paths_decide(tree->paths, &tree->verdict, REACH_ALL, NULL, &all);
	weighed = weigh_path(bridge, tree, &all, false);
	tree->paths_refuse = weighed.enforced != NULL;
	tree->paths_private =
		paths_want_privacy(tree->paths) && !tree->seals && tree->backing->session->seals;
	if (!tree->paths_refuse && !tree->paths_private &&
		!(weighed.audited && weighed.audited_need->rule->path))
		paths_free(&tree->paths); /* met, whatever is opened */
}
