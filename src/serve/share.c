#include "serve/share.h"

#include <poll.h>

#include "base/clock.h"
#include "serve/answer.h"
#include "serve/forget.h"
#include "serve/pack.h"

#define SLICE_MS 100    /* how often a follower looks for its own caller */
#define OTHER_MS 50     /* how often one looks for another host's answer */
#define KEEP_MS 1000    /* how often a lease is confirmed */
#define HEAD_MAX 8192

/* -- joining ---------------------------------------------------------------- */

/* The earliest moment at which an answer may have been asked for. */
static int64_t not_before(const struct req *r)
{
	const struct directive *d = &r->keyed.directive;

	if (d->no_cache || r->asked.refresh_ms)
		return r->wall_ms;
	return d->max_age_s >= 0 ? r->wall_ms - d->max_age_s * 1000 : 0;
}

enum flight_role share_join(struct req *r, struct flight **f_r)
{
	enum flight_role role;

	if (!r->site->store || r->keyed.use != USE_CACHE ||
	    answer_ttl(r) <= 0 || !answer_trusts(r) || answer_unkept(r))
		return FLIGHT_ALONE;
	role = flight_join(r->site->store, r->a, &r->keyed.key,
			   not_before(r), f_r);
	if (role == FLIGHT_LEAD)
		r->share.flight = *f_r;
	return role;
}

/* -- settled without asking --------------------------------------------------- */

/* Did the answer come between our looking and our leading? A refresh wants
 * a newer one. */
static bool found_now(struct req *r, enum answer_where where)
{
	struct hit h;

	if (!answer_find(r, &r->keyed, &r->plan, where, &h) ||
	    h.born_ms < r->asked.refresh_ms)
		return false;
	r->hit = h;
	return true;
}

static bool has_left(const struct req *r, int64_t wait_ms, enum net_end *end_r)
{
	const struct door *d = r->door;
	struct pollfd p[2] = { { d->gone_fd, d->gone_events, 0 },
			       { r->lane->stop_fd, POLLIN, 0 } };

	if (poll(p, 2, (int)wait_ms) <= 0)
		return false;
	*end_r = p[1].revents ? NET_STOPPED : NET_CALLER_GONE;
	return true;
}

static void lease(struct req *r, int64_t *again_r)
{
	int rc;

	r->walk.left_us = r->site->conf.memcached.budget_ms * 1000;
	rc = tier_lease_take(&r->walk, r->a, &r->keyed.key);
	r->share.leased = rc == 1;
	r->share.kept_ms = clock_mono_ms();
	*again_r = rc == 0 ? OTHER_MS : 0;
}

/* Another host asks: its answer will be in memcached, or its lease ends. */
static bool other_host_answers(struct req *r)
{
	int64_t until = clock_mono_ms() + r->site->conf.memcached.wait_ms;
	int64_t again;
	enum net_end end;

	for (lease(r, &again); again; lease(r, &again)) {
		share_beat(r);
		if (found_now(r, ANSWER_SHARED))
			return true;
		if (clock_mono_ms() > until || has_left(r, again, &end))
			return false;
	}
	return found_now(r, ANSWER_SHARED);
}

bool share_stored(struct req *r, enum share_heard heard)
{
	return heard == HEARD_STORED && found_now(r, ANSWER_HERE);
}

bool share_settled(struct req *r)
{
	if (!r->share.flight || r->keyed.directive.no_cache)
		return false;
	if (found_now(r, ANSWER_HERE))
		return true;
	return tier_shared(r->site->tier) &&
	       r->site->conf.memcached.wait_ms > 0 && other_host_answers(r);
}

/* -- telling ---------------------------------------------------------------- */

/* A frame in front of the bytes: its length, then what a follower needs to
 * know of the answer. */
