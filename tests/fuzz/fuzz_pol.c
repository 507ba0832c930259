/* Any bytes as a Registry.pol: as they are, and behind the head of one. */
#include "import_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t head[] = {'P', 'R', 'e', 'g', 1, 0, 0, 0};

	if (size > 65536)
		return 0;
	import_check("", 0, data, size);
	import_check(head, sizeof head, data, size);
	return 0;
}
