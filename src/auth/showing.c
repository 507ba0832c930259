/* What makes a secret of ours one that has been shown before. */
#include "auth/showing.h"

#include <string.h>
#include <sys/stat.h>

#define NT_HASH_SIZE 16

/* A keytab as it is now: one that has been written anew is another secret. */
struct keytab_state {
	dev_t device;
	ino_t file;
	off_t size;
	struct timespec written;
};

static struct span
keytab_look(const char *path, struct keytab_state *out)
{
	struct stat found;

	memset(out, 0, sizeof(*out)); /* which is digested byte by byte */
	if (stat(path, &found) != 0)
		return (struct span){0};
	out->device = found.st_dev;
	out->file = found.st_ino;
	out->size = found.st_size;
	out->written = found.st_mtim;
	return span_of(out, sizeof(*out));
}

static struct span
text(const char *text)
{
	return span_of_text(text ? text : "");
}

enum setbacks_word
showing_begin(const struct initiator_config *config, struct setbacks_try *try, struct setback *why)
{
	bool has_domain = config->domain && *config->domain;
	struct keytab_state state;
	struct span parts[] = {span_of_text("ours"), text(config->user), text(config->domain),
		text(has_domain ? NULL : config->service), text(config->password), {0}};

	*try = (struct setbacks_try){0};
	if (config->nt_hash)
		parts[5] = span_of(config->nt_hash, NT_HASH_SIZE);
	else if (config->keytab)
		parts[5] = keytab_look(config->keytab, &state);
	else if (!config->password)
		return SETBACKS_GO;
	return setbacks_begin(commons_setbacks(config->commons), parts,
		sizeof(parts) / sizeof(parts[0]), try, why);
}
