#include "store/breaker.h"

#include "base/clock.h"
#include "store/word.h"

/*
 * All that decides is one number, `shut`: who finds it over sets out to try
 * by changing it, so there is one prober, and a prober that died is over like
 * anything else. What a prober wrote there is how it is known later.
 */

#define OVER 2 /* shut, until a time that is long past */
#define CELL_MOST 0xffff

static struct board_row row_of(const struct board *b)
{
	return (struct board_row){ (void *)b->breaker, sizeof(*b->breaker),
				   BOARD_BREAKERS };
}

struct board_breaker *breaker_find(struct board *b, const struct key *id)
{
	struct board_row r = row_of(b);

	return board_lease(&r, board_id(id), clock_mono_ms());
}

const struct board_breaker *breaker_seen(const struct board *b,
					 const struct key *id)
{
	struct board_row r = row_of(b);

	return board_seen(&r, board_id(id));
}

void breaker_of(struct board_breaker *p, const struct key *all)
{
	if (p)
		word_put(&p->of, board_id(all));
}

/* --- the window --- */

/* A cell is 32 bits of whose time it is, 16 of calls, 16 of failures. */
static uint32_t cell_time(const struct breaker_conf *c, int64_t mono_ms)
{
	int64_t ms = c->window_ms / BOARD_CELLS;

	return (uint32_t)(mono_ms / (ms > 0 ? ms : 1));
}

static uint64_t cell_add(uint64_t cell, uint32_t time, bool failed)
{
	uint64_t calls = cell >> 16 & CELL_MOST, fails = cell & CELL_MOST;

	if (cell >> 32 != time)
		calls = fails = 0;
	if (calls == CELL_MOST || fails == CELL_MOST)
		calls /= 2, fails /= 2;
	return (uint64_t)time << 32 | (calls + 1) << 16 | (fails + failed);
}

static void note(struct board_breaker *p, const struct breaker_conf *c,
		 int64_t mono_ms, bool failed)
{
	uint32_t time = cell_time(c, mono_ms);
	uint64_t *cell = &p->cell[time % BOARD_CELLS], was;

	if (!c->percent)
		return;
	do
		was = word_get(cell);
	while (!word_swap(cell, was, cell_add(was, time, failed)));
}

static bool fails_often(const struct board_breaker *p,
			const struct breaker_conf *c, int64_t mono_ms)
{
	uint32_t now = cell_time(c, mono_ms);
	int64_t calls = 0, fails = 0;
	uint64_t cell;
	int i;

	for (i = 0; c->percent && i < BOARD_CELLS; i++) {
		cell = word_get(&p->cell[i]);
		if (now - (uint32_t)(cell >> 32) >= BOARD_CELLS)
			continue;
		calls += cell >> 16 & CELL_MOST;
		fails += cell & CELL_MOST;
	}
	return c->percent && calls >= c->least &&
	       fails * 100 >= calls * c->percent;
}

/* --- may it be asked --- */

/* How long it still is shut; 0: somebody may try. A time counts only if we
 * could have written it. */
static int64_t ms_left(int64_t shut, const struct breaker_conf *c,
		       int64_t mono_ms)
{
	int64_t until = shut / 2;
	int64_t most = shut & 1 ? c->probe_ms : c->most_ms;

	return word_ahead(until, mono_ms, most) ? until - mono_ms : 0;
}

enum breaker_use breaker_use(struct board_breaker *p,
			     const struct breaker_conf *c, int64_t mono_ms,
			     struct breaker_turn *t_r)
{
	struct breaker_turn t = { .as = BREAKER_USE };
	int64_t shut = 0;

	if (p && c->row) {
		t.era = word_get(&p->opened);
		t.probe = (mono_ms + c->probe_ms) * 2 + 1;
		shut = word_get(&p->shut);
	}
	if (shut && ms_left(shut, c, mono_ms))
		t.as = BREAKER_OPEN;
	else if (shut && word_swap(&p->shut, shut, t.probe))
		t.as = BREAKER_PROBE;
	else if (shut && word_get(&p->shut))
		t.as = BREAKER_OPEN; /* another was faster */
	*t_r = t;
	return t.as;
}

