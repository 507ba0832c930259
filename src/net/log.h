/*
 * The log sink: events become lines, one write(2) each, from any thread. A reader that stalls costs
 * the program lines, which are counted and owned up to, never more than a moment's standstill.
 */
#ifndef NET_LOG_H
#define NET_LOG_H

#include "base/event.h"
#include "policy/policy.h"

struct log;

/* A sink that writes to FD, which it borrows. NULL when memory is out. */
struct log *log_new(int fd, struct log_config config);
void log_free(struct log **log);

/* Writes *EVENT (which may be NULL) unless it is finer than the sink's level, and frees it. */
void log_write(struct log *log, struct event **event);

#endif
