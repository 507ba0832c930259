/*
 * What the rules for paths below a share come to for one request: what it says of names, which
 * rules speak of them, and whether the legs are what those demand.
 */
#ifndef BRIDGE_RULING_H
#define BRIDGE_RULING_H

#include "bridge/inquiry.h"
#include "bridge/weigh.h"

/* What a request says of names. */
struct subject {
	bool moves;       /* a rename or a link: what it is about gets another name */
	bool is_around;   /* it touches what lies below, too */
	bool destroys;    /* a CREATE that does more than open what is there */
	bool roams;       /* it may be about more than what it names: nothing is exempt for it */
	bool is_sayable;  /* target is what it names, and can be compared */
	struct span name; /* what a CREATE or a move names, UTF-16LE as it stands */
	char *target;     /* the same in UTF-8; NULL: it names nothing, or nothing sayable */
};

/* Of the request that CALL holds; clear it afterwards. */
void subject_read(const struct call *call, struct subject *out);
void subject_clear(struct subject *subject);

/* Where a name lies: what the rules are asked with. */
struct place_of_file {
	enum reach reach;  /* REACH_ALL: nobody can say */
	char *folded;      /* NULL with REACH_ALL */
	const char *shown; /* for the log: the name as somebody gave it, or NULL; borrowed */
	bool is_linked;    /* it has other names, which is why nobody can say */
	bool is_plain;     /* the name means nothing else: what is exempt there is */
};

/* Of NAME as it was given; NULL: nobody can say. Clear it afterwards. */
struct place_of_file place_named(const char *name);

/* Of what INQUIRY has found out. */
struct place_of_file place_found(const struct inquiry *inquiry);

/* Of the share itself, which nothing below it makes exempt; SHOWN as above. */
struct place_of_file place_of_share(const char *shown);
void place_clear(struct place_of_file *place);

/* What is to be said of a refusal. */
struct ruling {
	fault found;      /* NULL: nothing is refused */
	struct need need; /* the demand that is unmet, if that is why */
	const char *detail;
	struct verdict verdict;
	bool is_most; /* no rule for a path can add to it */
};

/*
 * Holds the legs against what the rules demand of PLACE for CALL's request; AROUND: of what lies
 * below it as well. ALOUD: what is audited and unmet is logged as would-refuse. What is exempt
 * there counts unless the request roams, as its custody says.
 */
struct ruling ruling_judge(struct bridge *bridge, const struct call *call,
	const struct place_of_file *place, bool around, bool aloud);

/* Logs what rules for paths exempt from, as RULING on PLACE says, where that makes a difference;
 * once each for a tree. */
void ruling_say_exempted(struct bridge *bridge, const struct call *call,
	const struct place_of_file *place, const struct ruling *ruling);

/* What OPEN has been found to be held to, held against the legs for CALL's request. */
struct ruling ruling_again(
	const struct bridge *bridge, const struct call *call, const struct open *open);

/* Takes over *RULED, which OPEN is held to from now on, SETTLED or not. */
void ruling_note(struct open *open, struct verdict **ruled, bool settled);

/* Once TREE is connected: what of its rules can make a difference; they are dropped if nothing. */
void ruling_settle(const struct bridge *bridge, struct tree *tree);

/* Whether CALL's request to the server is to be sealed: it reveals names, or OPEN (may be NULL) is
 * private. */
bool ruling_seals(const struct call *call, const struct open *open);

#endif
