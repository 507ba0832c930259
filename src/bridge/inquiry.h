/*
 * Asking a server by what name it knows a file: requests of our own, in the session of the client's
 * request that waits for it. The server's word is the only one that counts: what a client calls a
 * file may be a short name, lead through a link, or be a number.
 */
#ifndef BRIDGE_INQUIRY_H
#define BRIDGE_INQUIRY_H

#include "bridge/parts.h"

struct smb2_create_request;

/* Lives as long as a call of it. */
struct inquiry {
	uint64_t ticket;     /* of the client's request that waits for it */
	unsigned step;       /* what it is asked for, in the terms of custody.c */
	unsigned members;    /* calls that there are */
	unsigned unanswered; /* of them */
	uint32_t status;     /* of opening what was asked by name, else SUCCESS; or that the
				session is to be renewed */
	bool may_be_short;   /* the name may be a short one, as the server was asked */
	bool ask_again;      /* it has to be asked in another way: nothing has been found out */
	char *name;          /* UTF-8, below the share; NULL: the server has not told it */
	bool has_links;      /* the server has told whether it has other names */
	bool is_linked;      /* it has */
};

/* Asks for the name of FILE, which is open at the server, for CALL's sake. False: memory is out. */
bool inquiry_open(struct bridge *bridge, struct call *call, unsigned step, struct file_id file);

/*
 * The same for what is at NAME (UTF-16LE, below the share) in the tree that CALL is for: opened
 * without touching it, as LIKE would, and closed again.
 */
bool inquiry_path(struct bridge *bridge, struct call *call, unsigned step,
	const struct smb2_create_request *like, struct span name);

/* Closes FILE, which the client is not to have after all, at the server of CALL. */
void inquiry_close(struct bridge *bridge, const struct call *call, struct file_id file);

/* A call of *INQUIRY (which may be NULL) ends; leaves NULL behind. */
void inquiry_leave(struct inquiry **inquiry);

#endif
