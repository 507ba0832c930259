/* Writes a file beside the one it replaces, and renames it when all of it is on the disk. */
#include "policy/successor.h"

#include "base/span.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens the file that will take the place of the old one; -1 and errno where it cannot. */
static int
open_beside(int directory, const char *successor)
{
	/* Left behind by somebody who was killed: the lock says that nobody is at it. */
	(void)unlinkat(directory, successor, 0);
	return openat(
		directory, successor, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* As in successor.h. */
static bool
hand_over(int fd, int directory)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	return fstat(directory, &st) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0;
}

static bool
write_whole(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return fsync(fd) == 0;
}

static bool
write_and_rename(
	int directory, const char *successor, const char *name, struct span text, struct stat *st)
{
	int fd = open_beside(directory, successor), error;
	bool written;

	if (fd < 0)
		return false;
	written = hand_over(fd, directory) && write_whole(fd, (const char *)text.data, text.len) &&
		  fstat(fd, st) == 0;
	error = errno;
	if (close(fd) != 0 && written) {
		written = false;
		error = errno;
	}
	if (written && renameat(directory, successor, directory, name) == 0)
		return fsync(directory) == 0;
	if (written)
		error = errno;
	(void)unlinkat(directory, successor, 0);
	errno = error;
	return false;
}

bool
successor_write(
	int directory, const char *name, const char *text, size_t len, struct stat *written_as)
{
	char *successor = NULL;
	struct stat st;
	bool written;

	if (asprintf(&successor, ".%s.new", name) < 0) {
		errno = ENOMEM;
		return false;
	}
	written = write_and_rename(
		directory, successor, name, span_of((const uint8_t *)text, len), &st);
	if (written && written_as)
		*written_as = st;
	free(successor);
	return written;
}
