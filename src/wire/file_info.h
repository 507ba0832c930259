/*
 * Information on files that we look into, [MS-FSCC] 2.4: what QUERY_INFO brings of a file's names,
 * and what SET_INFO says of where a file is to go. Integers inside of their structures, no
 * messages.
 */
#ifndef WIRE_FILE_INFO_H
#define WIRE_FILE_INFO_H

#include "base/reader.h"

/* Classes of InfoType SMB2_INFO_FILE; that of normalized names is in smb2_query_info.h. */
#define FILE_STANDARD_INFORMATION 5
#define FILE_RENAME_INFORMATION 10
#define FILE_LINK_INFORMATION 11
#define FILE_ALL_INFORMATION 18
#define FILE_SHORT_NAME_INFORMATION 40
#define FILE_RENAME_INFORMATION_EX 65
#define FILE_LINK_INFORMATION_EX 72

/* FileStandardInformation, as far as it concerns us. */
struct file_standard_information {
	uint32_t links;
	bool is_directory;
};

/* FileRenameInformation and FileLinkInformation, in the one form that SMB2 gives both. */
struct file_rename_information {
	uint64_t root;    /* what NAME is relative to; zero: the share's root */
	struct span name; /* UTF-16LE, no NUL */
};

/* Each takes the whole structure; false where it is malformed. */
bool file_standard_information_decode(struct span bytes, struct file_standard_information *out);

/* FileNormalizedNameInformation, [MS-FSCC] 2.4: the name, UTF-16LE. */
bool file_name_information_decode(struct span bytes, struct span *name);

/* FileAllInformation: both of the above. */
bool file_all_information_decode(
	struct span bytes, struct file_standard_information *standard, struct span *name);

bool file_rename_information_decode(struct span bytes, struct file_rename_information *out);

#endif
