/* What the tests of policy/ share: policies out of text and files, and files of their own. */
#ifndef TESTS_POLICY_SUPPORT_H
#define TESTS_POLICY_SUPPORT_H

#include "policy/decide.h"
#include "policy/policy.h"

/* The policy in TEXT, which must be without fault. */
struct policy *policy_of(const char *text);

/* What is said about TEXT, as support_complaints(); the caller frees it. */
char *complaints_about(const char *text);

/* "line:column: sentence\n" for each error, "warning: line:column: …\n" for each warning. On the
 * heap. */
char *support_complaints(struct diagnostics *diagnostics);

/* A directory of one's own below /tmp, and FILE in it with TEXT and MODE; both are heap strings. */
char *temporary_directory(void);
char *temporary_file(const char *directory, const char *file, const char *text, unsigned mode);

/* Removes the files in DIRECTORY and itself, and frees it. */
void temporary_remove(char *directory);

/* The whole file, on the heap, NUL-terminated; fails the test where it cannot be read. */
char *file_text(const char *path);

/* PATH of the source tree, on the heap. */
char *source_path(const char *path);

#endif
