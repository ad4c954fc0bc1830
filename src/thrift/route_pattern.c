#include "thrift/route_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>

#define PURSE_BASE 500000
#define PURSE_PER_BYTE 64
#define PURSE_BYTES 65536
#define CALLOUT_COST 16

#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 10000
#define HEAP_LIMIT_KIB 4096

/* A compiled pattern goes by the name this floor gives it. */
static pcre2_code *code_of(const struct route_pattern *p)
{
	return (pcre2_code *)p;
}

struct route_pattern *route_pattern_new(const char *text, char *err_r,
					size_t err_n)
{
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	pcre2_code *code;
	int rc;

	code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
			     PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF |
			     PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT,
			     &rc, &at, NULL);
	if (code)
		return (struct route_pattern *)code;
	pcre2_get_error_message(rc, why, sizeof(why));
	snprintf(err_r, err_n, "character %zu: %s", (size_t)at + 1,
		 (const char *)why);
	return NULL;
}

void route_pattern_free(struct route_pattern *p)
{
	pcre2_code_free(code_of(p));
}

void route_purse_fill(struct route_purse *p, struct str text)
{
	size_t n = text.n < PURSE_BYTES ? text.n : PURSE_BYTES;

	p->left = PURSE_BASE + PURSE_PER_BYTE * n;
	p->at = 0;
}

static int on_callout(pcre2_callout_block *b, void *ctx)
{
	struct route_purse *p = ctx;
	size_t at = b->current_position, cost = CALLOUT_COST;

	cost += at > p->at ? at - p->at : p->at - at;
	p->at = at;
	if (cost > p->left) {
		p->left = 0;
		return PCRE2_ERROR_MATCHLIMIT;
	}
	p->left -= cost;
	return 0;
}

enum route_found route_pattern_find(const struct route_pattern *p,
				    struct str text,
				    struct route_purse *purse)
{
	pcre2_match_context *ctx = pcre2_match_context_create(NULL);
	pcre2_match_data *found = pcre2_match_data_create(1, NULL);
	int rc = PCRE2_ERROR_NOMEMORY;

	if (ctx && found) {
		pcre2_set_match_limit(ctx, MATCH_LIMIT);
		pcre2_set_depth_limit(ctx, DEPTH_LIMIT);
		pcre2_set_heap_limit(ctx, HEAP_LIMIT_KIB);
		pcre2_set_callout(ctx, on_callout, purse);
		purse->at = 0;
		rc = pcre2_match(code_of(p), (PCRE2_SPTR)text.p, text.n, 0, 0,
				 found, ctx);
	}
	pcre2_match_data_free(found);
	pcre2_match_context_free(ctx);
	return rc >= 0 ? ROUTE_FOUND :
	       rc == PCRE2_ERROR_NOMATCH ? ROUTE_ABSENT : ROUTE_GAVE_UP;
}
