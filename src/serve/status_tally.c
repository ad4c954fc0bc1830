/* What requests came to, and what they came to today. */
#include "serve/status_walk.h"

#include <inttypes.h>

#include "base/count.h"
#include "serve/tally.h"

#define DAY_MS 86400000

static const struct tally *tally_here(const struct walk *w)
{
	return tally_of(w->of->board);
}

/* A name of two parts, and the same with another sum. */
static const char *joined(struct walk *w, const char *one, const char *two)
{
	return arena_printf(w->a, "%s_%s", one, two);
}

static int64_t less(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b);
}

/* --- lately --- */

static void show_hist(struct walk *w, const char *name,
		      const struct tally_hist *h)
{
	int64_t half = tally_at(h, &tally_ms, 500);

	if (half < 0)
		return;
	walk_number(w, joined(w, name, "p50_ms"), (uint64_t)half, NULL);
	walk_number(w, joined(w, name, "p95_ms"),
		    (uint64_t)tally_at(h, &tally_ms, 950), NULL);
	walk_number(w, joined(w, name, "p99_ms"),
		    (uint64_t)tally_at(h, &tally_ms, 990), NULL);
}

static void since(const struct walk *w, int64_t ms, struct tally_pulse *p_r)
{
	const struct tally *t = tally_here(w);
	struct tally_pulse was;

	tally_then(t, w->of->wall_ms, ms, &was);
	tally_copy(p_r, &t->pulse);
	tally_less(p_r, &was);
}

static void show_today(struct walk *w)
{
	struct tally_pulse p;
	uint64_t tried;

	since(w, w->of->wall_ms / DAY_MS * DAY_MS, &p);
	tried = p.hits + p.misses;
	walk_number(w, "today_answers", tally_requests(&p), NULL);
	walk_number(w, "today_hits", p.hits, NULL);
	walk_number(w, "today_misses", p.misses, NULL);
	walk_show(w, "today_hit_percent", STATUS_PERCENT,
		  tried ? p.hits * 1000 / tried : 0, NULL);
	walk_number(w, "today_errors", p.errors, NULL);
	walk_money(w, "today_cost_usd", (int64_t)p.cost, NULL);
	walk_money(w, "today_saved_usd", less(p.saved, p.burnt), NULL);
}

void walk_lately(struct walk *w)
{
	struct tally_pulse p;
	int64_t ms;
	uint64_t n = tally_lately(tally_here(w), w->of->wall_ms, &ms);

	walk_number(w, "minute_answers", n * 60000 / (uint64_t)ms, NULL);
	show_today(w);
	since(w, w->of->wall_ms - 3 * TALLY_QUARTER_MS, &p);
	show_hist(w, "hour_hit", &p.hit_ms);
	show_hist(w, "hour_call", &p.call_ms);
}

/* --- since the cache was made --- */

void walk_answers(struct walk *w)
{
	const struct tally *t = tally_here(w);
	struct tally_pulse p;

	tally_copy(&p, &t->pulse);
	walk_number(w, "answers", tally_requests(&p), NULL);
	for (size_t i = 0; i < TALLY_CACHES; i++)
		walk_number(w, joined(w, "answers", tally_cache_word[i] ?
				      tally_cache_word[i] : "uncached"),
			    p.cache[i], NULL);
	for (size_t i = 0; i < TALLY_STATUSES; i++)
		walk_number(w, joined(w, "status", tally_status_word[i]),
			    t->status[i], NULL);
	walk_number(w, "asides", t->asides, NULL);
}

void walk_money_all(struct walk *w)
{
	const struct tally *t = tally_here(w);
	struct tally_pulse p;

	tally_copy(&p, &t->pulse);
	walk_money(w, "cost_usd", (int64_t)p.cost, NULL);
	walk_money(w, "saved_usd", less(p.saved, p.burnt), NULL);
	for (size_t i = 0; i < BILL_SAVERS; i++)
		walk_money(w, arena_printf(w->a, "saved_%s_usd",
					   bill_saver_word[i]),
			   less(t->saved[i], t->burnt[i]), NULL);
	walk_number(w, "unpriced_calls", t->unpriced, NULL);
}

static void show_tokens(struct walk *w, const uint64_t *token)
{
	for (size_t i = 0; i < USAGE_PARTS; i++)
		walk_number(w, joined(w, "tokens", tally_token_word[i]),
			    token[i], NULL);
}

void walk_tokens(struct walk *w)
{
	show_tokens(w, tally_here(w)->pulse.token);
}

/* --- models --- */

static const struct tally_model *nth(const struct walk *w, size_t i)
{
	const struct tally *t = tally_here(w);

	return i < TALLY_MODELS ? &t->model[i] : &t->other;
}

static bool named(const struct walk *w, size_t i, struct tally_names *n_r)
{
	const struct tally_model *m = nth(w, i);

	if (i < TALLY_MODELS)
		return tally_names(m, w->a, n_r);
	*n_r = (struct tally_names){ "", "other", "chat" };
	return m->requests || m->cost;
}

static void show_model(struct walk *w, const struct tally_model *m,
		       const struct tally_names *n)
{
	int64_t saved = less(m->saved, m->burnt);
	char cost[32], kept[32];

	status_money(m->cost, cost);
	status_money((uint64_t)saved, kept);
	w->eye->item(w->ctx, n->model);
	walk_word(w, "upstream", n->upstream, *n->upstream ?
		  arena_printf(w->a, "of %s", n->upstream) : NULL);
	walk_word(w, "operation", n->operation, NULL);
	walk_number(w, "requests", m->requests,
		    arena_printf(w->a, "%" PRIu64 " requests", m->requests));
	walk_number(w, "hits", m->hits,
		    arena_printf(w->a, "%" PRIu64 " hits", m->hits));
	walk_number(w, "errors", m->errors, m->errors ?
		    arena_printf(w->a, "%" PRIu64 " errors", m->errors) :
		    NULL);
	show_tokens(w, m->token);
	walk_money(w, "cost_usd", (int64_t)m->cost,
		   arena_printf(w->a, "%s USD", cost));
	walk_money(w, "saved_usd", saved, saved ?
		   arena_printf(w->a, "%s USD saved", kept) : NULL);
	w->eye->item_end(w->ctx);
}

void walk_models(struct walk *w)
{
	struct tally_names n;

	for (size_t i = 0; i <= TALLY_MODELS; i++)
		if (named(w, i, &n))
			show_model(w, nth(w, i), &n);
}

size_t walk_models_n(const struct walk *w)
{
	struct tally_names n;
	size_t sum = 0;

	for (size_t i = 0; i <= TALLY_MODELS; i++)
		sum += named(w, i, &n);
	return sum;
}
