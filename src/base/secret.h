/* Key material and passwords: compared in constant time, wiped when done, never logged. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/span.h"

/* Overwrites LEN bytes in a way the compiler may not drop. */
void secret_wipe(void *bytes, size_t len);

/* Whether LEN bytes are equal, in time that depends on LEN alone. */
bool secret_equal(const void *a, const void *b, size_t len);

/* A copy of TEXT on the heap for secret_free_text(); NULL when memory is out. */
char *secret_copy_text(const char *text);

/* Wipes and frees *TEXT (which may be NULL) and leaves NULL behind. */
void secret_free_text(char **text);

#endif
