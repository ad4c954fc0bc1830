#include "serve/answer.h"

#include <sodium/randombytes.h>

#include "base/clock.h"
#include "dialect/compact.h"
#include "serve/form.h"
#include "serve/pack.h"
#include "serve/trust.h"

/* The first word of a record; another when what follows changes. */
#define RECORD 0x08726577736e61 /* "answer" and a version */
/* Callers who allow it (max-stale) get an answer that is a day too old, also
 * where the configuration gives none of that age. */
#define STALE_MS (24 * 3600 * 1000LL)
/* Times in a record that are later than this are damage. */
#define LATEST_MS (1LL << 47)

/* Under scope = site nobody owns an answer: all zeros. */
static struct key owner(const struct req *r)
{
	static const struct key nobody;

	return r->site->conf.cache.scope == SCOPE_SITE ? nobody :
							 r->who.tenant;
}

/* -- the record ------------------------------------------------------------ */

static void encode_about(struct req *r, const struct keyed *k, struct buf *b)
{
	pack_num(b, RECORD);
	pack_key(b, &k->base);
	pack_str(b, r->plan.requested);
	pack_str(b, k->model);
	forget_pack(b, &k->stamp);
}

/* A stream is a tenth of its size in the compact form. */
static void encode_bytes(const struct fetched *o, struct buf *b)
{
	struct buf small;

	buf_init(&small, b->a);
	if (o->form == FORM_SSE)
		compact_make(&small, o->bytes);
	pack_num(b, o->form == FORM_SSE && small.n < o->bytes.n);
	pack_str(b, o->form == FORM_SSE && small.n < o->bytes.n ?
			    buf_view(&small) : o->bytes);
}

/* All of its numbers, in their order. */
#define USAGE_NUMBERS (offsetof(struct usage, tier) / sizeof(int64_t))

static void encode_usage(const struct usage *u, struct buf *b)
{
	const int64_t *n = (const void *)u;

	for (size_t i = 0; i < USAGE_NUMBERS; i++)
		pack_num(b, n[i]);
	pack_num(b, u->tier);
}

static void decode_usage(struct usage *to, struct unpack *u)
{
	int64_t *n = (void *)to, tier;

	for (size_t i = 0; i < USAGE_NUMBERS; i++)
		n[i] = unpack_num(u);
	tier = unpack_num(u);
	to->tier = tier > 0 && tier <= USAGE_FLEX ? (enum usage_tier)tier :
						    USAGE_STANDARD;
}

static struct str encode(struct req *r, const struct keyed *k,
			 int64_t fresh_until_ms)
{
	const struct fetched *o = &r->out;
	struct key tenant = owner(r);
	struct buf b;

	buf_init(&b, r->a);
	encode_about(r, k, &b);
	pack_key(&b, &tenant);
	pack_num(&b, fresh_until_ms);
	pack_num(&b, o->took_ms);
	pack_num(&b, o->collapsed ? 0 : r->fit.trimmed_messages);
	pack_num(&b, o->shape);
	pack_num(&b, o->form);
	pack_num(&b, o->cost);
	pack_num(&b, o->estimated);
	encode_usage(&o->facts.usage, &b);
	pack_str(&b, str_c(o->facts.model));
	pack_str(&b, str_c(o->facts.finish));
	encode_bytes(o, &b);
	return buf_view(&b);
}

static int decode_about(struct answer_about *a, struct unpack *u)
{
	if (unpack_num(u) != RECORD)
		return -1;
	unpack_key(u, &a->by.base);
	a->by.requested = unpack_str(u);
	a->by.model = unpack_str(u);
	forget_unpack(u, &a->stamp);
	a->by.tenant = a->stamp.tenant;
	return u->bad ? -1 : 0;
}

int answer_about(struct answer_about *a_r, struct str record)
{
	struct unpack u = { .rest = record };
	struct answer_about a;

	if (decode_about(&a, &u) < 0)
		return -1;
	*a_r = a;
	return 0;
}

