/* NTSTATUS codes, [MS-ERREF] 2.3.1. */
#ifndef BASE_NTSTATUS_H
#define BASE_NTSTATUS_H

#include <stdbool.h>
#include <stdint.h>

enum ntstatus {
#define NTSTATUS(name, value) STATUS_##name = value,
#include "base/ntstatus.def"
#undef NTSTATUS
};

/* Whether the two severity bits say error ([MS-ERREF] 2.3): warnings such as BUFFER_OVERFLOW carry data. */
static inline bool
ntstatus_is_error(uint32_t status)
{
	return status >> 30 == 3;
}

/* The name without "STATUS_", such as "ACCESS_DENIED"; NULL where the table does not know it. */
const char *ntstatus_name(uint32_t status);

#endif
