/* The direct TCP transport ([MS-SMB2] 2.1): a zero byte, the message's length in three bytes,
 * network order. */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#define TRANSPORT_HEADER 4
#define TRANSPORT_MAX 0xffffff

#endif
