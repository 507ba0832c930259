/* Reads, writes and compares SMB2_FILEID, [MS-SMB2] 2.2.14.1. */
#include "wire/file_id.h"

struct file_id
file_id_decode(struct reader *r)
{
	struct file_id id;

	id.persistent = reader_u64(r);
	id.volatile_ = reader_u64(r);
	return id;
}

void
file_id_encode(struct writer *w, struct file_id id)
{
	writer_u64(w, id.persistent);
	writer_u64(w, id.volatile_);
}

bool
file_id_is_all_ones(struct file_id id)
{
	return id.persistent == UINT64_MAX && id.volatile_ == UINT64_MAX;
}

bool
file_id_equal(struct file_id a, struct file_id b)
{
	return a.persistent == b.persistent && a.volatile_ == b.volatile_;
}
