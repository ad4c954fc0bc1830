/*
 * `larder route`: what would become of each request of a file, without asking
 * anybody. route.c reads the file, route_line.c a line of it, route_plan.c
 * thinks, route_print.c and route_json.c tell, route_total.c sums up;
 * route_advise.c is `larder route --advise`.
 */
#ifndef CMD_ROUTE_H
#define CMD_ROUTE_H

#include <stdio.h>

#include "dialect/chat.h"
#include "serve/req.h"

/* One request. */
struct route_line {
	size_t number; /* of the line, from 1 */
	struct json doc;
	struct chat chat;
	struct str tenant, tag; /* as its envelope says; or empty */
};

/*
 * Reads a body, or {"body": {...}} with "endpoint" (or the "url" of OpenAI's
 * batch files), "tenant" and "tag" beside it. Without an endpoint it is told
 * from the body. 0, or -1 with why in err_r. Memory from a.
 */
int route_line_read(struct route_line *l, struct arena *a, struct str text,
		    char *err_r, size_t err_n);

/* One model it may be asked of. */
struct route_leg {
	struct str name;               /* as callers call the model */
	struct target at;              /* without an upstream: refused */
	const char *refused;           /* why it would be; or NULL */
	size_t tokens;                 /* of the prompt as it came */
	bool exact;
	size_t gone, gone_tokens;      /* messages that trimming drops */
	size_t sent;                   /* tokens of what is left, in the words
					* of its API */
	size_t summary;                /* tokens in their place, at most */
	int64_t most;                  /* tokens an answer may have; -1 */
	picousd input;                 /* of the prompt as it is sent */
	picousd thousand;              /* of 1,000 tokens of an answer */
	picousd answer;                /* of the longest answer */
};

struct route_plan {
	struct route_choice choice;
	bool pinned;               /* answered without any model */
	size_t n;                  /* legs: 1, or 2 (cascade, classify) */
	struct route_leg leg[2];
	struct route_leg asked;    /* the model that was named, untrimmed */
	bool moved;                /* it is another, or the prompt is cut */
};

void route_plan_make(struct route_plan *p, struct arena *a, struct site *s,
		     const struct route_line *l);
/* What conditions look at. */
struct route_ask route_plan_ask(const struct route_line *l);
/* What the plan saves of the prompt, and of 1,000 tokens of an answer;
 * PRICE_UNKNOWN when it is not known, or not known before somebody is
 * asked. */
picousd route_plan_saved(const struct route_plan *p);
picousd route_plan_saved_thousand(const struct route_plan *p);

/* Which model is asked when, of two: "simple", "if weak", ... */
const char *route_when(const struct route_plan *p, size_t leg);

/* -- all of them ----------------------------------------------------------- */

struct route_count {
	struct str name;
	size_t n;
};

struct route_total {
	struct arena *a;
	size_t requests, broken, refused, pinned, either;
	size_t tokens, gone, gone_tokens;
	picousd least, most;    /* of the prompts, from and to */
	size_t unpriced;        /* prompts not in there */
	picousd saved;          /* of the prompts */
	size_t unsaved;         /* of which it is not known */
	struct route_count *model;
	size_t nmodels, room;
};

void route_total_add(struct route_total *t, const struct route_plan *p);
void route_total_print(const struct route_total *t, FILE *out);
void route_total_json(const struct route_total *t, FILE *out);

/* -- telling --------------------------------------------------------------- */

/* With `why`, also of the rules that do not match. */
void route_print(const struct route_line *l, const struct route_plan *p,
		 const struct site *s, struct arena *a, bool why, FILE *out);
void route_json(const struct route_line *l, const struct route_plan *p,
		const struct site *s, struct arena *a, bool why, FILE *out);

/* A text of a stranger, cut, without what could steer a terminal. */
const char *route_shown(struct arena *a, struct str s);

/* "0.00012", or "?" */
const char *route_money(struct arena *a, picousd v);

/* -- advice ---------------------------------------------------------------- */

struct route_advice;
struct route_advice *route_advice_new(struct site *s);
void route_advice_free(struct route_advice **v);
void route_advice_add(struct route_advice *v, const struct route_line *l);
void route_advice_print(struct route_advice *v, bool as_json, FILE *out);

#endif
