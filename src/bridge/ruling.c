/* Rules for paths below a share, held against a request. */
#include "bridge/ruling.h"

#include "base/utf16.h"
#include "policy/pattern.h"
#include "wire/file_info.h"
#include "wire/smb2_change_notify.h"
#include "wire/smb2_create.h"
#include "wire/smb2_ioctl.h"
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

/* Another version of the file than the one that the name is of; and, of Apple's, a question for the
 * path of any file ([MS-SMB2] 2.2.13.2.7; AAPL's kAAPL_RESOLVE_ID). */
static bool
create_roams(struct span message)
{
	struct smb2_create_request request;
	struct smb2_create_context context;

	return !smb2_create_request_decode(message, &request) ||
	       smb2_create_context_find(request.contexts, "TWrp", &context) ||
	       smb2_create_context_find(request.contexts, "AAPL", &context);
}

/* FSCTLs that are about the open file alone; others name a second one, or speak of the volume. */
static bool
ioctl_roams(struct span message)
{
	struct smb2_ioctl_request request;

	return !smb2_ioctl_request_decode(message, &request) ||
	       (request.ctl_code != FSCTL_SET_SPARSE && request.ctl_code != FSCTL_SET_ZERO_DATA &&
		       request.ctl_code != FSCTL_QUERY_ALLOCATED_RANGES &&
		       request.ctl_code != FSCTL_LMR_REQUEST_RESILIENCY);
}

/* How much room there is, and what kind of volume it is, tells of no file; quotas and the rest are
 * the share's. */
static bool
query_roams(struct span message)
{
	struct smb2_query_info_request request;

	if (!smb2_query_info_request_decode(message, &request))
		return true;
	if (request.info_type != SMB2_INFO_FILESYSTEM)
		return request.info_type != SMB2_INFO_FILE &&
		       request.info_type != SMB2_INFO_SECURITY;
	return request.information_class != FS_VOLUME_INFORMATION &&
	       request.information_class != FS_SIZE_INFORMATION &&
	       request.information_class != FS_DEVICE_INFORMATION &&
	       request.information_class != FS_ATTRIBUTE_INFORMATION &&
	       request.information_class != FS_FULL_SIZE_INFORMATION &&
	       request.information_class != FS_SECTOR_SIZE_INFORMATION;
}

static bool
set_roams(struct span message)
{
	struct smb2_set_info_request request;

	return !smb2_set_info_request_decode(message, &request) ||
	       (request.info_type != SMB2_INFO_FILE && request.info_type != SMB2_INFO_SECURITY);
}

static bool
roams(uint16_t command, struct span message)
{
	switch (command) {
	case SMB2_CREATE:
		return create_roams(message);
	case SMB2_IOCTL:
		return ioctl_roams(message);
	case SMB2_QUERY_INFO:
		return query_roams(message);
	case SMB2_SET_INFO:
		return set_roams(message);
	case SMB2_QUERY_DIRECTORY:
		return leads_below(message);
	default:
		return false;
	}
}

void
subject_read(const struct call *call, struct subject *out)
{
	struct span message = request_of(call);

	*out = (struct subject){.roams = roams(call->front.command, message)};
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
	if (!place.folded)
		return place;
	place.reach = REACH_NAME;
	place.is_plain = path_is_plain(name);
	return place;
}

struct place_of_file
place_of_share(const char *shown)
{
	struct place_of_file place = place_named("");

	place.shown = shown;
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

/* What is demanded of PLACE; EXEMPT: less what is exempt there, if the place is sure. */
static bool
demanded(const struct call *call, const struct place_of_file *place, bool around, bool exempt,
	struct verdict *out)
{
	struct scope scope = {
		.reach = place->reach == REACH_NAME && around ? REACH_AROUND : place->reach,
		.name = place->folded,
		.is_sure = exempt && place->is_plain,
	};

	return paths_decide(call->tree->paths, &scope, out);
}

static fault
unmet(const struct bridge *bridge, const struct call *call, const struct verdict *verdict)
{
	return weigh_path(bridge, call->tree, verdict, call->is_sealed).enforced;
}

static fault
fault_of(const struct place_of_file *place)
{
	if (place->reach != REACH_ALL)
		return &fault_path_refused;
	return place->is_linked ? &fault_path_linked : &fault_path_unnamed;
}

/* Whether PLACE is exempt, and refused because the request may be about more. */
static bool
is_exceeded(const struct bridge *bridge, const struct call *call, const struct place_of_file *place,
	bool around)
{
	struct verdict verdict;

	(void)demanded(call, place, around, true, &verdict);
	return call->custody->roams && !unmet(bridge, call, &verdict);
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
	struct ruling ruling = {0};
	struct weighed weighed;

	ruling.is_most = demanded(call, place, around, !call->custody->roams, &ruling.verdict);
	weighed = weigh_path(bridge, call->tree, &ruling.verdict, call->is_sealed);
	if (weighed.enforced) {
		ruling.found = is_exceeded(bridge, call, place, around) ? &fault_path_exceeded
									: fault_of(place);
		ruling.need = *weighed.need;
		ruling.detail = weighed.enforced->words;
	} else if (weighed.audited && aloud && weighed.audited_need->rule->path) {
		say_audited(bridge, call, place, &weighed);
	}
	return ruling;
}

void
ruling_say_exempted(struct bridge *bridge, const struct call *call,
	const struct place_of_file *place, const struct ruling *ruling)
{
	struct verdict whole;

	(void)demanded(call, place, false, false, &whole);
	if (!unmet(bridge, call, &whole))
		return;
	for (unsigned what = 0; what < REQUIREMENTS; what++)
		if (paths_tell(call->tree->paths, what, &ruling->verdict.waived[what]))
			journal_exempted(bridge, call->tree, place->shown, what,
				&ruling->verdict.waived[what]);
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
	(void)paths_decide(tree->paths, &(struct scope){.reach = REACH_ALL}, &all);
	weighed = weigh_path(bridge, tree, &all, false);
	tree->paths_refuse = weighed.enforced != NULL;
	tree->paths_private =
		paths_want_privacy(tree->paths) && !tree->seals && tree->backing->session->seals;
	if (!tree->paths_refuse && !tree->paths_private &&
		!(weighed.audited && weighed.audited_need->rule->path))
		paths_free(&tree->paths); /* met, whatever is opened */
}
