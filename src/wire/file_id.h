/* SMB2_FILEID, [MS-SMB2] 2.2.14.1: the two halves by which an open is known on the wire. */
#ifndef WIRE_FILE_ID_H
#define WIRE_FILE_ID_H

#include "base/reader.h"
#include "base/writer.h"

#define FILE_ID_SIZE 16

struct file_id {
	uint64_t persistent;
	uint64_t volatile_;
};

/* The 16 bytes at the cursor. */
struct file_id file_id_decode(struct reader *r);
void file_id_encode(struct writer *w, struct file_id id);

/* Whether ID means "the open of the request before", [MS-SMB2] 3.3.5.2.7.2, or no open at
 * all, 2.2.31. */
bool file_id_is_all_ones(struct file_id id);

bool file_id_equal(struct file_id a, struct file_id b);

#endif
