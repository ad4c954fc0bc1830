#include "serve/spend_price.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define LEARNED_MS (30ll * 24 * 3600 * 1000)

/* -- what the last answer said --------------------------------------------- */

static void learned_key(const struct req *r, const struct target *t,
			struct key *out)
{
	struct hash h;

	hash_begin_with(&h, &r->site->secret.tenant);
	hash_field(&h, STR("priced as"));
	hash_field(&h, str_c(t->upstream->item.name));
	hash_field(&h, str_c(t->upstream->url));
	hash_field(&h, t->model);
	hash_end(&h, out);
}

/* A model's name, or "=" and 10^-12 USD a token; empty: nothing. */
static struct str learned(struct req *r, const struct target *t)
{
	struct entry e;
	struct key k;

	learned_key(r, t, &k);
	if (!r->site->store ||
	    store_get(r->site->store, r->a, &k, clock_wall_ms(), &e) != 1)
		return STR("");
	return e.bytes;
}

static void remember(struct req *r, const struct target *t, struct str what)
{
	int64_t now = clock_wall_ms();
	struct entry e = { now, now + LEARNED_MS, what };
	struct key k;

	learned_key(r, t, &k);
	if (r->site->store)
		store_put(r->site->store, &k, &e);
}

#define TOKENS_LEAST 100 /* of an answer that says what a token costs: there
			  * are fees for each call, too */

/* What a token cost when the provider itself said so, all together. */
static picousd rate_of(const struct fetched *o)
{
	const struct usage *u = &o->facts.usage;
	int64_t tokens = (u->input > 0 ? u->input : 0) +
			 (u->output > 0 ? u->output : 0);

	return tokens >= TOKENS_LEAST && o->cost > 0 ? o->cost / tokens + 1 : 0;
}

void spend_price_learn(struct req *r)
{
	const struct prices *p = site_prices(r->site);
	const struct target *t = r->out.by;
	struct price_window w;
	struct str was, now;
	picousd rate = rate_of(&r->out);

	if (!t || r->out.cost == PRICE_UNKNOWN || r->out.collapsed ||
	    (p && price_window(p, arena_cstr(r->a, t->model), &w)))
		return;
	was = learned(r, t);
	if (p && r->out.priced_as)
		now = str_c(r->out.priced_as);
	else if (rate && (!was.n || was.p[0] != '=' ||
			  atoll(arena_cstr(r->a, was) + 1) < rate))
		now = str_c(arena_printf(r->a, "=%lld", (long long)rate));
	else
		return;
	if (!str_eq(was, now))
		remember(r, t, now);
}

/* -- before there was one -------------------------------------------------- */

static picousd dearness(const struct prices *p, const char *model)
{
	static const struct usage u = { .input = 1000, .output = 1000 };

	return price_of(p, model, &u);
}

/* The dearest that the configuration names of that upstream. */
static const char *dearest(const struct settings *s, const struct prices *p,
			   const struct upstream *u)
{
	const struct model *m = s->models.item;
	picousd most = PRICE_UNKNOWN, one;
	const char *name = NULL;

	for (size_t i = 0; i < s->models.n; i++) {
		if (m[i].to != u)
			continue;
		one = dearness(p, m[i].name);
		if (one > most) {
			most = one;
			name = m[i].name;
		}
	}
	return name;
}

static void look(struct req *r, struct spend_price *x)
{
	const struct target *t = r->plan.target;
	const struct prices *p = site_prices(r->site);
	const char *model = arena_cstr(r->a, t->model), *said;

	if (p && price_window(p, model, &x->window)) {
		x->name = model;
		return;
	}
	said = arena_cstr(r->a, learned(r, t));
	if (said[0] == '=') {
		x->rate = atoll(said + 1);
		return;
	}
	if (p && *said && price_window(p, said, &x->window)) {
		x->name = said;
		return;
	}
	x->guessed = true;
	if (p)
		x->name = dearest(&r->site->conf, p, t->upstream);
}

const struct spend_price *spend_price(struct req *r)
{
	struct spend_price *x = &r->spend.price;

	if (x->of != r->plan.target) {
		*x = (struct spend_price){ .of = r->plan.target };
		look(r, x);
	}
	return x;
}

static picousd at_rate(const struct usage *u, picousd rate)
{
	__int128 sum = ((__int128)(u->input > 0 ? u->input : 0) +
			(u->output > 0 ? u->output : 0)) * rate;

	return sum > INT64_MAX ? INT64_MAX : (picousd)sum;
}

picousd spend_price_of(struct req *r, const struct usage *u)
{
	const struct spend_price *x = spend_price(r);

	if (x->rate > 0)
		return at_rate(u, x->rate);
	return x->name ? price_of(site_prices(r->site), x->name, u) :
			 PRICE_UNKNOWN;
}
