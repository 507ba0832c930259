/* What a message is, told by its first four bytes: the only thing known before anything is
 * verified. */
#ifndef WIRE_KIND_H
#define WIRE_KIND_H

#include "base/span.h"

enum wire_kind {
	WIRE_OTHER,      /* anything else, also fewer than four bytes */
	WIRE_SMB1,       /* FF 'S' 'M' 'B', [MS-CIFS] 2.2.3.1 */
	WIRE_SMB2,       /* FE 'S' 'M' 'B', [MS-SMB2] 2.2.1 */
	WIRE_TRANSFORM,  /* FD 'S' 'M' 'B', [MS-SMB2] 2.2.41 */
	WIRE_COMPRESSED, /* FC 'S' 'M' 'B', [MS-SMB2] 2.2.42 */
};

/* The kind of MESSAGE, whose transport header is gone already. Says nothing about what follows. */
enum wire_kind wire_kind_of(struct span message);

#endif
