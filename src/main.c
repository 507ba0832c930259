/* The command line: finds the subcommand and lets it read the rest. */
#include "admin/commands.h"

#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *words;
} commands[] = {
	{"serve", cmd_serve, "run the proxy in the foreground"},
	{"check", cmd_check, "read the policy and say everything that is wrong with it"},
	{"explain", cmd_explain, "say what holds for a share, and which rules make it so"},
	{"import", cmd_import, "make hardened_paths of a .reg export or a Registry.pol"},
	{"probe", cmd_probe, "say what a server negotiates, and whether that meets its rules"},
	{"account", cmd_account, "add, list and remove accounts"},
	{"forget", cmd_forget, "let a server be weaker than it was seen to be"},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static int
print_help(void)
{
	(void)fputs("Usage: smbwarden SUBCOMMAND [OPTION]...\n"
		    "\n"
		    "Puts SMB client hardening in front of clients that cannot have it: old "
		    "clients in,\n"
		    "signed or sealed SMB 3.1.1 out, and nothing weaker than the policy says.\n"
		    "\n",
		stdout);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		(void)printf("  %-10s%s\n", commands[i].name, commands[i].words);
	(void)fputs("\n"
		    "  --version   print the version\n"
		    "  --help      this text; SUBCOMMAND --help says more\n"
		    "\n"
		    "Exit status: 0 fine; 1 a fault in what was asked; 2 wrong usage; 3 the "
		    "environment\n"
		    "failed, such as a port that is taken.\n",
		stdout);
	return EXIT_FINE;
}

static int
print_version(void)
{
	(void)puts("smbwarden " PACKAGE_VERSION);
	return EXIT_FINE;
}

static const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	const struct command *command = command_find(word);

	if (command)
		return command->run(argc - 1, argv + 1);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return print_help();
	if (strcmp(word, "--version") == 0)
		return print_version();
	if (*word)
		(void)fprintf(stderr, "smbwarden: '%s' is no subcommand\n", word);
	else
		(void)fputs("smbwarden: a subcommand is missing\n", stderr);
	(void)fputs("Try 'smbwarden --help'.\n", stderr);
	return EXIT_USAGE;
}
