#include "store/budget.h"

#include <string.h>
#include <time.h>

#include "store/budget_word.h"

#define HOUR_MS 3600000ll
#define DAY_MS (24 * HOUR_MS)

/* -- periods --------------------------------------------------------------- */

/* How long they are; of months, the longest. */
static const int64_t length_ms[] = {
	[BUDGET_DAY] = DAY_MS,
	[BUDGET_MONTH] = 31 * DAY_MS,
	[BUDGET_HOUR] = HOUR_MS,
};

enum budget_every budget_every_of(uint64_t any)
{
	return any <= BUDGET_HOUR ? (enum budget_every)any : BUDGET_DAY;
}

uint32_t budget_period(enum budget_every e, int64_t wall_ms)
{
	time_t s = (time_t)((wall_ms < 0 ? 0 : wall_ms) / 1000);
	struct tm tm = { 0 };

	if (e != BUDGET_MONTH)
		return (uint32_t)(s * 1000 / length_ms[e]);
	gmtime_r(&s, &tm);
	return (uint32_t)(tm.tm_year - 70) * 12 + (uint32_t)tm.tm_mon;
}

int64_t budget_begins_ms(enum budget_every e, uint32_t period)
{
	struct tm tm = { .tm_year = 70 + (int)(period / 12),
			 .tm_mon = (int)(period % 12), .tm_mday = 1 };

	if (e != BUDGET_MONTH)
		return period * length_ms[e];
	return (int64_t)timegm(&tm) * 1000;
}

/* Half as long as it takes until the marks of periods come round. */
static int64_t long_ms(enum budget_every e)
{
	return 8 * length_ms[e];
}

bool budget_is_old(const struct budget_place *p, enum budget_every e,
		   int64_t now_ms)
{
	int64_t used_ms = word_get(&p->used_ms);

	return used_ms < now_ms - long_ms(e) || used_ms > now_ms + long_ms(e);
}

/* -- amounts --------------------------------------------------------------- */

/* Adds to the amount of a period, or slice, that has begun; of another there
 * is nothing to mend. */
static void shift(uint64_t *word, uint32_t of, int64_t more)
{
	uint64_t w;

	do {
		w = word_get(word);
		if (!budget_word_is(w, of))
			return;
	} while (!word_swap(word, w, budget_word(of, budget_word_amount(w, of) +
							     more)));
}

/* The same, and begins it if need be. */
static void begin(uint64_t *word, uint32_t of, int64_t more)
{
	uint64_t w;

	do
		w = word_get(word);
	while (!word_swap(word, w, budget_word(of, budget_word_amount(w, of) +
							   more)));
}

/* -- what is reserved ------------------------------------------------------ */

static uint32_t slice_of(int64_t ms)
{
	return (uint32_t)((ms < 0 ? 0 : ms) / BUDGET_SLICE_MS);
}

/* Of a period; the clock may not have come to it. */
static uint32_t slice_in(enum budget_every e, uint32_t period, int64_t now_ms)
{
	if (period == budget_period(e, now_ms))
		return slice_of(now_ms);
	return slice_of(budget_begins_ms(e, period));
}

/* In this slice and the last, and the next, where another's clock is by now:
 * what was reserved by those who died does not count for ever. */
static int64_t held_in(const struct budget_place *p, enum budget_every e,
		       uint32_t period, int64_t spent, int64_t now_ms)
{
	uint32_t first = slice_of(budget_begins_ms(e, period));
	uint32_t now = slice_in(e, period, now_ms);
	int64_t held = 0;

	for (uint32_t s = now ? now - 1 : 0; s <= now + 1; s++)
		if (s >= first)
			held += budget_word_amount(word_get(&p->held[s % 2]),
						   s);
	return held < spent ? held : spent;
}

/* -- reserving ------------------------------------------------------------- */

static enum budget_says ask(const struct budget_turn *t, int64_t spent,
			    int64_t limit, int64_t now_ms)
{
	if (limit < 0 || spent < limit)
		return BUDGET_GO;
	return spent - held_in(t->place, t->every, t->period, spent, now_ms) <
			       limit ? BUDGET_WAIT : BUDGET_FULL;
}

/* Never nothing: who is under way keeps its place. And never more than can be
 * counted, so that all of it can be taken back. */
static int64_t reservable(int64_t amount, int64_t spent)
{
	if (amount < 1)
		amount = 1;
	return amount < BUDGET_MOST - spent ? amount : BUDGET_MOST - spent;
}

/* What is held is said before it is spent: then what has been spent for good
 * looks smaller for a moment, never larger, and no alarm is false. */
static enum budget_says reserve(struct budget_turn *t, int64_t amount,
				int64_t limit, int64_t now_ms)
{
	uint32_t now = budget_period(t->every, now_ms);
	struct budget_place *p = t->place;
	enum budget_says says;
	int64_t spent;
	uint64_t w;

	for (;;) {
		w = word_get(&p->spent);
		t->period = budget_word_period(w, now);
		spent = budget_word_amount(w, t->period);
		says = ask(t, spent, limit, now_ms);
		if (says != BUDGET_GO)
			return says;
		t->slice = slice_in(t->every, t->period, now_ms);
		t->amount = reservable(amount, spent);
		begin(&p->held[t->slice % 2], t->slice, t->amount);
		if (word_swap(&p->spent, w, budget_word(t->period,
							spent + t->amount)))
			return BUDGET_GO;
		shift(&p->held[t->slice % 2], t->slice, -t->amount);
	}
}

