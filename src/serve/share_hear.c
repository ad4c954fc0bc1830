/* A follower's half: what it hears drives its callbacks. */
#include "base/clock.h"
#include "serve/answer.h"
#include "serve/forget.h"
#include "serve/pack.h"
#include "serve/share.h"
#include "serve/wait.h"

#define SLICE_MS 100 /* how often it looks for its own caller */
#define HEAD_MAX 8192

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
	if (wait_caller_gone(h->r, 0) || wait_out_of_time(h->r))
		return false;
	h->end = NET_STOPPED;
	if (wait_stopping(h->r, 0))
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
	bool shown = h->r->sent.begun;

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
		return share_found(h->r, ANSWER_HERE) ? HEARD_STORED :
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
