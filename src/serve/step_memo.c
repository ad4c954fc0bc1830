/*
 * These very bytes again? A keyed hash of the tenant, the headers that
 * matter, the configuration and a short hash of the raw body leads to the
 * question it was last time, and so past parse, shape and key. Only plain
 * requests are remembered: a directive of the caller's, a rule that goes by the
 * clock and a classifier that did not say make the long way. It looks in this
 * host's cache alone: for what is elsewhere the long way is short.
 */
#include "base/clock.h"
#include "serve/answer.h"
#include "serve/memo.h"
#include "serve/pack.h"
#include "serve/steps.h"

#define RECORD 5

static void hash_request(struct req *r, struct key *out)
{
	struct hash h;

	hash_begin_with(&h, &r->site->secret.memo);
	hash_field(&h, STR(PACKAGE_VERSION)); /* another may key otherwise */
	hash_add(&h, r->site->epoch.b, HASH_BYTES);
	hash_add(&h, r->who.tenant.b, HASH_BYTES);
	hash_field(&h, str_c(shape_path(r->asked.endpoint.shape)));
	hash_field(&h, r->asked.endpoint.query);
	req_hash_headers(r, &h);
	hash_field(&h, r->asked.header.tag); /* rules look at it */
	hash_short(&h, &r->site->secret.body, r->asked.body);
	hash_end(&h, out);
}

static int decode(struct req *r, struct str bytes, struct plan *p,
		  struct keyed *k)
{
	struct target *t = arena_new_n(r->a, struct target, 1);
	struct unpack u = { .rest = bytes };

	if (unpack_num(&u) != RECORD)
		return -1;
	*k = (struct keyed){ .use = USE_CACHE, .directive = r->asked.header };
	unpack_key(&u, &k->base);
	t->upstream = settings_upstream(&r->site->conf,
					arena_cstr(r->a, unpack_str(&u)));
	t->model = unpack_str(&u);
	t->dropped = arena_cstr(r->a, unpack_str(&u));
	if (!*t->dropped)
		t->dropped = NULL;
	*p = (struct plan){ .target = t, .ntargets = 1,
			    .shape = r->asked.endpoint.shape };
	p->requested = unpack_str(&u);
	p->route = unpack_str(&u);
	p->stream = unpack_num(&u);
	p->usage = unpack_num(&u);
	if (u.bad || !t->upstream)
		return -1;
	req_name(r, p, k);
	return 0;
}

enum go step_memo(struct req *r)
{
	struct keyed keyed;
	struct plan plan;
	struct entry e;
	struct hit hit;

	if (!r->site->store || !r->asked.body.n || r->asked.header.any)
		return GO_ON;
	hash_request(r, &r->memo.key);
	r->memo.usable = true;
	if (store_get(r->site->store, r->a, &r->memo.key, clock_wall_ms(),
		      &e) != 1 ||
	    r->asked.renew_before_ms ||
	    decode(r, e.bytes, &plan, &keyed) < 0 ||
	    !answer_find(r, &keyed, &plan, ANSWER_HERE, &hit))
		return GO_ON;
	r->plan = plan;
	r->keyed = keyed;
	r->hit = hit;
	r->memo.hit = true;
	return GO_OUT;
}

void memo_store(struct req *r)
{
	const struct plan *p = &r->plan;
	int64_t now = clock_wall_ms();
	struct entry e = { now, now + r->site->conf.cache.ttl_ms, STR("") };
	struct buf b;

	/* A directive in the body was not known when the key was made. */
	if (!r->memo.usable || r->memo.hit || r->keyed.directive.any ||
	    p->passing)
		return;
	buf_init(&b, r->a);
	pack_num(&b, RECORD);
	pack_key(&b, &r->keyed.base);
	pack_str(&b, str_c(p->target->upstream->item.name));
	pack_str(&b, p->target->model);
	pack_str(&b, str_c(p->target->dropped));
	pack_str(&b, p->requested);
	pack_str(&b, p->route);
	pack_num(&b, p->stream);
	pack_num(&b, p->usage);
	e.bytes = buf_view(&b);
	store_put(r->site->store, &r->memo.key, &e);
}
