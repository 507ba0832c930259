/* Tells the two forms apart and leads either to `hardened_paths`. */
#include "policy/import.h"

#include "policy/harvest.h"
#include "policy/reg_export.h"
#include "policy/registry_pol.h"

static void
complain(struct diagnostics *diagnostics, const struct source *source, enum severity severity,
	const char *sentence)
{
	struct place place = {.file = source->path};

	diagnostics_add(diagnostics, severity, &place, NULL, "%s", sentence);
}

bool
import_source(const struct source *source, FILE *stream, struct diagnostics *diagnostics)
{
	void (*read)(const struct source *, struct harvest *) =
		registry_pol_is(source) ? registry_pol_read
		: reg_export_is(source) ? reg_export_read
					: NULL;
	struct harvest *harvest;
	bool settled;

	if (!read) {
		complain(diagnostics, source, SEVERITY_ERROR,
			"this is neither a .reg file, in UTF-16 or UTF-8, nor a Registry.pol");
		return false;
	}
	harvest = harvest_new(source->path, diagnostics);
	if (!harvest) {
		complain(diagnostics, source, SEVERITY_FAILURE, "memory is out");
		return false;
	}
	read(source, harvest);
	settled = harvest_settle(harvest);
	if (settled)
		harvest_write(harvest, stream);
	if (settled && !harvest_taken(harvest))
		complain(diagnostics, source, SEVERITY_WARNING,
			"no HardenedPaths were taken over from this file");
	harvest_free(&harvest);
	return settled;
}

bool
import_file(const char *path, FILE *stream, struct diagnostics *diagnostics)
{
	struct place place = {.file = path};
	struct source *source = source_read(path, SOURCE_PUBLIC, &place, NULL, diagnostics);
	bool imported = source && import_source(source, stream, diagnostics);

	source_free(&source);
	return imported;
}
