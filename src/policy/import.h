/* HardenedPaths out of a .reg export or a Registry.pol, as `hardened_paths` of a policy. */
#ifndef POLICY_IMPORT_H
#define POLICY_IMPORT_H

#include "policy/diagnostics.h"
#include "policy/source.h"

/*
 * Reads PATH, tells by its beginning which of both it is, and writes YAML to STREAM. Whatever
 * cannot be taken over is an error in DIAGNOSTICS, and a comment in what is written. False where
 * the file cannot be used at all: then nothing is written.
 */
bool import_file(const char *path, FILE *stream, struct diagnostics *diagnostics);

/* The same from a SOURCE that has been read. */
bool import_source(const struct source *source, FILE *stream, struct diagnostics *diagnostics);

#endif
