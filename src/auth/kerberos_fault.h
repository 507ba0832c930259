/* What Kerberos can fail with, in words of our own. */
#ifndef AUTH_KERBEROS_FAULT_H
#define AUTH_KERBEROS_FAULT_H

#include "base/fault.h"

#include <stdint.h>

/*
 * The fault that the library's error CODE comes to while tickets are fetched and shown; a KDC says
 * little, so several causes share a row. Never NULL: what has no words of its own is
 * kerberos_failed.
 */
fault kerberos_fault(int32_t code);

/* As kerberos_fault() for what comes of the server's own answer: it is the server that failed. */
fault kerberos_fault_of_server(int32_t code);

/* As kerberos_fault() for a client that shows us a ticket. */
fault kerberos_fault_of_client(int32_t code);

#endif
