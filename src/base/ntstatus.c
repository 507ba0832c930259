/* The names of NTSTATUS codes. */
#include "base/ntstatus.h"

#include <stddef.h>

/* A switch, so that the compiler refuses a value that is entered twice. */
const char *
ntstatus_name(uint32_t status)
{
	switch (status) {
#define NTSTATUS(name, value)                                                                      \
	case value:                                                                                \
		return #name;
#include "base/ntstatus.def"
#undef NTSTATUS
	default:
		return NULL;
	}
}
