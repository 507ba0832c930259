/* The client's NEGOTIATE: answered once the listener's server is known, with what both legs can
 * hold. */
#ifndef BRIDGE_NEGOTIATION_H
#define BRIDGE_NEGOTIATION_H

#include "bridge/parts.h"

/* An SMB1 frame: a multi-protocol NEGOTIATE that leads to SMB2, or refused ([MS-SMB2] 3.3.5.3). */
void negotiation_take_smb1(struct bridge *bridge, const struct frame *frame);

/* The SMB2 NEGOTIATE, alone in its frame. */
void negotiation_take(struct bridge *bridge, struct inbound *in, struct message *m);

/* A server became ready or went down: answers the client if that is what it waits for. */
void negotiation_go_on(struct bridge *bridge);

/* FSCTL_VALIDATE_NEGOTIATE_INFO: M's IOCTL with INPUT, in LOGIN ([MS-SMB2] 3.3.5.15.12). */
void negotiation_confirm(
	struct bridge *bridge, struct login *login, const struct message *m, struct span input);

/* What the listener of BRIDGE offers its clients. */
void negotiation_offer(const struct bridge *bridge, const uint8_t guid[16], struct offer *out);

#endif
