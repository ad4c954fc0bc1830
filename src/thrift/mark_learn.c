#include "thrift/mark_learn.h"

#include <string.h>

/*
 * A class is four numbers on the board, each two floats (or a time): how many
 * prefixes were sent, by their tokens; what those read again have brought;
 * and of the sent those too young to say. All fade: a number stands for about
 * the last EVIDENCE prefixes, or for the last FADE_S seconds when these are
 * more. Updates by two processes at once may lose one.
 *
 * Levels go from the widest class to the narrowest, each within the one
 * before. The narrowest, an owner's, sits where a hash leads, and may share
 * its place with others.
 *
 * The constants below were chosen on the loads of bench/bill; none of them
 * is sharp. What matters at first is YOUNG: how soon silence counts against
 * what was just sent.
 */
#define CELLS 4
#define CLASSES (MARK_CELLS / CELLS)
#define TURNS 5
#define LENGTHS 8
#define WAYS (MARK_KINDS * TURNS * MARK_GRADES)
#define FIXED (MARK_KINDS + WAYS + WAYS * LENGTHS)

_Static_assert(CLASSES > FIXED + FIXED / 2, "owners have room");

#define FADE_S 1200.0f
#define FADE_MOST_S 2592000.0f
#define EVIDENCE 256.0f
#define MOST 1e5f /* nothing on the board is believed beyond, */
#define FULL 1e4f /* and more than so many are not counted on from */
#define WORTH_MOST 4.0f

/* What is read again within 5 minutes has mostly been so after SOON_S, what
 * is within the hour after LATE_S. Before that silence says YOUNG of what it
 * will say later. */
#define SOON_S 300.0f
#define LATE_S 900.0f
#define YOUNG 0.02f

/* A prefix of so many tokens counts as one, none as less or more than: */
#define ONE 4096.0f
#define LIGHT 0.25f
#define HEAVY 8.0f

/* How much what is known of the wider class counts, in prefixes. */
static const float trust[MARK_LEVELS] = { 15, 6, 6, 6 };

/* Before anything is known all is marked to begin with; an hour's life has to
 * prove itself. */
static const struct mark_worth at_first[MARK_KINDS] = {
	[MARK_NEW] = { 0.60f, 0.60f },
	[MARK_OLD] = { 0.70f, 0.70f },
	[MARK_SYSTEM] = { 0.60f, 0.60f },
};
#define LATE_AT_FIRST 0.10f

struct sums {
	float n;		/* sent */
	float five, hour, late; /* what those read again within 5 minutes
				 * brought by either life, and later ones */
	float young, young_late; /* of n, too young to be either */
	uint32_t at_s;
};

/* --- the board --- */

static float float_of(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f >= 0 ? f < MOST ? f : MOST : 0; /* a NaN is neither */
}

