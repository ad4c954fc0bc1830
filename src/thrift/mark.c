#include "thrift/mark.h"

#include <string.h>

#include "thrift/mark_learn.h"

/*
 * Marks go where something is known to be cached, since reading it costs
 * little, and on what is worth more cached than writing it costs. Only the
 * tokens behind what is read are written.
 */

/* What is remembered of a prefix. Any bytes are harmless. */
struct note {
	uint32_t sent_s;  /* when it was sent last */
	uint32_t until_s; /* as long as that it is cached, it is believed */
	uint32_t whole;   /* tokens it was sent with, */
	uint16_t old;     /* of which so many 65536ths were known before */
	uint8_t times;    /* it has been sent */
	uint8_t life : 2; /* enum mark_life: for how long it was written */
	uint8_t grade : 2; /* of its class when it was sent */
	uint8_t turn : 4;
};

_Static_assert(sizeof(struct note) == MARK_MEMORY, "it is kept as it is");

struct plan {
	const struct mark_ask *q;
	struct mark_point *p;
	size_t n;
	size_t deep;    /* the deepest known point behind system, or n */
	size_t old;     /* tokens up to the deepest known point */
	size_t cached;  /* the deepest that is believed cached, or n */
	uint32_t now_s;
};

static bool note_of(const struct plan *g, size_t i, struct note *out_r)
{
	const struct mark_point *p = &g->p[i];
	struct note o;

	if (!p->known)
		return false;
	memcpy(&o, p->memory, sizeof(o));
	if (!o.sent_s || o.sent_s > g->now_s || o.life > MARK_1H)
		return false;
	if (o.life == MARK_1H && !g->q->terms.hour)
		o.life = MARK_5M;
	*out_r = o;
	return true;
}

static int64_t gap_ms(const struct plan *g, const struct note *o)
{
	return (int64_t)(g->now_s - o->sent_s) * 1000;
}

static bool is_cached(const struct plan *g, size_t i)
{
	struct note o;

	return note_of(g, i, &o) && o.life != MARK_NONE &&
	       g->now_s < o.until_s &&
	       o.until_s - g->now_s <= MARK_HOUR_MS / 1000;
}

static void look(struct plan *g)
{
	struct note o;
	size_t i;

	g->deep = g->cached = g->n;
	for (i = 0; i < g->n; i++) {
		if (!note_of(g, i, &o))
			continue;
		if (!g->p[i].system)
			g->deep = i;
		if (!g->p[i].last)
			g->old = g->p[i].tokens;
		if (is_cached(g, i))
			g->cached = i;
	}
}

/* Prefixes shorter than the provider takes are nobody's business. */
static bool counts(const struct plan *g, size_t i)
{
	const struct mark_point *p = &g->p[i];

	return p->tokens >= g->q->terms.min_tokens &&
	       (p->system || p->last || i == g->deep);
}

/* --- classes --- */

static uint32_t old_of(const struct note *o)
{
	return (uint32_t)((uint64_t)o->whole * o->old >> 16);
}

static enum mark_kind kind_of(const struct plan *g, size_t i)
{
	return g->p[i].system ? MARK_SYSTEM :
	       g->p[i].last ? MARK_NEW : MARK_OLD;
}

/* What a note is of, as it was then. */
static struct mark_class class_then(const struct plan *g, size_t i,
				    const struct note *o, enum mark_kind kind)
{
	struct mark_class c = { kind, o->turn, o->grade, g->p[i].tokens,
				g->q->who };

	if (kind == MARK_OLD)
		c.tokens = old_of(o);
	else if (kind == MARK_NEW)
		c.tokens = o->whole - old_of(o);
	return c;
}

/*
 * As it is now. System text has no turns: how often it was sent stands for
 * them. How soon it came back the last time (a conversation: its last turn)
 * says much about the next.
 */
static struct mark_class class_now(const struct plan *g, size_t i)
{
	const struct mark_point *p = &g->p[i];
	struct mark_class c = { .kind = kind_of(g, i), .tokens = p->tokens,
				.who = g->q->who };
	size_t from = p->system ? i : g->deep;
	struct note o;
	bool seen = from < g->n && note_of(g, from, &o);

