/*
 * Which prompts spoil the provider's cache of them? One that begins alike
 * from request to request, but for a time, an id or the order of its tools,
 * is never read again: what stands behind the change is paid for in full.
 *
 * Requests are given in order. Those of one tenant and model whose tools and
 * system text are nearly the same are taken to come from one program; where
 * they differ, and how often the difference is a new one, is what is told.
 * Memory is bounded, time linear in the requests.
 */
#ifndef THRIFT_ADVISE_H
#define THRIFT_ADVISE_H

#include "base/arena.h"
#include "dialect/chat.h"

#define ADVISE_PLACES 8
/* What providers keep of a prompt begins at so many tokens. */
#define ADVISE_LEAST 1024

struct advise_ask {
	struct str tenant, model;
	const struct chat *chat;
	size_t tokens; /* of the whole prompt */
	size_t last;   /* of what is new in it: the last message */
	size_t (*count)(void *ctx, struct str text); /* tokens of a text */
	void *ctx;
};

enum advise_kind {
	ADVISE_TIME,
	ADVISE_DATE,
	ADVISE_UUID,
	ADVISE_ID,      /* letters and digits without sense */
	ADVISE_NUMBER,
	ADVISE_TEXT,    /* anything else */
	ADVISE_ORDER,   /* the same tools, one before the other */
	ADVISE_MEMBERS, /* the same tools, written otherwise */
};

struct advise_place {
	enum advise_kind kind;
	bool tools;     /* in the tools; else in the system text */
	size_t at;      /* byte, from 0, of its first appearance */
	struct str before, piece, after; /* an example; empty for the last two
					  * kinds */
	size_t changes; /* requests that had something new here */
	size_t lost;    /* tokens that were not read from a cache for it */
};

struct advise_group { /* requests alike */
	struct str tenant, model;
	size_t requests;
	size_t lost; /* tokens, of all places */
	struct advise_place place[ADVISE_PLACES]; /* as they stand */
	size_t nplaces;
};

struct advise;

struct advise *advise_new(void);
void advise_free(struct advise **v);
void advise_add(struct advise *v, const struct advise_ask *ask);

/* The groups with places that are worth telling, the dearest first; valid
 * until the next one is added. Returns how many. */
size_t advise_groups(struct advise *v, const struct advise_group **list_r);

/* Requests that were not looked at, since too many programs are in it. */
size_t advise_missed(const struct advise *v);

#endif
