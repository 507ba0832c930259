/* What the tests of policy/ share. */
#include "support.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
support_complaints(struct diagnostics *diagnostics)
{
	const struct diagnostic *at;
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	cr_assert_not_null(stream);
	diagnostics_sort(diagnostics);
	for (size_t i = 0; (at = diagnostics_at(diagnostics, i)); i++)
		(void)fprintf(stream, "%s%u:%u: %s\n",
			at->severity == SEVERITY_WARNING ? "warning: " : "", at->line, at->column,
			at->sentence);
	cr_assert_eq(fclose(stream), 0);
	return text;
}

struct policy *
policy_of(const char *text)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy = policy_parse("test.yaml", text, strlen(text), diagnostics);

	if (!policy)
		diagnostics_print(diagnostics, stderr);
	cr_assert_not_null(policy);
	diagnostics_free(&diagnostics);
	return policy;
}

char *
complaints_about(const char *text)
{
	struct diagnostics *diagnostics = diagnostics_new();
	struct policy *policy = policy_parse("test.yaml", text, strlen(text), diagnostics);
	char *complaints = support_complaints(diagnostics);

	policy_unref(&policy);
	diagnostics_free(&diagnostics);
	return complaints;
}

char *
temporary_directory(void)
{
	char *path = strdup("/tmp/smbwarden-test-XXXXXX");

	cr_assert_not_null(path);
	cr_assert_not_null(mkdtemp(path));
	return path;
}

char *
temporary_file(const char *directory, const char *file, const char *text, unsigned mode)
{
	char *path = NULL;
	int fd;

	cr_assert_geq(asprintf(&path, "%s/%s", directory, file), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(fchmod(fd, (mode_t)mode), 0);
	cr_assert_eq(close(fd), 0);
	return path;
}

void
temporary_remove(char *directory)
{
	DIR *listing = opendir(directory);
	struct dirent *entry;

	cr_assert_not_null(listing);
	while ((entry = readdir(listing)))
		(void)unlinkat(dirfd(listing), entry->d_name, 0);
	(void)closedir(listing);
	cr_assert_eq(rmdir(directory), 0);
	free(directory);
}

char *
file_text(const char *path)
{
	FILE *stream = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	cr_assert_not_null(stream, "%s", path);
	if (getdelim(&text, &size, '\0', stream) < 0) {
		free(text);
		text = strdup("");
	}
	(void)fclose(stream);
	return text;
}

char *
source_path(const char *path)
{
	const char *top = getenv("top_srcdir");
	char *out = NULL;

	cr_assert_geq(asprintf(&out, "%s/%s", top ? top : ".", path), 0);
	return out;
}
