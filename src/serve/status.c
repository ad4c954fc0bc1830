#include "serve/status.h"

#include <inttypes.h>

#include "base/count.h"
#include "serve/way.h"
#include "store/node.h"
#include "store/word.h"

struct walk {
	const struct status_of *of;
	struct arena *a;
	const struct status_eye *eye;
	void *ctx;
};

static void show(struct walk *w, const char *name, enum status_kind kind,
		 uint64_t number, const char *say)
{
	const struct status_row r = { name, kind, number, NULL, say };

	w->eye->row(w->ctx, &r);
}

static void number(struct walk *w, const char *name, uint64_t n,
		   const char *say)
{
	show(w, name, STATUS_NUMBER, n, say);
}

static void word(struct walk *w, const char *name, const char *value,
		 const char *say)
{
	const struct status_row r = { name, STATUS_WORD, 0, value, say };

	w->eye->row(w->ctx, &r);
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

	store_stats(w->of->store, &s);
	for (size_t i = 0; i < COUNT_OF(slab_rows); i++) {
		memcpy(&v, (const char *)&s + slab_rows[i].offset, sizeof(v));
		number(w, slab_rows[i].name, v, NULL);
	}
}

/* --- what was counted --- */

struct count_row {
	const char *name; /* NULL ends a table */
	enum board_count count;
};

static const struct count_row request_rows[] = {
	{ "requests", BOARD_ASKED },
	{ "requests_hit_local", BOARD_HIT_LOCAL },
	{ "requests_hit_memcached", BOARD_HIT_MEMCACHED },
	{ "requests_hit_stale", BOARD_HIT_STALE },
	{ "requests_collapsed", BOARD_COLLAPSED },
	{ "flights_led", BOARD_FLIGHT_LEADS },
	{ "flights_followed", BOARD_FLIGHT_FOLLOWS },
	{ "flights_orphaned", BOARD_FLIGHT_ORPHANS },
	{ "flights_alone", BOARD_FLIGHT_ALONE },
	{ "stale_if_error", BOARD_STALE_ERROR },
	{ "stale_while_revalidate", BOARD_STALE_REFRESH },
	{ "purged_tags_met", BOARD_PURGED },
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
		number(w, row->name, counted(w, row->count), NULL);
}

static void show_share(struct walk *w, const char *name, enum board_count c)
{
	uint64_t all = counted(w, BOARD_ASKED);

	show(w, name, STATUS_PERCENT, all ? counted(w, c) * 1000 / all : 0,
	     NULL);
}

/* --- memcached nodes --- */

static void show_node(struct walk *w, const char *name)
{
	struct board_node *n = node_find(w->of->board, name);
	uint64_t deaths;
	bool up;

	if (!n)
		return;
	/* Whether it would be asked is not for us to ask: that may be a
	 * probe. */
	up = word_get(&n->off_until_ms) == 0;
	deaths = word_get(&n->deaths);
	w->eye->item(w->ctx, name);
	show(w, "up", STATUS_YES_NO, up, up ? "up" : "down");
	number(w, "deaths", deaths,
	       arena_printf(w->a, "%" PRIu64 " times down", deaths));
	w->eye->item_end(w->ctx);
}

static void show_nodes(struct walk *w)
{
	const struct conf_words *servers = &w->of->conf->memcached.servers;

	for (size_t i = 0; i < servers->n; i++)
		show_node(w, servers->word[i]);
}

/* --- upstreams --- */

static void show_state(struct walk *w, const struct breaker_state *s)
{
	const char *state = !s->open ? "closed" : s->tried ? "trying" : "open";
	const char *say = !s->open ? "breaker closed" :
			  s->tried ? "breaker open, being tried" :
			  "breaker open, tried again by the next request";

	if (s->open_ms)
		say = arena_printf(w->a, "breaker open, tried again in "
				   "%" PRId64 ".%" PRId64 " s",
				   s->open_ms / 1000, s->open_ms % 1000 / 100);
	word(w, "breaker", state, say);
	number(w, "retry_ms", (uint64_t)s->open_ms, NULL);
	number(w, "opened", s->opened,
	       arena_printf(w->a, "%" PRIu64 " times opened", s->opened));
	number(w, "failures_in_row", s->row,
	       s->row ? arena_printf(w->a, "%" PRIu64 " failures in a row",
				     s->row) : NULL);
}

