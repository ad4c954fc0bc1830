#include "thrift/mark_learn.h"

#include <string.h>

#include "base/count.h"

/*
 * A class is four numbers on the board, each two floats (or a float and a
 * time): how many were sent, what those read again have brought, and of the
 * sent the ones that are too young to say. All fade: a number stands for
 * about the last EVIDENCE prefixes, or for the last FADE_S seconds when
 * these are more. Updates by two processes at once may lose one.
 *
 * Levels go from the widest class to the narrowest; the first three sit at
 * fixed places, an owner's where a hash leads, shared with others at times.
 */
#define CELLS 4
#define CLASSES (MARK_CELLS / CELLS)
#define TURNS 5
#define LENGTHS 8
#define WAYS (MARK_KINDS * TURNS * MARK_GRADES)
#define FIXED (MARK_KINDS + WAYS + WAYS * LENGTHS)

#define FADE_S 1200.0f
#define FADE_MOST_S 43200.0f
#define EVIDENCE 256.0f
#define MOST 1e6f /* nothing on the board is believed beyond */
#define WORTH_MOST 4.0f

/* Prefixes that are read again within 5 minutes are so after about this
 * long, and the others that are within the hour. */
#define SOON_S 90.0f
#define LATE_S 900.0f
/* One that is too young to say says a little all the same. */
#define YOUNG 0.15f

/* How much the wider class counts, in prefixes. */
static const float trust[MARK_LEVELS] = { 6, 8, 8, 8, 8 };

/* Before anything is known: conversations are marked, to begin with, and
 * system text even more so. */
static const struct mark_worth at_first[MARK_KINDS] = {
	{ 0.40f, 0.40f }, { 0.40f, 0.40f }, { 0.90f, 0.90f },
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
	return f >= 0 && f <= MOST ? f : 0; /* a NaN is neither */
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

static void put(uint64_t *cell, const struct sums *s)
{
	const uint64_t c[CELLS] = {
		pair(bits_of(s->n), bits_of(s->five)),
		pair(bits_of(s->hour), bits_of(s->late)),
		pair(bits_of(s->young), bits_of(s->young_late)),
		s->at_s,
	};
	size_t i;

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

static float fade_s(const struct sums *s)
{
	float t = FADE_S;

	if (s->n < EVIDENCE)
		t = FADE_S * EVIDENCE / (s->n + 1);
	return most(t, FADE_MOST_S);
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
	unsigned kind = c->kind, turn = c->turn % TURNS;
	unsigned way = (kind * TURNS + turn) * MARK_GRADES +
		       c->grade % MARK_GRADES;
	unsigned len = length_bucket(c->tokens);

	at[0] = kind;
	at[1] = MARK_KINDS + way;
	at[2] = MARK_KINDS + WAYS + way * LENGTHS + len;
	at[3] = owned(c->who, way);
	at[4] = owned(c->who, at[2] + 1000);
}

/* --- what is learned --- */

static struct sums *aged(const struct mark_ask *q, unsigned at,
			 struct sums *s)
{
	get(q->board->cell + at * CELLS, s);
	age(s, (uint32_t)(q->now_ms / 1000));
	return s;
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
	struct sums s;
	size_t i;

	places(c, at);
	for (i = 0; i < MARK_LEVELS; i++) {
		aged(q, at[i], &s);
		w.five = blend(s.five, s.n, s.young, trust[i], w.five);
		w.hour = blend(s.hour, s.n, s.young, trust[i], w.hour);
		late = blend(s.late, s.n, s.young_late, trust[i], late);
	}
	w.five = most(w.five, r.saves + r.five);
	w.hour = most(w.hour + late, r.saves + r.hour);
	return w;
}

void mark_sent(const struct mark_ask *q, const struct mark_class *c)
{
	unsigned at[MARK_LEVELS];
	struct sums s;
	size_t i;

	places(c, at);
	for (i = 0; i < MARK_LEVELS; i++) {
		aged(q, at[i], &s);
		s.n += 1;
		s.young += 1;
		s.young_late += 1;
		put(q->board->cell + at[i] * CELLS, &s);
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

void mark_again(const struct mark_ask *q, const struct mark_class *c,
		int64_t gap_ms, float part, const struct mark_worth *next)
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
		f = part * fades(past / fade_s(&s));
		if (gap_ms < MARK_FIVE_MS) {
			s.five += f * w.five;
			s.hour += f * w.hour;
		} else if (gap_ms < MARK_HOUR_MS) {
			s.late += f * w.hour;
		}
		put(q->board->cell + at[i] * CELLS, &s);
	}
}
