/* The directory in which it is kept what servers were seen to be capable of. */
#include "policy/store.h"

#include "policy/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often a lock is asked for, and how long between. */
#define LOCK_TRIES 250
#define LOCK_PAUSE_US 20000

struct store {
	char *directory;
	char *path;       /* of the file */
	int fd;           /* of the directory */
	struct stat last; /* of the file as it was read or written; all zero: there was none */
};

void
store_free(struct store **store)
{
	if (!*store)
		return;
	if ((*store)->fd >= 0)
		(void)close((*store)->fd);
	free((*store)->directory);
	free((*store)->path);
	free(*store);
	*store = NULL;
}

const char *
store_directory(const struct store *store)
{
	return store->directory;
}

const char *
store_path(const struct store *store)
{
	return store->path;
}

/* Why others could change what is kept in the directory, and the way out; NULL: they cannot. */
static const char *
exposure(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return "cannot be looked at";
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return "belongs to somebody else: let it belong to the user that runs smbwarden "
		       "(chown), or name another directory with `state`";
	if (st.st_mode & 022)
		return "can be written by others: take their rights away (chmod go-w)";
	return NULL;
}

bool
store_is_possible(const char *directory)
{
	return mkdir(directory, 0700) == 0 || errno == EEXIST;
}

/* Opens the directory of STORE, made before if that is wanted; else what cannot be done, and errno.
 */
static const char *
open_directory(struct store *store, enum store_use use)
{
	if (use == STORE_KEEP && !store_is_possible(store->directory))
		return "made";
	store->fd = open(store->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return store->fd < 0 ? "opened" : NULL;
}

struct store *
store_open(const char *directory, enum store_use use, const struct place *named,
	struct diagnostics *diagnostics)
{
	struct store *store = calloc(1, sizeof *store);
	const char *undone = NULL, *exposed = NULL;

	if (store) {
		store->fd = -1;
		store->directory = strdup(directory);
		if (asprintf(&store->path, "%s/%s", directory, STORE_FILE) < 0)
			store->path = NULL;
	}
	if (!store || !store->directory || !store->path)
		diagnostics_add(diagnostics, SEVERITY_FAILURE, named, NULL, "memory is out");
	else if ((undone = open_directory(store, use)))
		diagnostics_add(diagnostics, SEVERITY_FAILURE, named, NULL,
			"'%s', in which it is kept what servers were seen to be capable of, cannot "
			"be %s: %s; name another directory with `state`, or say `state: none`",
			directory, undone, strerror(errno));
	else if ((exposed = exposure(store->fd)))
		diagnostics_add(
			diagnostics, SEVERITY_FAILURE, named, NULL, "'%s' %s", directory, exposed);
	else
		return store;
	if (store)
		store_free(&store);
	return NULL;
}

/* Looks at the file; all zero, and false, where there is none. */
static bool
look(const struct store *store, struct stat *st)
{
	if (fstatat(store->fd, STORE_FILE, st, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	*st = (struct stat){0};
	return errno != ENOENT;
}

bool
store_has_changed(const struct store *store)
{
	const struct stat *last = &store->last;
	struct stat now;

	(void)look(store, &now);
	return now.st_ino != last->st_ino || now.st_size != last->st_size ||
	       now.st_mtim.tv_sec != last->st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != last->st_mtim.tv_nsec;
}

struct memory *
store_read(struct store *store, bool *absent, struct diagnostics *diagnostics)
{
	struct place place = {.file = store->path};
	struct source *source = NULL;
	struct memory *memory;
	bool none = !look(store, &store->last); /* before it is read: changed later is changed */

	if (absent)
		*absent = none;
	if (!none)
		source = source_read(store->path, SOURCE_GUARDED, &place, NULL, diagnostics);
	memory = none ? memory_new() : source ? memory_parse(source, diagnostics) : NULL;
	if (none && !memory)
		diagnostics_add(diagnostics, SEVERITY_FAILURE, &place, NULL, "memory is out");
	source_free(&source);
	return memory;
}

bool
store_lock(struct store *store, struct diagnostics *diagnostics)
{
	struct place place = {.file = store->directory};

	for (unsigned i = 0; i < LOCK_TRIES; i++) {
		if (flock(store->fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			break;
		(void)usleep(LOCK_PAUSE_US);
	}
	diagnostics_add(diagnostics, SEVERITY_FAILURE, &place, NULL, "it cannot be locked: %s",
		errno == EWOULDBLOCK ? "somebody else has held the lock for seconds"
				     : strerror(errno));
	return false;
}

void
store_unlock(struct store *store)
{
	(void)flock(store->fd, LOCK_UN);
}

bool
store_write(struct store *store, const struct memory *memory, struct diagnostics *diagnostics)
{
	struct place place = {.file = store->path};
	size_t len = 0;
	char *text = memory_text(memory, &len);
	bool written = text && len <= SOURCE_MAX &&
		       successor_write(store->fd, STORE_FILE, text, len, &store->last);

	if (!written)
		diagnostics_add(diagnostics, SEVERITY_FAILURE, &place, NULL,
			"it cannot be written: %s; what servers are seen to be capable of would be "
			"forgotten",
			text ? strerror(errno) : "memory is out");
	free(text);
	return written;
}

struct memory *
store_begin(struct store *store, bool *absent, struct diagnostics *diagnostics)
{
	struct memory *memory;

	if (!store_lock(store, diagnostics))
		return NULL;
	memory = store_read(store, absent, diagnostics);
	if (memory && !store_write(store, memory, diagnostics))
		memory_free(&memory);
	store_unlock(store);
	return memory;
}
