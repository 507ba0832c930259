/* Words to the service manager: the protocol of sd_notify(3), which is a datagram. */
#ifndef NET_NOTIFY_H
#define NET_NOTIFY_H

/* Sends STATE, such as "READY=1", to the socket that the environment names; without one does
 * nothing. */
void notify_send(const char *state);

#endif
