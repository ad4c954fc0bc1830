/* A rule made ready, and one request as rules look at it; route.c's own. */
#ifndef THRIFT_ROUTE_RULE_H
#define THRIFT_ROUTE_RULE_H

#include "base/arena.h"
#include "base/buf.h"
#include "thrift/detect.h"
#include "thrift/route.h"
#include "thrift/route_pattern.h"
#include "thrift/route_time.h"

/* What `has` and `lacks` speak of. */
enum route_trait {
	TRAIT_TOOLS,
	TRAIT_IMAGES,
	TRAIT_JSON_SCHEMA,
	TRAIT_CODE, /* this and the next: of the last user message */
	TRAIT_MATH,
	TRAITS
};

extern const char *const route_traits[TRAITS];

struct route_ready {
	const struct route_rule *rule;
	unsigned has, lacks; /* bits of traits */
	unsigned scripts;    /* bits, 0: any */
	struct route_time time;
	struct route_pattern *pattern; /* or NULL */
	const char *model, *better;    /* of `use` */
	struct route_weak weak;
};

/* Reads and judges the values of a rule; q->rule is set. 0, or -1 with err_r.
 * A pattern made is the caller's to free in either case. */
int route_ready(struct route_ready *q, struct arena *a, char *err_r,
		size_t err_n);

/* What is found out once for all rules, and only when one asks. */
struct route_look {
	const struct route_ask *ask;
	bool any;        /* is there a user message at all? */
	struct str text; /* the last one */
	unsigned looked, seen; /* bits of traits */
	size_t number[5];      /* counted so far; see route_match.c */
	unsigned counted;      /* bits of these */
	int script;            /* -1: not looked */
	struct route_purse purse;
	bool timed;            /* a rule looked at the clock */
};

void route_look(struct route_look *l, const struct route_ask *ask);
bool route_look_has(struct route_look *l, enum route_trait t);
size_t route_look_chars(struct route_look *l);

/* Do all conditions hold? The first that does not is told in words to `why`,
 * unless that is NULL. */
bool route_holds(const struct route_ready *q, struct route_look *l,
		 struct buf *why);

#endif
