#include "serve/answer.h"

#include "base/clock.h"
#include "serve/form.h"
#include "serve/pack.h"

#define RECORD 2 /* raise when the record below changes */
/* How long a stored answer stays when it is no longer fresh, for callers who
 * allow that (max-stale). */
#define STALE_MS (24 * 3600 * 1000LL)
#define ACCEPTED_MS (3600 * 1000)

/* Under scope = site nobody owns an answer: all zeros. */
static struct key owner(const struct req *r)
{
	static const struct key nobody;

	return r->site->conf.cache.scope == SCOPE_SITE ? nobody :
							 r->who.tenant;
}

static struct str encode(struct req *r, int64_t fresh_until_ms)
{
	const struct fetched *o = &r->out;
	struct key tenant = owner(r);
	struct buf b;

	buf_init(&b, r->a);
	pack_num(&b, RECORD);
	pack_key(&b, &tenant);
	pack_num(&b, fresh_until_ms);
	pack_num(&b, o->shape);
	pack_num(&b, o->form);
	pack_num(&b, o->cost);
	pack_num(&b, o->facts.usage.input);
	pack_num(&b, o->facts.usage.output);
	pack_num(&b, o->facts.usage.cache_read);
	pack_num(&b, o->facts.usage.cache_write);
	pack_str(&b, str_c(o->facts.model));
	pack_str(&b, str_c(o->facts.finish));
	pack_str(&b, r->keyed.directive.tag);
	pack_str(&b, o->bytes);
	return buf_view(&b);
}

static int decode(struct hit *h, struct key *tenant, struct str bytes)
{
	struct unpack u = { .rest = bytes };
	int64_t shape;

	if (unpack_num(&u) != RECORD)
		return -1;
	unpack_key(&u, tenant);
	h->fresh_until_ms = unpack_num(&u);
	shape = unpack_num(&u);
	h->form = unpack_num(&u) == FORM_SSE ? FORM_SSE : FORM_JSON;
	h->cost = unpack_num(&u);
	h->facts.usage.input = unpack_num(&u);
	h->facts.usage.output = unpack_num(&u);
	h->facts.usage.cache_read = unpack_num(&u);
	h->facts.usage.cache_write = unpack_num(&u);
	unpack_cstr(&u, h->facts.model, sizeof(h->facts.model));
	unpack_cstr(&u, h->facts.finish, sizeof(h->facts.finish));
	unpack_str(&u); /* the tag */
	h->bytes = unpack_str(&u);
	if (u.bad || !h->bytes.n || shape < 0 || shape > SHAPE_OTHER)
		return -1;
	h->shape = (enum shape)shape;
	return 0;
}

/* -- accepted credentials -------------------------------------------------- */

static void accepted_key(const struct req *r, const struct upstream *u,
			 struct key *out)
{
	struct hash h;

	hash_begin(&h, &r->site->secret.tenant);
	hash_field(&h, STR("accepted"));
	hash_field(&h, str_c(u->item.name));
	hash_field(&h, str_c(u->url));
	hash_add(&h, r->who.tenant.b, HASH_BYTES);
	hash_end(&h, out);
}

static bool needs_accepting(const struct req *r)
{
	return r->site->conf.cache.scope == SCOPE_SITE && !r->who.client;
}

static bool was_accepted(struct req *r, const struct upstream *u)
{
	struct entry e;
	struct key k;

	accepted_key(r, u, &k);
	return store_get(r->site->store, r->a, &k, clock_wall_ms(), &e) == 1;
}

void answer_accepted(struct req *r)
{
	int64_t now = clock_wall_ms();
	struct entry e = { now, now + ACCEPTED_MS, STR("accepted") };
	struct key k;

	if (!r->site->store || !needs_accepting(r))
		return;
	accepted_key(r, r->out.by->upstream, &k);
	store_put(r->site->store, &k, &e);
}

/* -- finding --------------------------------------------------------------- */

/* May this caller have an answer that old? */
static bool fresh_enough(struct hit *h, const struct directive *d,
			 int64_t now)
{
	int64_t late = now - h->fresh_until_ms;

	h->stale = late >= 0;
	if (h->stale && (late + 999) / 1000 > d->max_stale_s)
		return false;
	if (d->max_age_s >= 0 && now - h->born_ms >= d->max_age_s * 1000) {
		h->refused = "max-age";
		return false;
	}
	return true;
}

static bool find(struct req *r, const struct keyed *k, const struct plan *p,
		 struct hit *h, int64_t now)
{
	const struct upstream *u = p->target->upstream;
	struct key want = owner(r), tenant;
	struct entry e;

	/* First, and whether there is an answer or not: a stranger must not
	 * learn what others have asked. */
	if (needs_accepting(r) && !was_accepted(r, u)) {
		h->refused = "unverified";
		return false;
	}
	if (store_get(r->site->store, r->a, &k->key, now, &e) != 1 ||
	    decode(h, &tenant, e.bytes) < 0 || !key_eq(&tenant, &want))
		return false;
	h->born_ms = e.born_ms;
	if (!fresh_enough(h, &k->directive, now))
		return false;
	if (form_convert(r->a, p, h->shape, h->form, &h->bytes) == 0)
		return true;
	/* Half a tool call cannot be made whole: ask again instead. */
	store_drop(r->site->store, &k->key);
	return false;
}

bool answer_find(struct req *r, const struct keyed *k, const struct plan *p,
		 struct hit *h_r)
{
	struct hit h = { 0 };

	if (r->site->store && find(r, k, p, &h, clock_wall_ms())) {
		*h_r = h;
		h_r->found = true;
		return true;
	}
	*h_r = (struct hit){ .refused = h.refused };
	return false;
}

/* -- storing --------------------------------------------------------------- */

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
	e = (struct entry){ now, now + ttl + STALE_MS, encode(r, now + ttl) };
	return store_put(r->site->store, &r->keyed.key, &e) == 0;
}