static uint32_t bits_of(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

static float most(float f, float limit)
{
	return f < limit ? f : limit;
}

static float low(uint64_t cell)
{
	return float_of((uint32_t)cell);
}

static float high(uint64_t cell)
{
	return float_of((uint32_t)(cell >> 32));
}

static uint64_t pair(uint32_t low_half, uint32_t high_half)
{
	return (uint64_t)high_half << 32 | low_half;
}

static void get(const uint64_t *cell, struct sums *s)
{
	uint64_t c[CELLS];
	size_t i;

	for (i = 0; i < CELLS; i++)
		c[i] = __atomic_load_n(cell + i, __ATOMIC_RELAXED);
	s->n = low(c[0]);
	s->five = most(high(c[0]), s->n * WORTH_MOST);
	s->hour = most(low(c[1]), s->n * WORTH_MOST);
	s->late = most(high(c[1]), s->n * WORTH_MOST);
	s->young = most(low(c[2]), s->n);
	s->young_late = most(high(c[2]), s->n);
	s->at_s = (uint32_t)c[3];
}

/* Where more is sent in a moment than fades, it is the shares that count. */
static void shrink(struct sums *s)
{
	float f = s->n > FULL ? FULL / s->n : 1;

	s->n *= f;
	s->five *= f;
	s->hour *= f;
	s->late *= f;
	s->young *= f;
	s->young_late *= f;
}

static void put(uint64_t *cell, struct sums s)
{
	uint64_t c[CELLS];
	size_t i;

	shrink(&s);
	c[0] = pair(bits_of(s.n), bits_of(s.five));
	c[1] = pair(bits_of(s.hour), bits_of(s.late));
	c[2] = pair(bits_of(s.young), bits_of(s.young_late));
	c[3] = s.at_s;
	for (i = 0; i < CELLS; i++)
		__atomic_store_n(cell + i, c[i], __ATOMIC_RELAXED);
}

/* About e to the -x. */
static float fades(float x)
{
	float f = 1 / (1 + x / 16);

	f *= f, f *= f, f *= f;
	return f * f;
}

/* What little is known is not soon forgotten. */
static float fade_s(const struct sums *s)
{
	float few = EVIDENCE / (s->n + 1);

	return few > 1 ? most(FADE_S * few * few * few, FADE_MOST_S) : FADE_S;
}

static void age(struct sums *s, uint32_t now_s)
{
	float past = now_s > s->at_s ? (float)(now_s - s->at_s) : 0;
	float f = fades(past / fade_s(s));

	s->n *= f;
	s->five *= f;
	s->hour *= f;
	s->late *= f;
	s->young *= f * fades(past / SOON_S);
	s->young_late *= f * fades(past / LATE_S);
	s->at_s = now_s;
}

/* --- classes --- */

unsigned mark_turn_bucket(unsigned turn)
{
	static const unsigned upto[TURNS - 1] = { 2, 4, 8, 16 };
	unsigned b = 0;

	while (b < TURNS - 1 && turn > upto[b])
		b++;
	return b;
}

unsigned mark_grade(bool seen, int64_t gap_ms)
{
	if (!seen)
		return 0;
	return gap_ms < 60000 ? 1 : gap_ms < 300000 ? 2 : 3;
}

static unsigned length_bucket(size_t tokens)
{
	unsigned b = 0;

	for (tokens /= 512; tokens && b < LENGTHS - 1; tokens /= 2)
		b++;
	return b;
}

static uint64_t stir(uint64_t h)
{
	h = (h ^ h >> 31) * 0x9e3779b97f4a7c15u;
	h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9u;
	return h ^ h >> 32;
}

static unsigned owned(uint64_t who, unsigned what)
{
	return (unsigned)(FIXED + stir(who ^ stir(what)) % (CLASSES - FIXED));
}

/* Where the class's numbers are, from the widest to the narrowest. */
static void places(const struct mark_class *c, unsigned at[MARK_LEVELS])
{
	unsigned way = (c->kind * TURNS + c->turn % TURNS) * MARK_GRADES +
		       c->grade % MARK_GRADES;

	at[0] = c->kind;
	at[1] = MARK_KINDS + way;
	at[2] = MARK_KINDS + WAYS + way * LENGTHS + length_bucket(c->tokens);
	at[3] = owned(c->who, at[2]);
}

/* --- what is learned --- */

static void aged(const struct mark_ask *q, unsigned at, struct sums *s)
{
	get(q->board->cell + at * CELLS, s);
	age(s, (uint32_t)(q->now_ms / 1000));
}

static float minus(float a, float b)
{
	return a > b ? a - b : 0;
}

/* What s says beyond what the narrower class says itself: nothing is to be
 * counted twice. */
static void leave_out(struct sums *s, const struct sums *narrow)
{
	s->n = minus(s->n, narrow->n);
	s->five = minus(s->five, narrow->five);
	s->hour = minus(s->hour, narrow->hour);
	s->late = minus(s->late, narrow->late);
	s->young = most(minus(s->young, narrow->young), s->n);
	s->young_late = most(minus(s->young_late, narrow->young_late), s->n);
}

static float blend(float brought, float n, float young, float trusted,
		   float wider)
{
	return (brought + trusted * wider) /
	       (n - young + YOUNG * young + trusted);
}

struct mark_rates mark_rates_of(const struct mark_terms *t)
{
	struct mark_rates r = {
		.saves = (float)(1000 - t->read) / 1000,
		.five = (float)(t->write_5m - 1000) / 1000,
		.hour = (float)(t->write_1h - 1000) / 1000,
	};

	if (!t->hour)
		r.hour = 1000;
	return r;
}

struct mark_worth mark_worth_of(const struct mark_ask *q,
				const struct mark_class *c)
{
	struct mark_worth w = at_first[c->kind];
	struct mark_rates r = mark_rates_of(&q->terms);
	float late = LATE_AT_FIRST;
	unsigned at[MARK_LEVELS];
	struct sums s, narrow;
	size_t i;

	places(c, at);
	aged(q, at[0], &s);
	for (i = 0; i < MARK_LEVELS; i++, s = narrow) {
		narrow = (struct sums){ 0 };
		if (i + 1 < MARK_LEVELS)
			aged(q, at[i + 1], &narrow);
		leave_out(&s, &narrow);
		w.five = blend(s.five, s.n, s.young, trust[i], w.five);
		w.hour = blend(s.hour, s.n, s.young, trust[i], w.hour);
		late = blend(s.late, s.n, s.young_late, trust[i], late);
	}
	w.five = most(w.five, r.saves + r.five);
	w.hour = most(w.hour + late, r.saves + r.hour);
	return w;
}

/* It is tokens that cost, within limits. */
static float weight(const struct mark_class *c)
{
	float w = (float)c->tokens / ONE;

	return w < LIGHT ? LIGHT : most(w, HEAVY);
}

void mark_learn_sent(const struct mark_ask *q, const struct mark_class *c)
{
	unsigned at[MARK_LEVELS];
	float one = weight(c);
	struct sums s;
	size_t i;

	places(c, at);
	for (i = 0; i < MARK_LEVELS; i++) {
		aged(q, at[i], &s);
		s.n += one;
		s.young += one;
		s.young_late += one;
		put(q->board->cell + at[i] * CELLS, s);
	}
}

static float least(float a, float b, float c)
{
	return most(most(a, b), c);
}

/*
 * Read again, a token saves what reading is cheaper, and then it is worth
 * what the next one is, but no more than it would cost to write it then.
 */
static struct mark_worth brought(const struct mark_rates *r,
				 const struct mark_worth *next)
{
	float apart = next->five - next->hour;

	return (struct mark_worth){
		r->saves + least(next->five, r->five, apart + r->hour),
		r->saves + least(next->hour, r->hour, r->five - apart),
	};
}

void mark_learn_again(const struct mark_ask *q, const struct mark_class *c,
		      int64_t gap_ms, float part,
		      const struct mark_worth *next)
{
	struct mark_rates r = mark_rates_of(&q->terms);
	struct mark_worth w = brought(&r, next);
	float past = (float)(gap_ms / 1000), f;
	unsigned at[MARK_LEVELS];
	struct sums s;
	size_t i;

	places(c, at);
	for (i = 0; i < MARK_LEVELS; i++) {
		aged(q, at[i], &s);
		f = part * weight(c) * fades(past / fade_s(&s));
		if (gap_ms < MARK_FIVE_MS) {
			s.five += f * w.five;
			s.hour += f * w.hour;
		} else if (gap_ms < MARK_HOUR_MS) {
			s.late += f * w.hour;
		}
		put(q->board->cell + at[i] * CELLS, s);
	}
}
