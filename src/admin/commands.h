/*
 * The subcommands. Each reads its own options with getopt_long (argv[0] is the subcommand's name),
 * writes results to standard output and complaints to standard error, and returns what to exit
 * with: 0 fine, 1 a fault in what was asked, 2 wrong usage, 3 the environment failed.
 */
#ifndef ADMIN_COMMANDS_H
#define ADMIN_COMMANDS_H

enum exit_status { EXIT_FINE = 0, EXIT_FAULT = 1, EXIT_USAGE = 2, EXIT_ENVIRONMENT = 3 };

int cmd_serve(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_account(int argc, char **argv);
int cmd_forget(int argc, char **argv);
int cmd_probe(int argc, char **argv);

#endif
