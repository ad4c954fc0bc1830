/*
 * These very bytes again? A keyed hash of the raw body, the tenant, the
 * headers that matter and the configuration leads to the canonical key it
 * had last time, and so past parse, shape and key. Only plain requests are
 * remembered: a directive of the caller's makes the long way.
 */
#include "base/clock.h"
#include "serve/answer.h"
#include "serve/memo.h"
#include "serve/pack.h"
#include "serve/steps.h"

#define RECORD 1

static void hash_request(struct req *r, struct key *out)
{
	struct hash h;

	hash_begin(&h, &r->site->secret.memo);
	hash_add(&h, r->site->epoch.b, HASH_BYTES);
	hash_add(&h, r->who.tenant.b, HASH_BYTES);
	hash_field(&h, str_c(shape_path(r->asked.endpoint.shape)));
	hash_field(&h, r->asked.endpoint.query);
	req_hash_headers(r, &h);
	hash_field(&h, r->asked.body);
	hash_end(&h, out);
}

static int decode(struct req *r, struct str bytes)
{
	struct unpack u = { .rest = bytes };
	struct plan *p = &r->plan;

	if (unpack_num(&u) != RECORD)
		return -1;
	unpack_key(&u, &r->keyed.key);
	p->upstream = settings_upstream(&r->site->conf,
					arena_cstr(r->a, unpack_str(&u)));
	p->requested = unpack_str(&u);
	p->model = unpack_str(&u);
	p->route = unpack_str(&u);
	p->stream = unpack_num(&u);
	p->usage = unpack_num(&u);
	p->trimmed_messages = (uint32_t)unpack_num(&u);
	p->trimmed_tokens = (uint32_t)unpack_num(&u);
	return u.bad || !p->upstream ? -1 : 0;
}

static bool remembered(struct req *r)
{
	struct entry e;

	return store_get(r->site->store, r->a, &r->memo, clock_wall_ms(),
			 &e) == 1 &&
	       decode(r, e.bytes) == 0;
}

enum go step_memo(struct req *r)
{
	if (!r->site->store || !r->asked.body.n || r->asked.header.any)
		return GO_ON;
	hash_request(r, &r->memo);
	if (!remembered(r))
		return GO_ON;
	r->keyed.directive = r->asked.header;
	if (answer_find(r)) {
		r->keyed.use = USE_CACHE;
		r->memo_hit = true;
		return GO_OUT;
	}
	/* The answer is gone or not for this caller: the long way. */
	memset(&r->plan, 0, sizeof(r->plan));
	memset(&r->keyed, 0, sizeof(r->keyed));
	memset(&r->hit, 0, sizeof(r->hit));
	return GO_ON;
}

void memo_store(struct req *r)
{
	const struct plan *p = &r->plan;
	int64_t now = clock_wall_ms();
	struct entry e = { now, now + r->site->conf.cache.ttl_ms, STR("") };
	struct buf b;

	if (!r->site->store || r->memo_hit || r->keyed.directive.any ||
	    r->keyed.use != USE_CACHE)
		return;
	buf_init(&b, r->a);
	pack_num(&b, RECORD);
	pack_key(&b, &r->keyed.key);
	pack_str(&b, str_c(p->upstream->item.name));
	pack_str(&b, p->requested);
	pack_str(&b, p->model);
	pack_str(&b, p->route);
	pack_num(&b, p->stream);
	pack_num(&b, p->usage);
	pack_num(&b, p->trimmed_messages);
	pack_num(&b, p->trimmed_tokens);
	e.bytes = buf_view(&b);
	store_put(r->site->store, &r->memo, &e);
}
