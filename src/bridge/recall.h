/*
 * A server held against what it was seen to be capable of. What counts is what it could have chosen
 * of what it was offered: who offers less, or in another order, learns nothing about the server.
 */
#ifndef BRIDGE_RECALL_H
#define BRIDGE_RECALL_H

#include "base/fault.h"
#include "leg/terms.h"
#include "policy/seen.h"

/* Room for any account of recall_judge(). */
#define RECALL_ACCOUNT_SIZE 192

/*
 * Whether what the server chose of OFFER is less than KNOWN says that it can:
 * fault_server_weakened, and ACCOUNT says what was seen, and when. A dialect of 0 in TERMS: it took
 * nothing of the offer.
 */
fault recall_judge(const struct seen *known, const struct offer *offer, const struct terms *terms,
	char account[RECALL_ACCOUNT_SIZE]) MUST_CHECK;

/* What TERMS, chosen of OFFER at FILETIME ([MS-DTYP] 2.3.3), show that the server can. */
struct seen recall_learn(const struct offer *offer, const struct terms *terms, uint64_t filetime);

#endif