static void tell_head(struct req *r, int status, enum net_end end)
{
	const struct fetched *o = &r->out;
	struct buf b, frame;

	if (!r->share.flight)
		return;
	buf_init(&b, r->a);
	pack_num(&b, status);
	pack_num(&b, end);
	pack_key(&b, &r->who.tenant);
	pack_str(&b, r->keyed.directive.tag);
	pack_num(&b, (int64_t)r->keyed.tag_gen);
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

void share_head(struct req *r)
{
	tell_head(r, r->out.status, NET_DONE);
}

void share_bytes(struct req *r, struct str bytes)
{
	if (r->share.flight)
		flight_tell(r->share.flight, bytes);
}

void share_all(struct req *r)
{
	r->share.told = true;
}

void share_none(struct req *r, enum net_end end)
{
	tell_head(r, 0, end);
	r->share.told = true;
}

void share_beat(struct req *r)
{
	int64_t now = clock_mono_ms();

	if (r->share.flight)
		flight_beat(r->share.flight);
	if (!r->share.leased || now < r->share.kept_ms + KEEP_MS)
		return;
	r->share.kept_ms = now;
	tier_lease_keep(&r->walk, r->a, &r->keyed.key);
}

bool share_wanted(const struct req *r)
{
	return r->share.flight && flight_followers(r->share.flight) > 0;
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

	if (!s->flight)
		return;
	if (unkept(r))
		answer_mark_unkept(r);
	flight_end(&s->flight, r->hit.found ? FLIGHT_STORED :
				s->told ? FLIGHT_WHOLE : FLIGHT_BROKEN);
	if (s->leased)
		tier_lease_give(&r->walk, r->a, &r->keyed.key);
}

/* -- hearing ---------------------------------------------------------------- */

struct hearing {
	struct req *r;
	const struct net_call *c;
	struct buf got;  /* not yet dealt with */
	bool headed;     /* the frame in front has been read */
	int64_t tick_ms; /* when there was last a sign of life */
};

struct heard_head {
	int status;
	enum net_end end;
	struct key tenant;
	struct str tag, type;
	uint64_t tag_gen;
	struct net_header *header;
	size_t n;
};

static int read_head(struct arena *a, struct str frame, struct heard_head *h)
{
	struct unpack u = { .rest = frame };
	int64_t end, n;

	h->status = (int)unpack_num(&u);
	end = unpack_num(&u);
	unpack_key(&u, &h->tenant);
	h->tag = unpack_str(&u);
	h->tag_gen = (uint64_t)unpack_num(&u);
	h->type = unpack_str(&u);
	n = unpack_num(&u);
	if (u.bad || n < 0 || n > 64 || end < NET_DONE || end > NET_STOPPED)
		return -1;
	h->end = (enum net_end)end;
	h->header = arena_new_n(a, struct net_header, (size_t)n + 1);
	h->header[0] = (struct net_header){ STR("Content-Type"), h->type };
	for (h->n = 1; h->n <= (size_t)n; h->n++) {
		h->header[h->n].name = unpack_str(&u);
		h->header[h->n].value = unpack_str(&u);
	}
	return u.bad ? -1 : 0;
}

/*
 * Is it for this caller? An error may be one credential's own, and a tag may
 * have been purged since it was asked under it. Ids of a request are not
 * another's.
 */
static bool for_us(struct req *r, const struct heard_head *h)
{
	if (h->status && h->status != 200 && !r->who.client &&
	    !key_eq(&h->tenant, &r->who.tenant))
		return false;
	return forget_tag(r->site, h->tag) == h->tag_gen;
}

/* Hands on what has come. HEARD_AGAIN means: nothing more to say yet. */
static enum share_heard hand_on(struct hearing *h, enum net_end *end_r)
{
	struct str got = buf_view(&h->got);
	struct unpack u = { .rest = got };
	struct heard_head head;
	struct str frame;

	if (!h->headed) {
		frame = unpack_str(&u);
		if (u.bad)
			return got.n > HEAD_MAX ? HEARD_ALONE : HEARD_AGAIN;
		if (read_head(h->r->a, frame, &head) < 0 ||
		    !for_us(h->r, &head))
			return HEARD_ALONE;
		h->headed = true;
		if (!key_eq(&head.tenant, &h->r->who.tenant))
			head.n = 1; /* limits and ids of another account */
		*end_r = head.end;
		if (!head.status ||
		    h->c->head(h->c->ctx, head.status, head.header, head.n))
			return HEARD_END;
		got = u.rest;
	}
	*end_r = NET_REFUSED;
	h->got.n = 0;
	if (got.n && h->c->data(h->c->ctx, got) != 0)
		return HEARD_END;
	return HEARD_AGAIN;
}

/* Nothing came for a while. */
static bool idle(struct hearing *h, enum net_end *end_r)
{
	int64_t now = clock_mono_ms();

	if (has_left(h->r, 0, end_r) &&
	    (*end_r == NET_STOPPED || h->c->gone(h->c->ctx)))
		return true;
	if (now - h->tick_ms < h->c->tick_ms)
		return false;
	h->tick_ms = now;
	*end_r = NET_REFUSED;
	return h->c->tick(h->c->ctx) != 0;
}

/* Has the caller seen some of it? Then another answer is no use to it. */
static bool shown(const struct hearing *h)
{
	return h->r->sent.status != 0;
}

static enum share_heard follow(struct hearing *h, struct flight *f,
			       enum net_end *end_r)
{
	enum share_heard heard;

	for (;;) {
		switch (flight_next(f, &h->got, SLICE_MS)) {
		case NEWS_BYTES:
			h->tick_ms = clock_mono_ms();
			heard = hand_on(h, end_r);
			if (heard != HEARD_AGAIN)
				return heard;
			break;
		case NEWS_NONE:
			if (idle(h, end_r))
				return HEARD_END;
			break;
		case NEWS_STORED:
			return HEARD_STORED;
		case NEWS_WHOLE:
			*end_r = NET_DONE;
			return h->headed ? HEARD_END : HEARD_AGAIN;
		case NEWS_BROKEN:
			*end_r = NET_BROKEN;
			return h->headed ? HEARD_END : HEARD_AGAIN;
		case NEWS_ORPHAN:
			*end_r = NET_BROKEN;
			return shown(h) ? HEARD_END : HEARD_AGAIN;
		case NEWS_STUCK:
			*end_r = NET_STALLED;
			return shown(h) ? HEARD_END : HEARD_ALONE;
		}
	}
}

enum share_heard share_follow(struct req *r, struct flight **f,
			      const struct net_call *c, enum net_end *end_r)
{
	struct hearing h = { .r = r, .c = c, .tick_ms = clock_mono_ms() };
	enum share_heard heard;

	buf_init(&h.got, r->a);
	heard = follow(&h, *f, end_r);
	flight_leave(f);
	return heard;
}
