/* Tells the kinds of message apart by their ProtocolId. */
#include "wire/kind.h"

enum wire_kind
wire_kind_of(struct span message)
{
	if (message.len < 4 || memcmp(message.data + 1, "SMB", 3) != 0)
		return WIRE_OTHER;
	switch (message.data[0]) {
	case 0xff:
		return WIRE_SMB1;
	case 0xfe:
		return WIRE_SMB2;
	case 0xfd:
		return WIRE_TRANSFORM;
	case 0xfc:
		return WIRE_COMPRESSED;
	default:
		return WIRE_OTHER;
	}
}
