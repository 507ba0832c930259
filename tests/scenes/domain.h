/* The domain of a scene: it refuses everybody, in words that the script chooses, and counts. */
#ifndef SCENES_DOMAIN_H
#define SCENES_DOMAIN_H

#include "auth/ntlm_domain.h"

extern const struct ntlm_domain domain_of_scenes;

/* From now on it says STATUS, an NTSTATUS, and nobody has asked yet. */
void domain_say(uint32_t status);

/* How often it has been asked since. */
unsigned domain_asked(void);

#endif
