#include "store/budget.h"

#include <string.h>
#include <time.h>

#include "store/word.h"

#define MINUTE_MS 60000
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24ll * HOUR_MS)

/* -- periods --------------------------------------------------------------- */

uint32_t budget_period(enum budget_every e, int64_t wall_ms)
{
	time_t s = (time_t)((wall_ms < 0 ? 0 : wall_ms) / 1000);
	struct tm tm = { 0 };

	if (e == BUDGET_DAY)
		return (uint32_t)(s / 86400);
	gmtime_r(&s, &tm);
	return (uint32_t)(tm.tm_year - 70) * 12 + (uint32_t)tm.tm_mon;
}

int64_t budget_begins_ms(enum budget_every e, uint32_t period)
{
	struct tm tm = { .tm_year = 70 + (int)(period / 12),
			 .tm_mon = (int)(period % 12), .tm_mday = 1 };

	if (e == BUDGET_DAY)
		return period * DAY_MS;
	return (int64_t)timegm(&tm) * 1000;
}

/* Half as long as it takes until the marks of periods come round. */
static int64_t long_ms(enum budget_every e)
{
	return 8 * (e == BUDGET_DAY ? DAY_MS : 31 * DAY_MS);
}

/* -- amounts --------------------------------------------------------------- */

#define MARKS 16
#define AMOUNT ((uint64_t)BUDGET_MOST)

static uint64_t amount(uint32_t period, int64_t n)
{
	uint64_t v = n < 0 ? 0 : n > BUDGET_MOST ? AMOUNT : (uint64_t)n;

	return (uint64_t)(period % MARKS) << 60 | v;
}

static bool is_of(uint64_t w, uint32_t period)
{
	return w >> 60 == period % MARKS;
}

static int64_t amount_in(uint64_t w, uint32_t period)
{
	return is_of(w, period) ? (int64_t)(w & AMOUNT) : 0;
}

/* The period to count in, when it is `now` by the clock. */
static uint32_t counted_in(uint64_t w, uint32_t now)
{
	return (w & AMOUNT) && is_of(w, now + 1) ? now + 1 : now;
}

/* Adds to the amount of a period that has begun; of another there is nothing
 * to mend. */
static void shift(uint64_t *word, uint32_t period, int64_t more)
{
	uint64_t w;

	do {
		w = word_get(word);
		if (!is_of(w, period))
			return;
	} while (!word_swap(word, w, amount(period,
					    amount_in(w, period) + more)));
}

/* The same, and begins it if need be. */
static void begin(uint64_t *word, uint32_t period, int64_t more)
{
	uint64_t w;

	do {
		w = word_get(word);
		if (counted_in(w, period) != period)
			return;
	} while (!word_swap(word, w, amount(period,
					    amount_in(w, period) + more)));
}

/* -- places ---------------------------------------------------------------- */

static void words_of(struct budget_place *p, uint64_t *w[4])
{
	w[0] = &p->spent;
	w[1] = &p->held;
	w[2] = &p->told;
	w[3] = &p->unpriced;
}

static bool is_old(int64_t used_ms, enum budget_every e, int64_t now_ms)
{
	return used_ms < now_ms - long_ms(e) || used_ms > now_ms + long_ms(e);
}

/*
 * Nobody has looked for it for so long that the marks of its periods could be
 * taken for others. The words are read before the time: whoever has added to
 * one since has put the time right before, and is not undone.
 */
static void forget_old(struct budget_place *p, enum budget_every e,
		       int64_t now_ms)
{
	uint64_t *w[4], was[4];

	words_of(p, w);
	for (int i = 0; i < 4; i++)
		was[i] = word_get(w[i]);
	if (!is_old(word_get(&p->used_ms), e, now_ms))
		return;
	for (int i = 0; i < 4; i++)
		(void)word_swap(w[i], was[i], 0);
}

static void put_label(struct budget_place *p, const char *label)
{
	uint64_t w[BUDGET_LABEL / 8] = { 0 };

	memcpy(w, label, strnlen(label, BUDGET_LABEL));
	for (size_t i = 0; i < BUDGET_LABEL / 8; i++)
		word_put(&p->label[i], w[i]);
}

static void take(struct budget_place *p, const struct budget_who *w)
{
	word_put(&p->of, w->of);
	put_label(p, w->label);
}

static void use(struct budget_place *p, enum budget_every e, int64_t now_ms)
{
	forget_old(p, e, now_ms);
	if (!word_lately(word_get(&p->used_ms), now_ms, MINUTE_MS))
		word_put(&p->used_ms, now_ms);
}

static struct budget_place *nth(struct budget_place *all, uint64_t n)
{
	return &all[n % BUDGET_PLACES];
}

/* Its own, or the first that has never been anybody's: no place becomes so
 * again, so there is none of its own behind that. */
static struct budget_place *own(struct budget_place *all,
				const struct budget_who *w)
{
	struct budget_place *p;
	uint64_t id;

	for (uint64_t i = 0; i < BUDGET_PLACES; i++) {
		p = nth(all, w->id % BUDGET_PLACES + i);
		id = word_get(&p->id);
		if (id == w->id)
			return p;
		if (!id && word_swap(&p->id, 0, w->id)) {
			take(p, w);
			return p;
		}
		if (word_get(&p->id) == w->id)
			return p;
	}
	return NULL;
}

/* Who is under way has reserved something, so nothing spent is nobody under
 * way. */
static bool is_idle(const struct budget_place *p, uint64_t spent,
		    int64_t now_ms)
{
	return !(spent & AMOUNT) ||
	       !word_lately(word_get(&p->used_ms), now_ms, HOUR_MS);
}

/* From somebody else. The amounts go before the name does: then nobody who
 * finds his own name there finds another's spending. */