	if (c.kind == MARK_NEW)
		c.tokens -= g->old;
	c.grade = mark_grade(seen, seen ? gap_ms(g, &o) : 0);
	c.turn = mark_turn_bucket(!p->system ? g->p[g->n - 1].turn :
				  seen ? o.times + 1u : 1);
	return c;
}

/* --- what became of earlier ones --- */

/* How much of what stretched from..upto is sent again when `tokens` are. */
static float part_of(uint32_t from, uint32_t upto, size_t tokens)
{
	if (tokens >= upto)
		return 1;
	return tokens <= from ? 0 :
	       (float)(tokens - from) / (float)(upto - from);
}

static void credit(const struct plan *g, size_t i, const struct note *o,
		   enum mark_kind kind, float part)
{
	struct mark_class now = class_now(g, i);
	struct mark_class then = class_then(g, i, o, kind);
	struct mark_worth w = mark_worth_of(g->q, &now);

	if (part > 0)
		mark_learn_again(g->q, &then, gap_ms(g, o), part, &w);
}

/* Whoever sends a conversation's point again sends what was old then as well
 * as what was new, or some of it. */
static void learn_again(const struct plan *g, size_t i)
{
	size_t tokens = g->p[i].tokens;
	struct note o;

	if (!note_of(g, i, &o))
		return;
	if (g->p[i].system) {
		credit(g, i, &o, MARK_SYSTEM, 1);
		return;
	}
	credit(g, i, &o, MARK_NEW, part_of(old_of(&o), o.whole, tokens));
	if (o.grade)
		credit(g, i, &o, MARK_OLD, part_of(0, old_of(&o), tokens));
}

static void learn(const struct plan *g)
{
	struct mark_class c;
	size_t i;

	for (i = 0; i < g->n; i++) {
		if (!counts(g, i))
			continue;
		if (g->p[i].system || i == g->deep)
			learn_again(g, i);
		c = class_now(g, i);
		mark_learn_sent(g->q, &c);
	}
}

/* --- where to write --- */

/* By so much of a token's price the dearer life must be better. */
#define SURELY 0.05f

struct offer {
	size_t at; /* write up to here; n: nothing */
	enum mark_life life;
};

static void worth_more(struct mark_worth *w, struct mark_worth other)
{
	if (other.five > w->five)
		w->five = other.five;
	if (other.hour > w->hour)
		w->hour = other.hour;
}

/* What writing a token gains by the better of the two lives. */
static float gain_of(const struct plan *g, const struct mark_worth *w,
		     enum mark_life *life_r)
{
	struct mark_rates r = mark_rates_of(&g->q->terms);
	float five = w->five - r.five, hour = w->hour - r.hour;

	if (hour > five + SURELY) {
		*life_r = MARK_1H;
		return hour;
	}
	*life_r = MARK_5M;
	return five;
}

/* The place in front of point i where something to write may have ended. */
static size_t from_tokens(const struct plan *g, size_t i)
{
	while (i-- > 0)
		if (i == g->cached || counts(g, i))
			return g->p[i].tokens;
	return 0;
}

/*
 * The deepest point up to which writing pays. A stretch between two points is
 * worth what the best of the points behind it is, since whoever sends one of
 * these sends it as well. From the end: what follows is written along only if
 * it gains something in itself.
 */
static struct offer best_offer(const struct plan *g)
{
	size_t first = g->cached < g->n ? g->cached + 1 : 0, i;
	struct offer best = { .at = g->n, .life = MARK_NONE };
	struct mark_worth w = { 0, 0 };
	enum mark_life life;
	struct mark_class c;
	float gain, sum = 0;

	for (i = g->n; i-- > first;) {
		if (!counts(g, i))
			continue;
		c = class_now(g, i);
		worth_more(&w, mark_worth_of(g->q, &c));
		gain = gain_of(g, &w, &life) *
		       (float)(g->p[i].tokens - from_tokens(g, i));
		if (sum <= 0)
			best = (struct offer){ i, life };
		sum = sum > 0 ? sum + gain : gain;
	}
	if (sum <= 0)
		best.at = g->n;
	return best;
}

