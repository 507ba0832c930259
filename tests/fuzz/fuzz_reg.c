/* Any bytes as a .reg file: as they are, and behind the head of one, in either encoding. */
#include "import_check.h"

#define KEY                                                                                        \
	"[HKEY_LOCAL_"                                                                             \
	"MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\NetworkProvider\\HardenedPaths]"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char narrow[] = "REGEDIT4\n" KEY "\n";
	static const char wide[] = "Windows Registry Editor Version 5.00\n" KEY "\n";
	uint8_t head[2 * sizeof wide];

	if (size > 65536)
		return 0;
	head[0] = 0xff;
	head[1] = 0xfe;
	for (size_t i = 0; i + 1 < sizeof wide; i++) {
		head[2 + 2 * i] = (uint8_t)wide[i];
		head[3 + 2 * i] = 0;
	}
	import_check("", 0, data, size);
	import_check(narrow, sizeof narrow - 1, data, size);
	import_check(wide, sizeof wide - 1, data, size);
	import_check(head, 2 * sizeof wide, data, size);
	return 0;
}