static bool displace(struct budget_place *p, const struct budget_who *w,
		     int64_t now_ms)
{
	uint64_t was = word_get(&p->id), spent = word_get(&p->spent);
	uint64_t *word[4];

	if (!is_idle(p, spent, now_ms) || !word_swap(&p->spent, spent, 0))
		return false;
	words_of(p, word);
	for (int i = 1; i < 4; i++)
		word_put(word[i], 0);
	if (!word_swap(&p->id, was, w->id))
		return false;
	take(p, w);
	return true;
}

struct budget_place *budget_find(struct budget_place *all,
				 const struct budget_who *w, int64_t wall_ms)
{
	struct budget_place *p = own(all, w);

	for (uint64_t i = 0; !p && i < BUDGET_PLACES; i++) {
		p = nth(all, w->id % BUDGET_PLACES + i);
		if (word_get(&p->id) != w->id && !displace(p, w, wall_ms))
			p = NULL;
	}
	if (p)
		use(p, w->every, wall_ms);
	return p;
}

/* -- reserving ------------------------------------------------------------- */

/* What was reserved by those who died does not count for ever. */
static int64_t held_in(const struct budget_place *p, uint32_t period,
		       int64_t spent, int64_t now_ms)
{
	int64_t held = amount_in(word_get(&p->held), period);

	if (!word_lately(word_get(&p->held_ms), now_ms, HOUR_MS))
		return 0;
	return held < spent ? held : spent;
}

static enum budget_says ask(const struct budget_place *p, uint32_t period,
			    int64_t spent, int64_t limit, int64_t now_ms)
{
	if (limit < 0 || spent < limit)
		return BUDGET_GO;
	return spent - held_in(p, period, spent, now_ms) < limit ?
		       BUDGET_WAIT : BUDGET_FULL;
}

/* What is held is said before it is spent: then what has been spent for good
 * looks smaller for a moment, never larger, and no alarm is false. */
static enum budget_says reserve(struct budget_turn *t, int64_t limit,
				uint32_t now, int64_t now_ms)
{
	struct budget_place *p = t->place;
	enum budget_says says;
	int64_t spent;
	uint64_t w;

	for (;;) {
		w = word_get(&p->spent);
		t->period = counted_in(w, now);
		spent = amount_in(w, t->period);
		says = ask(p, t->period, spent, limit, now_ms);
		if (says != BUDGET_GO)
			return says;
		if (!word_lately(word_get(&p->held_ms), now_ms, MINUTE_MS))
			word_put(&p->held_ms, now_ms);
		begin(&p->held, t->period, t->amount);
		if (word_swap(&p->spent, w, amount(t->period,
						   spent + t->amount)))
			return BUDGET_GO;
		shift(&p->held, t->period, -t->amount);
	}
}

enum budget_says budget_reserve(struct budget_turn *t_r,
				struct budget_place *p,
				const struct budget_who *w, int64_t wall_ms,
				int64_t amount, int64_t limit)
{
	struct budget_turn t = { .place = p, .id = w->id };
	enum budget_says says;

	/* Never nothing: see is_idle(). */
	t.amount = amount < 1 ? 1 : amount > BUDGET_MOST ? BUDGET_MOST : amount;
	says = reserve(&t, limit, budget_period(w->every, wall_ms), wall_ms);
	if (says == BUDGET_GO)
		*t_r = t;
	return says;
}

void budget_settle(struct budget_turn *t, int64_t cost)
{
	struct budget_place *p = t->place;

	t->place = NULL;
	if (!p || word_get(&p->id) != t->id)
		return;
	if (cost < 0)
		cost = 0;
	if (cost > BUDGET_MOST)
		cost = BUDGET_MOST;
	/* What has been more than can be counted stays so. */
	if (amount_in(word_get(&p->spent), t->period) != BUDGET_MOST)
		shift(&p->spent, t->period, cost - t->amount);
	shift(&p->held, t->period, -t->amount);
}

void budget_unpriced(struct budget_place *p, uint32_t period)
{
	begin(&p->unpriced, period, 1);
}

/* -- news ------------------------------------------------------------------ */

#define LOOKS 100

/* For good; 0 when others do not let one look. Nothing was settled between the
 * two looks at what is spent: then what is held belongs to it. */
static int64_t spent_for_good(const struct budget_place *p, uint32_t period,
			      int64_t now_ms)
{
	int64_t spent, held;
	uint64_t before;

	for (int i = 0; i < LOOKS; i++) {
		before = word_get(&p->spent);
		spent = amount_in(before, period);
		held = held_in(p, period, spent, now_ms);
		if (word_get(&p->spent) == before)
			return spent - held;
	}
	return 0;
}

bool budget_news(struct budget_place *p, uint32_t period, int64_t wall_ms,
		 int64_t *from_r, int64_t *to_r)
{
	int64_t now = spent_for_good(p, period, wall_ms), told;
	uint64_t w;

	do {
		w = word_get(&p->told);
		told = amount_in(w, period);
		if (now <= told || counted_in(w, period) != period)
			return false;
	} while (!word_swap(&p->told, w, amount(period, now)));
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

void budget_look(const struct budget_place *p, enum budget_every e,
		 int64_t wall_ms, struct budget_state *s_r)
{
	uint64_t w = word_get(&p->spent);
	struct budget_state s = { .period = budget_period(e, wall_ms) };

	if (!is_old(word_get(&p->used_ms), e, wall_ms)) {
		s.period = counted_in(w, s.period);
		s.spent = amount_in(w, s.period);
		s.held = held_in(p, s.period, s.spent, wall_ms);
		s.unpriced = amount_in(word_get(&p->unpriced), s.period);
	}
	get_label(p, s.label);
	*s_r = s;
}
