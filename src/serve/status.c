#include "serve/status.h"

#include "base/count.h"
#include "serve/status_walk.h"
#include "store/store.h"
#include "store/word.h"
#include "thrift/price.h"

void walk_show(struct walk *w, const char *name, enum status_kind kind,
	       uint64_t number, const char *say)
{
	const struct status_row r = { name, kind, number, NULL, say };

	w->eye->row(w->ctx, &r);
}

void walk_number(struct walk *w, const char *name, uint64_t n,
		 const char *say)
{
	walk_show(w, name, STATUS_NUMBER, n, say);
}

void walk_word(struct walk *w, const char *name, const char *value,
	       const char *say)
{
	const struct status_row r = { name, STATUS_WORD, 0, value, say };

	w->eye->row(w->ctx, &r);
}

void walk_money(struct walk *w, const char *name, int64_t v, const char *say)
{
	walk_show(w, name, STATUS_USD, (uint64_t)v, say);
}

/* The board may hold anything, also the one number that is no money. */
void status_money(uint64_t number, char out[32])
{
	picousd v = (picousd)number;

	price_text(v == PRICE_UNKNOWN ? 0 : v, out);
}

/* --- the cache --- */

static const struct {
	const char *name;
	size_t offset;
} slab_rows[] = {
#define ROW(x) { #x, offsetof(struct store_stats, x) }
	ROW(size), ROW(used), ROW(entries), ROW(gets), ROW(hits), ROW(puts),
	ROW(evictions), ROW(expired), ROW(lock_waits), ROW(lock_timeouts),
	ROW(recoveries), ROW(dropped), ROW(damaged), ROW(lost), ROW(refused),
#undef ROW
};

static void show_slab(struct walk *w)
{
	struct store_stats s;
	uint64_t v;

	if (!w->of->store)
		return;
	store_stats(w->of->store, &s);
	for (size_t i = 0; i < COUNT_OF(slab_rows); i++) {
		memcpy(&v, (const char *)&s + slab_rows[i].offset, sizeof(v));
		walk_number(w, slab_rows[i].name, v, NULL);
	}
}

/* --- what was counted --- */

struct count_row {
	const char *name; /* NULL ends a table */
	enum board_count count;
};

static const struct count_row request_rows[] = {
	{ "flights_led", BOARD_FLIGHT_LEADS },
	{ "flights_followed", BOARD_FLIGHT_FOLLOWS },
	{ "flights_orphaned", BOARD_FLIGHT_ORPHANS },
	{ "flights_alone", BOARD_FLIGHT_ALONE },
	{ "stale_if_error", BOARD_STALE_ERROR },
	{ "stale_while_revalidate", BOARD_STALE_REFRESH },
	{ "purged_tags_met", BOARD_PURGED },
	{ "log_dropped", BOARD_LOG_DROPS },
	{ 0 }
};

static const struct count_row call_rows[] = {
	{ "upstream_calls", BOARD_UPSTREAM_CALLS },
	{ "upstream_failures", BOARD_UPSTREAM_FAILS },
	{ "retries", BOARD_RETRIES },
	{ "maybe_billed", BOARD_MAYBE_BILLED },
	{ "fallbacks", BOARD_FALLBACKS },
	{ "breakers_opened", BOARD_BREAKER_OPENED },
	{ "breaker_skips", BOARD_BREAKER_SKIPS },
	{ "limit_waits", BOARD_LIMIT_WAITS },
	{ "limit_refused", BOARD_LIMIT_REFUSED },
	{ 0 }
};

static const struct count_row memcached_rows[] = {
	{ "memcached_gets", BOARD_MEMC_GETS },
	{ "memcached_hits", BOARD_MEMC_HITS },
	{ "memcached_puts", BOARD_MEMC_PUTS },
	{ "memcached_failures", BOARD_MEMC_FAILS },
	{ "memcached_skipped", BOARD_MEMC_SKIPS },
	{ "memcached_forged", BOARD_MEMC_FORGED },
	{ "memcached_partial", BOARD_MEMC_PARTIAL },
	{ 0 }
};

static uint64_t counted(const struct walk *w, enum board_count c)
{
	return word_get(&w->of->board->count[c]);
}

static void show_counts(struct walk *w, const struct count_row *row)
{
	for (; row->name; row++)
		walk_number(w, row->name, counted(w, row->count), NULL);
}

/* --- all of it --- */

static void show_requests(struct walk *w)
{
	show_counts(w, request_rows);
}

static void show_calls(struct walk *w)
{
	show_counts(w, call_rows);
}

static void show_memcached(struct walk *w)
{
	show_counts(w, memcached_rows);
}

static const struct {
	const char *name, *title, *item;
	size_t (*items)(const struct walk *w); /* NULL: it has none */
	void (*fill)(struct walk *w);
} sections[] = {
	{ "lately", "Lately", NULL, NULL, walk_lately },
	{ "answers", "Answers, since the cache was made", NULL, NULL,
	  walk_answers },
	{ "money", "Money, since the cache was made", NULL, NULL,
	  walk_money_all },
	{ "tokens", "Tokens of calls", NULL, NULL, walk_tokens },
	{ "cache", "The shared cache of this host", NULL, NULL, show_slab },
	{ "requests", "Requests, since the cache was made", NULL, NULL,
	  show_requests },
	{ "calls", "Calls of upstreams", NULL, NULL, show_calls },
	{ "memcached_calls", "Calls of memcached", NULL, NULL,
	  show_memcached },
	{ "budgets", "Budgets", "budget", walk_budgets_n, walk_budgets },
	{ "budget_tenants", "Tenants who have spent most of their budget",
	  "budget", walk_budget_tenants_n, walk_budget_tenants },
	{ "upstreams", "Upstreams", "upstream", walk_upstreams_n,
	  walk_upstreams },
	{ "memcached", "memcached nodes", "server", walk_nodes_n,
	  walk_nodes },
	{ "models", "Models", "model", walk_models_n, walk_models },
};

void status_walk(const struct status_of *of, struct arena *a,
		 const struct status_eye *eye, void *ctx)
{
	struct walk w = { .of = of, .a = a, .eye = eye, .ctx = ctx };
	struct status_section s;

	walk_budgets_read(&w);
	for (size_t i = 0; i < COUNT_OF(sections); i++) {
		s = (struct status_section){ sections[i].name,
			sections[i].title, sections[i].item,
			sections[i].items ? sections[i].items(&w) : 0 };
		eye->section(ctx, &s);
		sections[i].fill(&w);
		eye->section_end(ctx, &s);
	}
}
