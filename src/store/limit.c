#include "store/limit.h"

#include "base/clock.h"
#include "store/rate.h"
#include "store/word.h"

/*
 * A slot, of those who run and of those who wait, is held by the time its
 * holder wrote there and writes again; when that is too long ago the slot is
 * anybody's. Every change is made to the very number that one wrote or read,
 * so a holder that was only slow cannot touch what is another's by now.
 *
 * Who waits has a round and an order in it. Each works out who goes before
 * it, and goes when there is enough for all of them and itself: so nobody is
 * overtaken, and the first need not be awake for the second to go.
 */

#define MS_NS 1000000

static struct board_row row_of(const struct board *b)
{
	return (struct board_row){ (void *)b->limit, sizeof(*b->limit),
				   BOARD_LIMITS };
}

struct board_limit *limit_find(struct board *b, const struct key *id)
{
	struct board_row r = row_of(b);

	return board_lease(&r, board_id(id), clock_mono_ms());
}

const struct board_limit *limit_seen(const struct board *b,
				     const struct key *id)
{
	struct board_row r = row_of(b);

	return board_seen(&r, board_id(id));
}

static int at_most(int n, int most)
{
	return n < most ? n : most;
}

/* --- who waits --- */

static bool is_taken(int64_t beat_ms, int64_t now_ms)
{
	if (beat_ms < 0 && beat_ms > INT64_MIN)
		beat_ms = -beat_ms;
	return word_lately(beat_ms, now_ms, LIMIT_GONE_MS);
}

static bool is_waiting(const struct board_wait *w, int64_t now_ms)
{
	return word_lately(word_get(&w->beat_ms), now_ms, LIMIT_GONE_MS);
}

static uint64_t *served(struct board_limit *p, uint64_t tenant)
{
	return &p->served[tenant % BOARD_SERVED];
}

/* Nobody's round is before the one that is being served; a tenant's next is
 * behind its last, whether that one waits or had its turn in this round. It
 * cannot be further ahead than as many as wait. */
static void draw(struct board_limit *p, uint64_t tenant, int64_t now_ms,
		 struct limit_turn *t)
{
	uint64_t first = word_get(&p->round), round = first, its;
	const struct board_wait *w;

	if (word_get(served(p, tenant)) == first)
		round++;

	for (w = p->wait; w < p->wait + BOARD_WAIT; w++) {
		if (!is_waiting(w, now_ms) || word_get(&w->tenant) != tenant)
			continue;
		its = word_get(&w->round);
		if (its >= round && its - first <= BOARD_WAIT)
			round = its + 1;
	}
	t->round = round;
	t->order = word_add(&p->order, 1);
}

static bool goes_before(const struct board_wait *w,
			const struct limit_turn *t)
{
	uint64_t round = word_get(&w->round);

	return round < t->round ||
	       (round == t->round && word_get(&w->order) < t->order);
}

struct ahead {
	int n;
	int64_t tokens_ns;
};

/* Before one that has only just come all go who wait: it may be before them
 * soon, but they were here when there was room. */
static struct ahead look_ahead(const struct board_limit *p,
			       const struct limit_conf *c, int64_t now_ms,
			       const struct limit_turn *t)
{
	struct ahead a = { 0, 0 };
	const struct board_wait *w;

	for (w = p->wait; w < p->wait + BOARD_WAIT; w++) {
		if (!is_waiting(w, now_ms) ||
		    (t->wait && (w == &p->wait[t->wait_at] ||
				 !goes_before(w, t))))
			continue;
		a.n++;
		a.tokens_ns += rate_cost_ns(c->tokens, word_get(&w->tokens));
	}
	return a;
}

static bool seize(struct board_wait *w, int64_t was, int64_t now_ms)
{
	return word_swap(&w->beat_ms, was, -now_ms);
}

static struct board_wait *find_free(struct board_limit *p, int n,
				    int64_t now_ms)
{
	int64_t was;
	int i;

	for (i = 0; i < n; i++) {
		was = word_get(&p->wait[i].beat_ms);
		if (!is_taken(was, now_ms) && seize(&p->wait[i], was, now_ms))
			return &p->wait[i];
	}
	return NULL;
}

/* The queue is full. Whoever would go last gives way to one whose turn is in
 * an earlier round: a tenant cannot keep the others out by filling it. */
