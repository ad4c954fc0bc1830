#include "serve/share.h"

#include <poll.h>

#include "base/clock.h"
#include "serve/answer.h"
#include "serve/forget.h"
#include "serve/marks.h"
#include "serve/pack.h"

#define SLICE_MS 100 /* how often a follower looks for its own caller */
#define OTHER_MS 50  /* how often one asks for another host's lease */
#define HEAD_MAX 8192

/* -- looking once more ----------------------------------------------------- */

/* Did the answer come between our looking and our asking? Who renews one
 * wants a newer one, who said no-cache none at all. */
static bool found_now(struct req *r, enum answer_where where)
{
	struct hit h;

	if (r->keyed.directive.no_cache ||
	    !answer_find(r, &r->keyed, &r->plan, where, &h) ||
	    h.born_ms < r->asked.renew_before_ms)
		return false;
	r->hit = h;
	return true;
}

/* Becomes a descriptor ready within wait_ms? */
static bool ready(int fd, short events, int64_t wait_ms)
{
	struct pollfd p = { fd, events, 0 };

	return poll(&p, 1, (int)wait_ms) > 0;
}

static bool caller_gone(const struct req *r, int64_t wait_ms)
{
	return ready(r->door->gone_fd, r->door->gone_events, wait_ms);
}

static bool stopping(const struct req *r, int64_t wait_ms)
{
	return ready(r->lane->stop_fd, POLLIN, wait_ms);
}

/* -- another host ---------------------------------------------------------- */

/* 1 ours, 0 another host's, -1 nobody knows. Waiting for a lease is not what
 * the budget is for: each try has one of its own. */
static int lease(struct req *r)
{
	r->walk.left_us = r->site->conf.memcached.budget_ms * 1000;
	return tier_lease_take(&r->walk, r->a, &r->keyed.key);
}

static void gone(struct req *r)
{
	r->out.aborted = true;
	fail(&r->fail, 499, "client_closed_request",
	     "The caller left before the answer came.");
}

/* Between two tries. False when waiting is over: then the upstream is asked,
 * or nobody is (fail is set). */
static bool wait_a_little(struct req *r, int64_t until_ms)
{
	share_beat(r);
	if (clock_mono_ms() > until_ms || stopping(r, 0))
		return false;
	if (!caller_gone(r, OTHER_MS))
		return true;
	if (share_wanted(r))
		return !stopping(r, OTHER_MS);
	gone(r);
	return false;
}

/* Does another host ask? Then its answer will be in memcached once its lease
 * is ours. */
static bool other_host_answers(struct req *r)
{
	const struct memcached_conf *m = &r->site->conf.memcached;
	int64_t until = clock_mono_ms() + m->wait_ms;

	if (!tier_shared(r->site->tier) || m->wait_ms <= 0 ||
	    r->keyed.directive.no_cache)
		return false;
	while (lease(r) == 0)
		if (!wait_a_little(r, until))
			return r->fail.status != 0;
	/* It may have come, and its lease gone, since we looked. */
	return found_now(r, ANSWER_SHARED);
}

/* -- joining --------------------------------------------------------------- */

/* The earliest moment at which an answer may have been asked for. */
static int64_t not_before(const struct req *r)
{
	const struct directive *d = &r->keyed.directive;

	if (d->no_cache || r->asked.renew_before_ms)
		return r->wall_ms;
	return d->max_age_s >= 0 ? r->wall_ms - d->max_age_s * 1000 : 0;
}

static bool may_share(struct req *r)
{
	return r->site->store && r->keyed.use == USE_CACHE &&
	       answer_ttl(r) > 0 && marks_trusts(r, &r->plan);
}

enum share_way share_join(struct req *r)
{
	enum flight_role role;

	if (!may_share(r) || marks_unkept(r))
		return SHARE_ASK;
	role = flight_join(r->site->store, r->a, &r->keyed.key,
			   not_before(r), &r->share.flight);
	r->share.leads = role == FLIGHT_LEAD;
	if (role == FLIGHT_FOLLOW && r->asked.renew_before_ms)
		flight_leave(&r->share.flight);
	if (role != FLIGHT_LEAD && r->asked.renew_before_ms)
		return SHARE_DONE; /* somebody else renews it */
	if (role == FLIGHT_FOLLOW)
		return SHARE_FOLLOW;
	/* Alone one may be because all places were taken by flights that were
	 * just landing: tests/model. */
	if (found_now(r, ANSWER_HERE) ||
	    (role == FLIGHT_LEAD && other_host_answers(r)))
		return SHARE_DONE;
	return SHARE_ASK;
}

/* -- telling --------------------------------------------------------------- */

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

bool share_strangers(const struct req *r)
{
	return r->site->conf.cache.scope == SCOPE_SITE && !r->who.client;
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
		marks_set_unkept(r);
	flight_end(&s->flight, r->hit.found ? FLIGHT_STORED :
				s->told ? FLIGHT_WHOLE : FLIGHT_BROKEN);
	s->leads = false;
	tier_lease_give(&r->walk, r->a, &r->keyed.key);
}

/* -- hearing --------------------------------------------------------------- */

struct hearing {
	struct req *r;
	const struct net_call *c;
	struct buf got;  /* not yet dealt with */
	bool headed;     /* the frame in front has been read */
	bool deaf;       /* it is not for us: waits for the end, joins again */
	int64_t tick_ms; /* when there was last a sign of life */
	enum net_end end;
};

