/*
 * The three messages of NTLMSSP and the AV pairs inside them, as bytes and as structs
 * ([MS-NLMP] 2.2). Spans borrow from the message. Texts are bytes here: UTF-16LE where
 * NTLM_UNICODE is agreed on, else the client's OEM code page.
 */
#ifndef AUTH_NTLM_MESSAGE_H
#define AUTH_NTLM_MESSAGE_H

#include "base/fault.h"
#include "base/reader.h"
#include "base/writer.h"

/* NegotiateFlags ([MS-NLMP] 2.2.2.5), those that we ever look at. */
#define NTLM_UNICODE 0x00000001u
#define NTLM_OEM 0x00000002u
#define NTLM_REQUEST_TARGET 0x00000004u
#define NTLM_SIGN 0x00000010u
#define NTLM_SEAL 0x00000020u
#define NTLM_NTLM 0x00000200u
#define NTLM_ANONYMOUS 0x00000800u
#define NTLM_ALWAYS_SIGN 0x00008000u
#define NTLM_TARGET_TYPE_DOMAIN 0x00010000u
#define NTLM_TARGET_TYPE_SERVER 0x00020000u
#define NTLM_EXTENDED_SECURITY 0x00080000u /* EXTENDED_SESSIONSECURITY */
#define NTLM_TARGET_INFO 0x00800000u
#define NTLM_VERSION 0x02000000u
#define NTLM_128 0x20000000u
#define NTLM_KEY_EXCHANGE 0x40000000u
#define NTLM_56 0x80000000u

#define NTLM_CHALLENGE_SIZE 8
#define NTLM_MIC_SIZE 16

/* Where AUTHENTICATE has its MIC, if it has one ([MS-NLMP] 2.2.1.3). */
#define NTLM_MIC_OFFSET 72

/* The longest text (user, domain, workstation), in bytes on the wire. */
#define NTLM_TEXT_MAX 1024

/* NEGOTIATE. Its domain and workstation serve nobody and are not read. */
struct ntlm_negotiate {
	uint32_t flags;
};

struct ntlm_challenge {
	uint32_t flags;
	uint8_t challenge[NTLM_CHALLENGE_SIZE];
	struct span target_name;
	struct span target_info; /* AV pairs */
};

struct ntlm_authenticate {
	struct span lm;
	struct span nt;
	struct span domain;
	struct span user;
	struct span workstation;
	struct span session_key; /* EncryptedRandomSessionKey */
	uint32_t flags;
	bool has_flags; /* the oldest clients end before the flags */
	bool has_mic; /* there is room for a MIC before the payload; whether it is one, the AV pairs
			 say */
	uint8_t mic[NTLM_MIC_SIZE];
};

/* AvId ([MS-NLMP] 2.2.2.1). */
enum ntlm_av {
	NTLM_AV_END = 0,
	NTLM_AV_COMPUTER = 1, /* UTF-16LE, as all names here */
	NTLM_AV_DOMAIN = 2,
	NTLM_AV_DNS_COMPUTER = 3,
	NTLM_AV_DNS_DOMAIN = 4,
	NTLM_AV_DNS_TREE = 5,
	NTLM_AV_FLAGS = 6,     /* 4 bytes */
	NTLM_AV_TIMESTAMP = 7, /* 8 bytes, FILETIME */
	NTLM_AV_SINGLE_HOST = 8,
	NTLM_AV_TARGET_NAME = 9,
	NTLM_AV_CHANNEL_BINDINGS = 10, /* 16 bytes */
};

/* The bit of NTLM_AV_FLAGS that promises a MIC. */
#define NTLM_AV_FLAG_MIC 0x00000002u

/* Whether MESSAGE begins as every NTLMSSP message does. */
bool ntlm_message_is(struct span message);

/* Each of the following is false where the message is not what it should be, or does not fit in W.
 */

/* Short forms without domain, workstation and version pass: 16 bytes are enough. */
bool ntlm_negotiate_decode(struct span message, struct ntlm_negotiate *out) MUST_CHECK;
bool ntlm_negotiate_encode(struct writer *w, const struct ntlm_negotiate *in) MUST_CHECK;

/* Without target information (40 bytes of header) it passes; `target_info` is empty then. */
bool ntlm_challenge_decode(struct span message, struct ntlm_challenge *out) MUST_CHECK;
bool ntlm_challenge_encode(struct writer *w, const struct ntlm_challenge *in) MUST_CHECK;

/* Forms without session key and flags, without version, without MIC pass. */
bool ntlm_authenticate_decode(struct span message, struct ntlm_authenticate *out) MUST_CHECK;

/* Always with room for the MIC, which is written as it stands in IN. */
bool ntlm_authenticate_encode(struct writer *w, const struct ntlm_authenticate *in) MUST_CHECK;

/* The next AV pair at R; NTLM_AV_END at the end of the list or of the bytes, or where R broke. */
uint16_t ntlm_av_next(struct reader *r, struct span *value);

/* The value of the first pair ID of PAIRS; one without data if there is none before the list ends
 * or breaks. */
struct span ntlm_av_find(struct span pairs, enum ntlm_av id);

/* Whether PAIRS is a list of whole pairs. What follows NTLM_AV_END is not looked at. */
bool ntlm_av_sound(struct span pairs) MUST_CHECK;

/* One more pair at W. */
void ntlm_av_write(struct writer *w, enum ntlm_av id, struct span value);

/*
 * A text of a message as UTF-8 on the heap, from UTF-16LE or, with NTLM_UNICODE not among FLAGS,
 * from ASCII (which is what all OEM code pages share). NULL: it cannot be written down exactly, is
 * longer than NTLM_TEXT_MAX, or memory is out.
 */
char *ntlm_text(struct span text, uint32_t flags);

#endif