/* Those that it is open for alone. */
static void show_accounts(struct walk *w, const struct key *id,
			  const struct breaker_conf *c)
{
	unsigned n = breaker_open_among(w->of->board, id, c, w->of->mono_ms);

	number(w, "open_for_accounts", n,
	       n ? arena_printf(w->a, "open for %u account%s", n,
				n == 1 ? "" : "s") : NULL);
}

/* "3 of 8 running". */
static void show_of(struct walk *w, const char *name, int64_t n, int64_t all,
		    const char *what)
{
	number(w, name, (uint64_t)n,
	       arena_printf(w->a, "%" PRId64 " of %" PRId64 " %s", n, all,
			    what));
}

/* What is left is what could be asked at once, a sixth of a minute's. */
static void show_left(struct walk *w, const char *name, int64_t left,
		      int64_t per_minute, const char *what)
{
	number(w, name, (uint64_t)left,
	       arena_printf(w->a, "%" PRId64 " %s left now (%" PRId64
			    " a minute)", left, what, per_minute));
}

static void show_limits(struct walk *w, const struct upstream *u)
{
	struct limit_conf c;
	struct limit_state s;
	struct key id;

	way_limit_conf(u, &c);
	if (!c.concurrent && !c.requests && !c.tokens)
		return;
	way_limit_id(u, &id);
	limit_look(limit_seen(w->of->board, &id), &c, w->of->mono_ms, &s);
	if (c.concurrent)
		show_of(w, "running", s.running, c.concurrent, "running");
	show_of(w, "waiting", s.waiting, c.queue, "waiting");
	if (c.requests)
		show_left(w, "requests_left", s.requests_left, c.requests,
			  "requests");
	if (c.tokens)
		show_left(w, "tokens_left", s.tokens_left, c.tokens,
			  "tokens");
}

static void show_upstream(struct walk *w, const struct upstream *u,
			 const char *model)
{
	struct breaker_conf c;
	struct breaker_state s;
	struct key id;

	way_breaker_conf(u, &c);
	way_breaker_id(u, model, &id);
	breaker_look(breaker_seen(w->of->board, &id), &c, w->of->mono_ms, &s);
	w->eye->item(w->ctx, u->item.name);
	word(w, "model", model,
	     model ? arena_printf(w->a, "model %s", model) : NULL);
	if (c.row) {
		show_state(w, &s);
		show_accounts(w, &id, &c);
	} else {
		word(w, "breaker", "off", "no breaker");
	}
	if (!model)
		show_limits(w, u);
	w->eye->item_end(w->ctx);
}

static void show_upstreams(struct walk *w)
{
	const struct upstream *u = w->of->conf->upstreams.item;
	const struct model *m = w->of->conf->models.item;

	for (size_t i = 0; i < w->of->conf->upstreams.n; i++) {
		show_upstream(w, &u[i], NULL);
		for (size_t j = 0; j < w->of->conf->models.n; j++)
			if (m[j].to == &u[i])
				show_upstream(w, &u[i], m[j].item.name);
	}
}

/* --- all of it --- */

static void show_requests(struct walk *w)
{
	show_counts(w, request_rows);
	show_share(w, "local_hit_percent", BOARD_HIT_LOCAL);
	show_share(w, "memcached_hit_percent", BOARD_HIT_MEMCACHED);
}

static void show_calls(struct walk *w)
{
	show_counts(w, call_rows);
}

static void show_memcached(struct walk *w)
{
	show_counts(w, memcached_rows);
}

static void section(struct walk *w, struct status_section s,
		    void (*fill)(struct walk *w))
{
	w->eye->section(w->ctx, &s);
	fill(w);
	w->eye->section_end(w->ctx, &s);
}

void status_walk(const struct status_of *of, struct arena *a,
		 const struct status_eye *eye, void *ctx)
{
	const struct settings *c = of->conf;
	struct walk w = { of, a, eye, ctx };

	if (of->store)
		section(&w, (struct status_section){ "cache",
			"The shared cache of this host", NULL, 0 }, show_slab);
	section(&w, (struct status_section){ "requests",
		"Requests, since the cache was made", NULL, 0 },
		show_requests);
	section(&w, (struct status_section){ "calls", "Calls of upstreams",
		NULL, 0 }, show_calls);
	section(&w, (struct status_section){ "memcached_calls",
		"Calls of memcached", NULL, 0 }, show_memcached);
	section(&w, (struct status_section){ "memcached", "memcached nodes",
		"server", c->memcached.servers.n }, show_nodes);
	section(&w, (struct status_section){ "upstreams", "Upstreams",
		"upstream", c->upstreams.n }, show_upstreams);
}
