/* What the log has told, and what of it a script has asked for. */
#ifndef SCENES_TOLD_H
#define SCENES_TOLD_H

#include "script.h"
#include "stage.h"

/* The first line of the log that is called NAME (NULL: any), says ASK and WORDS (NULL: any), and
 * that nobody has asked for; it is asked for now. False: there is none. */
bool told_claim(struct stage *stage, const char *name, const char *words, struct ask *ask);

/* Shows what nobody has asked for. */
void told_show(const struct stage *stage);

#endif