struct record {
	struct answer_about about;
	struct key tenant;
	int64_t took_ms;
};

static int decode_bytes(struct req *r, struct hit *h, struct unpack *u)
{
	size_t max = r->site->conf.larder.max_reply;
	bool compact = unpack_num(u);

	h->bytes = unpack_str(u);
	if (u->bad || !h->bytes.n)
		return -1;
	if (!compact)
		return 0;
	return compact_open(r->a, h->bytes, max, &h->bytes);
}

static int decode(struct req *r, struct hit *h, struct record *rec,
		  struct str bytes)
{
	struct unpack u = { .rest = bytes };
	int64_t shape;

	if (decode_about(&rec->about, &u) < 0)
		return -1;
	unpack_key(&u, &rec->tenant);
	h->fresh_until_ms = unpack_num(&u);
	rec->took_ms = unpack_num(&u);
	h->trimmed_messages = (uint32_t)unpack_num(&u);
	shape = unpack_num(&u);
	h->form = unpack_num(&u) == FORM_SSE ? FORM_SSE : FORM_JSON;
	h->cost = unpack_num(&u);
	h->estimated = unpack_num(&u);
	decode_usage(&h->facts.usage, &u);
	unpack_cstr(&u, h->facts.model, sizeof(h->facts.model));
	unpack_cstr(&u, h->facts.finish, sizeof(h->facts.finish));
	if (u.bad || shape < 0 || shape > SHAPE_OTHER ||
	    h->fresh_until_ms < 0 || h->fresh_until_ms > LATEST_MS)
		return -1;
	h->shape = (enum shape)shape;
	return decode_bytes(r, h, &u);
}

/* -- judging --------------------------------------------------------------- */

/* Minus the logarithm of a number drawn evenly from (0, 1], within a percent
 * and without libm: the zeros in front of the number, and a parabola. */
static double exponential(void)
{
	uint64_t u = (uint64_t)randombytes_random() << 32 |
		     randombytes_random() | 1;
	int zeros = __builtin_clzll(u);
	double f = (double)(u << zeros << 1) / 18446744073709551616.0;

	return 0.693147 * (zeros + 1 - f * (1.3465 - 0.3465 * f));
}

/* XFetch (Vattani, Chierichetti, Lowenstein 2015), beta 1. */
static bool renew_early(const struct req *r, const struct hit *h,
			int64_t took_ms, int64_t now)
{
	return r->site->conf.cache.early_refresh && took_ms > 0 &&
	       (double)took_ms * exponential() >=
		       (double)(h->fresh_until_ms - now);
}

/* May this caller have an answer that old? Sets stale, renew, spare. */
static bool fresh_enough(const struct req *r, const struct plan *p,
			 struct hit *h, const struct directive *d,
			 int64_t took_ms, int64_t now)
{
	const struct cache_conf *c = &r->site->conf.cache;
	int64_t late = now - h->fresh_until_ms;

	h->stale = late >= 0;
	if (d->max_age_s >= 0 && now - h->born_ms >= d->max_age_s * 1000) {
		h->refused = "max-age";
		return false;
	}
	if (!h->stale) {
		h->renew = renew_early(r, h, took_ms, now);
		return true;
	}
	if (d->max_age_s < 0 && late < c->refresh_ms) {
		h->renew = true;
		return true;
	}
	if ((late + 999) / 1000 <= d->max_stale_s)
		return true;
	h->spare = late < c->stale_if_error_ms || p->stale_at;
	return false;
}

static bool purged(struct req *r, const struct forget_stamp *s)
{
	if (forget_holds(req_board(r), s))
		return false;
	board_count(req_board(r), BOARD_PURGED);
	return true;
}

/* -- finding --------------------------------------------------------------- */

