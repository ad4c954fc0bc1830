#include "store/evict.h"

#include <string.h>

#include "store/chunk.h"
#include "store/point.h"

#define SWEEP 8 /* chunks looked at for what has expired */

static struct queue *queue_of(const struct shard *s, uint32_t i)
{
	return s->kind[i] & KIND_MAIN ? &s->head->main : &s->head->small;
}

/* -- ghosts --------------------------------------------------------------- */

/* The set of a key, and what stands for it there. Other bytes than those
 * that chose shard and bucket. */
static uint32_t *ghosts_of(const struct shard *s, const struct key *k,
			   uint32_t *is_r)
{
	uint32_t h[2];

	memcpy(h, k->b + 16, sizeof(h));
	*is_r = h[1];
	return &s->ghost[h[0] & (s->ghosts / EVICT_WAYS - 1) * EVICT_WAYS];
}

/* The oldest of its set falls out. */
void evict_remember(const struct shard *s, const struct key *k)
{
	uint32_t is, *set = ghosts_of(s, k, &is);

	memmove(set + 1, set, (EVICT_WAYS - 1) * sizeof(*set));
	set[0] = is;
}

static bool ghost_take(const struct shard *s, const struct key *k)
{
	uint32_t is, *set = ghosts_of(s, k, &is), i;

	for (i = 0; i < EVICT_WAYS && set[i] != is; i++)
		;
	if (i == EVICT_WAYS || !is)
		return false;
	set[i] = 0;
	return true;
}

/* -- queues --------------------------------------------------------------- */

void evict_forget(const struct shard *s)
{
	memset(&s->head->small, 0, sizeof(s->head->small));
	memset(&s->head->main, 0, sizeof(s->head->main));
}

/* At the newest end of the queue that its kind names. */
int evict_keep(const struct shard *s, uint32_t i)
{
	struct queue *q = queue_of(s, i);
	struct slot *slot = shard_slot(s, i);
	uint32_t older = shard_peek(&q->newest);

	if (older && !shard_is(s, older, KIND_HEAD))
		return -1;
	slot->newer = 0;
	slot->older = older;
	POINT("queue: knows its neighbour");
	if (older)
		shard_slot(s, older)->newer = i;
	else
		q->oldest = i;
	POINT("queue: known to it");
	q->newest = i;
	q->chunks += (uint32_t)shard_chunks_for(slot->length);
	POINT("queue: in");
	return 0;
}

/* The number that should name i from one side: in the neighbour, or in the
 * queue when there is none. NULL is damage. */
static uint32_t *namer(const struct shard *s, uint32_t beside,
		       uint32_t *end, size_t field)
{
	if (!beside)
		return end;
	if (!shard_is(s, beside, KIND_HEAD))
		return NULL;
	return (uint32_t *)((char *)shard_slot(s, beside) + field);
}

int evict_remove(const struct shard *s, uint32_t i)
{
	struct queue *q = queue_of(s, i);
	const struct slot *slot = shard_slot(s, i);
	uint32_t newer = shard_peek(&slot->newer);
	uint32_t older = shard_peek(&slot->older);
	uint32_t *before = namer(s, newer, &q->newest,
				 offsetof(struct slot, older));
	uint32_t *behind = namer(s, older, &q->oldest,
				 offsetof(struct slot, newer));

	if (!before || !behind || shard_peek(before) != i ||
	    shard_peek(behind) != i)
		return -1;
	*before = older;
	POINT("queue: half out");
	*behind = newer;
	q->chunks -= (uint32_t)shard_chunks_for(slot->length);
	POINT("queue: out");
	return 0;
}

int evict_insert(const struct shard *s, uint32_t i, bool again)
{
	if (ghost_take(s, &shard_slot(s, i)->key) || again)
		s->kind[i] |= KIND_MAIN;
	return evict_keep(s, i);
}

void evict_hit(const struct shard *s, uint32_t i)
{
	if ((s->kind[i] & KIND_HITS) != KIND_HITS)
		s->kind[i] = (uint8_t)(s->kind[i] + KIND_HIT);
}

/* -- who goes ------------------------------------------------------------- */

/* What expired is found a few chunks at a time, in the order they lie. */
static uint32_t sweep(const struct shard *s, int64_t now_ms)
{
	uint32_t top = shard_peek(&s->head->fresh), step;
	uint32_t i = shard_peek(&s->head->hand);

	for (step = 0; step < SWEEP; step++) {
		i = i >= top ? 1 : i + 1;
		s->head->hand = i;
		if (shard_is(s, i, KIND_HEAD) &&
		    shard_slot(s, i)->expires_ms <= now_ms)
			return i;
	}
	return 0;
}

static bool small_is_full(const struct shard *s)
{
	const struct queue *q = &s->head->small;
	uint32_t i = shard_peek(&q->oldest);

	return shard_is(s, i, KIND_HEAD) &&
	       q->chunks >= s->chunks / EVICT_SHARE +
				    shard_chunks_for(shard_slot(s, i)->length);
}

static uint32_t oldest(const struct shard *s)
{
	const struct shard_head *h = s->head;

	return shard_peek(small_is_full(s) || !shard_peek(&h->main.oldest) ?
				  &h->small.oldest :
				  &h->main.oldest);
}

/* i was hit and is the oldest of its queue: to the newest end of main. */
static int let_off(const struct shard *s, uint32_t i)
{
	uint8_t kind = s->kind[i];

	if (evict_remove(s, i) < 0)
		return -1;
	s->kind[i] = kind & KIND_MAIN ?
			     (uint8_t)(kind - KIND_HIT) :
			     (uint8_t)((kind & ~KIND_HITS) | KIND_MAIN);
	POINT("queue: moves on");
	return evict_keep(s, i);
}

uint32_t evict_pick(const struct shard *s, int64_t now_ms)
{
	uint32_t i = sweep(s, now_ms), chance;

	if (i)
		return i;
	for (chance = 0; chance <= EVICT_CHANCES; chance++) {
		i = oldest(s);
		if (!shard_is(s, i, KIND_HEAD))
			return 0;
		if (!(s->kind[i] & KIND_HITS) || chance == EVICT_CHANCES ||
		    shard_slot(s, i)->expires_ms <= now_ms)
			break;
		if (let_off(s, i) < 0)
			return 0;
	}
	if (!(s->kind[i] & KIND_MAIN))
		evict_remember(s, &shard_slot(s, i)->key);
	return i;
}

/* Walks a queue from its newest end; how many, or -1. */
static int64_t check_queue(const struct shard *s, const struct queue *q,
			   int main, uint32_t most)
{
	uint32_t i = shard_peek(&q->newest), newer = 0;
	uint64_t chunks = 0;
	int64_t n = 0;

	for (; i; newer = i, i = shard_peek(&shard_slot(s, i)->older)) {
		if (!shard_is(s, i, KIND_HEAD) || n++ >= most ||
		    (s->kind[i] & KIND_MAIN) != main ||
		    shard_slot(s, i)->newer != newer)
			return -1;
		chunks += shard_chunks_for(shard_slot(s, i)->length);
	}
	return q->oldest == newer && q->chunks == chunks ? n : -1;
}

int evict_check(const struct shard *s, uint32_t entries)
{
	int64_t small = check_queue(s, &s->head->small, 0, entries);
	int64_t main = check_queue(s, &s->head->main, KIND_MAIN, entries);

	return small >= 0 && main >= 0 && small + main == entries ? 0 : -1;
}
