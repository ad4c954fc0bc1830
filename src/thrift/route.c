#include "thrift/route.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

/*
 * What one look at one message may cost. pcre2's own limits count anew from
 * each place in the text, so a pattern that is slow everywhere would still
 * take the square of the message. Hence a callout before every item of the
 * pattern: it pays for itself and for the distance gone since the last one,
 * out of a purse that grows with the message up to a point. The purse holds
 * for all rules together, and counting (not timing) makes the same message
 * always go the same way.
 */
#define PURSE_BASE 500000
#define PURSE_PER_BYTE 64
#define PURSE_BYTES 65536
#define CALLOUT_COST 16

#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 10000
#define HEAP_LIMIT_KIB 4096

struct route {
	const struct route_rule *rule;
	pcre2_code **code; /* by rule; NULL without a pattern */
	size_t n;
};

/* -- making ---------------------------------------------------------------- */

static pcre2_code *compile(const struct route_rule *rule, char *err_r,
			   size_t err_n)
{
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	pcre2_code *code;
	int rc;

	code = pcre2_compile((PCRE2_SPTR)rule->pattern, PCRE2_ZERO_TERMINATED,
			     PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF |
			     PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT,
			     &rc, &at, NULL);
	if (code)
		return code;
	pcre2_get_error_message(rc, why, sizeof(why));
	snprintf(err_r, err_n, "[route %s] (line %d): pattern, character %zu: "
		 "%s", rule->item.name, rule->item.line, (size_t)at + 1,
		 (const char *)why);
	return NULL;
}

static int make_rule(struct route *r, size_t i, char *err_r, size_t err_n)
{
	const struct route_rule *rule = &r->rule[i];

	if (!rule->use) {
		snprintf(err_r, err_n, "[route %s] (line %d): `use` is "
			 "missing", rule->item.name, rule->item.line);
		return -1;
	}
	if (!rule->pattern)
		return 0;
	r->code[i] = compile(rule, err_r, err_n);
	return r->code[i] ? 0 : -1;
}

struct route *route_new(const struct route_rule *rules, size_t n,
			char *err_r, size_t err_n)
{
	struct route *r = calloc(1, sizeof(*r));

	if (r)
		r->code = calloc(n + 1, sizeof(*r->code));
	if (!r || !r->code) {
		snprintf(err_r, err_n, "no memory");
		free(r);
		return NULL;
	}
	r->rule = rules;
	r->n = n;
	for (size_t i = 0; i < n; i++)
		if (make_rule(r, i, err_r, err_n) < 0) {
			route_free(&r);
			return NULL;
		}
	return r;
}

void route_free(struct route **r)
{
	if (!*r)
		return;
	for (size_t i = 0; i < (*r)->n; i++)
		pcre2_code_free((*r)->code[i]);
	free((*r)->code);
	free(*r);
	*r = NULL;
}

/* -- matching -------------------------------------------------------------- */

struct look {
	const struct chat *chat;
	bool any;        /* is there a user message at all? */
	struct str text; /* the last one */
	size_t chars;
	size_t purse;    /* work left */
	size_t at;       /* where the last callout was */
};

static bool has_user_turn(const struct chat *c)
{
	for (size_t i = 0; i < c->nturn; i++)
		if (c->turn[i].role == ROLE_USER)
			return true;
	return false;
}

static void look_at(struct look *l, const struct chat *c)
{
	size_t n;

	l->chat = c;
	l->text = c->shape == SHAPE_COMPLETION ? c->prompt : c->last_user;
	l->any = l->text.n > 0 || has_user_turn(c);
	if (!l->text.p)
		l->text = STR("");
	l->chars = utf8_count(l->text);
	n = l->text.n < PURSE_BYTES ? l->text.n : PURSE_BYTES;
	l->purse = PURSE_BASE + PURSE_PER_BYTE * n;
}

static int on_callout(pcre2_callout_block *b, void *ctx)
{
	struct look *l = ctx;
	size_t at = b->current_position, cost = CALLOUT_COST;

	cost += at > l->at ? at - l->at : l->at - at;
	l->at = at;
	if (cost > l->purse) {
		l->purse = 0;
		return PCRE2_ERROR_MATCHLIMIT;
	}
	l->purse -= cost;
	return 0;
}

static bool match_pattern(const pcre2_code *code, struct look *l)
{
	pcre2_match_context *ctx = pcre2_match_context_create(NULL);
	pcre2_match_data *found = pcre2_match_data_create(1, NULL);
	int rc = PCRE2_ERROR_NOMEMORY;

	if (ctx && found) {
		pcre2_set_match_limit(ctx, MATCH_LIMIT);
		pcre2_set_depth_limit(ctx, DEPTH_LIMIT);
		pcre2_set_heap_limit(ctx, HEAP_LIMIT_KIB);
		pcre2_set_callout(ctx, on_callout, l);
		l->at = 0;
		rc = pcre2_match(code, (PCRE2_SPTR)l->text.p, l->text.n, 0, 0,
				 found, ctx);
	}
	pcre2_match_data_free(found);
	pcre2_match_context_free(ctx);
	return rc >= 0;
}

static bool has_model(const struct conf_words *model, struct str name)
{
	for (size_t i = 0; i < model->n; i++)
		if (str_is(name, model->word[i]))
			return true;
	return model->n == 0;
}

static bool match_rule(const struct route_rule *rule, const pcre2_code *code,
		       struct look *l)
{
	bool of_text = code || rule->min_chars >= 0 || rule->max_chars >= 0;

	if (!has_model(&rule->model, l->chat->model_name))
		return false;
	if (of_text && !l->any)
		return false;
	if (rule->min_chars >= 0 && l->chars < (size_t)rule->min_chars)
		return false;
	if (rule->max_chars >= 0 && l->chars > (size_t)rule->max_chars)
		return false;
	return !code || match_pattern(code, l);
}

const struct route_rule *route_match(const struct route *r,
				     const struct chat *c)
{
	struct look l = { 0 };

	if (!r->n)
		return NULL;
	look_at(&l, c);
	for (size_t i = 0; i < r->n; i++)
		if (match_rule(&r->rule[i], r->code[i], &l))
			return &r->rule[i];
	return NULL;
}