static int get(struct req *r, const struct key *k, const struct key *own,
	       enum answer_where where, int64_t now, struct entry *e_r,
	       enum tier_where *where_r)
{
	if (where == ANSWER_ANYWHERE)
		return tier_get(&r->walk, r->a, k, own, now, e_r, where_r);
	*where_r = where == ANSWER_HERE ? TIER_LOCAL : TIER_MEMCACHED;
	if (where == ANSWER_SHARED)
		return tier_get_shared(&r->walk, r->a, k, own, now, e_r);
	return r->site->store ?
		       store_get(r->site->store, r->a, k, now, e_r) : 0;
}

static bool find(struct req *r, const struct keyed *k, const struct plan *p,
		 enum answer_where where, struct hit *h)
{
	int64_t now = clock_wall_ms();
	struct key want = owner(r);
	struct record rec;
	struct entry e;
	bool usable;

	/* First, and whether there is an answer or not: a stranger must not
	 * learn what others have asked. */
	if (!trust_holds(r, p)) {
		h->refused = "unverified";
		return false;
	}
	if (get(r, &k->key, &want, where, now, &e, &h->where) != 1 ||
	    e.born_ms < 0 || e.born_ms > LATEST_MS ||
	    decode(r, h, &rec, e.bytes) < 0 ||
	    !key_eq(&rec.tenant, &want) || purged(r, &rec.about.stamp))
		return false;
	h->stamp = rec.about.stamp;
	h->born_ms = e.born_ms;
	h->size = e.bytes.n;
	usable = fresh_enough(r, p, h, &k->directive, rec.took_ms, now);
	if (!usable && !h->spare)
		return false;
	if (form_convert(r->a, p, h->shape, h->form, &h->bytes) == 0)
		return usable;
	/* Half a tool call cannot be made whole: ask again instead. */
	tier_drop(&r->walk, r->a, &k->key, &want);
	h->spare = false;
	return false;
}

bool answer_find(struct req *r, const struct keyed *k, const struct plan *p,
		 enum answer_where where, struct hit *h_r)
{
	struct hit h = { 0 }, other = { 0 };

	h.found = find(r, k, p, where, &h);
	/* What this host has may be too old, or purged; another may have asked
	 * again since. */
	if (!h.found && where == ANSWER_ANYWHERE && h.bytes.n &&
	    h.where == TIER_LOCAL && find(r, k, p, ANSWER_SHARED, &other)) {
		h = other;
		h.found = true;
	}
	if (!h.found && !h.spare)
		h = (struct hit){ .refused = h.refused };
	*h_r = h;
	return h.found;
}

/* -- storing --------------------------------------------------------------- */

int64_t answer_ttl(const struct req *r)
{
	int64_t ours = r->plan.target->ttl_ms;
	int64_t said = r->keyed.directive.ttl_s * 1000;

	if (said < 0)
		return ours;
	/* What others get as well one caller can only shorten. */
	return r->site->conf.cache.scope == SCOPE_SITE && said > ours ? ours :
									said;
}

/* The store's own limit: as long as anybody could still be given it. */
static int64_t keep_ms(const struct req *r)
{
	const struct cache_conf *c = &r->site->conf.cache;
	int64_t ms = STALE_MS;

	if (c->stale_if_error_ms > ms)
		ms = c->stale_if_error_ms;
	return c->refresh_ms > ms ? c->refresh_ms : ms;
}

bool answer_still(const struct req *r, const struct keyed *k,
		  const struct plan *p)
{
	struct keyed now = *k;

	req_name(r, p, &now);
	return key_eq(&now.key, &k->key) &&
	       forget_holds(req_board(r), &r->hit.stamp);
}

bool answer_store(struct req *r, const struct keyed *k, int64_t ttl_ms)
{
	struct fetched *o = &r->out;
	int64_t now = clock_wall_ms();
	struct key own = owner(r);
	struct entry e;

	if (ttl_ms <= 0 || k->use != USE_CACHE)
		return false;
	e = (struct entry){ now, now + ttl_ms + keep_ms(r),
			    encode(r, k, now + ttl_ms) };
	if (tier_put(&r->walk, r->a, &k->key, &own, &e) < 0)
		return false;
	o->size = e.bytes.n;
	o->ttl_ms = ttl_ms;
	return true;
}
