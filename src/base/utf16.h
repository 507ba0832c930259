/* UTF-16LE as SMB carries it, UTF-8 as we keep it, and case as Windows ignores it. */
#ifndef BASE_UTF16_H
#define BASE_UTF16_H

#include "base/span.h"

/*
 * UTF-16LE bytes as a NUL-terminated UTF-8 string on the heap; the caller frees it.
 * NULL for an odd length, an embedded NUL, an unpaired surrogate, or when memory is out: a name that
 * cannot be written down exactly is refused, never approximated.
 */
char *utf16_to_utf8(struct span utf16);

/* TEXT, which must be valid UTF-8, as UTF-16LE bytes on the heap, *LEN of them, without a NUL; NULL if it is not, or memory is out. */
uint8_t *utf16_from_utf8(const char *text, size_t *len);

/*
 * TEXT with every character upper-cased by the simple (one to one) mapping, on the heap; NULL for
 * invalid UTF-8. NTLM hashes user names this way ([MS-NLMP] 3.3.2).
 */
char *utf8_upper(const char *text);

/*
 * TEXT folded for comparison: two names are the same name for a file server when their folded forms
 * are equal bytes. On the heap; NULL for invalid UTF-8.
 */
char *utf8_fold(const char *text);

/* Whether two UTF-8 strings are equal with case ignored. Invalid UTF-8 equals nothing. */
bool utf8_same(const char *a, const char *b);

#endif
