/* SMB2 CREATE, [MS-SMB2] 2.2.13 and 2.2.14, and the create contexts of 2.2.13.2. */
#ifndef WIRE_SMB2_CREATE_H
#define WIRE_SMB2_CREATE_H

#include "wire/file_id.h"
#include "wire/smb2_header.h"
#include "base/writer.h"

/* More create contexts in one message are malformed for us; a client sends a handful. */
#define SMB2_CREATE_CONTEXTS_MAX 64

/* RequestedOplockLevel and OplockLevel */
#define SMB2_OPLOCK_NONE 0x00
#define SMB2_OPLOCK_II 0x01
#define SMB2_OPLOCK_EXCLUSIVE 0x08
#define SMB2_OPLOCK_BATCH 0x09
#define SMB2_OPLOCK_LEASE 0xff

/* One create context: the name is bytes such as "MxAc", or a GUID. */
struct smb2_create_context {
	struct span name;
	struct span data;
};

struct smb2_create_request {
	uint8_t oplock_level;
	uint32_t impersonation_level;
	uint32_t desired_access;
	uint32_t file_attributes;
	uint32_t share_access;
	uint32_t create_disposition;
	uint32_t create_options;
	struct span name; /* relative to the share, UTF-16LE, no NUL; empty: the share's root */
	struct span
		contexts; /* the chain as it stands, for smb2_create_context_next(); empty: none */
};

struct smb2_create_response {
	uint8_t oplock_level;
	uint8_t flags;
	uint32_t create_action;
	uint64_t creation_time;
	uint64_t last_access_time;
	uint64_t last_write_time;
	uint64_t change_time;
	uint64_t allocation_size;
	uint64_t end_of_file;
	uint32_t file_attributes;
	struct file_id file;
	struct span contexts; /* as in the request */
};

/* Where the FileId of a response stands, counted from the header. */
#define SMB2_CREATE_RESPONSE_FILE_AT 128

/* A chain of contexts that is damaged or past the limit makes the message malformed. */
bool smb2_create_request_decode(struct span message, struct smb2_create_request *out);
bool smb2_create_response_decode(struct span message, struct smb2_create_response *out);

/* The chain in IN is copied as it stands. */
void smb2_create_request_encode(struct writer *w, const struct smb2_create_request *in);
void smb2_create_response_encode(struct writer *w, const struct smb2_create_response *in);

/*
 * Walks a chain that a decoder let pass: *REST begins as its span and is moved on; false at the end
 * (and, whoever made the chain, at the first damage). The spans of *OUT borrow the chain.
 */
bool smb2_create_context_next(struct span *rest, struct smb2_create_context *out);

/* The first context of CONTEXTS named by the bytes of NAME; false if there is none. */
bool smb2_create_context_find(
	struct span contexts, const char *name, struct smb2_create_context *out);

/* Appends a chain of COUNT contexts to W, which begins with it (the chain counts its offsets from
 * itself). */
void smb2_create_contexts_encode(
	struct writer *w, const struct smb2_create_context *list, size_t count);

#endif