struct heard_head {
	int status;
	enum net_end end;
	bool good;         /* an answer, not something in its place */
	struct key tenant;
	struct forget_stamp stamp;
	struct str type;
	struct net_header *header;
	size_t n;
};

static int read_head(struct arena *a, struct str frame, struct heard_head *h)
{
	struct unpack u = { .rest = frame };
	int64_t end, n;

	h->status = (int)unpack_num(&u);
	end = unpack_num(&u);
	h->good = unpack_num(&u);
	unpack_key(&u, &h->tenant);
	forget_unpack(&u, &h->stamp);
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

/* What is no answer (whatever its status) may be one account's own trouble. */
static bool for_us(const struct req *r, const struct heard_head *h)
{
	return !h->status || h->good || r->who.client ||
	       key_eq(&h->tenant, &r->who.tenant);
}

/* Limits and ids are another account's; when to try again after an error, which
 * is told to those of one account alone, is for all of them. */
static void keep_advice(struct heard_head *h)
{
	size_t n = 1;

	for (size_t i = 1; i < h->n && h->status != 200; i++)
		if (str_istarts(h->header[i].name, STR("retry-after")) ||
		    str_ieq(h->header[i].name, STR("x-should-retry")))
			h->header[n++] = h->header[i];
	h->n = n;
}

/* The frame in front. False when there is no more to hear, and *heard_r. */
static bool hear_head(struct hearing *h, struct unpack *u,
		      enum share_heard *heard_r)
{
	struct str frame = unpack_str(u);
	struct heard_head head;

	*heard_r = HEARD_ALONE;
	if (u->bad) /* not all of it is here yet */
		return h->got.n <= HEAD_MAX;
	if (read_head(h->r->a, frame, &head) < 0 ||
	    !forget_holds(req_board(h->r), &head.stamp)) /* purged since */
		return false;
	h->headed = true;
	h->deaf = !for_us(h->r, &head);
	if (h->deaf)
		return true;
	if (!key_eq(&head.tenant, &h->r->who.tenant))
		keep_advice(&head);
	*heard_r = HEARD_END;
	h->end = head.end;
	return head.status && h->c->head(h->c->ctx, head.status, head.header,
					 head.n) == 0;
}

/* Hands on what has come. False as above. */
static bool hear_bytes(struct hearing *h, enum share_heard *heard_r)
{
	struct unpack u = { .rest = buf_view(&h->got) };

	if (!h->headed && !hear_head(h, &u, heard_r))
		return false;
	if (!h->headed)
		return true;
	h->tick_ms = clock_mono_ms();
	h->got.n = 0;
	if (h->deaf || !u.rest.n || h->c->data(h->c->ctx, u.rest) == 0)
		return true;
	h->end = NET_REFUSED;
	*heard_r = HEARD_END;
	return false;
}

/* False when nobody waits for it any more. */
static bool go_on(struct hearing *h)
{
	int64_t now = clock_mono_ms();

	h->end = NET_CALLER_GONE;
	if (caller_gone(h->r, 0))
		return false;
	h->end = NET_STOPPED;
	if (stopping(h->r, 0))
		return false;
	if (now - h->tick_ms < h->c->tick_ms)
		return true;
	h->tick_ms = now;
	h->end = NET_REFUSED;
	return h->c->tick(h->c->ctx) == 0;
}

/* What the last news mean for the caller. One that has seen some of the
 * answer cannot be given another. */
static enum share_heard last_news(struct hearing *h, enum flight_news news)
{
	bool shown = h->r->sent.status != 0;

	if (h->deaf) /* one of us then leads the others */
		return HEARD_AGAIN;
	switch (news) {
	case NEWS_WHOLE:
		h->end = NET_DONE;
		return h->headed ? HEARD_END : HEARD_AGAIN;
	case NEWS_BROKEN:
		h->end = NET_BROKEN;
		return h->headed ? HEARD_END : HEARD_AGAIN;
	case NEWS_STORED:
		return found_now(h->r, ANSWER_HERE) ? HEARD_STORED :
						      HEARD_AGAIN;
	case NEWS_ORPHAN:
		h->end = NET_BROKEN;
		return shown ? HEARD_END : HEARD_AGAIN;
	case NEWS_LOST:
		h->end = NET_BROKEN;
		return shown ? HEARD_END : HEARD_ALONE;
	case NEWS_STUCK:
		h->end = NET_STALLED;
		return shown ? HEARD_END : HEARD_AGAIN;
	case NEWS_BYTES:
	case NEWS_NONE:
		break;
	}
	return HEARD_END;
}

static enum share_heard follow(struct hearing *h, struct flight *f)
{
	enum share_heard heard = HEARD_END;
	enum flight_news news;

	for (;;) {
		news = flight_next(f, &h->got, SLICE_MS);
		if (news != NEWS_BYTES && news != NEWS_NONE)
			return last_news(h, news);
		if (news == NEWS_BYTES && !hear_bytes(h, &heard))
			return heard;
		if (!go_on(h))
			return HEARD_END;
	}
}

enum share_heard share_follow(struct req *r, const struct net_call *c,
			      enum net_end *end_r)
{
	struct hearing h = { .r = r, .c = c, .tick_ms = clock_mono_ms() };
	enum share_heard heard;

	buf_init(&h.got, r->a);
	heard = follow(&h, r->share.flight);
	flight_leave(&r->share.flight);
	*end_r = h.end;
	return heard;
}

void share_leave(struct req *r)
{
	flight_leave(&r->share.flight);
}