bool breaker_is_open(const struct board_breaker *p,
		     const struct breaker_conf *c, int64_t mono_ms)
{
	int64_t shut = p && c->row ? word_get(&p->shut) : 0;

	return shut && ms_left(shut, c, mono_ms);
}

/* --- how it went --- */

int64_t breaker_pause_ms(int64_t first_ms, int64_t most_ms, uint64_t times,
			 uint64_t random)
{
	int64_t ms = first_ms < most_ms ? first_ms : most_ms;
	uint64_t i;

	for (i = 0; i < times && i < 63; i++)
		ms = ms <= most_ms / 2 ? ms * 2 : most_ms;
	return ms - (int64_t)(random % (uint64_t)(ms / 4 + 1));
}

/* was: what it was when we decided. Of those who fail at once one opens. */
static bool open_for(struct board_breaker *p, const struct breaker_conf *c,
		     int64_t was, int64_t mono_ms, uint64_t random)
{
	uint64_t shuts = word_get(&p->shuts);
	int64_t until = mono_ms + breaker_pause_ms(c->first_ms, c->most_ms,
						   shuts, random);

	if (!word_swap(&p->shut, was, until * 2))
		return false;
	word_put(&p->shuts, shuts < 63 ? shuts + 1 : 63);
	return true;
}

/* What was asked when it was closed, and ends while it still is. */
static bool counts(const struct board_breaker *p,
		   const struct breaker_turn *t)
{
	return t->as == BREAKER_USE && word_get(&p->shut) == 0 &&
	       word_get(&p->opened) == t->era;
}

bool breaker_bad(struct board_breaker *p, const struct breaker_conf *c,
		 const struct breaker_turn *t, int64_t mono_ms,
		 uint64_t random)
{
	uint64_t row;

	if (!p || !c->row)
		return false;
	if (t->as == BREAKER_PROBE && open_for(p, c, t->probe, mono_ms,
					       random))
		word_add(&p->row, 1);
	if (!counts(p, t))
		return false;
	row = word_add(&p->row, 1);
	note(p, c, mono_ms, true);
	if (row < (uint64_t)c->row && !fails_often(p, c, mono_ms))
		return false;
	if (!open_for(p, c, 0, mono_ms, random))
		return false;
	word_add(&p->opened, 1);
	return true;
}

/* Before it closes: who asks then begins with nothing behind it. */
static void forget(struct board_breaker *p)
{
	int i;

	word_put(&p->row, 0);
	word_put(&p->shuts, 0);
	for (i = 0; i < BOARD_CELLS; i++)
		word_put(&p->cell[i], 0);
}

void breaker_good(struct board_breaker *p, const struct breaker_conf *c,
		  const struct breaker_turn *t, int64_t mono_ms)
{
	if (!p || !c->row)
		return;
	if (t->as == BREAKER_PROBE && word_get(&p->shut) == t->probe) {
		forget(p);
		word_swap(&p->shut, t->probe, 0);
	}
	if (!counts(p, t))
		return;
	if (word_get(&p->row))
		word_put(&p->row, 0);
	note(p, c, mono_ms, false);
}

void breaker_let(struct board_breaker *p, const struct breaker_turn *t)
{
	if (p && t->as == BREAKER_PROBE)
		word_swap(&p->shut, t->probe, OVER);
}

void breaker_look(const struct board_breaker *p,
		  const struct breaker_conf *c, int64_t mono_ms,
		  struct breaker_state *s_r)
{
	struct breaker_state s = { .open = false };
	int64_t shut, left;

	if (p && c->row) {
		shut = word_get(&p->shut);
		left = shut ? ms_left(shut, c, mono_ms) : 0;
		s.open = shut != 0;
		s.tried = left && (shut & 1);
		s.open_ms = s.tried ? 0 : left;
		s.opened = word_get(&p->opened);
		s.row = word_get(&p->row);
	}
	*s_r = s;
}

unsigned breaker_open_among(const struct board *b, const struct key *all,
			    const struct breaker_conf *c, int64_t mono_ms)
{
	const struct board_breaker *p = b->breaker;
	uint64_t id = board_id(all);
	unsigned n = 0;

	for (int i = 0; i < BOARD_BREAKERS; i++)
		n += word_get(&p[i].id) && word_get(&p[i].of) == id &&
		     breaker_is_open(&p[i], c, mono_ms);
	return n;
}