static struct board_wait *oust(struct board_limit *p, int n, int64_t now_ms,
			       const struct limit_turn *t)
{
	uint64_t last = t->round, round;
	struct board_wait *w = NULL;
	int64_t was = 0, beat;
	int i;

	for (i = 0; i < n; i++) {
		beat = word_get(&p->wait[i].beat_ms);
		round = word_get(&p->wait[i].round);
		if (beat > 0 && round > last)
			w = &p->wait[i], was = beat, last = round;
	}
	return w && seize(w, was, now_ms) ? w : NULL;
}

static void publish(struct board_wait *w, uint64_t tenant,
		    const struct limit_turn *t)
{
	word_put(&w->tenant, tenant);
	word_put(&w->round, t->round);
	word_put(&w->order, t->order);
	word_put(&w->tokens, t->tokens);
}

static enum limit_says join(struct board_limit *p, const struct limit_conf *c,
			    uint64_t tenant, int64_t now_ms,
			    struct limit_turn *t)
{
	int n = at_most(c->queue, LIMIT_QUEUE);
	struct board_wait *w = find_free(p, n, now_ms);

	if (!w)
		w = oust(p, n, now_ms, t);
	if (!w) {
		*t = (struct limit_turn){ .place = NULL };
		return LIMIT_FULL;
	}
	publish(w, tenant, t);
	(void)word_swap(&w->beat_ms, -now_ms, now_ms);
	t->wait = now_ms;
	t->wait_at = (int)(w - p->wait);
	return LIMIT_WAIT;
}

static void quit(struct limit_turn *t)
{
	if (t->wait)
		(void)word_swap(&t->place->wait[t->wait_at].beat_ms, t->wait,
				0);
	t->wait = 0;
}

/* Is what was written there still there, and newer now? */
static bool renew(int64_t *beat_ms, int64_t *mine, int64_t now_ms)
{
	if (!word_swap(beat_ms, *mine, now_ms))
		return false;
	*mine = now_ms;
	return true;
}

/* Says all of it again: one that was held up while it wrote, and wrote into
 * what was another's by then, would else have two wait for each other. */
static void stay(struct board_limit *p, uint64_t tenant, int64_t now_ms,
		 struct limit_turn *t)
{
	struct board_wait *w = &p->wait[t->wait_at];

	if (renew(&w->beat_ms, &t->wait, now_ms))
		publish(w, tenant, t);
	else
		t->wait = 0; /* too slow: somebody else waits there */
}

/* --- who goes --- */

/* The slots that are free go to those who go before, then to this one. */
static bool take_slot(struct board_limit *p, const struct limit_conf *c,
		      int ahead, int64_t now_ms, struct limit_turn *t)
{
	int64_t was;
	int i;

	for (i = 0; i < at_most(c->concurrent, LIMIT_CONCURRENT); i++) {
		was = word_get(&p->run_ms[i]);
		if (word_lately(was, now_ms, LIMIT_DEAD_MS) || ahead-- > 0 ||
		    !word_swap(&p->run_ms[i], was, now_ms))
			continue;
		t->run = now_ms;
		t->run_at = i;
		return true;
	}
	return c->concurrent <= 0;
}

static void give_slot(struct board_limit *p, struct limit_turn *t)
{
	if (t->run)
		(void)word_swap(&p->run_ms[t->run_at], t->run, 0);
	t->run = 0;
}

/* Looks before it takes: what is taken and given back is meanwhile missed by
 * those who go before. */
static bool take(struct board_limit *p, const struct limit_conf *c,
		 int64_t now_ms, struct limit_turn *t)
{
	struct ahead a = look_ahead(p, c, now_ms, t);
	int64_t one = rate_cost_ns(c->requests, 1), before = a.n * one;
	int64_t tokens = rate_cost_ns(c->tokens, t->tokens);
	int64_t now_ns = now_ms * MS_NS;

	if ((c->requests && !rate_fits(&p->requests_ns, before, one,
				       now_ns)) ||
	    (c->tokens && !rate_fits(&p->tokens_ns, a.tokens_ns, tokens,
				     now_ns)) ||
	    !take_slot(p, c, a.n, now_ms, t))
		return false;
	if (!c->requests || rate_take(&p->requests_ns, before, one, now_ns)) {
		if (!c->tokens ||
		    rate_take(&p->tokens_ns, a.tokens_ns, tokens, now_ns))
			return true;
		rate_settle(&p->requests_ns, -one, now_ns);
	}
	give_slot(p, t);
	return false;
}

