/* `smbwarden import`: HardenedPaths from Windows' own files, as a section of a policy. */
#include "admin/commands.h"

#include "policy/import.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

static const char help[] =
	"Usage: smbwarden import FILE\n"
	"\n"
	"Writes the HardenedPaths of FILE to standard output as the section `hardened_paths` of a\n"
	"policy. FILE is a .reg export, in UTF-16 or UTF-8, or the Registry.pol of a group policy\n"
	"object. What holds in the end is taken over as it stands; what a policy cannot say "
	"becomes\n"
	"a comment with the reason, and a complaint. Keys other than HardenedPaths are passed "
	"over.\n"
	"\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: 0 all was taken over; 1 something was not, or FILE is neither of both (then\n"
	"nothing is written); 2 wrong usage; 3 FILE cannot be read.\n";

/* The file in *PATH; false: do not go on, and exit with *STATUS. */
static bool
options_read(int argc, char **argv, const char **path, int *status)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	int option = getopt_long(argc, argv, "h", options, NULL);

	if (option != -1) {
		*status = option == 'h' ? EXIT_FINE : EXIT_USAGE;
		(void)fputs(option == 'h' ? help : "Try 'smbwarden import --help'.\n",
			option == 'h' ? stdout : stderr);
		return false;
	}
	*path = argv[optind];
	if (optind + 1 == argc)
		return true;
	(void)fputs(
		"smbwarden import: one file is wanted; try 'smbwarden import --help'\n", stderr);
	*status = EXIT_USAGE;
	return false;
}

int
cmd_import(int argc, char **argv)
{
	struct diagnostics *diagnostics;
	const char *path = NULL;
	int status = EXIT_FINE;

	if (!options_read(argc, argv, &path, &status))
		return status;
	diagnostics = diagnostics_new();
	if (!diagnostics) {
		(void)fputs("smbwarden import: memory is out\n", stderr);
		return EXIT_ENVIRONMENT;
	}
	(void)import_file(path, stdout, diagnostics);
	diagnostics_print(diagnostics, stderr);
	status = diagnostics_exit_status(diagnostics);
	diagnostics_free(&diagnostics);
	if (fflush(stdout) == 0)
		return status;
	perror("smbwarden import: standard output");
	return EXIT_ENVIRONMENT;
}
