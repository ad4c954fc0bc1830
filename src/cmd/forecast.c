#include "cmd/forecast.h"

#define MILLION 1000000

/* What one call costs, by what became of its beginning. */
struct call_costs {
	picousd full, read, write; /* the whole prompt */
	picousd short_full, short_read, short_write; /* without `trimmed` */
	picousd aside;
};

static forecast_money divided(forecast_money v, int64_t by)
{
	forecast_money half = by / 2;

	return (v < 0 ? v - half : v + half) / by;
}

static int64_t kept_prefix(const struct forecast_ask *a)
{
	return a->system >= a->prefix_min ? a->system : 0;
}

/* A call for this much input whose beginning was read, or written. */
static picousd cost(const struct forecast_ask *a,
		    const struct forecast_prices *p, int64_t input,
		    int64_t read, int64_t write)
{
	const struct usage u = { .input = a->system + input,
				 .output = a->output,
				 .cache_read = read, .cache_write = write };

	return p->call(p->ctx, &u);
}

/* Writes are billed by some only; whose table has no price for them takes
 * that of input. */
static int cost_calls(struct call_costs *c, const struct forecast_ask *a,
		      const struct forecast_prices *p)
{
	int64_t prefix = kept_prefix(a), less = a->input - a->trimmed;

	c->full = cost(a, p, a->input, 0, 0);
	c->read = cost(a, p, a->input, prefix, 0);
	c->write = cost(a, p, a->input, 0, prefix);
	c->short_full = cost(a, p, less, 0, 0);
	c->short_read = cost(a, p, less, prefix, 0);
	c->short_write = cost(a, p, less, 0, prefix);
	c->aside = a->asides ? p->aside(p->ctx, &a->aside) : 0;
	return c->full == PRICE_UNKNOWN || c->read == PRICE_UNKNOWN ||
	       c->write == PRICE_UNKNOWN || c->short_full == PRICE_UNKNOWN ||
	       c->short_read == PRICE_UNKNOWN ||
	       c->short_write == PRICE_UNKNOWN ||
	       c->aside == PRICE_UNKNOWN ? -1 : 0;
}

/* `share` of calls read, the others write, in millionths; or all at full
 * price, if that is less: nobody has to mark a prompt, and larder does not
 * where it has not paid. */
static forecast_money mixed(int64_t share, picousd read, picousd write,
			    picousd full)
{
	forecast_money kept = (forecast_money)share * read +
			      (forecast_money)(FORECAST_ALL - share) * write;
	forecast_money none = (forecast_money)FORECAST_ALL * full;

	return kept < none ? kept : none;
}

int forecast_make(struct forecast *f_r, const struct forecast_ask *a,
		  const struct forecast_guess *g,
		  const struct forecast_prices *p)
{
	const int64_t all = FORECAST_ALL, square = all * all;
	int64_t hits, misses; /* in millionths of millionths */
	struct call_costs c;
	forecast_money n = a->requests, whole, shorter;

	if (cost_calls(&c, a, p) < 0)
		return -1;
	hits = a->repeats * g->hits;
	misses = square - hits;
	whole = mixed(g->prefix, c.read, c.write, c.full);
	shorter = mixed(g->prefix, c.short_read, c.short_write, c.short_full);
	f_r->full = n * c.full;
	f_r->provider = divided(n * whole, all);
	/* Too much for 128 bits if it was all multiplied first. */
	f_r->calls = divided(divided(n * misses, all) * shorter, square);
	f_r->asides = divided(divided(n * misses, all) * a->asides * c.aside,
			      square);
	f_r->hosting = a->hosting;
	f_r->larder = f_r->calls + f_r->asides + f_r->hosting;
	f_r->saved_cache = divided(divided(n * hits, all) * c.full, all);
	f_r->saved_history = divided(divided(n * misses, all) *
				     (c.full - c.short_full), all);
	f_r->saved_prompt_cache = f_r->full - f_r->calls - f_r->saved_cache -
				  f_r->saved_history;
	return 0;
}

int64_t forecast_share(forecast_money a, forecast_money b)
{
	forecast_money off = (a - b) * 10000;

	if (a <= 0)
		return 0;
	off = (off < 0 ? off - a / 2 : off + a / 2) / a;
	return off < -INT64_MAX ? -INT64_MAX :
	       off > INT64_MAX ? INT64_MAX : (int64_t)off;
}

picousd forecast_at_million(const struct forecast_million *m,
			    const struct usage *u)
{
	picousd read = m->read == PRICE_UNKNOWN ? m->input : m->read;
	picousd write = m->write == PRICE_UNKNOWN ? m->input : m->write;
	int64_t fresh = u->input - u->cache_read - u->cache_write;

	return (picousd)divided((forecast_money)fresh * m->input +
				(forecast_money)u->cache_read * read +
				(forecast_money)u->cache_write * write +
				(forecast_money)u->output * m->output,
				MILLION);
}
