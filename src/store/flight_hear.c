/* What a follower hears. */
#include "base/clock.h"
#include "store/flights.h"
#include "store/lock.h"

#define SLICE_MS 100 /* after so long one sees whether the leader lives */
#define BUSY_MS 20   /* and where the shard was locked */

enum look { LOOK_DAMAGE = -1, LOOK_NOTHING, LOOK_PIECE, LOOK_NEWS, LOOK_BUSY };

/* Twice as large each time, so that short answers cost little. */
static char *piece_of(struct flight *f, size_t n)
{
	if (f->piece_size < n) {
		f->piece_size = 1024;
		while (f->piece_size < n)
			f->piece_size *= 2;
		f->piece = arena_alloc(f->a, f->piece_size);
	}
	return f->piece;
}

static enum look copy(struct flight *f)
{
	const struct chain *c = &f->slot->chain;
	uint64_t there = c->length - f->given;
	size_t n = there < FLIGHT_PIECE ? (size_t)there : FLIGHT_PIECE;

	if (shard_chain_read_on(&f->at.shard, c, &f->key, f->given,
				piece_of(f, n), n, &f->where) < 0)
		return LOOK_DAMAGE;
	f->piece_n = n;
	return LOOK_PIECE;
}

/* It says that it is whole. Is that as long as its leader made it? The sum
 * that knows is checked by reading, and there is no end beyond its length. */
static enum look whole(const struct flight *f, enum flight_news *news_r)
{
	const struct chain *c = &f->slot->chain;
	char last;

	*news_r = NEWS_WHOLE;
	if (!f->given)
		return c->first || c->last ? LOOK_DAMAGE : LOOK_NEWS;
	return shard_chain_read(&f->at.shard, c, &f->key, f->given - 1, &last,
				1) < 0 ? LOOK_DAMAGE : LOOK_NEWS;
}

static enum look flying(const struct flight *f, enum flight_news *news_r)
{
	int over = flights_bury(&f->at, f->slot);

	*news_r = NEWS_ORPHAN;
	if (over == 0) {
		*news_r = NEWS_STUCK;
		over = flights_give_up(&f->at, f->slot);
	}
	if (over < 0)
		return LOOK_DAMAGE;
	return over ? LOOK_NEWS : LOOK_NOTHING;
}

/* A slot that is another's by now was given up for dead. One that nobody
 * ended was wiped, or its leader could not: the next to join leads. */
static enum look look(struct flight *f, enum flight_news *news_r)
{
	*news_r = NEWS_ORPHAN;
	if (!flight_still(f))
		return LOOK_NEWS;
	if (f->slot->chain.length > f->given)
		return copy(f);
	switch (flights_state(f->slot)) {
	case FLIGHT_FLYING:
		return flying(f, news_r);
	case FLIGHT_LANDED:
		return whole(f, news_r);
	case FLIGHT_LANDED_STORED:
		*news_r = NEWS_STORED;
		break;
	case FLIGHT_OUSTED:
		*news_r = NEWS_LOST;
		break;
	case FLIGHT_LOST:
		if (f->slot->ended_ms)
			*news_r = NEWS_BROKEN;
		break;
	}
	return LOOK_NEWS;
}

static enum look look_locked(struct flight *f, enum flight_news *news_r)
{
	const struct shard *s = &f->at.shard;
	enum look seen;

	if (lock_enter(s) < 0) {
		*news_r = NEWS_STUCK;
		return flights_stuck(f->slot) ? LOOK_NEWS : LOOK_BUSY;
	}
	seen = look(f, news_r);
	if (seen == LOOK_DAMAGE) {
		flight_spoilt(f);
		*news_r = NEWS_ORPHAN;
		seen = LOOK_NEWS;
	}
	lock_leave(s);
	return seen;
}

/* All that is there, a piece at a time. */
static enum look hear(struct flight *f, struct buf *to,
		      enum flight_news *news_r)
{
	size_t had = to->n;
	enum look seen;

	do {
		f->piece_n = 0;
		seen = look_locked(f, news_r);
		buf_add(to, f->piece, f->piece_n);
		f->given += f->piece_n;
	} while (f->piece_n == FLIGHT_PIECE);
	if (to->n == had)
		return seen;
	*news_r = NEWS_BYTES;
	return LOOK_NEWS;
}

enum flight_news flight_next(struct flight *f, struct buf *to,
			     int64_t wait_ms)
{
	int64_t since = clock_mono_ms(), left, slice;
	enum flight_news news = NEWS_ORPHAN;
	enum look seen = LOOK_NEWS;
	uint32_t before;

	while (!flight_inherited(f)) {
		before = flights_seen(f->slot);
		seen = hear(f, to, &news);
		if (seen == LOOK_NEWS)
			break;
		left = wait_ms - (clock_mono_ms() - since);
		if (left <= 0)
			return NEWS_NONE;
		slice = seen == LOOK_BUSY ? BUSY_MS : SLICE_MS;
		flights_wait(f->slot, before, left < slice ? left : slice);
	}
	return news;
}