/* --- marks --- */

static void mark_at(const struct plan *g, size_t i, enum mark_life life,
		    unsigned *left)
{
	if (i >= g->n || g->p[i].mark != MARK_NONE || !*left)
		return;
	g->p[i].mark = life;
	--*left;
}

/* What is read, what is written, and system text on the way there, which
 * others read without the rest. */
static void set_marks(const struct plan *g, const struct offer *o)
{
	unsigned left = g->q->max < MARKS_MAX ? g->q->max : MARKS_MAX;
	size_t end = o->at < g->n ? o->at : g->cached, i;
	struct note was;

	if (end == g->n)
		return;
	if (g->cached < g->n && note_of(g, g->cached, &was))
		mark_at(g, g->cached, was.life, &left);
	mark_at(g, o->at, o->life, &left);
	for (i = end; i-- > 0;)
		if (g->p[i].system && counts(g, i))
			mark_at(g, i, is_cached(g, i) && note_of(g, i, &was) ?
				was.life : MARK_5M, &left);
}

/* A longer life may not stand behind a shorter one. */
static void order_lives(const struct plan *g)
{
	bool hour = false;
	size_t i;

	for (i = g->n; i-- > 0;) {
		if (g->p[i].mark == MARK_1H)
			hour = true;
		else if (g->p[i].mark == MARK_5M && hour)
			g->p[i].mark = MARK_1H;
	}
}

/* --- what to remember --- */

static void note_put(const struct plan *g, size_t i, struct note *o)
{
	struct mark_point *p = &g->p[i];

	if (p->mark != MARK_NONE) {
		if (!is_cached(g, i))
			o->life = p->mark & 3;
		o->until_s = g->now_s + (o->life == MARK_1H ?
					 MARK_HOUR_MS : MARK_FIVE_MS) / 1000;
	}
	o->sent_s = g->now_s;
	if (o->times < UINT8_MAX)
		o->times++;
	memcpy(p->memory, o, sizeof(*o));
	p->remember = true;
	p->keep_ms = MARK_HOUR_MS;
}

/* In 65536ths. */
static uint16_t share_of(size_t old, uint32_t whole)
{
	return (uint16_t)(((uint64_t)old << 16) / ((uint64_t)whole + 1));
}

/* A conversation's points are remembered as what was sent together. */
static void keep(const struct plan *g, size_t i)
{
	size_t of = g->p[i].system ? i : g->n - 1;
	struct mark_class c = class_now(g, of);
	struct note o;

	if (!note_of(g, i, &o))
		o = (struct note){ 0 };
	o.turn = c.turn & 15;
	o.grade = c.grade & 3;
	o.whole = (uint32_t)g->p[of].tokens;
	o.old = g->p[i].system ? 0 : share_of(g->old, o.whole);
	note_put(g, i, &o);
}

static void keep_all(const struct plan *g)
{
	size_t i;

	/* From the end: the class of what is behind looks at what is before
	 * as it was. */
	for (i = g->n; i-- > 0;)
		if (counts(g, i) || i == g->deep || g->p[i].mark != MARK_NONE)
			keep(g, i);
}

static struct plan plan_of(const struct mark_ask *ask, struct mark_point *p,
			   size_t n)
{
	struct plan g = { .q = ask, .p = p, .n = n,
			  .now_s = (uint32_t)(ask->now_ms / 1000) };

	look(&g);
	return g;
}

void mark_plan(const struct mark_ask *ask, struct mark_point *p, size_t n)
{
	struct plan g = plan_of(ask, p, n);
	struct offer o = best_offer(&g);
	size_t i;

	for (i = 0; i < n; i++)
		p[i].mark = MARK_NONE;
	set_marks(&g, &o);
	order_lives(&g);
}

void mark_sent(const struct mark_ask *ask, struct mark_point *p, size_t n)
{
	struct plan g = plan_of(ask, p, n);
	size_t i;

	for (i = 0; i < n; i++)
		p[i].remember = false;
	learn(&g);
	keep_all(&g);
}
