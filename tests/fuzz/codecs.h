/* All codecs of wire/ as one list: reads a message and writes its body anew. */
#ifndef FUZZ_CODECS_H
#define FUZZ_CODECS_H

#include "base/span.h"
#include "base/writer.h"

struct codec {
	const char *name; /* such as "smb2_read_request" */
	/* Decodes MESSAGE and, where that went well, encodes what it read to W, which stands at the
	 * body. */
	bool (*again)(struct span message, struct writer *w);
};

/* The I-th codec, NULL past the end. */
const struct codec *codec_at(unsigned i);

/* The one called NAME, or NULL. */
const struct codec *codec_find(const char *name);

#endif
