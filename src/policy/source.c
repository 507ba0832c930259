/* Reads a file of the policy whole, and knows which of its lines may be shown. */
#include "policy/source.h"

#include "base/secret.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What stands for a value that is not shown: of one length, whatever the value's. */
#define MASK "***"

struct source *
source_of_text(const char *path, enum source_kind kind, const char *text, size_t len)
{
	struct source *source = len <= SOURCE_MAX ? calloc(1, sizeof *source) : NULL;

	if (!source)
		return NULL;
	source->kind = kind;
	source->path = strdup(path);
	source->text = calloc(1, len + 1);
	if (!source->path || !source->text) {
		source_free(&source);
		return NULL;
	}
	memcpy(source->text, text, len);
	source->len = len;
	return source;
}

void
source_free(struct source **source)
{
	if (!*source)
		return;
	if ((*source)->text && (*source)->kind == SOURCE_SECRET)
		secret_wipe((*source)->text, (*source)->len);
	free((*source)->text);
	free((*source)->path);
	free(*source);
	*source = NULL;
}

/* Why others could replace the file, or read the secret one, and the way out; NULL: they cannot. */
static const char *
exposure(const struct stat *st, enum source_kind kind)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "belongs to somebody else: let it belong to root or to the user that runs "
		       "smbwarden (chown), and look at it as one of these";
	if (kind == SOURCE_GUARDED && st->st_mode & 022)
		return "can be written by others: take their rights away (chmod go-w)";
	if (kind == SOURCE_SECRET && st->st_mode & 077)
		return "is open to others: take their rights away (chmod 600)";
	return NULL;
}

/* What is wrong with the kind of file that FD is; NULL: nothing. */
static const char *
unfitness(const struct stat *st, enum source_kind kind)
{
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (st->st_size > (off_t)SOURCE_MAX)
		return "is longer than 4 MiB, the most that is read";
	return kind == SOURCE_PUBLIC ? NULL : exposure(st, kind);
}

/* Fills TEXT with at most SIZE bytes of FD; returns how many there were, or -1. */
static ssize_t
read_whole(int fd, char *text, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static struct source *
source_from(int fd, const char *path, enum source_kind kind, size_t size)
{
	struct source *source = calloc(1, sizeof *source);
	ssize_t len;

	if (!source)
		return NULL;
	source->kind = kind;
	source->path = strdup(path);
	source->text = calloc(1, size + 1);
	source->len = size;
	len = source->path && source->text ? read_whole(fd, source->text, size) : -1;
	if (len < 0) {
		source_free(&source);
		return NULL;
	}
	source->len = (size_t)len;
	return source;
}

/* The file at PATH, if it is fit to be one of KIND; else -1, and why in DIAGNOSTICS. */
static int
fit_file_open(const char *path, enum source_kind kind, const struct place *named, const char *line,
	struct stat *st, struct diagnostics *diagnostics)
{
	/* O_NONBLOCK: a FIFO in the file's place must not hold us up. */
	int fd = open(
		path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (kind == SOURCE_PUBLIC ? 0 : O_NOFOLLOW));
	const char *unfit = NULL;

	if (fd < 0 && errno == ELOOP && kind != SOURCE_PUBLIC)
		diagnostics_add(diagnostics, SEVERITY_ERROR, named, line,
			"'%s' is a symbolic link: name the file itself", path);
	else if (fd < 0 || fstat(fd, st) != 0)
		diagnostics_add(diagnostics, SEVERITY_FAILURE, named, line,
			"'%s' cannot be read: %s", path, strerror(errno));
	else if ((unfit = unfitness(st, kind)))
		diagnostics_add(diagnostics, SEVERITY_ERROR, named, line, "'%s' %s", path, unfit);
	else
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

struct source *
source_read(const char *path, enum source_kind kind, const struct place *named, const char *line,
	struct diagnostics *diagnostics)
{
	struct stat st;
	int fd = fit_file_open(path, kind, named, line, &st, diagnostics);
	struct source *source;

	if (fd < 0)
		return NULL;
	source = source_from(fd, path, kind, (size_t)st.st_size);
	if (!source)
		diagnostics_add(diagnostics, SEVERITY_FAILURE, named, line,
			"'%s' cannot be read: %s", path, strerror(errno));
	(void)close(fd);
	return source;
}

bool
source_is_fit_secret(const char *path, const struct place *named, const char *line,
	struct diagnostics *diagnostics)
{
	struct stat st;
	int fd = fit_file_open(path, SOURCE_SECRET, named, line, &st, diagnostics);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

/* Whether the LEN bytes at TEXT are a key of accounts.yaml, which may be shown. */
static bool
is_account_key(const char *text, size_t len)
{
	static const char *const keys[] = {
		"accounts", "user", "password", "nt_hash", "server", "keytab"};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (strlen(keys[i]) == len && memcmp(keys[i], text, len) == 0)
			return true;
	return false;
}

/* The line's indent and its key if that is a known one, then the mask for whatever else there is.
 */
static char *
masked(const char *line)
{
	size_t indent = strspn(line, " -");
	size_t word = strspn(line + indent, "abcdefghijklmnopqrstuvwxyz_");
	size_t shown = indent;
	char *out;

	if (line[indent + word] == ':' && is_account_key(line + indent, word)) {
		shown += word + 1;
		shown += strspn(line + shown, " ");
	}
	out = calloc(1, shown + sizeof MASK);
	if (!out)
		return NULL;
	memcpy(out, line, shown);
	if (line[shown])
		memcpy(out + shown, MASK, sizeof MASK);
	return out;
}

char *
source_line(const struct source *source, unsigned line)
{
	const char *at = source->text, *end = source->text + source->len;
	const char *newline;
	char *whole, *shown;

	for (; line > 1; line--) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return NULL;
		at++;
	}
	newline = memchr(at, '\n', (size_t)(end - at));
	whole = strndup(at, (size_t)((newline ? newline : end) - at));
	if (whole && *whole && whole[strlen(whole) - 1] == '\r')
		whole[strlen(whole) - 1] = '\0';
	if (!whole || source->kind != SOURCE_SECRET)
		return whole;
	shown = masked(whole);
	secret_free_text(&whole);
	return shown;
}

void
source_complain(const struct source *source, struct diagnostics *diagnostics,
	enum severity severity, unsigned line, unsigned column, const char *format, ...)
{
	struct place place = {.file = source->path, .line = line, .column = column};
	char *text = diagnostics_full(diagnostics) ? NULL : source_line(source, line);
	char sentence[DIAGNOSTIC_SENTENCE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	diagnostics_add(diagnostics, severity, &place, text, "%s", sentence);
	free(text);
}
