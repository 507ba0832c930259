/* Information on files that we look into, [MS-FSCC] 2.4. */
#include "wire/file_info.h"

/* Where the parts of FileAllInformation stand, [MS-FSCC] 2.4.2. */
#define ALL_STANDARD_AT 40
#define ALL_NAME_AT 96

/* FileStandardInformation may end behind its last field or with two reserved bytes, 2.4.41. */
static void
standard_read(struct reader *r, struct file_standard_information *out)
{
	reader_skip(r, 16); /* AllocationSize, EndOfFile */
	out->links = reader_u32(r);
	reader_skip(r, 1); /* DeletePending */
	out->is_directory = reader_u8(r) != 0;
}

static void
name_read(struct reader *r, struct span *name)
{
	uint32_t length = reader_u32(r);

	*name = reader_bytes(r, length);
}

bool
file_standard_information_decode(struct span bytes, struct file_standard_information *out)
{
	struct reader r = reader_over(bytes);

	*out = (struct file_standard_information){0};
	standard_read(&r, out);
	return reader_ok(&r);
}

bool
file_name_information_decode(struct span bytes, struct span *name)
{
	struct reader r = reader_over(bytes);

	name_read(&r, name);
	return reader_ok(&r);
}

bool
file_all_information_decode(
	struct span bytes, struct file_standard_information *standard, struct span *name)
{
	struct reader r = reader_over(bytes);

	*standard = (struct file_standard_information){0};
	reader_seek(&r, ALL_STANDARD_AT);
	standard_read(&r, standard);
	reader_seek(&r, ALL_NAME_AT);
	name_read(&r, name);
	return reader_ok(&r);
}

bool
file_rename_information_decode(struct span bytes, struct file_rename_information *out)
{
	struct reader r = reader_over(bytes);
	uint32_t length;

	*out = (struct file_rename_information){0};
	reader_skip(&r, 8); /* ReplaceIfExists or Flags, Reserved */
	out->root = reader_u64(&r);
	length = reader_u32(&r);
	out->name = reader_bytes(&r, length);
	return reader_ok(&r);
}
