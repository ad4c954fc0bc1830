/* Whose place is whose. */
#include <sched.h>
#include <string.h>

#include "store/budget_word.h"

#define MINUTE_MS 60000
#define HOUR_MS (60 * MINUTE_MS)

/* Half as long as it takes until the marks of slices come round. */
#define HELD_OLD_MS (BUDGET_MARKS / 2 * BUDGET_SLICE_MS)

/* How often one looks again who was too slow, or met himself. */
#define TRIES 64

/* -- ids ------------------------------------------------------------------- */

/* An id like this is nobody's: a place that changes hands since that time
 * (wall clock), or, of time 0, one that was given back. */
#define CLAIM (0xffffull << 48)

static bool is_claim(uint64_t id)
{
	return id >= CLAIM;
}

uint64_t budget_id(uint64_t any)
{
	any &= ~(1ull << 63);
	return any ? any : 1;
}

/* -- what is in one -------------------------------------------------------- */

#define AMOUNTS 7

static void words_of(struct budget_place *p, uint64_t *w[AMOUNTS])
{
	w[0] = &p->spent;
	w[1] = &p->held[0];
	w[2] = &p->held[1];
	w[3] = &p->told;
	w[4] = &p->unpriced;
	w[5] = &p->limit;
	w[6] = &p->full_ms;
}

/* Sets n of them to 0 if `is` holds. They are read before it looks at the
 * time: whoever has added to one since has put the time right before, and is
 * not undone. */
static void forget(uint64_t **w, int n, const struct budget_place *p,
		   enum budget_every e, int64_t now_ms,
		   bool (*is)(const struct budget_place *p,
			      enum budget_every e, int64_t now_ms))
{
	uint64_t was[AMOUNTS];

	for (int i = 0; i < n; i++)
		was[i] = word_get(w[i]);
	if (!is(p, e, now_ms))
		return;
	for (int i = 0; i < n; i++)
		(void)word_swap(w[i], was[i], 0);
}

static bool is_silent(const struct budget_place *p, enum budget_every e,
		      int64_t now_ms)
{
	(void)e;
	return !word_lately(word_get(&p->used_ms), now_ms, HELD_OLD_MS);
}

/* Half hours that are over, before their marks come round. */
static void sweep(uint64_t *held, int64_t now_ms)
{
	uint32_t now = (uint32_t)((now_ms < 0 ? 0 : now_ms) / BUDGET_SLICE_MS);
	uint64_t w = word_get(held);

	if ((w & BUDGET_AMOUNT) && !budget_word_is(w, now - 1) &&
	    !budget_word_is(w, now) && !budget_word_is(w, now + 1))
		(void)word_swap(held, w, 0);
}

static void use(struct budget_place *p, enum budget_every e, int64_t now_ms)
{
	uint64_t *w[AMOUNTS];

	words_of(p, w);
	forget(w, AMOUNTS, p, e, now_ms, budget_is_old);
	forget(w + 1, 2, p, e, now_ms, is_silent);
	sweep(&p->held[0], now_ms);
	sweep(&p->held[1], now_ms);
	if (!word_lately(word_get(&p->used_ms), now_ms, MINUTE_MS))
		word_put(&p->used_ms, now_ms);
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
	word_put(&p->every, (uint64_t)w->every);
	word_put(&p->of, w->of);
	put_label(p, w->label);
}

/* -- one's own ------------------------------------------------------------- */

static struct budget_place *nth(struct budget_place *all,
				const struct budget_who *w, uint64_t n)
{
	return &all[(w->id % BUDGET_PLACES + n) % BUDGET_PLACES];
}

/* Its own; or the first that has never been anybody's, taken if that is
 * wanted: no place becomes so again, so none of its own is behind that. */
static struct budget_place *own(struct budget_place *all,
				const struct budget_who *w, bool takes)
{
	struct budget_place *p;
	uint64_t id;

	for (uint64_t i = 0; i < BUDGET_PLACES; i++) {
		p = nth(all, w, i);
		id = word_get(&p->id);
		if (id == w->id)
			return p;
		if (id)
			continue;
		if (!takes)
			return NULL;
		if (word_swap(&p->id, 0, w->id)) {
			take(p, w);
			return p;
		}
		if (word_get(&p->id) == w->id)
			return p;
	}
	return NULL;
}

struct budget_place *budget_seen(struct budget_place *all,
				 const struct budget_who *w, int64_t wall_ms)
{
	struct budget_place *p = own(all, w, false);

	if (p)
		use(p, w->every, wall_ms);
	return p;
}

/* -- another's ------------------------------------------------------------- */

/* A place as it was when it was thought of, so that nobody who has come to it
 * since loses it. */
