/*
 * How larder is: what it came to (serve/tally.h), its cache and its counts,
 * what is left of budgets, the memcached nodes, the upstreams with their
 * breakers and limits. For `larder stats`, the status page and metrics, one
 * number after another; looking changes nothing.
 *
 * Of those who share a budget that is per tenant, the 64 who have spent most
 * of theirs are shown, by the names the usage log has for them. No other
 * tenant is in it.
 */
#ifndef SERVE_STATUS_H
#define SERVE_STATUS_H

#include "serve/secret.h"
#include "serve/settings.h"
#include "store/board.h"
#include "store/budget.h"

struct status_of {
	const struct settings *conf;
	struct store *store; /* NULL: there is no slab */
	struct board *board;
	int64_t mono_ms, wall_ms;
	const struct secrets *secret; /* NULL: no budgets are shown */
	struct budget_book *book;     /* NULL: nothing was spent */
};

enum status_kind {
	STATUS_NUMBER,
	STATUS_PERCENT, /* in tenths */
	STATUS_USD,     /* picodollars, signed */
	STATUS_YES_NO,
	STATUS_WORD,    /* in `word`, which may be NULL */
};

/* A part of it: rows of its own, or items (nodes, upstreams) that have some. */
struct status_section {
	const char *name;    /* "upstreams" */
	const char *title;   /* for people */
	const char *item;    /* what an item is: "upstream"; NULL: no items */
	size_t items;        /* about how many */
};

/* One number. Names are of letters, digits and _, never change, and are
 * unique in their item, or among all rows that are in none. */
struct status_row {
	const char *name;
	enum status_kind kind;
	uint64_t number;
	const char *word;
	const char *say;     /* both for people, of an item: "3 times opened";
			      * NULL where nothing needs to be said */
};

/* Who looks. Strings are constant, the configuration's, or of the arena. */
struct status_eye {
	void (*section)(void *ctx, const struct status_section *s);
	void (*item)(void *ctx, const char *name);
	void (*row)(void *ctx, const struct status_row *r);
	void (*item_end)(void *ctx);
	void (*section_end)(void *ctx, const struct status_section *s);
};

void status_walk(const struct status_of *of, struct arena *a,
		 const struct status_eye *eye, void *ctx);

/* A STATUS_USD in dollars: "-0.0000123". */
void status_money(uint64_t number, char out[32]);

#endif
