/* Reads the Registry.pol of a group policy object, [MS-GPREG] 2.2. */
#ifndef POLICY_REGISTRY_POL_H
#define POLICY_REGISTRY_POL_H

#include "policy/harvest.h"
#include "policy/source.h"

/* Whether SOURCE begins as such a file does. */
bool registry_pol_is(const struct source *source);

/* Puts what SOURCE says of HardenedPaths into HARVEST, and so whatever is wrong with it. */
void registry_pol_read(const struct source *source, struct harvest *harvest);

#endif
