/*
 * A main() for any fuzz target and any compiler: runs the target once over each file named, and
 * over each file in each directory named. Each input lies in a buffer of its very size, for
 * sanitizers.
 */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Longer inputs are refused: the corpus is meant to be small. */
#define INPUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The whole of a file on the heap, *SIZE bytes; NULL and a word on stderr where that fails. */
static uint8_t *
input_read(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size ? size : 1);
	bool whole = file && data && fread(data, 1, size, file) == size;

	if (file)
		fclose(file);
	if (whole)
		return data;
	perror(path);
	free(data);
	return NULL;
}

/* Runs the target over one file: 1, or 0 where it cannot be read. */
static unsigned
file_run(const char *path, size_t size)
{
	uint8_t *data = size <= INPUT_MAX ? input_read(path, size) : NULL;

	if (!data)
		return 0;
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static unsigned directory_run(const char *path, unsigned *failed);

/* Runs what is at PATH and returns how many inputs there were. */
static unsigned
path_run(const char *path, unsigned *failed)
{
	unsigned ran = 0;
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return directory_run(path, failed);
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		ran = file_run(path, (size_t)st.st_size);
	else
		perror(path);
	*failed += !ran;
	return ran;
}

static unsigned
directory_run(const char *path, unsigned *failed)
{
	DIR *dir = opendir(path);
	char name[PATH_MAX];
	struct dirent *entry;
	unsigned ran = 0;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) < (int)sizeof(name))
			ran += path_run(name, failed);
	}
	if (dir)
		closedir(dir);
	else
		*failed += 1;
	return ran;
}

/* Fails where an input cannot be read, and where there is none: an empty corpus proves nothing. */
int
main(int argc, char **argv)
{
	unsigned ran = 0, failed = 0;

	for (int i = 1; i < argc; i++)
		ran += path_run(argv[i], &failed);
	printf("%u inputs, %u could not be read\n", ran, failed);
	return ran == 0 || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
