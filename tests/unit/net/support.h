/* What tests of net/ share: a loop that runs for as long as a test wants. */
#ifndef TESTS_NET_SUPPORT_H
#define TESTS_NET_SUPPORT_H

#include "net/loop.h"

#include <stdint.h>

/* Runs LOOP for MS milliseconds. */
void run_for(struct loop *loop, unsigned ms);

/* Runs LOOP until *COUNT is at least WANTED; fails the test where that takes longer than five
 * seconds. */
void run_until(struct loop *loop, const unsigned *count, unsigned wanted);

/* A socket that listens on a free port of 127.0.0.1, in *PORT. */
int listen_somewhere(int backlog, uint16_t *port);

/* A socket that is connected to PORT of 127.0.0.1; -1: nobody listens there. */
int connect_to(uint16_t port);

/* A port of 127.0.0.1 where nobody listens. */
uint16_t deaf_port(void);

#endif
