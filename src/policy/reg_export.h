/* Reads what regedit exports: "Windows Registry Editor Version 5.00" and REGEDIT4. */
#ifndef POLICY_REG_EXPORT_H
#define POLICY_REG_EXPORT_H

#include "policy/harvest.h"
#include "policy/source.h"

/* A value in a .reg file that is longer than this, with all its lines, is left. */
#define REG_EXPORT_VALUE_MAX 65536u

/* Whether SOURCE begins as such a file does, in UTF-16 with a byte order mark or in UTF-8. */
bool reg_export_is(const struct source *source);

/* Puts what SOURCE says of HardenedPaths into HARVEST, and so whatever is wrong with it. */
void reg_export_read(const struct source *source, struct harvest *harvest);

#endif