static void put_right(const struct budget_turn *t, int64_t cost)
{
	struct budget_place *p = t->place;

	shift(&p->spent, t->period, cost - t->amount);
	shift(&p->held[t->slice % 2], t->slice, -t->amount);
}

/* Since when it is full, for those who look. */
static void note_full(const struct budget_turn *t, bool full, int64_t now_ms)
{
	struct budget_place *p = t->place;
	int64_t was = (int64_t)word_get(&p->full_ms);

	if (!full && was)
		word_put(&p->full_ms, 0);
	else if (full && was < budget_begins_ms(t->every, t->period))
		word_put(&p->full_ms, (uint64_t)now_ms);
}

enum budget_says budget_reserve(struct budget_turn *t_r,
				struct budget_place *p,
				const struct budget_who *w, int64_t wall_ms,
				int64_t amount, int64_t limit)
{
	struct budget_turn t = { .place = p, .id = w->id, .every = w->every };
	enum budget_says says;

	if (limit >= 0 && (int64_t)word_get(&p->limit) != limit)
		word_put(&p->limit, (uint64_t)limit);
	says = reserve(&t, amount, limit, wall_ms);
	if (says == BUDGET_GO && word_get(&p->id) != w->id) {
		put_right(&t, 0);
		says = BUDGET_LOST;
	}
	if (limit >= 0 && (says == BUDGET_GO || says == BUDGET_FULL))
		note_full(&t, says == BUDGET_FULL, wall_ms);
	if (says != BUDGET_GO)
		t.place = NULL;
	*t_r = t;
	return says;
}

bool budget_settle(struct budget_turn *t, int64_t cost)
{
	struct budget_place *p = t->place;

	if (!p)
		return true;
	if (word_get(&p->id) == t->id)
		put_right(t, cost < 0 ? 0 :
			  cost > BUDGET_MOST ? BUDGET_MOST : cost);
	t->place = NULL;
	return word_get(&p->id) == t->id;
}

void budget_unpriced(struct budget_place *p, uint32_t period)
{
	uint64_t w = word_get(&p->unpriced);

	if (budget_word_period(w, period) == period)
		begin(&p->unpriced, period, 1);
}

/* -- news ------------------------------------------------------------------ */

#define LOOKS 100

/* For good; 0 when others do not let one look. Nothing was settled between the
 * two looks at what is spent: then what is held belongs to it. */
static int64_t spent_for_good(const struct budget_place *p,
			      enum budget_every e, uint32_t period,
			      int64_t now_ms)
{
	int64_t spent, held;
	uint64_t before;

	for (int i = 0; i < LOOKS; i++) {
		before = word_get(&p->spent);
		spent = budget_word_amount(before, period);
		held = held_in(p, e, period, spent, now_ms);
		if (word_get(&p->spent) == before)
			return spent - held;
	}
	return 0;
}

bool budget_news(struct budget_place *p, enum budget_every e, uint32_t period,
		 int64_t wall_ms, int64_t *from_r, int64_t *to_r)
{
	int64_t now = spent_for_good(p, e, period, wall_ms), told;
	uint64_t w;

	do {
		w = word_get(&p->told);
		told = budget_word_amount(w, period);
		if (now <= told || budget_word_period(w, period) != period)
			return false;
	} while (!word_swap(&p->told, w, budget_word(period, now)));
	*from_r = told;
	*to_r = now;
	return true;
}

static void get_label(const struct budget_place *p, char *out)
{
	uint64_t w[BUDGET_LABEL / 8];

	for (size_t i = 0; i < BUDGET_LABEL / 8; i++)
		w[i] = word_get(&p->label[i]);
	memcpy(out, w, BUDGET_LABEL);
	out[BUDGET_LABEL] = '\0';
	for (char *c = out; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

/* Any value of it is harmless. */
static int64_t full_in(const struct budget_place *p, enum budget_every e,
		       uint32_t period)
{
	int64_t ms = (int64_t)word_get(&p->full_ms);

	return ms && ms >= budget_begins_ms(e, period) &&
	       ms < budget_begins_ms(e, period + 1) ? ms : 0;
}

void budget_look(const struct budget_place *p, enum budget_every e,
		 int64_t wall_ms, struct budget_state *s_r)
{
	uint64_t w = word_get(&p->spent);
	struct budget_state s = { .period = budget_period(e, wall_ms) };

	if (!budget_is_old(p, e, wall_ms)) {
		s.period = budget_word_period(w, s.period);
		s.spent = budget_word_amount(w, s.period);
		s.held = held_in(p, e, s.period, s.spent, wall_ms);
		s.unpriced = budget_word_amount(word_get(&p->unpriced),
						s.period);
		s.full_ms = full_in(p, e, s.period);
	}
	get_label(p, s.label);
	*s_r = s;
}
