/* SMB2 TREE_CONNECT, [MS-SMB2] 2.2.9 and 2.2.10. */
#ifndef WIRE_SMB2_TREE_CONNECT_H
#define WIRE_SMB2_TREE_CONNECT_H

#include "wire/smb2_header.h"
#include "base/writer.h"

/* Flags of the request, 3.1.1 only; below they are reserved and say nothing */
#define SMB2_TREE_CONNECT_CLUSTER_RECONNECT 0x0001
#define SMB2_TREE_CONNECT_REDIRECT_TO_OWNER 0x0002
#define SMB2_TREE_CONNECT_EXTENSION_PRESENT 0x0004

/* ShareType */
#define SMB2_SHARE_TYPE_DISK 0x01
#define SMB2_SHARE_TYPE_PIPE 0x02
#define SMB2_SHARE_TYPE_PRINT 0x03

/* ShareFlags that somebody here acts on */
#define SMB2_SHAREFLAG_DFS 0x00000001u
#define SMB2_SHAREFLAG_DFS_ROOT 0x00000002u
#define SMB2_SHAREFLAG_ENCRYPT_DATA 0x00008000u
#define SMB2_SHAREFLAG_IDENTITY_REMOTING 0x00040000u
#define SMB2_SHAREFLAG_COMPRESS_DATA 0x00100000u
#define SMB2_SHAREFLAG_ISOLATED_TRANSPORT 0x00200000u

/* Capabilities of the share */
#define SMB2_SHARE_CAP_DFS 0x00000008u
#define SMB2_SHARE_CAP_CONTINUOUS_AVAILABILITY 0x00000010u
#define SMB2_SHARE_CAP_SCALEOUT 0x00000020u
#define SMB2_SHARE_CAP_CLUSTER 0x00000040u
#define SMB2_SHARE_CAP_ASYMMETRIC 0x00000080u
#define SMB2_SHARE_CAP_REDIRECT_TO_OWNER 0x00000100u

/*
 * With EXTENSION_PRESENT the path is found as without, and the tree connect contexts of 2.2.9.2 are
 * left unread: a remoted identity is the caller's to refuse, by this flag and the dialect.
 */
struct smb2_tree_connect_request {
	uint16_t flags;
	struct span path; /* \\server\share in UTF-16LE, no NUL */
};

struct smb2_tree_connect_response {
	uint8_t share_type;
	uint32_t share_flags;
	uint32_t capabilities;
	uint32_t maximal_access;
};

bool smb2_tree_connect_request_decode(struct span message, struct smb2_tree_connect_request *out);
bool smb2_tree_connect_response_decode(struct span message, struct smb2_tree_connect_response *out);

/* The request is never written with an extension: EXTENSION_PRESENT among the flags breaks the
 * writer. */
void smb2_tree_connect_request_encode(struct writer *w, const struct smb2_tree_connect_request *in);
void smb2_tree_connect_response_encode(
	struct writer *w, const struct smb2_tree_connect_response *in);

/* Overwrite one field of a response in place; MESSAGE has passed
 * smb2_tree_connect_response_decode(). */
void smb2_tree_connect_share_flags_set(uint8_t *message, uint32_t share_flags);
void smb2_tree_connect_capabilities_set(uint8_t *message, uint32_t capabilities);

#endif
