/*
 * Does a shard hang together? Every chunk that was ever taken must be met
 * exactly once: in the chain of one entry or of one flight, or in the free
 * list. So a lost chunk shows as well as one that has two owners. Each is
 * marked when met, which also ends every walk.
 */
#include "store/evict.h"
#include "store/shard.h"

struct tally {
	uint32_t entries, used, loose;
};

static int meet(const struct shard *s, uint32_t i, enum chunk_kind kind)
{
	if (!shard_is(s, i, kind) || s->kind[i] & KIND_SEEN ||
	    i > shard_peek(&s->head->fresh))
		return -1;
	s->kind[i] |= KIND_SEEN;
	return 0;
}

static int check_entry(const struct shard *s, uint32_t i,
		       const uint32_t *bucket, struct tally *t)
{
	const struct slot *slot;
	uint32_t n = 1;

	if (meet(s, i, KIND_HEAD) < 0)
		return -1;
	slot = shard_slot(s, i);
	if (shard_bucket(s, &slot->key) != bucket ||
	    slot->length > shard_max_value(s->chunks))
		return -1;
	while ((i = shard_peek(&s->link[i])) != 0) {
		if (meet(s, i, KIND_TAIL) < 0)
			return -1;
		n++;
	}
	t->entries++;
	t->used += n;
	return shard_chunks_for(slot->length) == n ? 0 : -1;
}

static int check_entries(const struct shard *s, struct tally *t)
{
	uint32_t b, i;

	for (b = 0; b < s->buckets; b++) {
		i = shard_peek(&s->bucket[b]);
		while (i) {
			if (check_entry(s, i, &s->bucket[b], t) < 0)
				return -1;
			i = shard_peek(&shard_slot(s, i)->next);
		}
	}
	return 0;
}

static int check_flight(const struct shard *s, const struct flight_slot *f,
			struct tally *t)
{
	const struct chain *c = &f->chain;
	uint32_t i = c->first, last = 0, n = 0;

	for (; i; last = i, i = shard_peek(&s->link[i]), n++)
		if (meet(s, i, KIND_LOOSE) < 0)
			return -1;
	t->loose += n;
	if (!n)
		return c->last || c->length ? -1 : 0;
	return last == c->last && n == shard_chain_chunks(s, c, &f->key) ? 0 :
									   -1;
}

static int check_flights(const struct shard *s, struct tally *t)
{
	uint32_t i;

	for (i = 0; i < s->flights; i++)
		if (check_flight(s, &s->flight[i], t) < 0)
			return -1;
	return 0;
}

static int check_free(const struct shard *s)
{
	uint32_t i = shard_peek(&s->head->free);

	for (; i; i = shard_peek(&s->link[i]))
		if (meet(s, i, KIND_FREE) < 0)
			return -1;
	return 0;
}

/* Takes the marks away again; -1 when a chunk had none. */
static int check_lost(const struct shard *s)
{
	uint32_t i, top = shard_peek(&s->head->fresh);
	int bad = 0;

	for (i = 1; i <= top; i++) {
		if (!(s->kind[i] & KIND_SEEN))
			bad = -1;
		s->kind[i] &= (uint8_t)~KIND_SEEN;
	}
	return bad;
}

int shard_check(const struct shard *s)
{
	struct tally t = { 0, 0, 0 };
	uint32_t i, top = shard_peek(&s->head->fresh);

	if (top > s->chunks)
		return -1;
	for (i = 1; i <= top; i++)
		if (s->kind[i] & KIND_SEEN)
			return -1;
	if (check_entries(s, &t) < 0 || check_flights(s, &t) < 0 ||
	    check_free(s) < 0 || check_lost(s) < 0 ||
	    evict_check(s, t.entries) < 0)
		return -1;
	return t.entries == s->head->entries && t.used == s->head->used &&
	       t.loose == s->head->loose ? 0 : -1;
}
