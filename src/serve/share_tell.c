/* A leader's half: what it tells those who follow. */
#include "dialect/error.h"
#include "serve/forget.h"
#include "serve/lately.h"
#include "serve/pack.h"
#include "serve/share.h"

/* A frame in front of the bytes: its length, then what a follower needs to
 * know of the answer. */
static void tell_head(struct req *r, int status, enum net_end end, bool good)
{
	const struct fetched *o = &r->out;
	struct buf b, frame;

	if (!r->share.leads)
		return;
	buf_init(&b, r->a);
	pack_num(&b, status);
	pack_num(&b, end);
	pack_num(&b, good);
	pack_key(&b, &r->who.tenant);
	forget_pack(&b, &r->keyed.stamp);
	pack_str(&b, o->type);
	pack_num(&b, (int64_t)o->nheader);
	for (size_t i = 0; i < o->nheader; i++) {
		pack_str(&b, o->header[i].name);
		pack_str(&b, o->header[i].value);
	}
	buf_init(&frame, r->a);
	pack_str(&frame, buf_view(&b));
	flight_tell(r->share.flight, buf_view(&frame));
}

void share_head(struct req *r, bool good)
{
	tell_head(r, r->out.status, NET_DONE, good);
}

void share_bytes(struct req *r, struct str bytes)
{
	if (r->share.leads)
		flight_tell(r->share.flight, bytes);
}

void share_all(struct req *r)
{
	r->share.told = true;
}

void share_none(struct req *r, enum net_end end)
{
	tell_head(r, 0, end, false);
	r->share.told = true;
}

void share_refused(struct req *r)
{
	struct fetched *o = &r->out;
	struct buf b;

	if (!r->share.leads || r->share.told)
		return;
	o->status = r->fail.status;
	o->type = STR("application/json");
	o->header = arena_new_n(r->a, struct net_header, 1);
	o->header[0] = (struct net_header){ STR("Retry-After"),
		str_c(arena_printf(r->a, "%d", r->fail.retry_after_s)) };
	o->nheader = r->fail.retry_after_s > 0;
	buf_init(&b, r->a);
	error_json(&b, shape_dialect(r->plan.target->shape), &r->fail, NULL);
	share_head(r, false);
	share_bytes(r, buf_view(&b));
	share_all(r);
}

void share_collected(struct req *r)
{
	const struct fetched *o = &r->out;
	enum net_end end = o->end;

	/* A caller who left (or larder, asking aside) and a process that ends
	 * are its own; who waits takes its place. */
	if (r->sent.begun || r->share.told || end == NET_CALLER_GONE ||
	    end == NET_STOPPED)
		return;
	if (end != NET_DONE) {
		share_none(r, end);
		return;
	}
	share_head(r, o->storable);
	share_bytes(r, o->bytes);
	share_all(r);
}

void share_beat(struct req *r)
{
	if (!r->share.leads)
		return;
	flight_beat(r->share.flight);
	tier_lease_keep(&r->walk, r->a, &r->keyed.key);
}

bool share_wanted(const struct req *r)
{
	return r->share.leads && flight_followers(r->share.flight) > 0;
}

/* A whole answer that was not kept is nothing to wait for next time. */
static bool unkept(const struct req *r)
{
	return r->out.status == 200 && r->out.answered && !r->stored &&
	       !r->out.aborted && !r->fail.status;
}

void share_end(struct req *r)
{
	struct share *s = &r->share;

	if (!s->leads)
		return;
	if (unkept(r))
		lately_set_unkept(r);
	flight_end(&s->flight, r->hit.found ? FLIGHT_STORED :
				s->told ? FLIGHT_WHOLE : FLIGHT_BROKEN);
	s->leads = false;
	tier_lease_give(&r->walk, r->a, &r->keyed.key);
}
