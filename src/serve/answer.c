#include "serve/answer.h"

#include "base/clock.h"
#include "serve/pack.h"

#define RECORD 1 /* raise when the record below changes */
#define ACCEPTED_MS (3600 * 1000)

/* Under scope = site nobody owns an answer: all zeros. */
static struct key owner(const struct req *r)
{
	static const struct key nobody;

	return r->site->conf.cache.scope == SCOPE_SITE ? nobody :
							 r->who.tenant;
}

static struct str encode(struct req *r)
{
	const struct fetched *o = &r->out;
	struct key tenant = owner(r);
	struct buf b;

	buf_init(&b, r->a);
	pack_num(&b, RECORD);
	pack_key(&b, &tenant);
	pack_num(&b, o->form);
	pack_num(&b, o->cost);
	pack_num(&b, o->facts.usage.input);
	pack_num(&b, o->facts.usage.output);
	pack_num(&b, o->facts.usage.cache_read);
	pack_num(&b, o->facts.usage.cache_write);
	pack_str(&b, str_c(o->facts.model));
	pack_str(&b, str_c(o->facts.finish));
	pack_str(&b, o->bytes);
	return buf_view(&b);
}

static int decode(struct hit *h, struct key *tenant, struct str bytes)
{
	struct unpack u = { .rest = bytes };

	if (unpack_num(&u) != RECORD)
		return -1;
	unpack_key(&u, tenant);
	h->form = unpack_num(&u) == FORM_SSE ? FORM_SSE : FORM_JSON;
	h->cost = unpack_num(&u);
	h->facts.usage.input = unpack_num(&u);
	h->facts.usage.output = unpack_num(&u);
	h->facts.usage.cache_read = unpack_num(&u);
	h->facts.usage.cache_write = unpack_num(&u);
	unpack_cstr(&u, h->facts.model, sizeof(h->facts.model));
	unpack_cstr(&u, h->facts.finish, sizeof(h->facts.finish));
	h->bytes = unpack_str(&u);
	return u.bad || !h->bytes.n ? -1 : 0;
}

/* -- accepted credentials ----------------------------------------------------- */

static void accepted_key(const struct req *r, struct key *out)
{
	struct hash h;

	hash_begin(&h, &r->site->secret.tenant);
	hash_field(&h, STR("accepted"));
	hash_field(&h, str_c(r->plan.upstream->item.name));
	hash_field(&h, str_c(r->plan.upstream->url));
	hash_add(&h, r->who.tenant.b, HASH_BYTES);
	hash_end(&h, out);
}

static bool needs_accepting(const struct req *r)
{
	return r->site->conf.cache.scope == SCOPE_SITE && !r->who.client;
}

static bool was_accepted(struct req *r)
{
	struct entry e;
	struct key k;

	accepted_key(r, &k);
	return store_get(r->site->store, r->a, &k, clock_wall_ms(), &e) == 1;
}

void answer_accepted(struct req *r)
{
	int64_t now = clock_wall_ms();
	struct entry e = { now, now + ACCEPTED_MS, STR("accepted") };
	struct key k;

	if (!r->site->store || !needs_accepting(r))
		return;
	accepted_key(r, &k);
	store_put(r->site->store, &k, &e);
}

/* -- finding ---------------------------------------------------------------- */

/* How far past its end an answer may be for this caller. */
static int64_t stale_ms(const struct directive *d, int64_t now)
{
	if (d->max_stale_s < 0)
		return 0;
	if (d->max_stale_s > now / 1000)
		return now;
	return d->max_stale_s * 1000;
}

bool answer_find(struct req *r)
{
	const struct directive *d = &r->keyed.directive;
	int64_t now = clock_wall_ms();
	struct hit *h = &r->hit;
	struct key want = owner(r), tenant;
	struct entry e;

	if (!r->site->store)
		return false;
	if (store_get(r->site->store, r->a, &r->keyed.key,
		      now - stale_ms(d, now), &e) != 1 ||
	    decode(h, &tenant, e.bytes) < 0 || !key_eq(&tenant, &want))
		return false;
	if (needs_accepting(r) && !was_accepted(r)) {
		h->refused = "unverified";
		return false;
	}
	if (d->max_age_s >= 0 && now - e.born_ms > d->max_age_s * 1000) {
		h->refused = "max-age";
		return false;
	}
	h->born_ms = e.born_ms;
	h->expires_ms = e.expires_ms;
	h->stale = e.expires_ms <= now;
	h->found = true;
	return true;
}

bool answer_store(struct req *r)
{
	int64_t ttl = r->site->conf.cache.ttl_ms, now = clock_wall_ms();
	struct entry e;

	if (!r->site->store)
		return false;
	if (r->keyed.directive.ttl_s >= 0)
		ttl = r->keyed.directive.ttl_s * 1000;
	if (ttl <= 0)
		return false;
	e = (struct entry){ now, now + ttl, encode(r) };
	return store_put(r->site->store, &r->keyed.key, &e) == 0;
}
