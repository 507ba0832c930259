/*
 * FSCTL_VALIDATE_NEGOTIATE_INFO, [MS-SMB2] 2.2.31.4 and 2.2.32.6: what was negotiated, said once
 * more under signature. Input and output are the buffers of an IOCTL, not messages.
 */
#ifndef WIRE_VALIDATE_NEGOTIATE_H
#define WIRE_VALIDATE_NEGOTIATE_H

#include "wire/smb2_negotiate.h"
#include "base/writer.h"

#define VALIDATE_NEGOTIATE_OUTPUT_SIZE 24

struct validate_negotiate_input {
	uint32_t capabilities;
	uint8_t client_guid[16];
	uint16_t security_mode;
	uint16_t dialect_count;
	uint16_t dialects[SMB2_DIALECTS_MAX];
};

struct validate_negotiate_output {
	uint32_t capabilities;
	uint8_t server_guid[16];
	uint16_t security_mode;
	uint16_t dialect;
};

/* False where BYTES is too short for what it says, names too many dialects, or (output) is not 24
 * bytes. */
bool validate_negotiate_input_decode(struct span bytes, struct validate_negotiate_input *out);
bool validate_negotiate_output_decode(struct span bytes, struct validate_negotiate_output *out);

/* Append to W, wherever it stands. */
void validate_negotiate_input_encode(struct writer *w, const struct validate_negotiate_input *in);
void validate_negotiate_output_encode(struct writer *w, const struct validate_negotiate_output *in);

#endif