struct victim {
	struct budget_place *place;
	uint64_t id, spent;
};

static struct victim seen(struct budget_place *p)
{
	return (struct victim){ p, word_get(&p->id), word_get(&p->spent) };
}

static int64_t sum_of(const struct victim *v, int64_t now_ms)
{
	enum budget_every e = budget_every_of(word_get(&v->place->every));
	uint32_t now = budget_period(e, now_ms);

	if (budget_is_old(v->place, e, now_ms))
		return 0;
	return budget_word_amount(v->spent, budget_word_period(v->spent, now));
}

/* Whoever is under way has reserved something, so nothing spent is nobody
 * under way. */
static bool is_empty(const struct victim *v, int64_t now_ms)
{
	if (is_claim(v->id)) /* its taker has died, or has given it back */
		return !word_lately((int64_t)(v->id & ~CLAIM), now_ms,
				    MINUTE_MS);
	return sum_of(v, now_ms) == 0;
}

/* Spent by one tenant, who was not heard of for an hour, and may spend more:
 * who is blocked does not get out of it by others' spending. */
static bool may_go(const struct victim *v, int64_t now_ms)
{
	const struct budget_place *p = v->place;
	int64_t limit = (int64_t)word_get(&p->limit);

	return !is_claim(v->id) && word_get(&p->label[0]) &&
	       !word_lately(word_get(&p->used_ms), now_ms, HOUR_MS) &&
	       (limit <= 0 || sum_of(v, now_ms) < limit);
}

static struct victim oldest(struct budget_place *all,
			    const struct budget_who *w, int64_t now_ms)
{
	struct victim best = { 0 }, v;
	int64_t least = INT64_MAX, used_ms;

	for (uint64_t i = 0; i < BUDGET_PLACES; i++) {
		v = seen(nth(all, w, i));
		used_ms = word_get(&v.place->used_ms);
		if (used_ms < least && may_go(&v, now_ms)) {
			best = v;
			least = used_ms;
		}
	}
	return best;
}

/* Of no place where there is none. */
static struct victim victim(struct budget_place *all,
			    const struct budget_who *w, int64_t now_ms)
{
	struct victim v;

	for (uint64_t i = 0; i < BUDGET_PLACES; i++) {
		v = seen(nth(all, w, i));
		if (is_empty(&v, now_ms))
			return v;
	}
	return oldest(all, w, now_ms);
}

/* Has somebody a place of that id, or is he just taking one? */
static bool is_another(const struct budget_place *p, uint64_t id,
		       int64_t now_ms)
{
	uint64_t its = word_get(&p->id);

	return its == id || (is_claim(its) && word_get(&p->next) == id &&
			     word_lately((int64_t)(its & ~CLAIM), now_ms,
					 MINUTE_MS));
}

/* Two may take a place each for the same one at the same time. Each has said
 * so before it looks, so one of them at least sees the other. */
static bool is_alone(struct budget_place *all, const struct budget_place *mine,
		     uint64_t id, int64_t now_ms)
{
	for (size_t i = 0; i < BUDGET_PLACES; i++)
		if (&all[i] != mine && is_another(&all[i], id, now_ms))
			return false;
	return true;
}

/* It is nobody's while its amounts go: who has reserved in it meanwhile finds
 * that it is not his any more. It never becomes so again, else he could have
 * taken another by then. */
static bool displace(struct budget_place *all, const struct victim *v,
		     const struct budget_who *w, int64_t now_ms)
{
	struct budget_place *p = v->place;
	uint64_t mark = CLAIM | (uint64_t)now_ms;
	uint64_t *word[AMOUNTS];

	if (word_get(&p->spent) != v->spent ||
	    !word_swap(&p->id, v->id, mark))
		return false;
	word_put(&p->next, w->id);
	if (!is_alone(all, p, w->id, now_ms)) {
		(void)word_swap(&p->id, mark, CLAIM);
		return false;
	}
	words_of(p, word);
	for (int i = 0; i < AMOUNTS; i++)
		word_put(word[i], 0);
	word_put(&p->used_ms, now_ms);
	take(p, w);
	return word_swap(&p->id, mark, w->id);
}

struct budget_place *budget_find(struct budget_place *all,
				 const struct budget_who *w, int64_t wall_ms)
{
	struct budget_place *p;
	struct victim v;

	for (int i = 0; i < TRIES; i++) {
		p = own(all, w, true);
		if (p) {
			use(p, w->every, wall_ms);
			return p;
		}
		v = victim(all, w, wall_ms);
		if (!v.place)
			return NULL;
		if (!displace(all, &v, w, wall_ms))
			sched_yield(); /* another's turn */
	}
	return NULL;
}
