/* Asking the domain as whom this machine is in it, so that clients' challenges can say so. */
#ifndef NET_STUDY_H
#define NET_STUDY_H

#include <stdbool.h>

struct commons;
struct workers;

/* Lets WORKERS ask, and COMMONS, which outlives them, remember. False: memory is out. */
bool study_begin(struct workers *workers, struct commons *commons);

#endif
