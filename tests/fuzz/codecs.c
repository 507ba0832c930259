/* All codecs of wire/ as one list, made from codecs.def. */
#include "codecs.h"
#include "wire/smb2_cancel.h"
#include "wire/smb2_change_notify.h"
#include "wire/smb2_close.h"
#include "wire/smb2_create.h"
#include "wire/smb2_echo.h"
#include "wire/smb2_error.h"
#include "wire/smb2_flush.h"
#include "wire/smb2_ioctl.h"
#include "wire/smb2_lock.h"
#include "wire/smb2_logoff.h"
#include "wire/smb2_negotiate.h"
#include "wire/smb2_oplock_break.h"
#include "wire/smb2_query_directory.h"
#include "wire/smb2_query_info.h"
#include "wire/smb2_read.h"
#include "wire/smb2_session_setup.h"
#include "wire/smb2_set_info.h"
#include "wire/smb2_tree_connect.h"
#include "wire/smb2_tree_disconnect.h"
#include "wire/smb2_write.h"

/* clang-format off */
#define CODEC(name, out) \
	static bool \
	name##_again(struct span message, struct writer *w) \
	{ \
		struct out in; \
		if (!name##_decode(message, &in)) \
			return false; \
		name##_encode(w, &in); \
		return true; \
	}
#define BARE(name) \
	static bool \
	name##_again(struct span message, struct writer *w) \
	{ \
		if (!name##_decode(message)) \
			return false; \
		name##_encode(w); \
		return true; \
	}
#include "codecs.def"
#undef CODEC
#undef BARE

static const struct codec codecs[] = {
#define CODEC(name, out) {#name, name##_again},
#define BARE(name) {#name, name##_again},
#include "codecs.def"
#undef CODEC
#undef BARE
};
/* clang-format on */

const struct codec *
codec_at(unsigned i)
{
	return i < sizeof(codecs) / sizeof(codecs[0]) ? &codecs[i] : NULL;
}

const struct codec *
codec_find(const char *name)
{
	const struct codec *codec;

	for (unsigned i = 0; (codec = codec_at(i)); i++)
		if (strcmp(codec->name, name) == 0)
			return codec;
	return NULL;
}
