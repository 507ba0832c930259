/* What must hold of whatever import makes of any bytes. */
#ifndef FUZZ_IMPORT_CHECK_H
#define FUZZ_IMPORT_CHECK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Imports HEAD followed by DATA. What is written is a section that a policy takes, without a word
 * of complaint about it; nothing is written only together with a complaint.
 */
void import_check(const void *head, size_t head_len, const uint8_t *data, size_t size);

#endif