/* It goes: the round that is being served is this one's. */
static void serve(struct board_limit *p, uint64_t tenant,
		  struct limit_turn *t)
{
	uint64_t round = word_get(&p->round);

	while (round < t->round && !word_swap(&p->round, round, t->round))
		round = word_get(&p->round);
	word_put(served(p, tenant), t->round);
	quit(t);
}

enum limit_says limit_ask(struct board_limit *p, const struct limit_conf *c,
			  uint64_t tenant, int64_t tokens, int64_t mono_ms,
			  struct limit_turn *t)
{
	if (!p || (c->concurrent <= 0 && c->requests <= 0 && c->tokens <= 0))
		return LIMIT_GO;
	if (!t->place)
		draw(p, tenant, mono_ms, t);
	t->place = p;
	t->tokens = tokens > 0 ? tokens : 0;
	t->at_ms = mono_ms;
	if (t->wait)
		stay(p, tenant, mono_ms, t);
	if (take(p, c, mono_ms, t)) {
		serve(p, tenant, t);
		return LIMIT_GO;
	}
	return t->wait ? LIMIT_WAIT : join(p, c, tenant, mono_ms, t);
}

void limit_beat(struct limit_turn *t, int64_t mono_ms)
{
	if (!t->place)
		return;
	t->at_ms = mono_ms;
	if (t->wait)
		renew(&t->place->wait[t->wait_at].beat_ms, &t->wait, mono_ms);
	else if (t->run)
		renew(&t->place->run_ms[t->run_at], &t->run, mono_ms);
}

void limit_leave(struct limit_turn *t)
{
	if (!t->place || !t->wait)
		return;
	quit(t);
	*t = (struct limit_turn){ .place = NULL };
}

void limit_done(struct limit_turn *t, const struct limit_conf *c,
		int64_t tokens)
{
	struct board_limit *p = t->place;
	int64_t now_ns = t->at_ms * MS_NS;

	if (!p || t->wait)
		return;
	if (tokens == 0)
		rate_settle(&p->requests_ns, -rate_cost_ns(c->requests, 1),
			    now_ns);
	if (tokens >= 0)
		rate_settle(&p->tokens_ns, rate_cost_ns(c->tokens, tokens) -
					   rate_cost_ns(c->tokens, t->tokens),
			    now_ns);
	give_slot(p, t);
	*t = (struct limit_turn){ .place = NULL };
}

/* --- for people --- */

static void look_rates(const struct board_limit *p,
		       const struct limit_conf *c, int64_t now_ms,
		       struct limit_state *s)
{
	struct rate_state requests = { 0 }, tokens = { 0 };
	int64_t now_ns = now_ms * MS_NS, one_ns;

	if (c->requests > 0)
		rate_look(&p->requests_ns, c->requests, now_ns, &requests);
	if (c->tokens > 0)
		rate_look(&p->tokens_ns, c->tokens, now_ns, &tokens);
	one_ns = requests.one_ns > tokens.one_ns ? requests.one_ns :
						   tokens.one_ns;
	s->requests_left = requests.left;
	s->tokens_left = tokens.left;
	s->requests_full_ms = (requests.full_ns + MS_NS - 1) / MS_NS;
	s->tokens_full_ms = (tokens.full_ns + MS_NS - 1) / MS_NS;
	s->retry_ms = (one_ns + MS_NS - 1) / MS_NS;
}

void limit_look(const struct board_limit *p, const struct limit_conf *c,
		int64_t mono_ms, struct limit_state *s_r)
{
	static const struct board_limit unused;
	struct limit_state s = { .running = 0 };
	int i;

	if (!p)
		p = &unused;
	for (i = 0; i < BOARD_RUN; i++)
		s.running += word_lately(word_get(&p->run_ms[i]), mono_ms,
					 LIMIT_DEAD_MS);
	for (i = 0; i < BOARD_WAIT; i++)
		s.waiting += is_taken(word_get(&p->wait[i].beat_ms), mono_ms);
	look_rates(p, c, mono_ms, &s);
	*s_r = s;
}
